"""Each model's terms become exact values, and what cannot be carried out is refused."""

from typing import Any

import pytest

from households.rules import terms
from households.values import (
    DividendMode,
    GuaranteedTerms,
    LinkageModel,
    OrderTerms,
    ReliefworkTerms,
    TermLimits,
    TrustMode,
)
from kernel.errors import InvalidError

LIMITS = TermLimits(
    patronage_floor_bp=6_000,
    asset_rate_band_bp=(600, 1_000),
    relief_floor_bp=1_000,
    relief_special_bp=1_500,
)
FLOORS = {"principal_fen": 2_000_000, "floor_rate_bp": 500, "profit_share_bp": 2_000}
COMPLETE: dict[LinkageModel, dict[str, Any]] = {
    LinkageModel.ORDER: {"floor_price": 800, "max_qty_kg": 1_000},
    LinkageModel.GUARANTEED: FLOORS,
    LinkageModel.EQUITY: {"reserve_bp": 1_500, "collective_share_bp": 1_000},
    LinkageModel.PATRONAGE: {"refund_bp": 6_000},
    LinkageModel.WAGE: {"hour_rate_fen": 1_500},
    LinkageModel.RENT: {"area_mu_x100": 650, "rent_fen_per_mu_year": 50_000},
    LinkageModel.INKIND: {
        "input_cost_fen": 300_000,
        "buyback_price": 4_200,
        "loss_share_bp": 3_000,
    },
    LinkageModel.CONSIGN: {"fee_bp": 300, "ratios": {"HHPOT": "1"}},
    LinkageModel.PREMIUM: {"fund_bp": 100},
    LinkageModel.ASSET: {"household_bp": 6_000, "public_bp": 2_000, "reserve_bp": 2_000},
    LinkageModel.RELIEFWORK: {"subsidy_fen": 5_000_000},
    LinkageModel.TRUST: {"floor_fen": 200_000, "share_bp": 3_000},
}


def reason(model: LinkageModel, changes: dict[str, Any], limits: TermLimits = LIMITS) -> str:
    with pytest.raises(InvalidError) as refusal:
        terms.check_terms(model, COMPLETE[model] | changes, limits)
    return refusal.value.code


@pytest.mark.parametrize("model", list(LinkageModel))
def test_complete_terms_of_every_model_are_accepted(model: LinkageModel) -> None:
    terms.check_terms(model, COMPLETE[model], LIMITS)


@pytest.mark.parametrize("model", [model for model in LinkageModel if COMPLETE[model]])
def test_a_number_too_many_digits_long_is_refused_in_every_model(model: LinkageModel) -> None:
    field = terms.FIELDS[model][0].code

    assert reason(model, {field: 10**30}) == "terms_out_of_range"
    assert reason(model, {field: -1}) == "terms_out_of_range"
    assert reason(model, {field: "many"}) == "terms_not_whole"


def test_an_order_reads_its_price_rule_and_its_quantity_in_grams() -> None:
    read = terms.read_order({"floor_price": 800, "max_qty_kg": 1_000, "premium_bp": 500})

    assert read == OrderTerms(floor_minor_per_kg=800, max_weight_g=1_000_000, premium_bp=500)


def test_market_is_raised_by_a_rate_or_an_amount_but_not_by_both() -> None:
    assert reason(LinkageModel.ORDER, {"premium_bp": 1, "add_fen_per_kg": 1}) == (
        "price_rule_twice"
    )


def test_a_floor_and_a_dividend_come_together_in_one_of_two_ways() -> None:
    both = {"mode": "additive", "after_floor": True, "cap_rate_bp": 800}

    assert terms.read_guaranteed(FLOORS).mode is DividendMode.GUARANTEE
    assert terms.read_guaranteed(FLOORS | both) == GuaranteedTerms(
        principal_minor=2_000_000,
        floor_rate_bp=500,
        profit_share_bp=2_000,
        mode=DividendMode.ADDITIVE,
        after_floor=True,
        cap_rate_bp=800,
    )


