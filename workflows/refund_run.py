"""A refund on its way through a provider: ordered, answered, refused, sent back by the bank.

Until the money has arrived it is owed on `L:refund`; a failure undoes nothing. Row locks:
refund, ledger balances by account.
"""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from kernel.errors import ConflictError
from kernel.money import CURRENCY
from ledger import service as ledger
from ledger.values import Book, Entry, Line, PostingKind
from payments import service as payments
from payments.errors import PaymentNotFoundError
from payments.gateway import RefundOrder
from payments.rules import buyers as rules
from payments.service import LockedRefund, byhand
from payments.values import Provider, RefundReading, RefundState

BY_HAND = frozenset({Provider.BANK_TRANSFER, Provider.TERMS, Provider.EXCHANGE})
"""What no provider can pay back: it goes from the bank."""
WAITING = frozenset({RefundState.REQUESTED, RefundState.APPROVED})


def order(session: Session, refund_id: int, *, at: datetime) -> RefundOrder | None:
    """Note that a refund is ordered now and return what to ask its provider for.

    None when there is nothing to ask: it was answered, goes by hand, or is done. An order whose
    answer was lost is the same order again, under the same key. Raises `ConflictError`
    `payment_disputed` while the buyer's bank has taken the money.
    """
    refund = payments.lock_refund(session, refund_id)
    is_unanswered = refund.state is RefundState.SUBMITTED and refund.provider_reference is None
    if refund.provider in BY_HAND or not (refund.state in WAITING or is_unanswered):
        return None
    if payments.is_disputed(session, refund.payment_id):
        raise ConflictError("payment_disputed", f"refund {refund_id} waits for the bank")
    if not is_unanswered:
        refund = payments.begin_refund_try(session, refund)
    return RefundOrder(
        refund_id=refund_id,
        intent=refund.intent or refund.payment_reference,
        amount_minor=refund.amount_minor,
        tries=refund.tries,
        at=at,
    )


def apply(session: Session, reading: RefundReading) -> bool:
    """Write what the provider says of a refund; False when it was known.

    Raises `PaymentNotFoundError` for a refund that was not ordered here, and for one that names
    other money than ours.
    """
    refund_id = payments.find_refund_by(
        session, reading.provider, reading.reference, reading.refund_id
    )
    if refund_id is None:
        raise PaymentNotFoundError(reading.reference)
    refund = payments.lock_refund(session, refund_id)
    _check(refund, reading)
    if _is_past(session, refund, reading):
        return False
    wanted = rules.join_refund(refund.state, reading.state)
    if wanted is refund.state:
        return False
    payments.record_refund_state(
        session,
        refund,
        wanted,
        provider_reference=reading.reference,
        failure_code=reading.failure_code,
        at=reading.at,
    )
    if refund.currency != CURRENCY:
        return True
    if wanted is RefundState.SUCCEEDED:
        # Even one that was meant to go by hand was paid by its provider then.
        ledger.post(session, paid_entry(replace(refund, state=wanted), at=reading.at))
    elif refund.state is RefundState.SUCCEEDED:
        ledger.post(session, _came_back(refund, at=reading.at))
    return True


def _is_past(session: Session, refund: LockedRefund, reading: RefundReading) -> bool:
    """Say whether a reading is of an earlier order, or of what goes by bank transfer by now."""
    if reading.tries is not None and reading.tries != refund.tries:
        return True
    is_paid = reading.state is RefundState.SUCCEEDED
    return not is_paid and byhand.is_by_hand(session, refund.refund_id)


def refuse(session: Session, refund_id: int, code: str, *, at: datetime) -> None:
    """Note that the provider will not carry a refund out; the money stays owed."""
    refund = payments.lock_refund(session, refund_id)
    if refund.state is RefundState.SUBMITTED:
        payments.record_refund_state(
            session,
            refund,
            RefundState.FAILED,
            provider_reference=None,
            failure_code=code,
            at=at,
        )


def confirm(session: Session, refund_id: int, *, provider_reference: str, at: datetime) -> bool:
    """F3: the money is back at the buyer; False when it was said before."""
    refund = payments.lock_refund(session, refund_id)
    if refund.state is RefundState.SUCCEEDED:
        return False
    if refund.state in WAITING:
        refund = payments.begin_refund_try(session, refund)
    payments.record_refund_state(
        session,
        refund,
        RefundState.SUCCEEDED,
        provider_reference=provider_reference,
        at=at,
    )
    if refund.currency == CURRENCY:
        ledger.post(session, paid_entry(refund, at=at))
    return True


def paid_entry(refund: LockedRefund, *, at: datetime) -> Entry:
    """F3: what was owed to the buyer has left the custodian."""
    return Entry(
        book=Book.MONEY,
        key=f"{refund.key}:succeeded",
        kind=PostingKind.REFUND_PAID,
        effective_at=at,
        source=f"refund:{refund.refund_id}",
        lines=[
            Line(f"L:refund:{refund.refund_id}", refund.due_minor),
            Line(_source(refund), -refund.due_minor),
        ],
    )


def _source(refund: LockedRefund) -> str:
    """Return the account a refund is paid from: by hand, it goes from the bank."""
    by_hand = refund.provider in BY_HAND or refund.state is RefundState.MANUAL_BANK
    return "A:bank:main" if by_hand else f"A:{refund.provider}:pending"


def _came_back(refund: LockedRefund, *, at: datetime) -> Entry:
    """F3 in reverse: the buyer's bank sent the money back, it is owed again."""
    paid = paid_entry(refund, at=at)
    return replace(
        paid,
        key=f"{refund.key}:failed",
        lines=[Line(line.account_code, -line.minor) for line in paid.lines],
        reverses=paid.key,
    )


def _check(refund: LockedRefund, reading: RefundReading) -> None:
    money = (refund.intent or refund.payment_reference, refund.amount_minor, refund.currency)
    if money != (reading.intent, reading.amount_minor, reading.currency):
        raise PaymentNotFoundError(reading.reference)
