"""What Stripe's objects say, in our words; they come in as plain mappings.

Amounts of the objects are in the smallest unit of the currency the buyer paid in. A balance
transaction is in the currency of the account; what it keeps is turned into fen at its own rate.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from payments.values import (
    AttemptReading,
    DisputeReading,
    DisputeState,
    FeeReading,
    PaymentState,
    Provider,
    RefundReading,
    RefundState,
    SweepReading,
)

Plain = Mapping[str, Any]

INTENT_STATES = {
    "requires_action": PaymentState.REQUIRES_ACTION,
    "processing": PaymentState.PROCESSING,
    "succeeded": PaymentState.SUCCEEDED,
    "canceled": PaymentState.CANCELED,
}
REFUND_STATES = {
    "pending": RefundState.PENDING,
    "requires_action": RefundState.REQUIRES_ACTION,
    "succeeded": RefundState.SUCCEEDED,
    "failed": RefundState.FAILED,
    "canceled": RefundState.CANCELED,
}
DISPUTE_STATES = {
    "warning_needs_response": DisputeState.INQUIRY,
    "warning_under_review": DisputeState.INQUIRY,
    "warning_closed": DisputeState.CLOSED,
    "prevented": DisputeState.CLOSED,
    "needs_response": DisputeState.WITHDRAWN,
    "under_review": DisputeState.UNDER_REVIEW,
    "appeal_needs_response": DisputeState.UNDER_REVIEW,
    "appeal_under_review": DisputeState.UNDER_REVIEW,
    "won": DisputeState.WON,
    "lost": DisputeState.LOST,
}


def attempt(session: Plain, *, at: datetime, is_live: bool) -> AttemptReading:
    """Read a Checkout session with its payment intent, charge and balance transaction."""
    intent = _inner(session, "payment_intent")
    charge = _inner(intent, "latest_charge")
    state = _state(session, intent)
    paid = state is PaymentState.SUCCEEDED
    source = intent if paid and intent else session
    amount = source.get("amount_received" if paid and intent else "amount_total")
    return AttemptReading(
        provider=Provider.STRIPE,
        reference=str(session["id"]),
        group_number=_group(session),
        attempt=_whole(_inner(session, "metadata").get("attempt")),
        state=state,
        amount_minor=int(amount or 0),
        currency=str(source.get("currency") or "").upper(),
        read_at=at,
        is_ours=bool(session.get("livemode")) is is_live,
        intent=str(intent.get("id") or ""),
        captured_at=_moment(charge.get("created")) if paid else None,
        failure_code=str(_inner(intent, "last_payment_error").get("code") or ""),
        method=str(_inner(charge, "payment_method_details").get("type") or ""),
        fee=_fee(charge) if paid else None,
    )


def _state(session: Plain, intent: Plain) -> PaymentState:
    """Say where a session stands: complete is not paid, and failed then is over."""
    if session.get("payment_status") == "paid" or intent.get("status") == "succeeded":
        return PaymentState.SUCCEEDED
    begun = INTENT_STATES.get(str(intent.get("status")))
    if session.get("status") == "expired" or (
        not begun and session.get("status") == "complete"
    ):
        return PaymentState.CANCELED
    tried = PaymentState.FAILED if intent.get("last_payment_error") else PaymentState.CREATED
    return begun or tried


def _group(session: Plain) -> str:
    """Return the order a session names; both if it names two."""
    named = str(session.get("client_reference_id") or "")
    noted = str(_inner(session, "metadata").get("group") or "")
    return named if named == noted else f"{named} / {noted}"


def _fee(charge: Plain) -> FeeReading | None:
    moved = _inner(charge, "balance_transaction")
    if not moved.get("fee") or not moved.get("amount"):
        return None
    return FeeReading(
        reference=str(moved["id"]),
        minor=_in_fen(int(moved["fee"]), moved, of_minor=int(charge["amount"])),
        at=_at(moved["created"]),
    )


def _in_fen(minor: int, moved: Plain, *, of_minor: int) -> int:
    """Turn part of a movement into fen: at its own rate, rounded half up."""
    whole = abs(int(moved["amount"]))
    if str(moved.get("currency", "")).upper() == "CNY" or not whole:
        return minor
    return (2 * minor * of_minor + whole) // (2 * whole)


def refund(one: Plain) -> RefundReading:
    """Read a refund with its balance transaction."""
    moved = _inner(one, "failure_balance_transaction") or _inner(one, "balance_transaction")
    return RefundReading(
        provider=Provider.STRIPE,
        reference=str(one["id"]),
        intent=_id_of(one.get("payment_intent")),
        refund_id=_whole(_inner(one, "metadata").get("refund")),
        tries=_whole(_inner(one, "metadata").get("try")),
        state=REFUND_STATES.get(str(one.get("status")), RefundState.PENDING),
        amount_minor=int(one["amount"]),
        currency=str(one["currency"]).upper(),
        at=_at(moved.get("created") or one["created"]),
        failure_code=str(one.get("failure_reason") or ""),
    )


def dispute(one: Plain) -> DisputeReading:
    """Read a dispute with the balance transactions that took money and gave it back."""
    moves = [move for move in one.get("balance_transactions") or () if move]
    gone = [move for move in moves if int(move["amount"]) < 0]
    back = [move for move in moves if int(move["amount"]) > 0]
    state = DISPUTE_STATES.get(str(one["status"]), DisputeState.INQUIRY)
    # The bank's word may come before its money; the next message brings it.
    if not gone and state in (DisputeState.WITHDRAWN, DisputeState.LOST):
        state = DisputeState.INQUIRY
    elif gone and not back and state is DisputeState.WON:
        state = DisputeState.UNDER_REVIEW
    amount = int(one["amount"])
    return DisputeReading(
        provider=Provider.STRIPE,
        reference=str(one["id"]),
        intent=_id_of(one.get("payment_intent")),
        state=state,
        amount_minor=amount,
        currency=str(one["currency"]).upper(),
        opened_at=_at(one["created"]),
        withdrawn_at=_moment(gone[0]["created"]) if gone else None,
        reinstated_at=_moment(back[0]["created"]) if back else None,
        fee_minor=sum(
            _in_fen(int(move.get("fee") or 0), move, of_minor=amount) for move in gone
        ),
        reason=str(one.get("reason") or ""),
    )


def sweep(payout: Plain) -> SweepReading:
    """Read what was paid out to the bank."""
    return SweepReading(
        provider=Provider.STRIPE,
        reference=str(payout["id"]),
        is_paid=payout.get("status") == "paid",
        is_failed=payout.get("status") in {"failed", "canceled"},
        amount_minor=int(payout["amount"]),
        currency=str(payout["currency"]).upper(),
        at=_at(payout.get("arrival_date") or payout["created"]),
    )


def _inner(outer: Plain, name: str) -> Plain:
    found = outer.get(name)
    return found if isinstance(found, Mapping) else {}


def _id_of(value: object) -> str:
    return str(value.get("id") or "") if isinstance(value, Mapping) else str(value or "")


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _moment(seconds: object) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int) else None


def _whole(text: object) -> int | None:
    return int(str(text)) if str(text).isascii() and str(text).isdigit() else None