@pytest.mark.parametrize(
    ("model", "changes", "code"),
    [
        (LinkageModel.GUARANTEED, {"mode": "perhaps"}, "terms_choice_unknown"),
        (LinkageModel.GUARANTEED, {"mode": ["additive"]}, "terms_choice_unknown"),
        (LinkageModel.GUARANTEED, {"after_floor": "yes"}, "terms_choice_unknown"),
        (LinkageModel.GUARANTEED, {"cap_rate_bp": 499}, "cap_below_floor"),
        (LinkageModel.TRUST, {"mode": "没有"}, "terms_choice_unknown"),
        (LinkageModel.WAGE, {"hour_rate_fen": 0}, "terms_incomplete"),
        (LinkageModel.PATRONAGE, {"refund_bp": 5_999}, "below_legal_floor"),
        (LinkageModel.PATRONAGE, {"capital": {"H1": 0}}, "zero_weights"),
        (LinkageModel.EQUITY, {"shares": {"H1": -1}}, "weights_not_whole"),
        (LinkageModel.ASSET, {"floor_rate_bp": 599}, "outside_policy_band"),
        (LinkageModel.ASSET, {"floor_rate_bp": 1_001}, "outside_policy_band"),
        (LinkageModel.ASSET, {"beneficiaries": {}}, "zero_weights"),
        (LinkageModel.RELIEFWORK, {"labour_bp": 1_499}, "relief_pay_too_low"),
        (LinkageModel.RELIEFWORK, {"special_fund": "no"}, "terms_choice_unknown"),
        (LinkageModel.CONSIGN, {"ratios": {"FEE": "1"}}, "ratio_code_invalid"),
        (LinkageModel.CONSIGN, {"ratios": {"FUND": "1"}}, "ratio_code_invalid"),
        (LinkageModel.PREMIUM, {"fund_bp": 501}, "terms_out_of_range"),
    ],
)
def test_terms_that_cannot_be_carried_out_are_refused(
    model: LinkageModel, changes: dict[str, Any], code: str
) -> None:
    assert reason(model, changes) == code


def test_relief_work_without_special_funds_has_the_lower_floor() -> None:
    plain = {"special_fund": False, "labour_bp": 1_000}
    terms.check_terms(
        LinkageModel.RELIEFWORK, COMPLETE[LinkageModel.RELIEFWORK] | plain, LIMITS
    )

    read = terms.read_reliefwork({"subsidy_fen": 100, **plain})

    assert read == ReliefworkTerms(subsidy_minor=100, special_fund=False, labour_bp=1_000)
    assert reason(LinkageModel.RELIEFWORK, plain | {"labour_bp": 999}) == "relief_pay_too_low"


def test_a_refusal_says_the_bound_in_percent() -> None:
    with pytest.raises(InvalidError) as refusal:
        terms.check_terms(
            LinkageModel.ASSET,
            COMPLETE[LinkageModel.ASSET] | {"floor_rate_bp": 1},
            LIMITS,
        )
    assert refusal.value.params["low"] == "6"
    assert refusal.value.params["high"] == "10"

    heishui = {"ratios": {f"V{number:02}": "1/64" for number in range(58)}}
    with pytest.raises(InvalidError) as refusal:
        terms.check_terms(
            LinkageModel.CONSIGN, COMPLETE[LinkageModel.CONSIGN] | heishui, LIMITS
        )
    assert refusal.value.params["percent"] == "90.625"


def test_a_village_collective_does_not_pay_into_its_own_fund() -> None:
    village = TermLimits(patronage_floor_bp=6_000, payer_is_village=True)

    assert reason(LinkageModel.PREMIUM, {}, village) == "circular_party"


def test_every_household_with_a_weight_is_named() -> None:
    written = {"shares": {"H1": 2}, "capital": {"H2": 0, "H3": 1}}

    assert terms.weighed_households(written) == {"H1", "H2", "H3"}
    assert terms.read_trust({"floor_fen": 0, "share_bp": 0, "mode": "半托"}).mode is (
        TrustMode.HALF
    )
