"""From a line's gross to every party, exactly, and back by what is left."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from households.rules import attribution
from households.rules.terms import read_consignment
from households.values import (
    ConsignmentTerms,
    ContractVersionId,
    Contribution,
    HouseholdId,
    LineShare,
    LotShare,
    PartyKind,
    Remaining,
    Share,
)
from kernel.errors import InvalidError
from kernel.money import allot
from tests.builders.households import DEMIN, THREE

SHARES = read_consignment(
    {"fee_bp": 300, "logistics_bp": 800, "ratios": {"HHPOT": "3/4", "COOP": "1/4"}}
)


def a_lot(
    lot_id: int = 1,
    contributions: Mapping[str, int] = THREE,
    *,
    quantity: int = 1,
    grades: Mapping[str, int] | None = None,
    village: str = "V1",
) -> LotShare:
    return LotShare(
        lot_id=lot_id,
        quantity=quantity,
        contributions=[
            Contribution(HouseholdId(household), grams, (grades or {}).get(household, 100))
            for household, grams in contributions.items()
        ],
        cooperative_code="C1",
        village_code=village,
        logistics_code="K1",
    )


def shares_of(
    gross: int, terms: ConsignmentTerms = SHARES, lots: Sequence[LotShare] = ()
) -> list[Share]:
    return attribution.attribute(
        LineShare(
            order_line_id=7,
            gross_minor=gross,
            contract_version_id=ContractVersionId(1),
            terms=terms,
            lots=lots or [a_lot()],
        )
    )


def by_code(shares: Sequence[Share]) -> dict[str, int]:
    return {attribution.split_code(s.party_kind, s.party_code): s.minor for s in shares}


def rest(shares: Sequence[Share]) -> list[Remaining]:
    return [
        Remaining(
            entitlement_id=number,
            lot_id=share.lot_id,
            party_kind=share.party_kind,
            party_code=share.party_code,
            minor=share.minor,
        )
        for number, share in enumerate(shares)
    ]


def test_a_published_rule_divides_a_line_to_the_fen() -> None:
    shares = shares_of(9_999, read_consignment(DEMIN))

    assert by_code(shares) == {
        "FEE": 300,
        "LOGISTICS": 1_200,
        "H1": 2_975,
        "H2": 1_737,
        "H3": 1_237,
        "COOP": 1_700,
        "POOR": 425,
        "VILLAGE": 425,
    }


def test_a_fund_of_41_households_divides_to_the_fen() -> None:
    poor = allot(425, [(f"P{number:02}", 1) for number in range(1, 42)])

    assert {poor[f"P{number:02}"] for number in range(1, 16)} == {11}
    assert {poor[f"P{number:02}"] for number in range(16, 42)} == {10}


def test_three_equal_refunds_take_what_is_left_and_end_at_zero() -> None:
    shares = shares_of(9_999, read_consignment(DEMIN))
    codes = [attribution.split_code(s.party_kind, s.party_code) for s in shares]
    left = rest(shares)
    taken: list[dict[str, int]] = []
    for _ in range(3):
        refund = attribution.take_back(3_333, left)
        taken.append({codes[part.entitlement_id]: refund[part.entitlement_id] for part in left})
        left = [
            Remaining(
                entitlement_id=part.entitlement_id,
                lot_id=part.lot_id,
                party_kind=part.party_kind,
                party_code=part.party_code,
                minor=part.minor - refund[part.entitlement_id],
            )
            for part in left
        ]

    households = {"H1": 992, "H2": 579, "H3": 412}
    charges = {"FEE": 100, "LOGISTICS": 400}
    assert taken[0] == {**households, **charges, "COOP": 567, "POOR": 142, "VILLAGE": 141}
    assert taken[1] == {**households, **charges, "COOP": 567, "POOR": 141, "VILLAGE": 142}
    assert {part.minor for part in left} == {0}


def test_a_better_grade_weighs_more() -> None:
    lots = [a_lot(contributions={"H1": 100, "H2": 100}, grades={"H1": 150})]

    shares = by_code(shares_of(10_000, SHARES, lots))

    assert (shares["H1"], shares["H2"]) == (4_005, 2_670)


def test_a_line_from_several_lots_divides_by_their_quantities() -> None:
    lots = [
        a_lot(1, {"H1": 10}, quantity=2, village="V1"),
        a_lot(2, {"H2": 7, "H3": 3}, quantity=1, village="V2"),
    ]

    shares = shares_of(10_000, SHARES, lots)

    gross = {lot: sum(s.minor for s in shares if s.lot_id == lot) for lot in (1, 2)}
    assert gross == {1: 6_667, 2: 3_333}
    fees = sum(s.minor for s in shares if s.party_kind is PartyKind.PLATFORM)
    carried = sum(s.minor for s in shares if s.party_kind is PartyKind.LOGISTICS)
    assert (fees, carried) == (300, 800)


def test_a_fee_is_rounded_once_for_the_line_and_not_for_every_lot() -> None:
    terms = ConsignmentTerms(500, 0, {"HHPOT": Fraction(1)})
    lots = [a_lot(number, {f"H{number}": 1}) for number in range(1, 4)]

    shares = shares_of(99, terms, lots)

    # 33 fen × 5 % would be 2 fen in each of three lots.
    assert sum(s.minor for s in shares if s.party_kind is PartyKind.PLATFORM) == 5


def test_deductions_never_exceed_a_tiny_line() -> None:
    terms = ConsignmentTerms(5_000, 5_000, {"HHPOT": Fraction(1)})

    assert by_code(shares_of(1, terms)) == {"FEE": 1, "LOGISTICS": 0, "H1": 0, "H2": 0, "H3": 0}


def test_what_is_not_agreed_is_not_noted() -> None:
    terms = ConsignmentTerms(0, 0, {"COOP": Fraction(1)})

    assert by_code(shares_of(5, terms)) == {"COOP": 5}


def test_every_weight_is_kept_for_the_explanation() -> None:
    shares = shares_of(9_999, read_consignment(DEMIN))

    weights = {attribution.split_code(s.party_kind, s.party_code): s.weight for s in shares}
    assert weights == {
        "FEE": 300,
        "LOGISTICS": 1_200,
        "H1": 1_250_000,
        "H2": 730_000,
        "H3": 520_000,
        "COOP": 4,
        "POOR": 1,
        "VILLAGE": 1,
    }


def test_a_household_pot_needs_households_and_a_village_share_a_village() -> None:
    with pytest.raises(InvalidError) as nobody:
        shares_of(100, SHARES, [a_lot(contributions={})])
    terms = ConsignmentTerms(0, 0, {"VILLAGE": Fraction(1)})
    with pytest.raises(InvalidError) as nowhere:
        shares_of(100, terms, [a_lot(village="")])

    assert nobody.value.code == "lot_without_contributors"
    assert nowhere.value.code == "lot_without_village"


def test_weights_that_sum_to_zero_are_refused() -> None:
    with pytest.raises(InvalidError) as refusal:
        shares_of(100, SHARES, [a_lot(contributions={"H1": 0})])

    assert refusal.value.code == "zero_weights"


def test_more_than_is_left_cannot_be_taken_back() -> None:
    with pytest.raises(InvalidError) as refusal:
        attribution.take_back(101, rest(shares_of(100)))

    assert refusal.value.code == "reversal_exceeds_rest"


@pytest.mark.parametrize(
    ("kind", "code", "account", "split"),
    [
        (PartyKind.PLATFORM, "platform", "I:commission", "FEE"),
        (PartyKind.LOGISTICS, "K1", "L:payable:logistics:K1", "LOGISTICS"),
        (PartyKind.COOPERATIVE, "C1", "L:payable:coop:C1", "COOP"),
        (PartyKind.VILLAGE, "V1", "L:payable:village:V1", "VILLAGE"),
        (PartyKind.VILLAGE, "V1.poor", "L:payable:village:V1.poor", "POOR"),
        (PartyKind.HOUSEHOLD, "H0001", "L:payable:hh:H0001", "H0001"),
    ],
)
def test_every_party_has_an_account_and_a_place_in_the_tie_break(
    kind: PartyKind, code: str, account: str, split: str
) -> None:
    assert attribution.account_of(kind, code) == account
    assert attribution.split_code(kind, code) == split


LOTS = st.lists(
    st.tuples(
        st.integers(1, 50),
        st.dictionaries(
            st.sampled_from([f"H{n}" for n in range(9)]),
            st.integers(1, 90_000),
            min_size=1,
            max_size=6,
        ),
    ),
    min_size=1,
    max_size=3,
)
RATES = st.tuples(st.integers(0, 1_000), st.integers(0, 5_000), st.integers(1, 19))


@settings(max_examples=400, deadline=None, database=None)
@given(st.integers(0, 500_000), LOTS, RATES, st.lists(st.integers(0, 100), max_size=4))
def test_any_line_adds_up_and_any_series_of_refunds_ends_at_zero(
    gross: int,
    lots: list[tuple[int, dict[str, int]]],
    rates: tuple[int, int, int],
    percents: list[int],
) -> None:
    fee, logistics, pot = rates
    ratios = {"HHPOT": Fraction(pot, 20), "COOP": Fraction(20 - pot, 20)}
    shares = shares_of(
        gross,
        ConsignmentTerms(fee, logistics, ratios),
        [a_lot(n, parts, quantity=quantity) for n, (quantity, parts) in enumerate(lots)],
    )
    left = {part.entitlement_id: part for part in rest(shares)}

    assert sum(share.minor for share in shares) == gross
    assert min(share.minor for share in shares) >= 0
    for percent in [*percents, 100]:
        refund = sum(part.minor for part in left.values()) * percent // 100
        for number, taken in attribution.take_back(refund, list(left.values())).items():
            part = left[number]
            assert 0 <= taken <= part.minor
            left[number] = Remaining(
                entitlement_id=number,
                lot_id=part.lot_id,
                party_kind=part.party_kind,
                party_code=part.party_code,
                minor=part.minor - taken,
            )
    assert {part.minor for part in left.values()} == {0}
