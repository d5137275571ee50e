"""Published contracts and corner cases, to the fen; C-numbers name them in the documents.

C2 and C3, the parcel of Demin village and its three refunds, stand in
test_household_income.py with their postings; here they are calculated alone.
"""

from datetime import date
from fractions import Fraction

from households.rules import attribution, formulas
from households.rules.terms import (
    read_consignment,
    read_guaranteed,
    read_order,
    read_rent,
)
from households.values import (
    ContractVersionId,
    Contribution,
    HouseholdId,
    LineShare,
    LotShare,
    Share,
    WeightKind,
)
from kernel.money import allot, reverse
from tests.builders.households import DEMIN, THREE

FULING = {"floor_price": 80, "max_qty_kg": 10_000}
"""Mustard tuber: 800 yuan a ton guaranteed."""
MEMBERS = [f"M{number:03}" for number in range(1, 139)]
TONNES_9 = 9_000_000


def demin() -> list[Share]:
    lot = LotShare(
        lot_id=1,
        quantity=1,
        contributions=[Contribution(HouseholdId(code), grams) for code, grams in THREE.items()],
        cooperative_code="C1",
        village_code="V1",
        logistics_code="K1",
    )
    terms = read_consignment(DEMIN | {"logistics_bp": 1_200})
    return attribution.attribute(
        LineShare(
            order_line_id=1,
            gross_minor=9_999,
            contract_version_id=ContractVersionId(1),
            terms=terms,
            lots=[lot],
        )
    )


def by_code(shares: list[Share]) -> dict[str, int]:
    return {attribution.split_code(s.party_kind, s.party_code): s.minor for s in shares}


def test_c1a_the_floor_holds_below_it_and_the_market_above_it() -> None:
    terms = read_order(FULING)

    below = formulas.order_purchase(terms, weight_g=TONNES_9, market_minor_per_kg=62)
    above = formulas.order_purchase(terms, weight_g=TONNES_9, market_minor_per_kg=95)

    assert (below.minor, below.uplift_minor) == (720_000, 162_000)
    assert (above.minor, above.uplift_minor) == (855_000, 0)


def test_c1a_one_mu_of_three_tonnes_brings_2400_yuan_at_least() -> None:
    paid = formulas.order_purchase(
        read_order(FULING), weight_g=3_000_000, market_minor_per_kg=62
    )

    assert paid.minor == 240_000


def test_c1b_two_yuan_above_market_for_each_kilogram() -> None:
    terms = read_order({"floor_price": 0, "max_qty_kg": 10_000, "add_fen_per_kg": 200})

    paid = formulas.order_purchase(terms, weight_g=110_000, market_minor_per_kg=1_600)

    assert paid.price == 1_800
    assert (paid.minor, paid.uplift_minor) == (198_000, 22_000)


def test_c1b_a_rate_above_market_and_the_floor_where_that_is_lower() -> None:
    terms = read_order({"floor_price": 660, "max_qty_kg": 10_000, "premium_bp": 500})

    paid = formulas.order_purchase(terms, weight_g=1_000, market_minor_per_kg=630)
    floor = formulas.order_purchase(terms, weight_g=1_000, market_minor_per_kg=600)

    assert (paid.price, paid.minor) == (Fraction(1_323, 2), 662)
    assert (floor.price, floor.minor) == (Fraction(660), 660)


def test_c1c_600_kilograms_at_1_40_are_840_yuan() -> None:
    terms = read_order({"floor_price": 140, "max_qty_kg": 1_000})

    assert (
        formulas.order_purchase(terms, weight_g=600_000, market_minor_per_kg=140).minor
        == 84_000
    )


def test_c2_one_parcel_of_demin_village() -> None:
    assert by_code(demin()) == {
        "FEE": 300,
        "LOGISTICS": 1_200,
        "COOP": 1_700,
        "H1": 2_975,
        "H2": 1_737,
        "H3": 1_237,
        "POOR": 425,
        "VILLAGE": 425,
    }


def test_c2_a_fund_of_425_over_41_households() -> None:
    codes = [f"P{number:02}" for number in range(1, 42)]

    parts = formulas.divide(425, formulas.weigh(WeightKind.EQUAL, dict.fromkeys(codes, 1)))

    assert [parts.by_code[code] for code in codes] == [11] * 15 + [10] * 26


