"""Evaluating shipments: idempotent by shipment, data version and profile version."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from cold_chain.errors import ProfileNotFoundError
from cold_chain.events import ExcursionConfirmed
from cold_chain.limits import LifeLibrary, load_life, load_profiles
from cold_chain.models import CustodyLoss, Evaluation, Shipment
from cold_chain.records import Background, Record, load_backgrounds, load_records
from cold_chain.rules.booking import book
from cold_chain.rules.chain import data_version
from cold_chain.rules.gaps import credit
from cold_chain.rules.life import use_life, weigh
from cold_chain.rules.moments import from_us
from cold_chain.rules.verdict import after_startup, arrange, evaluate
from cold_chain.service import cases
from cold_chain.service.findings import COMPARED, Finding, Latest, iso, loss_rows, row
from cold_chain.service.steps import Held, lock
from cold_chain.values import Judged, LifeModel, Profile, ShipmentId
from kernel import outbox
from kernel.clock import local_date

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
    findings = _find(limited, _sources(session, profiles, records), records, latest)
    _store(session, findings, latest, at=at)
    cases.follow(session, findings, at=at)
    _announce(session, findings, latest, at=at)
    session.execute(CLEAN, {"ids": list(records)})
    return _judged(records, latest, findings)


@dataclass(frozen=True, slots=True)
class _Sources:
    """What a verdict rests on besides the record."""

    profiles: Mapping[int, Profile]
    backgrounds: Mapping[int, Background]
    library: LifeLibrary


def _sources(
    session: Session, profiles: Mapping[int, Profile], records: Mapping[int, Record]
) -> _Sources:
    return _Sources(
        profiles,
        load_backgrounds(session, records),
        load_life(session, {one.code for one in profiles.values()}),
    )


def _profiles(session: Session, held: Mapping[int, Held]) -> dict[int, Profile]:
    keys = {one.id: (one.profile_code or "", one.profile_version or 0) for one in held.values()}
    loaded = load_profiles(session, keys.values())
    for code, version in keys.values():
        if (code, version) not in loaded:
            raise ProfileNotFoundError(code)
    return {shipment_id: loaded[key] for shipment_id, key in keys.items()}


def _load_latest(session: Session, shipment_ids: Iterable[int]) -> dict[int, Latest]:
    rows = session.execute(
        select(
            Evaluation.shipment_id,
            Evaluation.version,
            Evaluation.data_version,
            Evaluation.profile_code,
            *(getattr(Evaluation, name) for name in COMPARED),
        ).where(
            Evaluation.shipment_id.in_(list(shipment_ids)), Evaluation.superseded_by.is_(None)
        )
    )
    return {
        row.shipment_id: Latest(
            row.version,
            bytes(row.data_version),
            (row.profile_code, row.profile_version),
            row.verdict.value,
            frozenset((alarm["rule"], alarm["start_at"]) for alarm in row.alarms),
            {name: getattr(row, name) for name in COMPARED},
        )
        for row in rows
    }


def _find(
    held: Mapping[int, Held],
    sources: _Sources,
    records: Mapping[int, Record],
    latest: Mapping[int, Latest],
) -> list[Finding]:
    findings = []
    for shipment_id, record in records.items():
        profile = sources.profiles[shipment_id]
        background = sources.backgrounds[shipment_id]
        models = sources.library.on(profile.code, local_date(from_us(record.custody.from_us)))
        known = arrange(record.samples, record.custody)
        fingerprint = data_version(
            known, record.custody, record.doors, _background_key(background, models)
        )
        before = latest.get(shipment_id)
        inputs = (fingerprint, (profile.code, profile.version))
        if before is not None and (before.data_version, before.profile) == inputs:
            continue
        used = after_startup(known, record.custody, profile)
        credits_us = credit(used, profile.gap_factor_permille)
        unknown_us = max(0, record.custody.length_us - sum(credits_us))
        findings.append(
            Finding(
                held[shipment_id],
                before.version + 1 if before else 1,
                fingerprint,
                profile,
                evaluate(known, record.custody, profile, record.doors, background.expired),
                use_life(
                    models,
                    profile,
                    weigh([one.centi for one in used], credits_us),
                    unknown_us,
                ),
                book(used, credits_us, background.holdings, profile, models),
                background,
                is_over=record.is_over,
            )
        )
    return findings


def _background_key(
    background: Background, models: Sequence[LifeModel]
) -> list[tuple[int | str, ...]]:
    return [
        *background.holdings,
        *background.expired,
        *((one.code, one.version) for one in models),
    ]


def _store(
    session: Session,
    findings: Sequence[Finding],
    latest: Mapping[int, Latest],
    *,
    at: datetime,
) -> None:
    if not findings:
        return
    ids = session.scalars(
        insert(Evaluation).returning(Evaluation.id, sort_by_parameter_order=True),
        [row(one, latest.get(one.shipment.id), at=at) for one in findings],
    ).all()
    losses = [
        loss
        for finding, evaluation_id in zip(findings, ids, strict=True)
        for loss in loss_rows(finding, evaluation_id)
    ]
    if losses:
        session.execute(insert(CustodyLoss), losses)
    if any(one.version > 1 for one in findings):
        session.execute(SUPERSEDE, {"ids": list(ids)})


def _announce(
    session: Session,
    findings: Sequence[Finding],
    latest: Mapping[int, Latest],
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
            if (alarm.rule, iso(alarm.start_us)) not in known
        ]
    outbox.record(session, *facts)


def _judged(
    records: Mapping[int, Record],
    latest: Mapping[int, Latest],
    findings: Sequence[Finding],
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
