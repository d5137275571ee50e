"""Reads of refunds: one with its payment, and how those by bank transfer stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import NotFoundError
from kernel.masking import mask_name, mask_number
from kernel.rows import fill
from payments.models import Payment, Refund, RefundByHand
from payments.values import Provider, RefundState
from payments.values.byhand import BankAccount, HandRow


@dataclass(frozen=True, slots=True)
class RefundFacts:
    """One refund with the payment it pays back."""

    refund_id: int
    group_number: str
    order_number: str | None
    state: RefundState
    amount_minor: int
    offset_minor: int
    reason: str
    tries: int
    failure_code: str | None
    provider_reference: str | None
    requested_at: datetime
    succeeded_at: datetime | None
    provider: Provider
    method: str | None
    captured_at: datetime | None

    @property
    def due_minor(self) -> int:
        """Return what is to be paid, in fen."""
        return self.amount_minor - self.offset_minor


def get_refund(session: Session, refund_id: int) -> RefundFacts:
    """Return one refund; raises `NotFoundError`."""
    row = session.execute(
        select(
            Refund.id,
            Payment.group_number,
            Refund.order_number,
            Refund.state,
            Refund.amount_minor,
            Refund.offset_minor,
            Refund.reason,
            Refund.tries,
            Refund.failure_code,
            Refund.provider_reference,
            Refund.requested_at,
            Refund.succeeded_at,
            Payment.provider,
            Payment.method,
            Payment.captured_at,
        )
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Refund.id == refund_id)
    ).one_or_none()
    if row is None:
        raise NotFoundError("refund_not_found", f"no refund {refund_id}")
    return fill(RefundFacts, row)


def list_by_hand(session: Session, refund_ids: Sequence[int]) -> dict[int, HandRow]:
    """Return those of some refunds that go by bank transfer, their accounts masked."""
    rows = session.scalars(select(RefundByHand).where(RefundByHand.refund_id.in_(refund_ids)))
    return {row.refund_id: _row(row, masked=True) for row in rows}


def open_account(session: Session, refund_id: int) -> HandRow:
    """Return a refund by bank transfer with its account in full, for whoever pays it."""
    row = session.scalars(
        select(RefundByHand).where(RefundByHand.refund_id == refund_id)
    ).one_or_none()
    if row is None:
        raise NotFoundError("refund_not_by_hand", f"refund {refund_id} goes another way")
    return _row(row, masked=False)


def _row(row: RefundByHand, *, masked: bool) -> HandRow:
    account = None
    if row.holder is not None and row.bank is not None and row.number is not None:
        account = BankAccount(
            mask_name(row.holder) if masked else row.holder,
            row.bank,
            mask_number(row.number) if masked else row.number,
        )
    return HandRow(
        row.refund_id,
        row.why,
        row.opened_at,
        account,
        row.given_at,
        row.released_by,
        row.released_at,
        row.bank_reference,
        row.paid_by,
        row.paid_at,
    )
