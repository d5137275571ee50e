"""What buyers paid for a household's goods: exact, never below its part, gone with the sale."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from households.rules import attribution, gross
from households.rules.gross import OTHERS, LotRefund, SoldLot
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

LOT = 1
GRAMS = st.integers(min_value=1, max_value=90_000)


@st.composite
def lines(draw: st.DrawFn) -> tuple[SoldLot, list[Share]]:
    """Draw a line of one lot, whose goods were partly bought before, as it is attributed."""
    weights = draw(st.lists(GRAMS, min_size=1, max_size=8))
    bought = draw(st.one_of(st.just(0), GRAMS))
    people = draw(st.integers(min_value=0, max_value=100))
    whole = (sum(weights) + bought) * 100
    parts = [
        Contribution(HouseholdId(f"H{at}"), grams, 100) for at, grams in enumerate(weights)
    ]
    total = draw(st.integers(min_value=0, max_value=300_000))
    terms = ConsignmentTerms(
        fee_bp=draw(st.integers(min_value=0, max_value=2_000)),
        logistics_bp=draw(st.integers(min_value=0, max_value=2_000)),
        ratios={"HHPOT": Fraction(people, 100), "COOP": Fraction(100 - people, 100)},
    )
    lot = LotShare(
        lot_id=LOT,
        quantity=1,
        contributions=parts,
        cooperative_code="C1",
        village_code="",
        logistics_code="K1",
        bought=Fraction(bought * 100, whole),
    )
    shares = attribution.attribute(
        LineShare(
            order_line_id=7,
            gross_minor=total,
            contract_version_id=ContractVersionId(1),
            terms=terms,
            lots=[lot],
        )
    )
    own = [share for share in shares if share.party_kind is PartyKind.HOUSEHOLD]
    sold = SoldLot(
        gross_minor=total,
        pot_minor=sum(share.minor for share in own),
        weights=tuple((share.party_code, share.weight) for share in own),
        whole_weight=whole,
    )
    return sold, shares


def taken(shares: Sequence[Share], minors: Sequence[int]) -> list[dict[str, int]]:
    """Return what each refund takes of each share, in order, by code."""
    left = [
        Remaining(
            entitlement_id=at,
            lot_id=LOT,
            party_kind=share.party_kind,
            party_code=share.party_code,
            minor=share.minor,
        )
        for at, share in enumerate(shares)
    ]
    found = []
    for minor in minors:
        back = attribution.take_back(minor, left)
        found.append({shares[at].party_code: part for at, part in back.items()})
        left = [
            Remaining(
                entitlement_id=one.entitlement_id,
                lot_id=one.lot_id,
                party_kind=one.party_kind,
                party_code=one.party_code,
                minor=one.minor - back[one.entitlement_id],
            )
            for one in left
        ]
    return found


@given(lines())
@settings(max_examples=150, deadline=None)
def test_own_part_and_what_stands_before_it_come_to_the_price(
    line: tuple[SoldLot, list[Share]],
) -> None:
    sold, _ = line

    parts = gross.between(sold)

    assert sum(parts.values()) + sold.pot_minor == sold.gross_minor
    assert min(parts.values()) >= 0


@given(lines(), st.lists(st.integers(min_value=0, max_value=300_000), max_size=4))
@settings(max_examples=150, deadline=None)
def test_refunds_leave_gross_above_the_own_part_and_end_at_nothing(
    line: tuple[SoldLot, list[Share]], cuts: list[int]
) -> None:
    sold, shares = line
    marks = sorted({0, *(min(cut, sold.gross_minor) for cut in cuts), sold.gross_minor})
    minors = [after - before for before, after in pairwise(marks)]
    households = {code for code, _ in sold.weights}
    backs = taken(shares, minors)
    refunds = [
        LotRefund(minor, sum(back[code] for code in households))
        for minor, back in zip(minors, backs, strict=True)
    ]
    parts = gross.between(sold)

    for code in households:
        before = gross.taken_between(parts, refunds, code)
        assert all(minor >= 0 for minor in before)
        assert sum(before) == parts[code]


def test_a_price_falls_on_goods_by_weight() -> None:
    sold = SoldLot(9_999, 5_949, (("H1", 1_250), ("H2", 730), ("H3", 520)), 2_500)

    parts = gross.between(sold)

    own = {"H1": 2_975, "H2": 1_737, "H3": 1_237}
    assert {code: minor + own[code] for code, minor in parts.items() if code != OTHERS} == {
        "H1": 5_000,
        "H2": 2_920,
        "H3": 2_079,
    }
    assert parts[OTHERS] == 0


def test_goods_bought_before_keep_their_part_of_the_price() -> None:
    sold = SoldLot(1_000, 350, (("H1", 100),), 200)

    assert gross.between(sold) == {OTHERS: 500, "H1": 150}


def test_where_only_a_fen_is_between_nobody_s_gross_falls_below_its_part() -> None:
    """Dividing 11 and 10 fen by 6:6:2 anew would give the last 1 of 11 and 2 of 10."""
    sold = SoldLot(11, 10, (("A", 6), ("B", 6), ("C", 2)), 14)

    assert min(gross.between(sold).values()) >= 0
