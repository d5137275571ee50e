"""Reads of refunds: one with its payment, and how those by bank transfer stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import NotFoundError
from kernel.masking import mask_name, mask_number
from kernel.rows import fill
from payments.models import Payment, Refund, RefundBounce, RefundByHand
from payments.values import Provider, RefundState
from payments.values.byhand import BankAccount, BounceRow, HandRow


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
    bounces = _bounces(session, refund_ids)
    return {
        row.refund_id: _row(row, bounces.get(row.refund_id, ()), masked=True) for row in rows
    }


def _bounces(session: Session, refund_ids: Sequence[int]) -> dict[int, tuple[BounceRow, ...]]:
    """Return the transfers the bank sent back, the first one first, by refund."""
    rows = session.scalars(
        select(RefundBounce)
        .where(RefundBounce.refund_id.in_(refund_ids))
        .order_by(RefundBounce.id)
    )
    found: dict[int, tuple[BounceRow, ...]] = {}
    for row in rows:
        told = BounceRow(row.bank_reference, row.reason, row.paid_at, row.recorded_by, row.at)
        found[row.refund_id] = (*found.get(row.refund_id, ()), told)
    return found


def open_account(session: Session, refund_id: int) -> HandRow:
    """Return a refund by bank transfer with its account in full, for whoever pays it."""
    row = session.scalars(
        select(RefundByHand).where(RefundByHand.refund_id == refund_id)
    ).one_or_none()
    if row is None:
        raise NotFoundError("refund_not_by_hand", f"refund {refund_id} goes another way")
    return _row(row, _bounces(session, [refund_id]).get(refund_id, ()), masked=False)


def _row(row: RefundByHand, bounces: tuple[BounceRow, ...], *, masked: bool) -> HandRow:
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
        bounces,
    )
