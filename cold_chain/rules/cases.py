"""How people follow up excursions and gaps, and what an excursion costs of the budget."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cold_chain.rules.moments import SECOND_US
from cold_chain.values import (
    AlarmMode,
    Assessment,
    ExcursionEnd,
    ExcursionState,
    GapState,
    LimitSide,
    Profile,
    Severity,
)

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One excursion an evaluation finds, of either kind of rule."""

    rule: str
    mode: AlarmMode
    severity: Severity
    side: LimitSide
    limit_centi: int
    start_us: int
    alarm_us: int | None
    end_us: int | None
    peak_centi: int | None
    used_s: int
    budget_s: int | None
    is_over: bool


def list_found(assessment: Assessment, profile: Profile, *, is_over: bool) -> list[Found]:
    """Return the excursions of an assessment; `is_over` says that the journey has ended."""
    budgets = {
        (rule.side, rule.limit_centi): rule.delay_min * 60
        for rule in profile.rules
        if rule.mode is AlarmMode.CUMULATIVE
    }
    stays = [
        Found(
            rule=one.rule,
            mode=AlarmMode.SINGLE,
            severity=one.severity,
            side=one.side,
            limit_centi=one.limit_centi,
            start_us=one.start_us,
            alarm_us=one.alarm_us,
            end_us=one.end_us,
            peak_centi=one.peak_centi,
            used_s=(one.end_us - one.start_us) // SECOND_US,
            budget_s=budgets.get((one.side, one.limit_centi)),
            is_over=is_over or one.ended is ExcursionEnd.RETURNED,
        )
        for one in assessment.excursions
    ]
    held = {(one.side, one.limit_centi): one.left_hold_s for one in assessment.beyond}
    sums = [
        Found(
            rule=one.rule,
            mode=AlarmMode.CUMULATIVE,
            severity=one.severity,
            side=one.side,
            limit_centi=one.limit_centi,
            start_us=one.start_us,
            alarm_us=one.alarm_us,
            end_us=None,
            peak_centi=None,
            used_s=held.get((one.side, one.limit_centi), 0),
            budget_s=budgets.get((one.side, one.limit_centi)),
            is_over=is_over,
        )
        for one in assessment.alarms
        if one.mode is AlarmMode.CUMULATIVE
    ]
    return [*stays, *sums]
