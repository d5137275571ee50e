"""Evaluating shipments: idempotent by shipment, data version and profile version."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from cold_chain.errors import ProfileNotFoundError
from cold_chain.events import ExcursionConfirmed
from cold_chain.limits import load_profiles
from cold_chain.models import Evaluation, Shipment
from cold_chain.records import Record, load_records
from cold_chain.rules.chain import data_version
from cold_chain.rules.moments import SECOND_US, from_us
from cold_chain.rules.verdict import arrange, evaluate
from cold_chain.service.steps import Held, lock
from cold_chain.values import Assessment, Judged, Profile, ShipmentId
from kernel import outbox

SUPERSEDE = text(
    """
UPDATE evaluations AS old SET superseded_by = new.id
FROM evaluations AS new
WHERE old.shipment_id = new.shipment_id AND old.version = new.version - 1
  AND old.superseded_by IS NULL AND new.id = ANY(CAST(:ids AS bigint[]))
"""
)

CLEAN = text(
    "UPDATE shipments SET dirty_at = NULL"
    " WHERE id = ANY(CAST(:ids AS bigint[])) AND dirty_at IS NOT NULL"
)

AlarmKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Latest:
    """The valid evaluation of a shipment before this one."""

    version: int
    data_version: bytes
    profile: tuple[str, int]
    verdict: str
    alarms: frozenset[AlarmKey]


@dataclass(frozen=True, slots=True)
class _Finding:
    """A new assessment of a shipment, to be stored."""

    shipment: Held
    version: int
    data_version: bytes
    profile: Profile
    assessment: Assessment


def evaluate_shipment(
    session: Session, shipment_id: ShipmentId, *, at: datetime
) -> Judged | None:
    """Judge one shipment; None for goods without limits. See `evaluate_shipments`."""
    return next(iter(evaluate_shipments(session, [shipment_id], at=at)), None)


def evaluate_dirty(session: Session, *, at: datetime, limit: int = 200) -> list[Judged]:
    """Judge shipments whose readings or custody changed, longest waiting first.

    Shipments another worker holds are left to it.
    """
    waiting = session.scalars(
        select(Shipment.id)
        .where(Shipment.dirty_at.is_not(None))
        .order_by(Shipment.dirty_at, Shipment.id)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    ).all()
    return evaluate_shipments(session, [ShipmentId(one) for one in waiting], at=at)


def evaluate_shipments(
    session: Session, shipment_ids: Iterable[ShipmentId], *, at: datetime
) -> list[Judged]:
    """Judge shipments that departed under limits, storing a version only if inputs changed.

    A verdict depends on stored readings, doors, custody and profile alone, so repeating it
    changes nothing. A custody that goes on is judged as far as it is known at `at`. Alarms
    that no earlier version had become `ExcursionConfirmed` facts.
    """
    held = lock(session, shipment_ids)
    limited = {one.id: one for one in held.values() if one.profile_code is not None}
    if not limited:
        return []
    profiles = _profiles(session, limited)
    records = load_records(session, profiles, at=at)
    latest = _load_latest(session, records)
    findings = _find(limited, profiles, records, latest)
    _store(session, findings, at=at)
    _announce(session, findings, latest, at=at)
    session.execute(CLEAN, {"ids": list(records)})
    return _judged(records, latest, findings)


def _profiles(session: Session, held: Mapping[int, Held]) -> dict[int, Profile]:
    keys = {one.id: (one.profile_code or "", one.profile_version or 0) for one in held.values()}
    loaded = load_profiles(session, keys.values())
    for code, version in keys.values():
        if (code, version) not in loaded:
            raise ProfileNotFoundError(code)
    return {shipment_id: loaded[key] for shipment_id, key in keys.items()}


def _load_latest(session: Session, shipment_ids: Iterable[int]) -> dict[int, _Latest]:
    rows = session.execute(
        select(
            Evaluation.shipment_id,
            Evaluation.version,
            Evaluation.data_version,
            Evaluation.profile_code,
            Evaluation.profile_version,
            Evaluation.verdict,
            Evaluation.alarms,
        ).where(
            Evaluation.shipment_id.in_(list(shipment_ids)), Evaluation.superseded_by.is_(None)
        )
    )
    return {
        row.shipment_id: _Latest(
            row.version,
            bytes(row.data_version),
            (row.profile_code, row.profile_version),
            row.verdict.value,
            frozenset((alarm["rule"], alarm["start_at"]) for alarm in row.alarms),
        )
        for row in rows
    }


def _find(
    held: Mapping[int, Held],
    profiles: Mapping[int, Profile],
    records: Mapping[int, Record],
    latest: Mapping[int, _Latest],
) -> list[_Finding]:
    findings = []
    for shipment_id, record in records.items():
        profile = profiles[shipment_id]
        known = arrange(record.samples, record.custody)
        fingerprint = data_version(known, record.custody, record.doors)
        before = latest.get(shipment_id)
        inputs = (fingerprint, (profile.code, profile.version))
        if before is not None and (before.data_version, before.profile) == inputs:
            continue
        findings.append(
            _Finding(
                held[shipment_id],
                before.version + 1 if before else 1,
                fingerprint,
                profile,
                evaluate(known, record.custody, profile, record.doors),
            )
        )
    return findings


def _store(session: Session, findings: Sequence[_Finding], *, at: datetime) -> None:
    if not findings:
        return
    ids = session.scalars(
        insert(Evaluation).returning(Evaluation.id), [_row(one, at=at) for one in findings]
    ).all()
    if any(one.version > 1 for one in findings):
        session.execute(SUPERSEDE, {"ids": list(ids)})


def _row(finding: _Finding, *, at: datetime) -> dict[str, Any]:
    assessment = finding.assessment
    figures = assessment.figures
    longest_us = max((gap.to_us - gap.from_us for gap in assessment.gaps), default=0)
    return {
        "shipment_id": finding.shipment.id,
        "version": finding.version,
        "data_version": finding.data_version,
        "profile_code": finding.profile.code,
        "profile_version": finding.profile.version,
        "verdict": assessment.verdict,
        "reasons": list(assessment.reasons),
        "samples": figures.samples,
        "min_centi": figures.min_centi,
        "max_centi": figures.max_centi,
        "mean_centi": figures.mean_centi,
        "mkt_centi": figures.mkt_centi,
        "coverage_permille": figures.coverage_permille,
        "credited_s": figures.credited_us // SECOND_US,
        "custody_s": figures.custody_us // SECOND_US,
        "trip_length_s": figures.trip_length_us // SECOND_US,
        "dose_hold_milli": figures.dose_hold_milli,
        "dose_linear_milli": figures.dose_linear_milli,
        "gap_count": len(assessment.gaps),
        "longest_gap_s": longest_us // SECOND_US,
        "computed_at": at,
        **_lists(assessment),
    }


def _lists(assessment: Assessment) -> dict[str, Any]:
    return {
        "gaps": [
            {
                "from_at": _iso(gap.from_us),
                "to_at": _iso(gap.to_us),
                "unknown_s": gap.unknown_us // SECOND_US,
            }
            for gap in assessment.gaps
        ],
        "alarms": [
            {
                "rule": alarm.rule,
                "severity": alarm.severity.value,
                "mode": alarm.mode.value,
                "side": alarm.side.value,
                "limit_centi": alarm.limit_centi,
                "start_at": _iso(alarm.start_us),
                "alarm_at": _iso(alarm.alarm_us),
                "end_at": None if alarm.end_us is None else _iso(alarm.end_us),
            }
            for alarm in assessment.alarms
        ],
        "excursions": [
            {
                "rule": one.rule,
                "severity": one.severity.value,
                "side": one.side.value,
                "limit_centi": one.limit_centi,
                "start_at": _iso(one.start_us),
                "end_at": _iso(one.end_us),
                "ended": one.ended.value,
                "peak_centi": one.peak_centi,
                "at_door": one.at_door,
                "alarm_at": None if one.alarm_us is None else _iso(one.alarm_us),
            }
            for one in assessment.excursions
        ],
    }


def _iso(at_us: int) -> str:
    return from_us(at_us).isoformat()


def _announce(
    session: Session,
    findings: Sequence[_Finding],
    latest: Mapping[int, _Latest],
    *,
    at: datetime,
) -> None:
    facts = []
    for finding in findings:
        before = latest.get(finding.shipment.id)
        known = before.alarms if before else frozenset()
        facts += [
            ExcursionConfirmed(
                occurred_at=at,
                shipment_id=finding.shipment.id,
                order_number=finding.shipment.order_number,
                rule=alarm.rule,
                severity=alarm.severity.value,
                excursion_at=from_us(alarm.start_us),
                alarm_at=from_us(alarm.alarm_us),
            )
            for alarm in finding.assessment.alarms
            if (alarm.rule, _iso(alarm.start_us)) not in known
        ]
    outbox.record(session, *facts)


def _judged(
    records: Mapping[int, Record],
    latest: Mapping[int, _Latest],
    findings: Sequence[_Finding],
) -> list[Judged]:
    new = {one.shipment.id: one for one in findings}
    judged = []
    for shipment_id in records:
        found = new.get(shipment_id)
        if found is not None:
            verdict, version = found.assessment.verdict.value, found.version
        else:
            verdict, version = latest[shipment_id].verdict, latest[shipment_id].version
        judged.append(
            Judged(
                shipment_id=ShipmentId(shipment_id),
                version=version,
                verdict=verdict,
                is_new=found is not None,
            )
        )
    return judged
