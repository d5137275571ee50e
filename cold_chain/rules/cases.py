"""How people follow up excursions and gaps, and what an excursion costs of the budget."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cold_chain.values import ExcursionState, GapState

E = ExcursionState
G = GapState

EXCURSION_STEPS: Mapping[ExcursionState, frozenset[ExcursionState]] = {
    E.SUSPECTED: frozenset({E.CONFIRMED, E.CLOSED}),
    E.CONFIRMED: frozenset({E.ACKNOWLEDGED}),
    E.ACKNOWLEDGED: frozenset({E.RECOVERED}),
    E.RECOVERED: frozenset({E.ASSESSED, E.CONFIRMED}),
    E.ASSESSED: frozenset({E.RESOLVED, E.UPHELD, E.CONFIRMED}),
    E.RESOLVED: frozenset({E.UPHELD, E.CLOSED, E.CONFIRMED}),
    E.UPHELD: frozenset({E.CLOSED, E.CONFIRMED}),
    E.CLOSED: frozenset({E.CONFIRMED}),
}
"""Back to confirmed only late data leads; a suspicion that passed is closed by itself."""

BY_PERSONS = frozenset({E.ACKNOWLEDGED, E.ASSESSED, E.RESOLVED, E.UPHELD, E.CLOSED})
"""States a person leads to; the others follow from the readings."""

REOPENED = frozenset({E.RECOVERED, E.ASSESSED, E.RESOLVED, E.UPHELD, E.CLOSED})
"""States that late data can take back to confirmed."""

GAP_STEPS: Mapping[GapState, frozenset[GapState]] = {
    G.OPEN: frozenset({G.FILLED, G.ACCEPTED, G.UPHELD}),
    G.FILLED: frozenset({G.OPEN}),
    G.ACCEPTED: frozenset({G.FILLED, G.OPEN, G.UPHELD}),
    G.UPHELD: frozenset({G.FILLED, G.OPEN}),
}
"""A decided gap that grows is open again; late data may fill any of them."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What one excursion takes of the budget of its shipment, unless it is added back."""

    used_s: int
    is_added_back: bool


def budget_left(budget_s: int, spent: Iterable[Spent]) -> int:
    """Return what is left of a budget in seconds; below zero it is overdrawn.

    It is counted anew from what stands now, so taking an add-back away again leads to
    exactly the former budget.
    """
    return budget_s - sum(one.used_s for one in spent if not one.is_added_back)
