"""Gaps after each evaluation: opened, filled by late data, open again when they grow."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from cold_chain.models import GapCase, GapStep
from cold_chain.rules.moments import MINUTE_US, SECOND_US, from_us, to_us
from cold_chain.service.findings import Finding
from cold_chain.values import Gap, GapState

G = GapState

ACTOR = "task:judge"
COLUMNS = (
    *("from_at", "to_at", "unknown_s", "is_too_long", "holder_code", "evaluation_version"),
    "state",
)
UPDATE = (
    update(GapCase)
    .where(GapCase.id == bindparam("b_id"))
    .values({name: bindparam(name) for name in COLUMNS})
    .execution_options(synchronize_session=False)
)


@dataclass(slots=True)
class _Case:
    """One gap as it stands."""

    id: int
    columns: dict[str, Any]


@dataclass(slots=True)
class _Work:
    """What is to be written."""

    at: datetime
    inserts: list[dict[str, Any]] = field(default_factory=list)
    updates: list[dict[str, Any]] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)


def follow(session: Session, findings: Sequence[Finding], *, at: datetime) -> None:
    """Bring the gaps of shipments in line with their new evaluations."""
    known = _load(session, [one.shipment.id for one in findings])
    work = _Work(at)
    for finding in findings:
        left = list(known.get(finding.shipment.id, []))
        for gap in finding.assessment.gaps:
            case = _match(gap, left)
            if case is None:
                work.inserts.append(
                    _figures(finding, gap)
                    | {"shipment_id": finding.shipment.id, "state": G.OPEN, "opened_at": at}
                )
                continue
            left.remove(case)
            _update(case, _figures(finding, gap), work)
        for case in left:
            if case.columns["state"] is not G.FILLED:
                after = case.columns | {"evaluation_version": finding.version}
                _stage(case, after | {"state": G.FILLED}, work, has_step=True)
    _write(session, work)


def _load(session: Session, shipment_ids: Iterable[int]) -> dict[int, list[_Case]]:
    known: dict[int, list[_Case]] = {}
    rows = session.execute(
        select(GapCase.__table__)
        .where(GapCase.shipment_id.in_(sorted(shipment_ids)))
        .order_by(GapCase.id)
    ).mappings()
    for row in rows:
        case = _Case(row["id"], {name: row[name] for name in COLUMNS})
        known.setdefault(row["shipment_id"], []).append(case)
    return known


def _match(gap: Gap, known: Sequence[_Case]) -> _Case | None:
    """Return the case of a gap: the same beginning, or else one it overlaps."""
    for case in known:
        if to_us(case.columns["from_at"]) == gap.from_us:
            return case
    for case in known:
        begins_us, ends_us = to_us(case.columns["from_at"]), to_us(case.columns["to_at"])
        if begins_us < gap.to_us and gap.from_us < ends_us:
            return case
    return None


def _figures(finding: Finding, gap: Gap) -> dict[str, Any]:
    return {
        "from_at": from_us(gap.from_us),
        "to_at": from_us(gap.to_us),
        "unknown_s": gap.unknown_us // SECOND_US,
        "is_too_long": gap.to_us - gap.from_us > finding.profile.max_gap_min * MINUTE_US,
        "holder_code": finding.holder_at(gap.from_us),
        "evaluation_version": finding.version,
    }


def _update(case: _Case, figures: dict[str, Any], work: _Work) -> None:
    before = case.columns
    has_grown = figures["from_at"] < before["from_at"] or figures["to_at"] > before["to_at"]
    has_changed = any(before[name] != figures[name] for name in ("from_at", "to_at"))
    state = before["state"]
    if state is G.FILLED or has_grown:
        state = G.OPEN
    # A request to accept it was made of the gap as it was; a step voids it.
    has_step = state is not before["state"] or (has_changed and state is G.OPEN)
    _stage(case, before | figures | {"state": state}, work, has_step=has_step)


def _stage(case: _Case, after: dict[str, Any], work: _Work, *, has_step: bool) -> None:
    if has_step:
        work.steps.append(_step(case.id, after, work.at))
    if after != case.columns:
        work.updates.append(after | {"b_id": case.id})


def _step(case_id: int, columns: dict[str, Any], at: datetime) -> dict[str, Any]:
    return {
        "case_id": case_id,
        "state": columns["state"],
        "evaluation_version": columns["evaluation_version"],
        "at": at,
        "actor": ACTOR,
    }


def _write(session: Session, work: _Work) -> None:
    if work.inserts:
        ids = session.scalars(
            insert(GapCase).returning(GapCase.id, sort_by_parameter_order=True), work.inserts
        ).all()
        work.steps += [
            _step(case_id, columns, work.at)
            for case_id, columns in zip(ids, work.inserts, strict=True)
        ]
    if work.updates:
        session.connection().execute(UPDATE, work.updates)
    if work.steps:
        session.execute(insert(GapStep), work.steps)
