"""What a contract may say; published rule sets that do not add up are refused."""

from fractions import Fraction
from typing import Any

import pytest

from households.rules.terms import FIELDS, check_terms, read_consignment, read_ratios
from households.values import LinkageModel, TermLimits
from kernel.errors import InvalidError

LIMITS = TermLimits(patronage_floor_bp=6_000, asset_rate_band_bp=(600, 1_000))
SHARES = {"fee_bp": 300, "logistics_bp": 800, "ratios": {"HHPOT": "3/4", "COOP": "1/4"}}


def reason(model: LinkageModel, terms: dict[str, Any], limits: TermLimits = LIMITS) -> str:
    with pytest.raises(InvalidError) as refusal:
        check_terms(model, terms, limits)
    return refusal.value.code


def consignment(ratios: object, **others: object) -> dict[str, Any]:
    return {"fee_bp": 300, "logistics_bp": 0, "ratios": ratios, **others}


def test_58_villages_with_one_64th_each_leave_nine_percent_to_nobody() -> None:
    heishui = {f"V{number:02}": "1/64" for number in range(58)}

    assert reason(LinkageModel.CONSIGN, consignment(heishui)) == "ratios_do_not_sum"


def test_twenty_ten_and_eighty_percent_are_more_than_there_is() -> None:
    pingchang = {"HHPOT": "20/100", "VILLAGE": "10/100", "COOP": "80/100"}

    assert reason(LinkageModel.CONSIGN, consignment(pingchang)) == "ratios_do_not_sum"
    assert (
        reason(LinkageModel.CONSIGN, consignment(pingchang, residual="COOP"))
        == "ratios_do_not_sum"
    )


def test_a_named_residual_holder_takes_the_rest() -> None:
    ratios = read_ratios({"ratios": {"HHPOT": "0.7", "VILLAGE": "1/20"}, "residual": "COOP"})

    assert ratios == {
        "HHPOT": Fraction(7, 10),
        "VILLAGE": Fraction(1, 20),
        "COOP": Fraction(1, 4),
    }


def test_a_residual_holder_may_hold_a_share_of_its_own() -> None:
    terms = {"ratios": {"HHPOT": "3/4", "COOP": "1/8"}, "residual": "COOP"}

    assert read_ratios(terms)["COOP"] == Fraction(1, 4)


def test_a_share_of_zero_is_no_share() -> None:
    assert read_ratios({"ratios": {"HHPOT": 1, "COOP": "0"}}) == {"HHPOT": 1}


@pytest.mark.parametrize(
    ("ratios", "code"),
    [
        (None, "terms_incomplete"),
        ({}, "terms_incomplete"),
        ({"HHPOT": 0.75, "COOP": 0.25}, "ratio_not_exact"),
        ({"HHPOT": "three quarters"}, "ratio_not_exact"),
        ({"HHPOT": "1/0"}, "ratio_not_exact"),
        ({"HHPOT": True}, "ratio_not_exact"),
        ({"HHPOT": "5/4", "COOP": "-1/4"}, "ratio_negative"),
        ({"户": "1"}, "ratio_code_invalid"),
    ],
)
def test_ratios_that_are_not_exact_are_refused(ratios: object, code: str) -> None:
    assert reason(LinkageModel.CONSIGN, consignment(ratios)) == code


def test_a_residual_holder_needs_a_code() -> None:
    assert (
        reason(LinkageModel.CONSIGN, consignment({"HHPOT": "1/2"}, residual="the rest"))
        == "ratio_code_invalid"
    )


def test_patronage_below_the_legal_floor_is_refused() -> None:
    check_terms(LinkageModel.PATRONAGE, {"refund_bp": 6_000}, LIMITS)

    assert reason(LinkageModel.PATRONAGE, {"refund_bp": 5_999}) == "below_legal_floor"


