"""Excursions and gaps with their steps, for whoever follows them up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from cold_chain.errors import CaseNotFoundError
from cold_chain.models import (
    ExcursionCase,
    ExcursionStep,
    GapCase,
    GapStep,
    LimitProfile,
    Shipment,
)
from cold_chain.rules.cases import Spent, budget_left
from cold_chain.values import (
    AlarmMode,
    ExcursionCause,
    ExcursionState,
    GapState,
    LimitSide,
    Severity,
)
from kernel.rows import fill, fill_all
from parties.models import Organisation


class CaseQueue(StrEnum):
    """Which cases a list shows."""

    OPEN = "open"
    """Excursions that wait for a person."""
    CLOSED = "closed"
    GAPS = "gaps"
    """Gaps that wait for a person, those too long for a pass."""
    DECIDED = "decided"
    """Gaps that are filled, accepted or upheld."""


@dataclass(frozen=True, slots=True)
class ExcursionRow:
    """One excursion with the journey it happened on; hundredths of °C."""

    id: int
    shipment_id: int
    order_number: str
    profile_name: str
    profile_name_en: str
    rule: str
    mode: AlarmMode
    severity: Severity
    side: LimitSide
    limit_centi: int
    start_at: datetime
    alarm_at: datetime | None
    end_at: datetime | None
    peak_centi: int | None
    used_s: int
    budget_s: int | None
    holder_name: str
    is_over: bool
    in_record: bool
    state: ExcursionState
    cause: ExcursionCause | None
    is_added_back: bool
    evaluation_version: int


@dataclass(frozen=True, slots=True)
class GapRow:
    """One gap with the journey it happened on."""

    id: int
    shipment_id: int
    order_number: str
    profile_name: str
    profile_name_en: str
    from_at: datetime
    to_at: datetime
    unknown_s: int
    is_too_long: bool
    holder_name: str
    state: GapState
    evaluation_version: int


@dataclass(frozen=True, slots=True)
class CaseStepRow:
    """One step of a case; the actor is for staff only."""

    state: str
    at: datetime
    actor: str
    note: str
    evaluation_version: int


_EXCURSION = (
    ExcursionCase.id,
    ExcursionCase.shipment_id,
    Shipment.order_number,
    LimitProfile.name,
    LimitProfile.name_en,
    ExcursionCase.rule,
    ExcursionCase.mode,
    ExcursionCase.severity,
    ExcursionCase.side,
    ExcursionCase.limit_centi,
    ExcursionCase.start_at,
    ExcursionCase.alarm_at,
    ExcursionCase.end_at,
    ExcursionCase.peak_centi,
    ExcursionCase.used_s,
    ExcursionCase.budget_s,
    Organisation.name.label("holder"),
    ExcursionCase.is_over,
    ExcursionCase.in_record,
    ExcursionCase.state,
    ExcursionCase.cause,
    ExcursionCase.is_added_back,
    ExcursionCase.evaluation_version,
)
_GAP = (
    GapCase.id,
    GapCase.shipment_id,
    Shipment.order_number,
    LimitProfile.name,
    LimitProfile.name_en,
    GapCase.from_at,
    GapCase.to_at,
    GapCase.unknown_s,
    GapCase.is_too_long,
    Organisation.name.label("holder"),
    GapCase.state,
    GapCase.evaluation_version,
)
SETTLED = (ExcursionState.SUSPECTED, ExcursionState.CLOSED)


def count_cases(session: Session) -> dict[CaseQueue, int]:
    """Return how many cases stand in each queue, in two statements."""
    open_, closed = session.execute(
        select(
            func.count().filter(ExcursionCase.state.not_in(SETTLED)),
            func.count().filter(ExcursionCase.state == ExcursionState.CLOSED),
        ).select_from(ExcursionCase)
    ).one()
    gaps, decided = session.execute(
        select(
            func.count().filter(_waits()), func.count().filter(GapCase.state != GapState.OPEN)
        ).select_from(GapCase)
    ).one()
    return {
        CaseQueue.OPEN: open_,
        CaseQueue.CLOSED: closed,
        CaseQueue.GAPS: gaps,
        CaseQueue.DECIDED: decided,
    }


def list_excursions(
    session: Session,
    queue: CaseQueue = CaseQueue.OPEN,
    *,
    shipment_id: int | None = None,
    before_id: int | None = None,
    limit: int = 100,
) -> list[ExcursionRow]:
    """Return excursions of a queue, or all of one shipment, the newest first."""
    statement = _joined(select(*_EXCURSION), ExcursionCase)
    if shipment_id is not None:
        statement = statement.where(ExcursionCase.shipment_id == shipment_id)
    elif queue is CaseQueue.OPEN:
        statement = statement.where(ExcursionCase.state.not_in(SETTLED))
    else:
        statement = statement.where(ExcursionCase.state == ExcursionState.CLOSED)
    if before_id is not None:
        statement = statement.where(ExcursionCase.id < before_id)
    rows = session.execute(statement.order_by(ExcursionCase.id.desc()).limit(limit))
    return fill_all(ExcursionRow, rows)


def list_gaps(
    session: Session,
    queue: CaseQueue = CaseQueue.GAPS,
    *,
    shipment_id: int | None = None,
    before_id: int | None = None,
    limit: int = 100,
) -> list[GapRow]:
    """Return gaps of a queue, or all of one shipment, the newest first."""
    statement = _joined(select(*_GAP), GapCase)
    if shipment_id is not None:
        statement = statement.where(GapCase.shipment_id == shipment_id)
    elif queue is CaseQueue.GAPS:
        statement = statement.where(_waits())
    else:
        statement = statement.where(GapCase.state != GapState.OPEN)
    if before_id is not None:
        statement = statement.where(GapCase.id < before_id)
    return fill_all(GapRow, session.execute(statement.order_by(GapCase.id.desc()).limit(limit)))


def get_excursion(session: Session, case_id: int) -> tuple[ExcursionRow, list[CaseStepRow]]:
    """Return one excursion with its steps; raises `CaseNotFoundError`."""
    row = session.execute(
        _joined(select(*_EXCURSION), ExcursionCase).where(ExcursionCase.id == case_id)
    ).one_or_none()
    if row is None:
        raise CaseNotFoundError(case_id)
    return fill(ExcursionRow, row), _steps(session, ExcursionStep, case_id)


def get_gap(session: Session, case_id: int) -> tuple[GapRow, list[CaseStepRow]]:
    """Return one gap with its steps; raises `CaseNotFoundError`."""
    row = session.execute(
        _joined(select(*_GAP), GapCase).where(GapCase.id == case_id)
    ).one_or_none()
    if row is None:
        raise CaseNotFoundError(case_id)
    return fill(GapRow, row), _steps(session, GapStep, case_id)


def find_budget_left(rows: Sequence[ExcursionRow], row: ExcursionRow) -> int | None:
    """Return what is left of the budget an excursion takes from, seconds; None without one.

    `rows` are all excursions of its shipment.
    """
    if row.budget_s is None:
        return None
    return budget_left(
        row.budget_s,
        [
            Spent(one.used_s, one.is_added_back)
            for one in rows
            if one.mode is AlarmMode.SINGLE
            and one.in_record
            and (one.side, one.limit_centi) == (row.side, row.limit_centi)
        ],
    )


def _waits() -> ColumnElement[bool]:
    return (GapCase.state == GapState.OPEN) & GapCase.is_too_long


def _joined(statement: Select[*tuple[Any, ...]], kind: Any) -> Select[*tuple[Any, ...]]:
    return (
        statement.join(Shipment, Shipment.id == kind.shipment_id)
        .join(
            LimitProfile,
            (LimitProfile.code == Shipment.profile_code)
            & (LimitProfile.version == Shipment.profile_version),
        )
        .join(Organisation, Organisation.code == kind.holder_code)
    )


def _steps(session: Session, kind: Any, case_id: int) -> list[CaseStepRow]:
    rows = session.execute(
        select(kind.state, kind.at, kind.actor, kind.note, kind.evaluation_version)
        .where(kind.case_id == case_id)
        .order_by(kind.id)
    )
    return [CaseStepRow(row.state.value, *row[1:]) for row in rows]
