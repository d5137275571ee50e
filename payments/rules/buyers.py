"""Pure decisions about payments of buyers: steps of states, joins, what must match."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from payments.errors import StateStepError
from payments.values import Capture, DisputeState, MisfitKind, PaymentState, RefundState

OPEN: Final = frozenset(
    {
        PaymentState.CREATED,
        PaymentState.REQUIRES_ACTION,
        PaymentState.PROCESSING,
        PaymentState.FAILED,
    }
)
"""States in which the buyer may still pay."""

CAPTURED: Final = frozenset(
    {
        PaymentState.SUCCEEDED,
        PaymentState.LATE,
        PaymentState.DUPLICATE,
        PaymentState.MISMATCH,
    }
)
"""States in which the provider holds, or held, the buyer's money."""

PAYMENT_STEPS: Final[Mapping[PaymentState, frozenset[PaymentState]]] = {
    **{state: (OPEN - {state}) | {PaymentState.CANCELED} | CAPTURED for state in OPEN},
    PaymentState.CANCELED: CAPTURED,
    PaymentState.MISMATCH: frozenset({PaymentState.SUCCEEDED}),
    PaymentState.SUCCEEDED: frozenset(),
    PaymentState.LATE: frozenset(),
    PaymentState.DUPLICATE: frozenset(),
}

_ANSWERS: Final = frozenset(
    {
        RefundState.PENDING,
        RefundState.REQUIRES_ACTION,
        RefundState.SUCCEEDED,
        RefundState.FAILED,
        RefundState.CANCELED,
    }
)
REFUND_STEPS: Final[Mapping[RefundState, frozenset[RefundState]]] = {
    RefundState.REQUESTED: _ANSWERS
    | {
        RefundState.APPROVED,
        RefundState.SUBMITTED,
        RefundState.MANUAL_BANK,
        RefundState.APPLIED,
    },
    RefundState.APPROVED: _ANSWERS | {RefundState.SUBMITTED, RefundState.MANUAL_BANK},
    RefundState.SUBMITTED: _ANSWERS,
    RefundState.PENDING: _ANSWERS - {RefundState.PENDING},
    RefundState.REQUIRES_ACTION: _ANSWERS - {RefundState.REQUIRES_ACTION},
    RefundState.FAILED: frozenset(
        {RefundState.SUBMITTED, RefundState.MANUAL_BANK, RefundState.SUCCEEDED}
    ),
    RefundState.CANCELED: frozenset({RefundState.SUBMITTED, RefundState.MANUAL_BANK}),
    RefundState.MANUAL_BANK: frozenset({RefundState.SUCCEEDED}),
    # The buyer's bank sends money back that had arrived: it is owed again.
    RefundState.SUCCEEDED: frozenset({RefundState.FAILED}),
    RefundState.APPLIED: frozenset(),
}

_ENDED: Final = frozenset({DisputeState.WON, DisputeState.LOST})
DISPUTE_STEPS: Final[Mapping[DisputeState, frozenset[DisputeState]]] = {
    DisputeState.INQUIRY: _ENDED
    | {DisputeState.WITHDRAWN, DisputeState.UNDER_REVIEW, DisputeState.CLOSED},
    DisputeState.WITHDRAWN: _ENDED | {DisputeState.UNDER_REVIEW},
    DisputeState.UNDER_REVIEW: _ENDED,
    DisputeState.WON: frozenset(),
    DisputeState.LOST: frozenset(),
    DisputeState.CLOSED: frozenset(),
}

SENT: Final = frozenset(
    {RefundState.SUBMITTED, RefundState.PENDING, RefundState.REQUIRES_ACTION}
)
"""States in which a refund is on its way through the provider."""

_OPEN_RANK: Final = {
    PaymentState.CREATED: 0,
    PaymentState.REQUIRES_ACTION: 1,
    PaymentState.PROCESSING: 2,
    PaymentState.FAILED: 3,
}
_REFUND_RANK: Final = {
    RefundState.PENDING: 1,
    RefundState.REQUIRES_ACTION: 2,
    RefundState.SUCCEEDED: 3,
    RefundState.CANCELED: 4,
    RefundState.FAILED: 5,
}
_DISPUTE_RANK: Final = {
    DisputeState.INQUIRY: 0,
    DisputeState.WITHDRAWN: 1,
    DisputeState.UNDER_REVIEW: 2,
    DisputeState.CLOSED: 3,
    DisputeState.LOST: 4,
    DisputeState.WON: 5,
}

Seen = tuple[PaymentState, datetime]
"""A state and the moment at which the provider said so."""


def join_payment(known: Seen, read: Seen) -> Seen:
    """Return what is known of an attempt after one more reading.

    Money wins: succeeded dominates everything, canceled all but succeeded. Among the rest the
    later reading counts, because an attempt may go back. Commutative, associative and
    idempotent: readings in any order, any number of times, come to the same.
    """
    return max(known, read, key=_weight)


def _weight(seen: Seen) -> tuple[int, datetime, int]:
    state, at = seen
    if state in CAPTURED:
        return (2, at, 0)
    if state is PaymentState.CANCELED:
        return (1, at, 0)
    return (0, at, _OPEN_RANK[state])


def join_refund(known: RefundState, read: RefundState) -> RefundState:
    """Return where one order at the provider stands after one more reading of it.

    Money that arrived may come back, never the other way round: failed dominates succeeded.
    """
    return max(known, read, key=lambda state: _REFUND_RANK.get(state, 0))


def join_dispute(known: DisputeState, read: DisputeState) -> DisputeState:
    """Return where a dispute stands after one more reading; it only ever goes on."""
    return max(known, read, key=lambda state: _DISPUTE_RANK[state])


def check_payment_step(reference: str, state: PaymentState, wanted: PaymentState) -> None:
    """Raise `StateStepError` unless the table allows the step."""
    if wanted not in PAYMENT_STEPS[state]:
        raise StateStepError(reference, state=state, wanted=wanted)


def check_refund_step(refund_id: int, state: RefundState, wanted: RefundState) -> None:
    """Raise `StateStepError` unless the table allows the step."""
    if wanted not in REFUND_STEPS[state]:
        raise StateStepError(str(refund_id), state=state, wanted=wanted)


def check_dispute_step(reference: str, state: DisputeState, wanted: DisputeState) -> None:
    """Raise `StateStepError` unless the table allows the step."""
    if wanted not in DISPUTE_STEPS[state]:
        raise StateStepError(reference, state=state, wanted=wanted)


def find_misfit(
    capture: Capture, *, group_number: str, expected_minor: int, expected_currency: str
) -> MisfitKind | None:
    """Say in what a capture is not what was asked for; None when it is exactly that."""
    if capture.group_number != group_number:
        return MisfitKind.ORDER
    if capture.currency != expected_currency:
        return MisfitKind.CURRENCY
    if capture.amount_minor != expected_minor:
        return MisfitKind.AMOUNT
    return None
