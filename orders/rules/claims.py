"""Pure decisions about claims: states, shares of a line, what may be claimed until when."""

from datetime import datetime, timedelta

from orders.errors import ClaimStepError
from orders.values import ClaimKind, ClaimState, ClaimTerms, OrderState

HUNDRED = 100

CLAIM_STEPS: dict[ClaimState, frozenset[ClaimState]] = {
    ClaimState.REQUESTED: frozenset(
        {
            ClaimState.AWAITING_RETURN,
            ClaimState.SETTLED,
            ClaimState.REJECTED,
            ClaimState.WITHDRAWN,
        }
    ),
    ClaimState.AWAITING_RETURN: frozenset({ClaimState.RETURN_RECEIVED, ClaimState.WITHDRAWN}),
    ClaimState.RETURN_RECEIVED: frozenset({ClaimState.SETTLED, ClaimState.REJECTED}),
    ClaimState.REJECTED: frozenset({ClaimState.DISPUTED}),
    ClaimState.DISPUTED: frozenset(
        {ClaimState.AWAITING_RETURN, ClaimState.SETTLED, ClaimState.DISMISSED}
    ),
    ClaimState.SETTLED: frozenset(),
    ClaimState.DISMISSED: frozenset(),
    ClaimState.WITHDRAWN: frozenset(),
}

LET_GO = frozenset({ClaimState.REJECTED, ClaimState.DISMISSED, ClaimState.WITHDRAWN})
"""States in which a claim holds no packs: others may claim them."""

CLAIMED_IN = {
    ClaimKind.CANCEL: OrderState.PAID,
    ClaimKind.RETURN: OrderState.DELIVERED,
    ClaimKind.SPOILED: OrderState.DELIVERED,
}


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
    if kind is ClaimKind.SPOILED and storage in terms.hours:
        return delivered_at + timedelta(hours=terms.hours[storage])
    if kind is ClaimKind.RETURN and days_to_return(terms, category, storage):
        return delivered_at + timedelta(days=terms.return_days[category])
    return None


def days_to_return(terms: ClaimTerms, category: str, storage: str) -> int:
    """Return within how many days goods may go back; 0 for never."""
    return 0 if storage in terms.hours else terms.return_days.get(category, 0)


def is_automatic(minor: int, terms: ClaimTerms, *, granted_minor: int) -> bool:
    """Say whether a claim is granted at once after what the buyer was granted this month."""
    within = 0 < minor <= terms.auto_minor
    return within and granted_minor + minor <= terms.auto_month_minor
