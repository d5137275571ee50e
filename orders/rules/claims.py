"""Pure decisions about claims: states, shares of a line, what may be claimed until when."""

from datetime import datetime, timedelta

from orders.errors import ClaimStepError
from orders.values import (
    ClaimCause,
    ClaimKind,
    ClaimState,
    ClaimTerms,
    FreightBearer,
    OrderState,
)

HUNDRED = 100
SERVICES = "NONE"
"""Storage class of what is no goods: a night's stay cannot be sent once more."""

CLAIM_STEPS: dict[ClaimState, frozenset[ClaimState]] = {
    ClaimState.REQUESTED: frozenset(
        {
            ClaimState.OFFERED,
            ClaimState.AWAITING_RETURN,
            ClaimState.SETTLED,
            ClaimState.EXCHANGED,
            ClaimState.REJECTED,
            ClaimState.DISPUTED,
            ClaimState.WITHDRAWN,
        }
    ),
    ClaimState.OFFERED: frozenset({ClaimState.SETTLED, ClaimState.DISPUTED}),
    ClaimState.AWAITING_RETURN: frozenset(
        {
            ClaimState.IN_RETURN,
            ClaimState.RETURN_RECEIVED,
            ClaimState.WITHDRAWN,
            ClaimState.LAPSED,
        }
    ),
    ClaimState.IN_RETURN: frozenset({ClaimState.RETURN_RECEIVED, ClaimState.DISPUTED}),
    ClaimState.RETURN_RECEIVED: frozenset(
        {
            ClaimState.SETTLED,
            ClaimState.OFFERED,
            ClaimState.REJECTED,
            ClaimState.DISPUTED,
        }
    ),
    ClaimState.REJECTED: frozenset({ClaimState.DISPUTED}),
    ClaimState.DISPUTED: frozenset(
        {
            ClaimState.AWAITING_RETURN,
            ClaimState.SETTLED,
            ClaimState.EXCHANGED,
            ClaimState.DISMISSED,
        }
    ),
    ClaimState.SETTLED: frozenset(),
    ClaimState.EXCHANGED: frozenset(),
    ClaimState.DISMISSED: frozenset(),
    ClaimState.WITHDRAWN: frozenset(),
    ClaimState.LAPSED: frozenset(),
}

LET_GO = frozenset(
    {
        ClaimState.REJECTED,
        ClaimState.DISMISSED,
        ClaimState.WITHDRAWN,
        ClaimState.LAPSED,
    }
)
"""States in which a claim holds no packs: others may claim them."""

CLAIMED_IN = {
    ClaimKind.CANCEL: OrderState.PAID,
    ClaimKind.RETURN: OrderState.DELIVERED,
    ClaimKind.SPOILED: OrderState.DELIVERED,
    ClaimKind.EXCHANGE: OrderState.DELIVERED,
}

CAUSES: dict[ClaimKind, tuple[ClaimCause, ...]] = {
    ClaimKind.CANCEL: (ClaimCause.NO_REASON,),
    ClaimKind.RETURN: (
        ClaimCause.NO_REASON,
        ClaimCause.DAMAGED,
        ClaimCause.WRONG_GOODS,
        ClaimCause.NOT_AS_DESCRIBED,
    ),
    ClaimKind.SPOILED: (ClaimCause.SPOILED,),
    ClaimKind.EXCHANGE: (ClaimCause.DAMAGED, ClaimCause.WRONG_GOODS),
}
"""What may be given as the reason, the usual one first."""

KEEPS = frozenset({ClaimKind.SPOILED, ClaimKind.EXCHANGE})
"""What is asked for with a photo; the goods stay with the buyer."""


def check_claim_step(claim_id: int, state: ClaimState, wanted: ClaimState) -> None:
    """Raise `ClaimStepError` unless the table allows the step."""
    if wanted not in CLAIM_STEPS[state]:
        raise ClaimStepError(claim_id, state=state, wanted=wanted)


def share_of(gross_minor: int, quantity: int, *, used: int, packs: int) -> int:
    """Return what the next packs of a line come to once so many were claimed, in fen.

    Cumulative: claims that reach the quantity come to exactly the gross, whatever their steps.
    """
    return gross_minor * (used + packs) // quantity - gross_minor * used // quantity


def graded(minor: int, percent: int) -> int:
    """Return what percent of an amount is, rounded up to a whole fen in the buyer's favour."""
    return -(-minor * percent // HUNDRED)


def deadline(
    kind: ClaimKind,
    terms: ClaimTerms,
    *,
    goods: tuple[str, str],
    delivered_at: datetime | None,
) -> datetime | None:
    """Return until when goods (category, storage class) may be claimed; None for not at all.

    Fresh goods, which have hours of their own, never go back.
    """
    category, storage = goods
    if delivered_at is None:
        return None
    hours = terms.hours.get(storage, 0)
    days = {
        ClaimKind.RETURN: days_to_return(terms, category, storage),
        ClaimKind.EXCHANGE: 0 if storage == SERVICES else terms.exchange_days,
    }
    if hours and kind in KEEPS:
        return delivered_at + timedelta(hours=hours)
    return delivered_at + timedelta(days=days[kind]) if days.get(kind) else None


def days_to_return(terms: ClaimTerms, category: str, storage: str) -> int:
    """Return within how many days goods may go back; 0 for never."""
    return 0 if storage in terms.hours else terms.return_days.get(category, 0)


def is_automatic(minor: int, terms: ClaimTerms, *, granted_minor: int) -> bool:
    """Say whether a claim is granted at once after what the buyer was granted this month."""
    within = 0 < minor <= terms.auto_minor
    return within and granted_minor + minor <= terms.auto_month_minor


def freight_bearer(
    kind: ClaimKind, cause: ClaimCause, terms: ClaimTerms
) -> FreightBearer | None:
    """Return who pays for sending goods back; None where they do not go back.

    What no rule is in force for is the seller's cost.
    """
    if kind is not ClaimKind.RETURN:
        return None
    return terms.freight.get(cause, FreightBearer.SELLER)


def due_at(terms: ClaimTerms, state: ClaimState, at: datetime) -> datetime | None:
    """Return until when a claim may stand in a state; None for as long as it takes."""
    hours = terms.waits.get(state)
    return None if hours is None else at + timedelta(hours=hours)
