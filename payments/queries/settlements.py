"""Reads of settlements for the operator: periods, lines by payee, decisions, files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import BigInteger, ColumnElement, cast, func, select
from sqlalchemy.orm import Session, aliased

from kernel.errors import NotFoundError
from kernel.regions import Region
from kernel.rows import fill_all
from parties.models import Organisation
from payments.models import (
    PayoutBatch,
    PayoutFile,
    PayoutImport,
    SettlementCancellation,
    SettlementDecision,
    SettlementLine,
    SettlementPeriod,
)
from payments.values import (
    CancelWord,
    Decision,
    FileFormat,
    HoldReason,
    LineState,
    PayeeKind,
    PeriodKind,
    PeriodState,
    ReturnReason,
)

OPENED = frozenset({PeriodState.OPEN, PeriodState.CLOSED, PeriodState.PROPOSED})


@dataclass(frozen=True, slots=True)
class PeriodRow:
    """One settlement with its sums."""

    id: int
    code: str
    kind: PeriodKind
    period_from: date
    period_to: date
    state: PeriodState
    round: int
    opened_at: datetime
    closed_at: datetime | None
    proposed_at: datetime | None
    proposed_by: int | None
    approved_at: datetime | None
    submitted_at: datetime | None
    answered_at: datetime | None
    lines: int
    to_pay_minor: int
    """Ready, in flight, paid or returned."""
    paid_minor: int


@dataclass(frozen=True, slots=True)
class GroupRow:
    """The lines of one settlement of one kind of payee in one state."""

    kind: PayeeKind
    state: LineState
    lines: int
    minor: int


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line; households appear under their opaque number only."""

    id: int
    period_code: str
    number: int
    kind: PayeeKind
    owner: str
    payee_name: str | None
    """The organisation's or the village's name; empty for households."""
    snapshot_minor: int
    withheld_minor: int
    amount_minor: int
    state: LineState
    hold_reason: HoldReason | None
    hold_note: str
    bank_reference: str | None
    paid_at: datetime | None
    returned_at: datetime | None
    return_reason: ReturnReason | None
    cleared_at: datetime | None
    reissued_by: str | None
    """The settlement that paid it again."""


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """Who decided what about which proposal, and when."""

    round: int
    person_id: int
    decision: Decision
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CancelRow:
    """What somebody said about taking an approved settlement back."""

    word: CancelWord
    person_id: int
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class FileRow:
    """What is known of a sealed file without opening it."""

    format: FileFormat
    sha256: str
    byte_count: int
    row_count: int
    built_at: datetime


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One list of answers that was taken in."""

    sha256: str
    applied: int
    repeated: int
    imported_by: int | None
    at: datetime


TO_PAY = (LineState.READY, LineState.INFLIGHT, LineState.PAID, LineState.RETURNED)


def list_periods(
    session: Session, *, before_id: int | None = None, limit: int = 25
) -> Sequence[PeriodRow]:
    """Return settlements with their sums, the newest first; one statement."""
    statement = _PERIODS.order_by(SettlementPeriod.id.desc()).limit(limit)
    if before_id is not None:
        statement = statement.where(SettlementPeriod.id < before_id)
    return fill_all(PeriodRow, session.execute(statement))


def get_period(session: Session, code: str) -> PeriodRow:
    """Return one settlement; raises `NotFoundError`."""
    rows = fill_all(PeriodRow, session.execute(_PERIODS.where(SettlementPeriod.code == code)))
    if not rows:
        raise NotFoundError("settlement_not_found", f"no settlement {code}", code=code)
    return rows[0]


def _sum_of(*states: LineState) -> ColumnElement[int]:
    total = func.sum(SettlementLine.amount_minor).filter(SettlementLine.state.in_(states))
    return cast(func.coalesce(total, 0), BigInteger)


_SUMS = (
    select(
        SettlementLine.period_id,
        func.count().label("lines"),
        _sum_of(*TO_PAY).label("to_pay"),
        _sum_of(LineState.PAID).label("paid"),
    )
    .group_by(SettlementLine.period_id)
    .subquery()
)
_PERIODS = (
    select(
        SettlementPeriod.id,
        SettlementPeriod.code,
        SettlementPeriod.kind,
        SettlementPeriod.period_from,
        SettlementPeriod.period_to,
        SettlementPeriod.state,
        SettlementPeriod.round,
        SettlementPeriod.opened_at,
        SettlementPeriod.closed_at,
        SettlementPeriod.proposed_at,
        SettlementPeriod.proposed_by,
        SettlementPeriod.approved_at,
        PayoutBatch.submitted_at,
        PayoutBatch.answered_at,
        func.coalesce(_SUMS.c.lines, 0),
        func.coalesce(_SUMS.c.to_pay, 0),
        func.coalesce(_SUMS.c.paid, 0),
    )
    .outerjoin(_SUMS, _SUMS.c.period_id == SettlementPeriod.id)
    .outerjoin(PayoutBatch, PayoutBatch.period_id == SettlementPeriod.id)
)

_AGAIN = aliased(SettlementLine)
_AGAIN_PERIOD = aliased(SettlementPeriod)
_LINES = (
    select(
        SettlementLine.id,
        SettlementPeriod.code,
        SettlementLine.number,
        SettlementLine.payee_kind,
        SettlementLine.owner,
        func.coalesce(Organisation.name, Region.name),
        SettlementLine.snapshot_minor,
        SettlementLine.withheld_minor,
        SettlementLine.amount_minor,
        SettlementLine.state,
        SettlementLine.hold_reason,
        SettlementLine.hold_note,
        SettlementLine.bank_reference,
        SettlementLine.paid_at,
        SettlementLine.returned_at,
        SettlementLine.return_reason,
        SettlementLine.cleared_at,
        _AGAIN_PERIOD.code.label("reissued_by"),
    )
    .join(SettlementPeriod, SettlementPeriod.id == SettlementLine.period_id)
    .outerjoin(Organisation, Organisation.code == func.split_part(SettlementLine.owner, ":", 2))
    .outerjoin(
        Region,
        Region.code
        == func.split_part(func.split_part(SettlementLine.owner, "village:", 2), ".", 1),
    )
    .outerjoin(_AGAIN, _AGAIN.id == SettlementLine.reissued_by_id)
    .outerjoin(_AGAIN_PERIOD, _AGAIN_PERIOD.id == _AGAIN.period_id)
)


def list_groups(session: Session, period_id: int) -> Sequence[GroupRow]:
    """Return the sums of one settlement by kind of payee and state."""
    rows = session.execute(
        select(
            SettlementLine.payee_kind,
            SettlementLine.state,
            func.count(),
            func.sum(SettlementLine.amount_minor),
        )
        .where(SettlementLine.period_id == period_id)
        .group_by(SettlementLine.payee_kind, SettlementLine.state)
    )
    return [GroupRow(row[0], row[1], row[2], int(row[3])) for row in rows]


def list_lines(
    session: Session,
    period_id: int,
    *,
    kind: PayeeKind | None = None,
    state: LineState | None = None,
    after: int = 0,
    limit: int = 51,
) -> Sequence[LineRow]:
    """Return lines of one settlement by number; one statement."""
    statement = _LINES.where(
        SettlementLine.period_id == period_id, SettlementLine.number > after
    )
    if kind is not None:
        statement = statement.where(SettlementLine.payee_kind == kind)
    if state is not None:
        statement = statement.where(SettlementLine.state == state)
    ordered = statement.order_by(SettlementLine.number).limit(limit)
    return fill_all(LineRow, session.execute(ordered))


def list_unfinished(
    session: Session, *, before_id: int | None = None, limit: int = 51
) -> Sequence[LineRow]:
    """Return lines that somebody must look after: returned, or held by the last settlement.

    A held line of an earlier settlement is history: the last regular one judged the payee anew.
    """
    last = (
        select(func.max(SettlementPeriod.id))
        .where(
            SettlementPeriod.kind == PeriodKind.REGULAR,
            SettlementPeriod.state != PeriodState.OPEN,
        )
        .scalar_subquery()
    )
    statement = _LINES.where(
        (SettlementLine.state == LineState.RETURNED)
        | ((SettlementLine.state == LineState.HELD) & (SettlementLine.period_id == last))
    )
    if before_id is not None:
        statement = statement.where(SettlementLine.id < before_id)
    ordered = statement.order_by(SettlementLine.id.desc()).limit(limit)
    return fill_all(LineRow, session.execute(ordered))


def get_line(session: Session, line_id: int) -> LineRow:
    """Return one line; raises `NotFoundError`."""
    rows = fill_all(LineRow, session.execute(_LINES.where(SettlementLine.id == line_id)))
    if not rows:
        raise NotFoundError("settlement_line_not_found", "there is no such line")
    return rows[0]


def list_decisions(session: Session, period_id: int) -> Sequence[DecisionRow]:
    """Return who decided on a settlement, the oldest first."""
    rows = session.execute(
        select(
            SettlementDecision.round,
            SettlementDecision.person_id,
            SettlementDecision.decision,
            SettlementDecision.reason,
            SettlementDecision.at,
        )
        .where(SettlementDecision.period_id == period_id)
        .order_by(SettlementDecision.id)
    )
    return fill_all(DecisionRow, rows)


def list_cancellations(session: Session, period_id: int) -> Sequence[CancelRow]:
    """Return who asked to cancel a settlement and who answered, the oldest first."""
    rows = session.execute(
        select(
            SettlementCancellation.word,
            SettlementCancellation.person_id,
            SettlementCancellation.reason,
            SettlementCancellation.at,
        )
        .where(SettlementCancellation.period_id == period_id)
        .order_by(SettlementCancellation.id)
    )
    return fill_all(CancelRow, rows)


def list_files(session: Session, period_id: int) -> Sequence[FileRow]:
    """Return what is known of the files of a settlement; nothing is opened."""
    rows = session.execute(
        select(
            PayoutFile.format,
            PayoutFile.sha256,
            PayoutFile.byte_count,
            PayoutFile.row_count,
            PayoutFile.built_at,
        )
        .join(PayoutBatch, PayoutBatch.id == PayoutFile.batch_id)
        .where(PayoutBatch.period_id == period_id)
        .order_by(PayoutFile.format)
    )
    return fill_all(FileRow, rows)


def list_imports(session: Session, period_id: int) -> Sequence[ImportRow]:
    """Return the lists of answers that were taken in, the newest first."""
    rows = session.execute(
        select(
            PayoutImport.sha256,
            PayoutImport.applied,
            PayoutImport.repeated,
            PayoutImport.imported_by,
            PayoutImport.at,
        )
        .join(PayoutBatch, PayoutBatch.id == PayoutImport.batch_id)
        .where(PayoutBatch.period_id == period_id)
        .order_by(PayoutImport.id.desc())
        .limit(50)
    )
    return fill_all(ImportRow, rows)


def list_open_numbers(session: Session, period_id: int) -> Sequence[tuple[int, int]]:
    """Return number and amount of the lines the bank has not answered."""
    rows = session.execute(
        select(SettlementLine.number, SettlementLine.amount_minor)
        .where(
            SettlementLine.period_id == period_id, SettlementLine.state == LineState.INFLIGHT
        )
        .order_by(SettlementLine.number)
    )
    return [(row.number, row.amount_minor) for row in rows]
