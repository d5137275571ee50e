"""Credit lines and bills of organisations that buy on terms.

Row locks: bills by number, then the account of the organisation, both before lots and ledger.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from kernel.clock import local_date
from kernel.errors import ConflictError, InvalidError, NotFoundError
from payments.models import (
    BankDecision,
    BankRow,
    BillReminder,
    CreditAccount,
    CreditBill,
    CreditLine,
    CreditSale,
)
from payments.rules import terms as rules
from payments.rules import transfers as transfer_rules
from payments.service.buyers import lock, record_capture, start
from payments.service.transfers import checked_reason
from payments.values import Capture, PaymentState, Provider
from payments.values.terms import BillRow, LineVerdict, NewLine, SaleRow, Standing
from payments.values.transfers import Decider, LockedRow, RowWord


def propose_line(session: Session, new: NewLine, *, by: int, at: datetime) -> int:
    """Propose a credit line; it holds once another person approved it."""
    rules.check_line(new)
    return session.execute(
        insert(CreditLine)
        .values(
            organisation_code=new.organisation_code,
            amount_minor=new.amount_minor,
            days=new.days,
            valid_from=new.valid_from,
            valid_until=new.valid_until,
            reason=checked_reason(new.reason),
            proposed_by=by,
            proposed_at=at,
        )
        .returning(CreditLine.id)
    ).scalar_one()


def decide_line(
    session: Session, line_id: int, verdict: LineVerdict, *, by: int, at: datetime
) -> str:
    """Approve or refuse a line that another person proposed; return whose it is."""
    row = session.execute(
        select(CreditLine.organisation_code, CreditLine.proposed_by, CreditLine.verdict)
        .where(CreditLine.id == line_id)
        .with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFoundError("credit_line_not_found", f"no credit line {line_id}")
    if row.verdict is not None:
        raise ConflictError("credit_line_decided", f"line {line_id} was decided before")
    if row.proposed_by == by:
        raise ConflictError("credit_line_four_eyes", "another person decides")
    session.execute(
        update(CreditLine)
        .where(CreditLine.id == line_id)
        .values(verdict=verdict, decided_by=by, decided_at=at)
    )
    return str(row.organisation_code)


def lock_account(session: Session, organisation_code: str) -> None:
    """Lock what an organisation uses of its credit; read where it stands only then."""
    session.execute(
        upsert(CreditAccount)
        .values(organisation_code=organisation_code, used_minor=0)
        .on_conflict_do_nothing(index_elements=[CreditAccount.organisation_code])
    )
    session.execute(
        select(CreditAccount.used_minor)
        .where(CreditAccount.organisation_code == organisation_code)
        .with_for_update()
    ).one()


def open_sale(
    session: Session, group_number: str, standing: Standing, minor: int, *, at: datetime
) -> Capture:
    """Take an order group's total off the line and record it as settled by its terms.

    The account is locked and `standing` was read behind that lock.
    """
    code = transfer_rules.new_code()
    session.execute(
        insert(CreditSale).values(
            group_number=group_number,
            organisation_code=standing.organisation_code,
            line_id=standing.line_id,
            code=code,
            amount_minor=minor,
            days=standing.days,
            at=at,
        )
    )
    use(session, standing.organisation_code, minor)
    start(
        session,
        group_number=group_number,
        provider=Provider.TERMS,
        reference=code,
        amount_minor=minor,
        at=at,
    )
    payment = lock(session, Provider.TERMS, code)
    capture = Capture(Provider.TERMS, code, group_number, minor, payment.currency, at)
    record_capture(session, payment, capture, PaymentState.SUCCEEDED)
    return capture


def use(session: Session, organisation_code: str, minor: int) -> None:
    """Add to what an organisation uses of its line; below zero gives back."""
    session.execute(
        update(CreditAccount)
        .where(CreditAccount.organisation_code == organisation_code)
        .values(used_minor=CreditAccount.used_minor + minor)
    )


def issue_bills(
    session: Session, amounts: Sequence[tuple[SaleRow, str, int, datetime]]
) -> None:
    """Bill delivered orders: (sale, order number, fen, moment of delivery)."""
    rows = [
        {
            "order_number": number,
            "group_number": sale.group_number,
            "organisation_code": sale.organisation_code,
            "amount_minor": minor,
            "issued_at": at,
            "due_on": local_date(at) + timedelta(days=sale.days),
        }
        for sale, number, minor, at in amounts
        if minor > 0
    ]
    if rows:
        session.execute(insert(CreditBill), rows)


def lock_bills(session: Session, group_number: str) -> None:
    """Lock the bills of a group; read them only then."""
    session.execute(
        select(CreditBill.order_number)
        .where(CreditBill.group_number == group_number)
        .order_by(CreditBill.order_number)
        .with_for_update()
    ).all()


def reduce_bill(session: Session, order_number: str, minor: int) -> None:
    """Take a refund off a locked bill."""
    session.execute(
        update(CreditBill)
        .where(CreditBill.order_number == order_number)
        .values(reduced_minor=CreditBill.reduced_minor + minor)
    )


@dataclass(frozen=True, slots=True)
class Cleared:
    """What of a bank row paid which bill."""

    decision: int
    order_number: str
    minor: int


def clear_bills(
    session: Session,
    row: LockedRow,
    bills: Sequence[BillRow],
    minor: int,
    who: Decider,
    *,
    at: datetime,
) -> list[Cleared]:
    """Pay locked open bills out of a locked bank row, the first due first.

    Raises `ConflictError` for more than the row has left or the bills come to.
    """
    if not 0 < minor <= sum(bill.open_minor for bill in bills):
        raise ConflictError("transfer_too_much", "the bills come to less")
    if minor > row.left_minor:
        raise ConflictError("bank_row_short", f"row {row.row_id} has {row.left_minor} fen left")
    reason, left, cleared = checked_reason(who.reason), minor, []
    for bill in bills:
        part = min(left, bill.open_minor)
        if part <= 0:
            break
        left -= part
        decision = session.execute(
            insert(BankDecision)
            .values(
                row_id=row.row_id,
                word=RowWord.MATCHED,
                bill_number=bill.order_number,
                amount_minor=part,
                actor=who.actor,
                reason=reason,
                at=at,
            )
            .returning(BankDecision.id)
        ).scalar_one()
        session.execute(
            update(CreditBill)
            .where(CreditBill.order_number == bill.order_number)
            .values(paid_minor=CreditBill.paid_minor + part)
        )
        cleared.append(Cleared(decision, bill.order_number, part))
    session.execute(
        update(BankRow)
        .where(BankRow.id == row.row_id)
        .values(left_minor=BankRow.left_minor - minor)
    )
    return cleared


def note_reminder(session: Session, order_number: str, day: int, *, at: datetime) -> bool:
    """Note that a letter about a bill is due; False when it was before."""
    return (
        session.scalar(
            upsert(BillReminder)
            .values(order_number=order_number, day=day, at=at)
            .on_conflict_do_nothing()
            .returning(BillReminder.day)
        )
        is not None
    )


def check_days(days: Sequence[object]) -> tuple[int, ...]:
    """Return the days of letters around the due day, in order."""
    if not all(isinstance(day, int) for day in days):
        raise InvalidError("terms_days_invalid", "days are whole numbers")
    return tuple(sorted(int(str(day)) for day in days))