def test_the_parts_of_asset_income_sum_to_the_whole() -> None:
    parts = {"household_bp": 6_000, "public_bp": 2_000, "reserve_bp": 2_000}
    check_terms(LinkageModel.ASSET, parts, LIMITS)

    assert reason(LinkageModel.ASSET, parts | {"reserve_bp": 1_999}) == "parts_do_not_sum"


@pytest.mark.parametrize(("rate", "allowed"), [(599, False), (600, True), (1_001, False)])
def test_the_floor_rate_of_an_asset_lies_in_the_policy_band(
    rate: int, *, allowed: bool
) -> None:
    terms = {"household_bp": 10_000, "public_bp": 0, "reserve_bp": 0, "floor_rate_bp": rate}

    if allowed:
        check_terms(LinkageModel.ASSET, terms, LIMITS)
    else:
        assert reason(LinkageModel.ASSET, terms) == "outside_policy_band"
    check_terms(LinkageModel.ASSET, terms, TermLimits(patronage_floor_bp=0))


def test_weights_that_sum_to_zero_divide_nothing() -> None:
    terms = {"reserve_bp": 1_500, "collective_share_bp": 1_000}
    check_terms(LinkageModel.EQUITY, terms | {"shares": {"H1": 5, "H2": 0}}, LIMITS)

    assert reason(LinkageModel.EQUITY, terms | {"shares": {"H1": 0}}) == "zero_weights"
    assert reason(LinkageModel.EQUITY, terms | {"shares": {"H1": 0.5}}) == "weights_not_whole"
    assert reason(LinkageModel.EQUITY, terms | {"shares": [1, 2]}) == "weights_not_whole"


def test_a_village_collective_does_not_pay_itself() -> None:
    terms = consignment({"HHPOT": "3/4", "VILLAGE": "1/4"})
    village = TermLimits(patronage_floor_bp=6_000, payer_is_village=True)
    check_terms(LinkageModel.CONSIGN, terms, LIMITS)

    assert reason(LinkageModel.CONSIGN, terms, village) == "circular_party"


@pytest.mark.parametrize(
    ("model", "terms", "code"),
    [
        (LinkageModel.CONSIGN, SHARES | {"fee_bp": 1_001}, "terms_out_of_range"),
        (LinkageModel.CONSIGN, SHARES | {"fee_bp": -1}, "terms_out_of_range"),
        (LinkageModel.CONSIGN, SHARES | {"fee_bp": "300"}, "terms_not_whole"),
        (LinkageModel.CONSIGN, SHARES | {"fee_bp": True}, "terms_not_whole"),
        (LinkageModel.CONSIGN, {"ratios": {"HHPOT": "1"}}, "terms_incomplete"),
        (LinkageModel.ORDER, {"floor_price": 800}, "terms_incomplete"),
        (
            LinkageModel.GUARANTEED,
            {"principal_fen": 1, "floor_rate_bp": 1_201, "profit_share_bp": 0},
            "terms_out_of_range",
        ),
        (LinkageModel.WAGE, {"pay_day": 10}, "terms_incomplete"),
        (LinkageModel.WAGE, {"day_rate_fen": 1, "pay_day": 29}, "terms_out_of_range"),
        (
            LinkageModel.EQUITY,
            {"reserve_bp": 5_000, "collective_share_bp": 5_000},
            "parts_do_not_sum",
        ),
    ],
)
def test_numbers_outside_what_the_model_allows_are_refused(
    model: LinkageModel, terms: dict[str, Any], code: str
) -> None:
    assert reason(model, terms) == code


def test_every_model_has_its_numbers() -> None:
    assert set(FIELDS) == set(LinkageModel)
    check_terms(LinkageModel.WAGE, {"day_rate_fen": 12_000}, LIMITS)


def test_consignment_terms_become_exact_values() -> None:
    terms = read_consignment({"fee_bp": 300, "ratios": {"HHPOT": "15/20", "COOP": "5/20"}})

    assert (terms.fee_bp, terms.logistics_bp) == (300, 0)
    assert terms.ratios == {"HHPOT": Fraction(3, 4), "COOP": Fraction(1, 4)}
