"""What may be loaded and what may be accepted."""

from cold_chain.errors import (
    ClaimNeededError,
    CoreTooWarmError,
    DecisionUnknownError,
    PrecoolError,
    SecondPersonNeededError,
)
from cold_chain.values import Profile, ShipmentState, Verdict

DECISIONS = frozenset(
    {ShipmentState.ACCEPTED, ShipmentState.ACCEPTED_WITH_CLAIM, ShipmentState.REJECTED}
)


def check_precool(
    shipment_id: int, profile: Profile | None, box_centi: int | None, override: str
) -> None:
    """Raise `PrecoolError` for a box too warm, or never measured, without a recorded reason."""
    if profile is None or profile.precool_centi is None or override.strip():
        return
    if box_centi is None or box_centi > profile.precool_centi:
        raise PrecoolError(shipment_id, profile.precool_centi)


def check_core(profile: Profile | None, core_centi: int | None) -> None:
    """Raise `CoreTooWarmError` when the goods themselves are too warm to be taken over."""
    if profile is None or profile.refuse_above_centi is None or core_centi is None:
        return
    if core_centi > profile.refuse_above_centi:
        raise CoreTooWarmError(core_centi, profile.refuse_above_centi)


def check_decision(
    decision: ShipmentState, verdict: Verdict | None, *, actor: str, second_actor: str
) -> None:
    """Raise an `InspectionError` unless the verdict allows the decision.

    A failed shipment is not accepted without a claim. An inconclusive one needs a second
    person. `verdict` is empty for goods without limits.
    """
    if decision not in DECISIONS:
        raise DecisionUnknownError(decision)
    if verdict is Verdict.FAIL and decision is ShipmentState.ACCEPTED:
        raise ClaimNeededError
    if verdict is Verdict.INCONCLUSIVE and second_actor in {"", actor}:
        raise SecondPersonNeededError
