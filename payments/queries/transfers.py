"""Reads of bank transfers: what orders wait for, and the rows nobody has decided on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel import policy
from kernel.rows import fill, fill_all
from payments.models import BankDecision, BankRow, BankStatement, TransferRequest
from payments.values.transfers import RowWord, TransferAccount, TransferRow

HOLDER, BANK, NUMBER = (
    "bank_transfer_holder",
    "bank_transfer_bank",
    "bank_transfer_account",
)


@dataclass(frozen=True, slots=True)
class OpenRow:
    """A row with money nobody has decided on."""

    row_id: int
    reference: str
    booked_on: date
    amount_minor: int
    left_minor: int
    payer_name: str
    payer_account: str
    remark: str


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """One decision on money of a row."""

    word: RowWord
    group_number: str | None
    amount_minor: int
    bank_reference: str | None
    actor: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class StatementSummary:
    """One file that was taken in."""

    statement_id: int
    taken: int
    repeated: int
    outgoing: int
    at: datetime


_REQUEST = (
    TransferRequest.group_number,
    TransferRequest.code,
    TransferRequest.amount_minor,
    TransferRequest.received_minor,
    TransferRequest.opened_at,
    TransferRequest.expires_at,
)
_OPEN = (
    BankRow.id,
    BankRow.reference,
    BankRow.booked_on,
    BankRow.amount_minor,
    BankRow.left_minor,
    BankRow.payer_name,
    BankRow.payer_account,
    BankRow.remark,
)


def find_account(session: Session, *, on: date) -> TransferAccount | None:
    """Return where buyers pay to, or None while nobody has said it."""
    said = policy.list_in_force(session, [HOLDER, BANK, NUMBER], on=on)
    if len(said) < len((HOLDER, BANK, NUMBER)):
        return None
    return TransferAccount(str(said[HOLDER]), str(said[BANK]), str(said[NUMBER]))


def find_transfer(session: Session, group_number: str) -> TransferRow | None:
    """Return what a group waits for by bank transfer."""
    row = session.execute(
        select(*_REQUEST).where(TransferRequest.group_number == group_number)
    ).one_or_none()
    return None if row is None else TransferRow(*row)


def list_by_code(session: Session, codes: Sequence[str]) -> dict[str, TransferRow]:
    """Return what waits under some codes."""
    rows = session.execute(select(*_REQUEST).where(TransferRequest.code.in_(codes)))
    return {row.code: TransferRow(*row) for row in rows}


def list_partly_paid(session: Session, *, limit: int = 100) -> list[TransferRow]:
    """Return what has received something but not all, the oldest first."""
    rows = session.execute(
        select(*_REQUEST)
        .where(
            TransferRequest.received_minor > 0,
            TransferRequest.received_minor < TransferRequest.amount_minor,
        )
        .order_by(TransferRequest.opened_at)
        .limit(limit)
    )
    return fill_all(TransferRow, rows)


def list_waiting_for(session: Session, minors: Sequence[int]) -> list[TransferRow]:
    """Return requests that still wait for exactly one of some amounts, the oldest first."""
    due = TransferRequest.amount_minor - TransferRequest.received_minor
    rows = session.execute(
        select(*_REQUEST)
        .where(due.in_(minors), due > 0)
        .order_by(TransferRequest.opened_at)
        .limit(50)
    )
    return fill_all(TransferRow, rows)


def list_open_rows(
    session: Session, *, after: int | None = None, limit: int = 50
) -> list[OpenRow]:
    """Return rows with money nobody has decided on, the oldest first; `after` goes on."""
    rows = session.execute(
        select(*_OPEN)
        .where(BankRow.left_minor > 0, BankRow.id > (after or 0))
        .order_by(BankRow.id)
        .limit(limit)
    )
    return fill_all(OpenRow, rows)


def find_row(session: Session, row_id: int) -> OpenRow | None:
    """Return one row of a statement."""
    row = session.execute(select(*_OPEN).where(BankRow.id == row_id)).one_or_none()
    return None if row is None else OpenRow(*row)


def count_open_rows(session: Session) -> tuple[int, int]:
    """Return how many rows have money nobody has decided on, and how much."""
    row = session.execute(
        select(func.count(), func.coalesce(func.sum(BankRow.left_minor), 0)).where(
            BankRow.left_minor > 0
        )
    ).one()
    return int(row[0]), int(row[1])


def list_unseen_rows(session: Session, *, limit: int = 200) -> list[int]:
    """Return rows that were not held against the codes of waiting orders yet."""
    return list(
        session.scalars(
            select(BankRow.id)
            .where(BankRow.looked_at.is_(None))
            .order_by(BankRow.id)
            .limit(limit)
        )
    )


def list_decisions(session: Session, row_ids: Sequence[int]) -> Mapping[int, list[DecisionRow]]:
    """Return what was decided on rows, in order."""
    rows = session.execute(
        select(
            BankDecision.row_id,
            BankDecision.word,
            BankDecision.group_number,
            BankDecision.amount_minor,
            BankDecision.bank_reference,
            BankDecision.actor,
            BankDecision.reason,
            BankDecision.at,
        )
        .where(BankDecision.row_id.in_(row_ids))
        .order_by(BankDecision.id)
    )
    decisions: dict[int, list[DecisionRow]] = {}
    for row in rows:
        decisions.setdefault(row.row_id, []).append(fill(DecisionRow, row[1:]))
    return decisions


def list_statements(session: Session, *, limit: int = 10) -> list[StatementSummary]:
    """Return the files that were taken in last."""
    rows = session.execute(
        select(
            BankStatement.id,
            BankStatement.taken,
            BankStatement.repeated,
            BankStatement.outgoing,
            BankStatement.at,
        )
        .order_by(BankStatement.id.desc())
        .limit(limit)
    )
    return fill_all(StatementSummary, rows)
