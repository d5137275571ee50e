"""Where the price of one pack is expected to go, and what of it may be told."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from catalog.listing.product import OfferRow, ShelfLotRow
from households.queries.contracts import TermsInForce
from households.values import ConsignmentTerms, ContractVersionId, PartyKind
from kernel.disclosure import DisclosurePolicy, HouseholdGroup
from shop.storefront.split import PackSplit, expected_split

RATIOS = {"HHPOT": Fraction(15, 20), "COOP": Fraction(4, 20), "VILLAGE": Fraction(1, 20)}
SHOWN = DisclosurePolicy(minimum=10, dominance_percent=85)
TERMS = TermsInForce(ContractVersionId(1), "C05", ConsignmentTerms(300, 800, RATIOS))


def group(households: int) -> HouseholdGroup:
    each = 1_000 if households else 0
    return HouseholdGroup(households, households * each, each, each if households > 1 else 0)


def an_offer(*households: int, price_minor: int = 10_000) -> OfferRow:
    lots = tuple(
        ShelfLotRow(
            number, f"L{number}", date(2026, 6, 1), None, None, 5, None, None, group(count)
        )
        for number, count in enumerate(households)
    )
    return OfferRow(1, "X-1", "1kg/袋", "", price_minor, 1_000, lots)


def parts(split: PackSplit | None) -> dict[PartyKind | None, int]:
    assert split is not None
    return {share.party_kind: share.minor for share in split.shares}


def test_the_parts_add_up_to_the_price() -> None:
    split = expected_split([an_offer(12, price_minor=9_999)], TERMS, SHOWN)

    assert sum(parts(split).values()) == 9_999
    assert parts(split) == {
        PartyKind.PLATFORM: 300,
        PartyKind.LOGISTICS: 800,
        PartyKind.HOUSEHOLD: 6_674,
        PartyKind.COOPERATIVE: 1_780,
        PartyKind.VILLAGE: 445,
    }
    assert split is not None
    assert split.households == 10


def test_too_few_households_are_told_as_the_place_of_origin() -> None:
    split = expected_split([an_offer(9)], TERMS, SHOWN)

    assert parts(split) == {None: 8_900, PartyKind.LOGISTICS: 800, PartyKind.PLATFORM: 300}
    assert split is not None
    assert split.households is None


def test_a_lot_that_one_household_gave_nearly_all_of_tells_nothing_of_it() -> None:
    offer = an_offer(20)
    lopsided = HouseholdGroup(20, 100_000, 90_000, 1_000)
    offer = replace(offer, lots=(replace(offer.lots[0], households=lopsided),))

    split = expected_split([offer], TERMS, SHOWN)

    assert split is not None
    assert PartyKind.HOUSEHOLD not in parts(split)
    assert split.households is None


def test_goods_without_contributors_belong_to_their_seller() -> None:
    split = expected_split([an_offer(0)], TERMS, SHOWN)

    assert parts(split) == {
        PartyKind.COOPERATIVE: 8_900,
        PartyKind.LOGISTICS: 800,
        PartyKind.PLATFORM: 300,
    }


def test_the_next_pack_comes_from_the_first_lot() -> None:
    split = expected_split([an_offer(), an_offer(11, 3)], TERMS, SHOWN)

    assert split is not None
    assert split.households == 10


def test_nothing_is_expected_of_what_cannot_be_bought() -> None:
    assert expected_split([an_offer()], TERMS, SHOWN) is None
    assert expected_split([an_offer(12)], None, SHOWN) is None


PROMISED = (replace(an_offer(), boxes=7), replace(an_offer(), presale_left=7))


@pytest.mark.parametrize("promised", PROMISED, ids=("box", "presale"))
def test_of_goods_that_have_no_lot_of_their_own_yet_nothing_is_told(promised: OfferRow) -> None:
    assert promised.available == 7
    assert expected_split([promised], TERMS, SHOWN) is None


@pytest.mark.parametrize("promised", PROMISED, ids=("box", "presale"))
def test_goods_on_the_shelf_are_told_beside_goods_to_come(promised: OfferRow) -> None:
    on_hand = replace(an_offer(12), code="X-2")

    split = expected_split([promised, on_hand], TERMS, SHOWN)

    assert split is not None
    assert split.offer.code == "X-2"
