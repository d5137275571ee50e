"""Every worked vector of data/linkage_models.json, calculated by the formula of its model."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from households.rules import formulas, terms
from households.values import LinkageModel, TermLimits
from kernel.errors import InvalidError

DATA = Path(__file__).parents[2] / "shop" / "sample" / "data" / "linkage_models.json"
MODELS = json.loads(DATA.read_text())["models"]
LIMITS = TermLimits(patronage_floor_bp=6_000, relief_floor_bp=1_000, relief_special_bp=1_500)

Given = Mapping[str, Any]


def order(given: Given) -> dict[str, Any]:
    agreed = terms.read_order(
        {"floor_price": given["floor"], "max_qty_kg": given["max_qty_kg"]}
    )
    paid = formulas.order_purchase(
        agreed, weight_g=given["qty_g"], market_minor_per_kg=given["market"]
    )
    return {"pay_fen": paid.minor, "uplift_fen": paid.uplift_minor}


def guaranteed(given: Given) -> dict[str, Any]:
    paid = formulas.guaranteed(
        terms.read_guaranteed(given),
        profit_minor=given["household_profit_fen"],
        days=given["days"],
    )
    return {"pay_fen": paid.minor}


def equity(given: Given) -> dict[str, Any]:
    pool = formulas.equity(terms.read_equity(given), profit_minor=given["profit_fen"])
    return {"pool_fen": pool.minor, "split": pool.division.by_code}


def patronage(given: Given) -> dict[str, Any]:
    terms.check_terms(LinkageModel.PATRONAGE, given, LIMITS)
    paid = formulas.patronage(
        terms.read_patronage(given),
        surplus_minor=given["surplus_fen"],
        trade=given["trade"],
        floor_bp=6_000,
    )
    return {
        "pool_fen": paid.minor,
        "split": paid.by_trade.by_code,
        "H1_refund_fen": paid.by_trade.by_code["H1"],
        "H1_capital_fen": paid.by_capital.by_code["H1"],
    }


def wage(given: Given) -> dict[str, Any]:
    paid = formulas.wages(
        terms.read_wage(given), days=Fraction(str(given["days"])), pieces=given["pieces"]
    )
    return {"pay_fen": paid.minor}


def rent(given: Given) -> dict[str, Any]:
    agreed = {
        "area_mu_x100": given["area_mu_x100"],
        "rent_fen_per_mu_year": given["rent"],
    }
    paid = formulas.rent(
        terms.read_rent(agreed),
        since=date.fromisoformat(given["from"]),
        until=date.fromisoformat(given["to"]),
    )
    return {"days": paid.days, "pay_fen": paid.minor}


def inkind(given: Given) -> dict[str, Any]:
    agreed = {
        "input_cost_fen": given["input_cost"],
        "buyback_price": given["price"],
        "loss_share_bp": 3_000,
    }
    paid = formulas.buy_back(terms.read_inkind(agreed), weight_g=given["qty_g"])
    return {"pay_fen": paid.minor, "carry_fen": paid.carry_minor}


def consign(given: Given) -> dict[str, Any]:
    paid = formulas.consign(
        given["sale_fen"],
        fee_bp=given["fee_bp"],
        logistics_minor=given["logistics_fen"],
        refunded_minor=given.get("refund_fen", 0),
    )
    return {"remit_fen": paid.minor, "fee_fen": paid.fee_minor, "note": NOTE}


def premium(given: Given) -> dict[str, Any]:
    agreed = terms.read_premium({"fund_bp": 100})
    return {"fund_fen": formulas.premium(agreed, given["lines_fen"]).minor}


def asset(given: Given) -> dict[str, Any]:
    terms.check_terms(LinkageModel.ASSET, given, LIMITS)
    parts = formulas.asset_distribution(terms.read_asset(given), given["income_fen"])
    return {
        "household": parts.household_minor,
        "public": parts.public_minor,
        "reserve": parts.reserve_minor,
    }


def reliefwork(given: Given) -> dict[str, Any]:
    agreed = terms.read_reliefwork(given)
    floor = LIMITS.relief_special_bp if agreed.special_fund else LIMITS.relief_floor_bp
    checked = formulas.relief_check(agreed, paid_minor=given["paid_fen"], floor_bp=floor or 0)
    return {"ok": checked.is_met, "minimum_fen": checked.minimum_minor}


def trust(given: Given) -> dict[str, Any]:
    paid = formulas.trust(terms.read_trust(given), profit_minor=given["profit_fen"])
    return {"pay_fen": paid.minor}


NOTE = "three quarters of each part"
FORMULAS: Mapping[str, Callable[[Given], dict[str, Any]]] = {
    "ORDER": order,
    "GUARANTEED": guaranteed,
    "EQUITY": equity,
    "PATRONAGE": patronage,
    "WAGE": wage,
    "RENT": rent,
    "INKIND": inkind,
    "CONSIGN": consign,
    "PREMIUM": premium,
    "ASSET": asset,
    "RELIEFWORK": reliefwork,
    "TRUST": trust,
}


def vectors() -> Iterator[Any]:
    for model in MODELS:
        for number, vector in enumerate(model["vectors"], start=1):
            yield pytest.param(
                model["code"], vector["in"], vector["out"], id=f"{model['code']}-{number}"
            )


@pytest.mark.parametrize(("model", "given", "expected"), list(vectors()))
def test_a_vector_comes_out_to_the_fen(model: str, given: Given, expected: Given) -> None:
    if "error" in expected:
        with pytest.raises(InvalidError) as refusal:
            FORMULAS[model](given)
        assert refusal.value.code == expected["error"]
        return

    found = FORMULAS[model](given)

    assert {key: found[key] for key in expected} == expected


def test_no_model_is_without_a_formula_and_a_vector() -> None:
    assert {model["code"] for model in MODELS if model["vectors"]} == set(LinkageModel)
    assert set(FORMULAS) == set(LinkageModel)


def test_the_parameters_of_a_model_are_the_numbers_its_contract_states() -> None:
    names = {"area_mu": "area_mu_x100"}
    for model in MODELS:
        stated = {number.code for number in terms.FIELDS[LinkageModel(model["code"])]}
        words = {"market_price_source", "share_classes", "target", "special_fund", "mode"}
        asked = {names.get(row["code"], row["code"]) for row in model["params"]} - words
        # A consignment sale's carriage is a rate in contracts; the file gives an amount.
        assert asked - {"logistics_fen"} <= stated
