"""Disputes at the bank of a card, as the provider tells them."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kernel.rows import fill_all
from payments.errors import PaymentNotFoundError
from payments.models import Dispute, Payment, Refund
from payments.rules import buyers as rules
from payments.service.buyers import LockedRefund, lock_refund
from payments.values import DisputeReading, DisputeState, PaymentState, Provider, RefundState


@dataclass(frozen=True, slots=True)
class LockedDispute:
    """A dispute whose row is locked, with the payment it is about."""

    dispute_id: int
    payment_id: int
    provider: Provider
    reference: str
    state: DisputeState
    amount_minor: int
    fee_minor: int
    withdrawn_at: datetime | None
    group_number: str
    payment_state: PaymentState

    @property
    def key(self) -> str:
        """Return the name under which everything of this dispute is posted."""
        return f"dp:{self.reference}"

    @property
    def account(self) -> str:
        """Return the account on which the money stands that the bank took."""
        return f"A:dispute:{self.dispute_id}"

    @property
    def custody(self) -> str:
        """Return the account the bank took it from."""
        return f"A:{self.provider}:pending"


def lock_dispute(session: Session, reading: DisputeReading) -> LockedDispute:
    """Lock a dispute, making its row on first sight; raises `PaymentNotFoundError`."""
    payment = session.execute(
        select(Payment.id, Payment.group_number, Payment.state)
        .where(Payment.provider == reading.provider, Payment.intent == reading.intent)
        .with_for_update()
    ).one_or_none()
    if payment is None or payment.state not in rules.CAPTURED:
        raise PaymentNotFoundError(reading.intent)
    session.execute(
        insert(Dispute)
        .values(
            payment_id=payment.id,
            provider=reading.provider,
            reference=reading.reference,
            state=DisputeState.INQUIRY,
            amount_minor=reading.amount_minor,
            reason=reading.reason,
            opened_at=reading.opened_at,
        )
        .on_conflict_do_nothing(index_elements=[Dispute.provider, Dispute.reference])
    )
    row = session.execute(
        select(
            Dispute.id,
            Dispute.payment_id,
            Dispute.provider,
            Dispute.reference,
            Dispute.state,
            Dispute.amount_minor,
            Dispute.fee_minor,
            Dispute.withdrawn_at,
        )
        .where(Dispute.provider == reading.provider, Dispute.reference == reading.reference)
        .with_for_update()
    ).one()
    return fill_all(LockedDispute, [(*row, payment.group_number, payment.state)])[0]


def record_dispute(
    session: Session, known: LockedDispute, reading: DisputeReading
) -> tuple[LockedDispute, bool]:
    """Write a reading; return the dispute as it stands now, and whether its state is new."""
    state = rules.join_dispute(known.state, reading.state)
    if state is not known.state:
        rules.check_dispute_step(reading.reference, known.state, state)
    now = replace(
        known,
        state=state,
        fee_minor=known.fee_minor or reading.fee_minor,
        withdrawn_at=known.withdrawn_at or reading.withdrawn_at,
    )
    is_over = state in (DisputeState.WON, DisputeState.LOST, DisputeState.CLOSED)
    session.execute(
        update(Dispute)
        .where(Dispute.id == known.dispute_id)
        .values(
            state=state,
            fee_minor=now.fee_minor,
            withdrawn_at=now.withdrawn_at,
            closed_at=(reading.reinstated_at or now.withdrawn_at or reading.opened_at)
            if is_over
            else None,
        )
    )
    return now, state is not known.state


def lock_waiting_refunds(session: Session, payment_id: int) -> list[LockedRefund]:
    """Lock refunds of a payment that were not ordered at the provider yet, oldest first."""
    ids = session.scalars(
        select(Refund.id)
        .where(
            Refund.payment_id == payment_id,
            Refund.state.in_((RefundState.REQUESTED, RefundState.APPROVED)),
        )
        .order_by(Refund.id)
    ).all()
    return [lock_refund(session, refund_id) for refund_id in ids]
