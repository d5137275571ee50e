"""Excursions and gaps after each evaluation, and what people do about them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from cold_chain.models import ExcursionCase, ExcursionStep
from cold_chain.rules.cases import REOPENED, Found, list_found
from cold_chain.rules.moments import from_us, to_us
from cold_chain.service import gaps
from cold_chain.service.findings import Finding
from cold_chain.values import AlarmMode, ExcursionState

S = ExcursionState

ACTOR = "task:judge"
LATE_DATA = "late_data"
NOT_IN_RECORD = "not_in_record"

UPDATE = (
    update(ExcursionCase)
    .where(ExcursionCase.id == bindparam("b_id"))
    .values(
        {
            name: bindparam(name)
            for name in (
                *("severity", "side", "limit_centi", "start_at", "alarm_at", "end_at"),
                *("peak_centi", "used_s", "budget_s", "holder_code", "is_over", "in_record"),
                *("evaluation_version", "state", "is_added_back"),
            )
        }
    )
    .execution_options(synchronize_session=False)
)


@dataclass(slots=True)
class _Case:
    """One case as it stands, and as it will stand."""

    id: int
    shipment_id: int
    rule: str
    mode: AlarmMode
    columns: dict[str, Any]

    @property
    def span(self) -> tuple[int, int]:
        """Return from when up to when it reaches; without an end, for ever."""
        end_at: datetime | None = self.columns["end_at"]
        start_us = to_us(self.columns["start_at"])
        return start_us, to_us(end_at) if end_at else 2**62


@dataclass(slots=True)
class _Work:
    """What is to be written."""

    at: datetime
    inserts: list[tuple[dict[str, Any], list[S]]] = field(default_factory=list)
    updates: list[dict[str, Any]] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)


def follow(session: Session, findings: Sequence[Finding], *, at: datetime) -> None:
    """Bring the cases of shipments in line with their new evaluations.

    A suspicion is kept once it is seen under way; one that had passed by the first look
    stands in the evaluation alone. Late data that changes a confirmed one takes it back to
    confirmed, and its time back into the budget's account.
    """
    gaps.follow(session, findings, at=at)
    known = _load(session, [one.shipment.id for one in findings])
    work = _Work(at)
    for finding in findings:
        _compare(finding, known.get(finding.shipment.id, []), work)
    _write(session, work)


def _load(session: Session, shipment_ids: Iterable[int]) -> dict[int, list[_Case]]:
    known: dict[int, list[_Case]] = {}
    rows = session.execute(
        select(ExcursionCase.__table__)
        .where(ExcursionCase.shipment_id.in_(sorted(shipment_ids)))
        .order_by(ExcursionCase.id)
    ).mappings()
    for row in rows:
        columns = {name: row[name] for name in UPDATE.compile().params if name != "b_id"}
        case = _Case(row["id"], row["shipment_id"], row["rule"], row["mode"], columns)
        known.setdefault(case.shipment_id, []).append(case)
    return known


def _compare(finding: Finding, known: list[_Case], work: _Work) -> None:
    left = list(known)
    for found in list_found(finding.assessment, finding.profile, is_over=finding.is_over):
        case = _match(found, left)
        if case is None:
            if found.alarm_us is not None or not found.is_over:
                work.inserts.append((_row(finding, found, work.at), [_first(found)]))
            continue
        left.remove(case)
        _update(case, finding, found, work)
    for case in left:
        if case.columns["in_record"]:
            _drop(case, finding, work)


def _match(found: Found, known: Sequence[_Case]) -> _Case | None:
    """Return the case that is the same excursion: the same start, or else overlapping."""
    same = [case for case in known if case.rule == found.rule and case.mode is found.mode]
    for case in same:
        if case.span[0] == found.start_us:
            return case
    end_us = 2**62 if found.end_us is None else found.end_us
    for case in sorted(same, key=lambda one: (not one.columns["in_record"], one.id)):
        start_us, to = case.span
        if start_us <= end_us and found.start_us <= to:
            return case
    return None


def _first(found: Found) -> S:
    return S.SUSPECTED if found.alarm_us is None else S.CONFIRMED


def _row(finding: Finding, found: Found, at: datetime) -> dict[str, Any]:
    return {
        "shipment_id": finding.shipment.id,
        "rule": found.rule,
        "mode": found.mode,
        "state": _first(found),
        "is_added_back": False,
        "opened_at": at,
        **_figures(finding, found),
    }


def _figures(finding: Finding, found: Found) -> dict[str, Any]:
    return {
        "severity": found.severity,
        "side": found.side,
        "limit_centi": found.limit_centi,
        "start_at": from_us(found.start_us),
        "alarm_at": None if found.alarm_us is None else from_us(found.alarm_us),
        "end_at": None if found.end_us is None else from_us(found.end_us),
        "peak_centi": found.peak_centi,
        "used_s": found.used_s,
        "budget_s": found.budget_s,
        "holder_code": finding.holder_at(found.start_us),
        "is_over": found.is_over,
        "in_record": True,
        "evaluation_version": finding.version,
    }


def _update(case: _Case, finding: Finding, found: Found, work: _Work) -> None:
    before = case.columns
    after = _figures(finding, found)
    compared = (
        ("start_at", "alarm_at")
        if found.mode is AlarmMode.CUMULATIVE
        else ("start_at", "alarm_at", "end_at", "peak_centi", "in_record")
    )
    has_changed = any(before[name] != after[name] for name in compared)
    path: list[S] = []
    state = before["state"]
    if state is S.SUSPECTED:
        if found.alarm_us is not None:
            path = [S.CONFIRMED]
        elif found.is_over:
            path = [S.CLOSED]
    elif state is S.ACKNOWLEDGED and found.is_over:
        path = [S.RECOVERED]
    elif state in REOPENED and has_changed and found.alarm_us is not None:
        path = [S.CONFIRMED]
    note = LATE_DATA if state in REOPENED else ""
    _stage(case, before | after, path, work, note=note)


def _drop(case: _Case, finding: Finding, work: _Work) -> None:
    after = case.columns | {
        "in_record": False,
        "is_over": True,
        "evaluation_version": finding.version,
    }
    path = {S.SUSPECTED: [S.CLOSED], S.ACKNOWLEDGED: [S.RECOVERED]}.get(after["state"], [])
    _stage(case, after, path, work, note=NOT_IN_RECORD)


def _stage(
    case: _Case, after: Mapping[str, Any], path: Sequence[S], work: _Work, *, note: str
) -> None:
    columns = dict(after)
    for state in path:
        columns["state"] = state
        columns["is_added_back"] = columns["is_added_back"] and state is S.CLOSED
        work.steps.append(
            {
                "case_id": case.id,
                "state": state,
                "cause": None,
                "evaluation_version": columns["evaluation_version"],
                "at": work.at,
                "actor": ACTOR,
                "note": note,
            }
        )
    if columns != case.columns:
        work.updates.append(columns | {"b_id": case.id})


def _write(session: Session, work: _Work) -> None:
    if work.inserts:
        ids = session.scalars(
            insert(ExcursionCase).returning(ExcursionCase.id, sort_by_parameter_order=True),
            [columns for columns, _ in work.inserts],
        ).all()
        for case_id, (columns, path) in zip(ids, work.inserts, strict=True):
            work.steps += [
                {
                    "case_id": case_id,
                    "state": state,
                    "cause": None,
                    "evaluation_version": columns["evaluation_version"],
                    "at": work.at,
                    "actor": ACTOR,
                    "note": "",
                }
                for state in path
            ]
    if work.updates:
        session.connection().execute(UPDATE, work.updates)
    if work.steps:
        session.execute(insert(ExcursionStep), work.steps)
