"""What may be loaded, taken over and accepted."""

import pytest

from cold_chain.errors import CustodyError, InspectionError, PrecoolError
from cold_chain.rules.inspection import check_core, check_decision, check_precool
from cold_chain.rules.mkt import mkt_left_hold
from cold_chain.values import ShipmentState, Verdict
from tests.builders.cold_chain import a_profile

FROZEN = a_profile(limit=-15, precool_centi=-1000, refuse_above_centi=-1200)


@pytest.mark.parametrize("box_centi", [-1000, -2500])
def test_a_cold_box_may_be_loaded(box_centi: int) -> None:
    check_precool(1, FROZEN, box_centi, "")


def test_a_warm_or_unmeasured_box_needs_a_reason_where_the_limits_ask() -> None:
    for box_centi in (None, -999):
        with pytest.raises(PrecoolError):
            check_precool(1, FROZEN, box_centi, "  ")
        check_precool(1, FROZEN, box_centi, "the driver takes it upon himself")
        check_precool(1, a_profile(), box_centi, "")
        check_precool(1, None, box_centi, "")


def test_goods_too_warm_inside_are_not_taken_over() -> None:
    check_core(FROZEN, -1200)
    check_core(FROZEN, None)
    check_core(None, 9_000)
    check_core(a_profile(), 9_000)

    with pytest.raises(CustodyError):
        check_core(FROZEN, -1199)


@pytest.mark.parametrize(
    ("decision", "verdict", "second", "code"),
    [
        (ShipmentState.LOADED, None, "", "decision_unknown"),
        (ShipmentState.ACCEPTED, Verdict.FAIL, "b", "claim_needed"),
        (ShipmentState.ACCEPTED, Verdict.INCONCLUSIVE, "", "second_person_needed"),
        (ShipmentState.REJECTED, Verdict.INCONCLUSIVE, "a", "second_person_needed"),
    ],
)
def test_a_decision_the_verdict_forbids_is_refused(
    decision: ShipmentState, verdict: Verdict | None, second: str, code: str
) -> None:
    with pytest.raises(InspectionError) as refusal:
        check_decision(decision, verdict, actor="a", second_actor=second)

    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("decision", "verdict", "second"),
    [
        (ShipmentState.ACCEPTED, None, ""),
        (ShipmentState.ACCEPTED, Verdict.PASS, ""),
        (ShipmentState.REJECTED, Verdict.PASS, ""),
        (ShipmentState.ACCEPTED_WITH_CLAIM, Verdict.FAIL, ""),
        (ShipmentState.REJECTED, Verdict.FAIL, ""),
        (ShipmentState.ACCEPTED, Verdict.INCONCLUSIVE, "b"),
    ],
)
def test_any_other_decision_is_allowed(
    decision: ShipmentState, verdict: Verdict | None, second: str
) -> None:
    check_decision(decision, verdict, actor="a", second_actor=second)


def test_a_mean_over_no_time_is_refused() -> None:
    with pytest.raises(ValueError, match="weight"):
        mkt_left_hold([(500, 0)])
