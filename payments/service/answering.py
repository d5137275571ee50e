"""Take in what the bank answers: each line once, all rows or none.

The settlement's row is locked by the caller before anything is read.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, insert, select, text, union_all, update
from sqlalchemy.orm import Session

from kernel.clock import local_date
from payments.models import (
    PayoutBatch,
    PayoutConfirmation,
    PayoutImport,
    PayoutLateReturn,
    SettlementLine,
    SettlementPeriod,
)
from payments.rules.answers import Asked, AskedLine, BankAnswer
from payments.service.paying import Batch
from payments.values import LineState, Outcome, PeriodState, ReturnReason

NOT_ASKED = (LineState.READY, LineState.HELD, LineState.CARRIED, LineState.CANCELLED)
"""States of lines the bank was not asked to pay."""

ANSWER_LINES = text(
    """
    UPDATE settlement_lines line
    SET state = said.outcome, bank_reference = said.reference,
        paid_at = CASE WHEN said.outcome = 'paid' THEN said.at END,
        returned_at = CASE WHEN said.outcome = 'returned' THEN said.at END,
        return_reason = said.reason
    FROM unnest(CAST(:ids AS bigint[]), CAST(:outcomes AS text[]), CAST(:references AS text[]),
        CAST(:reasons AS text[]), CAST(:moments AS timestamptz[]))
        AS said (id, outcome, reference, reason, at)
    WHERE line.id = said.id
    """
)

RETURN_LATE = text(
    """
    UPDATE settlement_lines line
    SET state = 'returned', returned_at = said.at, return_reason = said.return_reason
    FROM payout_late_returns said
    WHERE said.line_id = line.id AND line.id = ANY (:ids)
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What became of one line, ready to be written."""

    line_id: int
    amount_minor: int
    outcome: Outcome
    bank_reference: str | None
    return_reason: ReturnReason | None
    at: datetime


def asked_of(
    session: Session, period_id: int, batch: Batch, answers: Sequence[BankAnswer], today: date
) -> Asked:
    """Return what the bank's answers are measured against; two statements."""
    rows = session.execute(
        select(
            SettlementLine.id,
            SettlementLine.number,
            SettlementLine.account_code,
            SettlementLine.amount_minor,
            SettlementLine.state,
            PayoutConfirmation.outcome,
            PayoutConfirmation.bank_reference,
            SettlementLine.paid_at,
            PayoutLateReturn.bank_reference.label("late_reference"),
        )
        .outerjoin(PayoutConfirmation, PayoutConfirmation.line_id == SettlementLine.id)
        .outerjoin(PayoutLateReturn, PayoutLateReturn.line_id == SettlementLine.id)
        .where(SettlementLine.period_id == period_id, SettlementLine.state.not_in(NOT_ASKED))
    )
    lines = {
        row.number: AskedLine(
            line_id=row.id,
            number=row.number,
            account_code=row.account_code,
            amount_minor=row.amount_minor,
            state=row.state,
            answered=row.outcome,
            bank_reference=row.bank_reference,
            paid_on=local_date(row.paid_at) if row.paid_at else None,
            late_reference=row.late_reference,
        )
        for row in rows
    }
    return Asked(
        batch_code=batch.code,
        lines=lines,
        used_references=_used(session, {one.bank_reference for one in answers}),
        first_day=local_date(batch.created_at),
        last_day=today,
    )


def _used(session: Session, references: Collection[str]) -> dict[str, int]:
    """Return which bank references were taken in before, with the id of their line."""
    rows = session.execute(
        union_all(
            *(
                select(table.bank_reference, table.line_id).where(
                    table.bank_reference.in_(references)
                )
                for table in (PayoutConfirmation, PayoutLateReturn)
            )
        )
    )
    return {row.bank_reference: row.line_id for row in rows}


def record_import(
    session: Session,
    batch: Batch,
    sha256: str,
    counts: tuple[int, int],
    *,
    by: int | None,
    at: datetime,
) -> int:
    """Note that a list of answers was taken in: how many were new, how many repeated."""
    return session.execute(
        insert(PayoutImport)
        .values(
            batch_id=batch.id,
            sha256=sha256,
            applied=counts[0],
            repeated=counts[1],
            imported_by=by,
            at=at,
        )
        .returning(PayoutImport.id)
    ).scalar_one()


def record_answers(
    session: Session, answers: Sequence[Answered], *, import_id: int | None
) -> None:
    """Write what became of lines; the primary key lets each be answered once."""
    if not answers:
        return
    session.execute(
        insert(PayoutConfirmation),
        [
            {
                "line_id": one.line_id,
                "import_id": import_id,
                "outcome": one.outcome,
                "amount_minor": one.amount_minor,
                "bank_reference": one.bank_reference,
                "return_reason": one.return_reason,
                "at": one.at,
            }
            for one in answers
        ],
    )
    session.execute(
        ANSWER_LINES,
        {
            "ids": [one.line_id for one in answers],
            "outcomes": [one.outcome.value for one in answers],
            "references": [one.bank_reference for one in answers],
            "reasons": [one.return_reason and one.return_reason.value for one in answers],
            "moments": [one.at for one in answers],
        },
    )


def record_late_returns(
    session: Session, answers: Sequence[Answered], *, import_id: int
) -> None:
    """Write that lines the bank had paid came back; the primary key lets each do so once."""
    if not answers:
        return
    session.execute(
        insert(PayoutLateReturn),
        [
            {
                "line_id": one.line_id,
                "import_id": import_id,
                "bank_reference": one.bank_reference,
                "return_reason": one.return_reason,
                "at": one.at,
            }
            for one in answers
        ],
    )
    session.execute(RETURN_LATE, {"ids": [one.line_id for one in answers]})


def close_when_answered(session: Session, period_id: int, *, at: datetime) -> bool:
    """Say whether the bank has answered for every line, and note it."""
    waiting = session.scalar(
        select(func.count()).where(
            SettlementLine.period_id == period_id,
            SettlementLine.state == LineState.INFLIGHT,
        )
    )
    if waiting:
        return False
    session.execute(
        update(PayoutBatch)
        .where(PayoutBatch.period_id == period_id, PayoutBatch.answered_at.is_(None))
        .values(answered_at=at)
    )
    session.execute(
        update(SettlementPeriod)
        .where(SettlementPeriod.id == period_id, SettlementPeriod.state != PeriodState.ANSWERED)
        .values(state=PeriodState.ANSWERED)
    )
    return True
