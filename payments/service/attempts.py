"""Attempts at a provider that has pages of its own: begun, opened there, seen, closed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kernel.money import CURRENCY
from kernel.rows import fill_all
from payments.errors import PaymentNotFoundError
from payments.gateway import checkout_key
from payments.models import Payment
from payments.rules import buyers as rules
from payments.service.buyers import LockedPayment, lock
from payments.values import AttemptReading, PaymentState, Provider


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt the buyer may still pay, as far as the shop knows."""

    payment_id: int
    group_number: str
    provider: Provider
    attempt: int
    reference: str
    amount_minor: int
    url: str | None
    expires_at: datetime

    @property
    def is_open_there(self) -> bool:
        """Say whether the provider has given it a number of its own."""
        return self.reference != checkout_key(self.group_number, self.attempt)


_ATTEMPT = (
    Payment.id,
    Payment.group_number,
    Payment.provider,
    Payment.attempt,
    Payment.reference,
    Payment.amount_minor,
    Payment.url,
    Payment.expires_at,
)


def list_open(session: Session, group_number: str) -> list[Attempt]:
    """Return attempts of a group that a provider may still take money for, oldest first."""
    rows = session.execute(
        select(*_ATTEMPT)
        .where(
            Payment.group_number == group_number,
            Payment.state.in_(rules.OPEN),
            Payment.expires_at.is_not(None),
        )
        .order_by(Payment.id)
    )
    return fill_all(Attempt, rows)


def list_unseen(session: Session, *, before: datetime, limit: int) -> list[Attempt]:
    """Return open attempts of which nothing was heard since a moment, oldest first."""
    rows = session.execute(
        select(*_ATTEMPT)
        .where(
            Payment.state.in_(rules.OPEN),
            Payment.expires_at.is_not(None),
            func.coalesce(Payment.seen_at, Payment.created_at) < before,
        )
        .order_by(Payment.id)
        .limit(limit)
    )
    return fill_all(Attempt, rows)


def begin(
    session: Session,
    *,
    group_number: str,
    provider: Provider,
    amount_minor: int,
    expires_at: datetime,
    at: datetime,
) -> Attempt:
    """Record that an attempt will be opened, or return the one that is open; locks nothing.

    The caller holds the group's row, so that there is one open attempt at a time.
    """
    for known in list_open(session, group_number):
        if known.provider is provider and known.expires_at > at:
            return known
    number = 1 + (
        session.scalar(
            select(func.max(Payment.attempt)).where(
                Payment.provider == provider, Payment.group_number == group_number
            )
        )
        or 0
    )
    row = session.execute(
        insert(Payment)
        .values(
            group_number=group_number,
            provider=provider,
            attempt=number,
            reference=checkout_key(group_number, number),
            state=PaymentState.CREATED,
            amount_minor=amount_minor,
            currency=CURRENCY,
            created_at=at,
            expires_at=expires_at,
        )
        .returning(*_ATTEMPT)
    ).one()
    return fill_all(Attempt, [row])[0]


def record_opened(session: Session, payment_id: int, *, reference: str, url: str) -> None:
    """Note the provider's own number of an attempt and where the buyer pays."""
    session.execute(
        update(Payment)
        .where(Payment.id == payment_id)
        .values(reference=reference, url=url or Payment.url)
    )


def lock_read(session: Session, reading: AttemptReading) -> LockedPayment:
    """Lock the attempt a reading is about; raises `PaymentNotFoundError`.

    An answer that was lost on its way left the attempt without the provider's number; the
    reading names group and attempt, and so brings it.
    """
    try:
        return lock(session, reading.provider, reading.reference)
    except PaymentNotFoundError:
        if reading.attempt is None:
            raise
    key = checkout_key(reading.group_number, reading.attempt)
    payment = lock(session, reading.provider, key)
    record_opened(session, payment.payment_id, reference=reading.reference, url="")
    return lock(session, reading.provider, reading.reference)


def record_seen(session: Session, payment: LockedPayment, reading: AttemptReading) -> None:
    """Write where an attempt stands that is not paid; what is known for sure stays."""
    row = session.execute(
        select(Payment.state, Payment.seen_at, Payment.created_at).where(
            Payment.id == payment.payment_id
        )
    ).one()
    state, at = rules.join_payment(
        (row.state, row.seen_at or row.created_at), (reading.state, reading.read_at)
    )
    if state is not row.state:
        rules.check_payment_step(reading.reference, row.state, state)
    session.execute(
        update(Payment)
        .where(Payment.id == payment.payment_id)
        .values(
            state=state,
            seen_at=at,
            intent=reading.intent or Payment.intent,
            failure_code=reading.failure_code or Payment.failure_code,
        )
    )


def record_unknown(session: Session, payment_id: int, *, at: datetime) -> None:
    """Note that the provider knows no such attempt: nobody can pay it."""
    session.execute(
        update(Payment)
        .where(Payment.id == payment_id, Payment.state.in_(rules.OPEN))
        .values(state=PaymentState.CANCELED, seen_at=at)
    )