def test_c3_three_equal_refunds_of_the_net_end_at_zero() -> None:
    left = {code: minor for code, minor in by_code(demin()).items() if code not in COSTS}

    for taken, rest in C3:
        part = reverse(2_833, left)
        left = {code: minor - part[code] for code, minor in left.items()}
        assert [part[code] for code in ORDER] == taken
        assert [left[code] for code in ORDER] == rest


COSTS = {"FEE", "LOGISTICS"}
ORDER = ("COOP", "H1", "H2", "H3", "POOR", "VILLAGE")
C3 = (
    ([567, 992, 579, 412, 142, 141], [1_133, 1_983, 1_158, 825, 283, 284]),
    ([567, 992, 579, 412, 141, 142], [566, 991, 579, 413, 142, 142]),
    ([566, 991, 579, 413, 142, 142], [0, 0, 0, 0, 0, 0]),
)


def test_c5_a_floor_of_five_percent_and_29_percent_of_profit_for_138_members() -> None:
    terms = {"principal_fen": 100_000_000, "floor_rate_bp": 500, "profit_share_bp": 2_900}

    both = formulas.guaranteed(
        read_guaranteed(terms | {"mode": "additive"}), profit_minor=10_000_000
    )
    either = formulas.guaranteed(read_guaranteed(terms), profit_minor=10_000_000)
    members = formulas.divide(both.minor, dict.fromkeys(MEMBERS, 1)).by_code

    assert (both.floor_minor, both.dividend_minor) == (5_000_000, 2_900_000)
    assert both.minor == 7_900_000
    assert [members[code] for code in MEMBERS] == [57_247] * 52 + [57_246] * 86
    assert either.minor == 5_000_000


def test_c11_rent_for_part_of_a_year() -> None:
    terms = read_rent({"area_mu_x100": 370, "rent_fen_per_mu_year": 20_000})

    paid = formulas.rent(terms, since=date(2025, 5, 1), until=date(2025, 12, 31))

    assert (paid.days, paid.minor) == (245, 49_671)


def test_c12_a_refund_never_gives_anybody_more() -> None:
    parts = allot(11, [("A", 6), ("B", 6), ("C", 2)])

    taken = reverse(1, parts)

    assert parts == {"A": 5, "B": 5, "C": 1}
    assert {code: parts[code] - taken[code] for code in parts} == {"A": 4, "B": 5, "C": 1}
    assert allot(10, [("A", 6), ("B", 6), ("C", 2)]) == {"A": 4, "B": 4, "C": 2}


def test_c14_the_cost_of_a_lot_is_traced_as_it_is_sold() -> None:
    sold = ((0, 33), (33, 33), (66, 34))

    traced = [
        formulas.traced_cost(33_333, 100, sold_before=before, sold=kg) for before, kg in sold
    ]

    assert traced == [10_999, 11_000, 11_334]


def test_c16_a_discount_of_the_seller_lowers_the_base_and_one_of_the_platform_does_not() -> (
    None
):
    lines = {"1": 3_333, "2": 6_667}

    assert formulas.line_bases(lines, seller_discount_minor=1_000) == {"1": 3_000, "2": 6_000}
    assert formulas.line_bases(lines) == lines


def test_nanchuan_pays_a_floor_and_never_more_than_its_cap() -> None:
    shares = {"principal_fen": 36_800_000, "floor_rate_bp": 600, "profit_share_bp": 5_000}
    terms = read_guaranteed(shares | {"mode": "additive", "cap_rate_bp": 1_000})

    poor = formulas.guaranteed(terms, profit_minor=-1)
    good = formulas.guaranteed(terms, profit_minor=90_000_000)

    assert (poor.minor, good.minor) == (2_208_000, 3_680_000)
    assert (good.floor_minor, good.dividend_minor) == (2_208_000, 1_472_000)


def test_a_land_cooperative_pays_510_yuan_and_30_percent_of_what_exceeds_it() -> None:
    terms = {
        "principal_fen": 0,
        "floor_rate_bp": 0,
        "profit_share_bp": 3_000,
        "mode": "additive",
        "after_floor": True,
        "area_mu_x100": 100,
        "floor_fen_per_mu": 51_000,
    }

    paid = formulas.guaranteed(read_guaranteed(terms), profit_minor=151_000)

    assert (paid.floor_minor, paid.dividend_minor, paid.minor) == (51_000, 30_000, 81_000)
