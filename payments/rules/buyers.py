"""Pure decisions about payments of buyers: what a capture must match, states of refunds."""

from payments.errors import AmountMismatchError
from payments.values import Capture, PaymentState, RefundState

REFUND_STEPS: dict[RefundState, frozenset[RefundState]] = {
    RefundState.REQUESTED: frozenset({RefundState.SUBMITTED, RefundState.SUCCEEDED}),
    RefundState.SUBMITTED: frozenset({RefundState.SUCCEEDED, RefundState.FAILED}),
    RefundState.FAILED: frozenset({RefundState.SUBMITTED, RefundState.SUCCEEDED}),
    RefundState.SUCCEEDED: frozenset(),
}

CAPTURED = frozenset({PaymentState.SUCCEEDED, PaymentState.LATE, PaymentState.MISMATCH})
"""States in which the provider holds the buyer's money."""


def check_amount(capture: Capture, *, expected_minor: int, expected_currency: str) -> None:
    """Raise `AmountMismatchError` unless amount and currency are exactly the order's."""
    if capture.amount_minor != expected_minor or capture.currency != expected_currency:
        raise AmountMismatchError(
            capture.reference,
            expected_minor=expected_minor,
            got_minor=capture.amount_minor,
        )
