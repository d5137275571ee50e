"""Facets: what each further choice would leave."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.listing.cards import list_cards
from catalog.listing.facets import Facets, count_facets
from catalog.listing.filters import Filter, price_band
from catalog.models import Category, Sku
from catalog.values import RecognitionStatus
from kernel.regions import DistrictMark, RegionMark
from tests.builders.catalog import (
    NOON,
    TODAY,
    a_category,
    a_certificate,
    a_lot,
    a_product,
    a_sku,
)
from tests.builders.listings import some_words
from tests.builders.papers import a_brand
from tests.builders.places import DISTRICT

OTHER_TOWNSHIP = "500156104"
DAY = timedelta(days=1)


def a_market(session: Session) -> None:
    """Two teas from two townships and one chilled meat, recognised and certified."""
    goods: dict[str, dict[str, Any]] = {
        "TEA1": {},
        "TEA2": {"origin_township_code": OTHER_TOWNSHIP, "origin_village_code": None},
        "MEAT": {
            "category_code": "meat",
            "storage_code": "CHILL_MEAT",
            "recognition_status": RecognitionStatus.APPROVED,
        },
    }
    for code, changes in goods.items():
        a_lot(session, a_sku(session, a_product(session, code, **changes)))
    a_certificate(session, "TEA1")
    a_certificate(session, "MEAT", type_code="GREEN")


def counts(facets: Facets, facet: str) -> dict[str, int]:
    return {value.code: value.count for value in facets.values[facet]}


def test_an_open_list_counts_everything(session: Session) -> None:
    a_market(session)

    facets = count_facets(session, Filter(), at=NOON)

    assert facets.total == 3
    assert counts(facets, "category") == {"tea": 2, "meat": 1}
    assert counts(facets, "place") == {"500156204": 2, OTHER_TOWNSHIP: 1}
    assert counts(facets, "storage") == {"COOL": 2, "CHILL_MEAT": 1}
    assert counts(facets, "certificate") == {"ORGANIC": 1, "GREEN": 1}
    assert counts(facets, "recognised") == {"yes": 1}


def test_a_facet_leaves_its_own_choice_out_and_heeds_the_others(session: Session) -> None:
    a_market(session)

    facets = count_facets(session, Filter(categories=("tea",)), at=NOON)

    assert facets.total == 2
    assert counts(facets, "category") == {"tea": 2, "meat": 1}
    assert counts(facets, "storage") == {"COOL": 2, "CHILL_MEAT": 0}
    assert counts(facets, "recognised") == {"yes": 0}


def test_values_carry_both_names(session: Session) -> None:
    a_market(session)

    (first, _) = count_facets(session, Filter(), at=NOON).values["category"]

    assert (first.name, first.name_en) in {("类tea", "Tea"), ("类meat", "Meat")}


def test_a_count_is_what_the_list_shows(session: Session) -> None:
    a_market(session)
    facets = count_facets(session, Filter(is_in_stock=True), at=NOON)

    for value in facets.values["category"]:
        wanted = Filter(categories=(value.code,), is_in_stock=True)
        assert len(list_cards(session, wanted, at=NOON).rows) == value.count


def test_kinds_count_what_is_below_them(session: Session) -> None:
    a_tree(session)

    facets = count_facets(session, Filter(categories=("tea",)), at=NOON)

    assert counts(facets, "kind") == {"leaf": 2, "black": 1}
    assert count_facets(session, Filter(kinds=("leaf",)), at=NOON).total == 2
    assert count_facets(session, Filter(kinds=("black",)), at=NOON).total == 1


def a_tree(session: Session) -> None:
    """Three teas: one black, one leaf, one of which nothing narrower is known; with words."""
    some_words(session)
    a_category(session, "leaf", parent_code="tea", shelf_code="tea", lineage=["tea", "leaf"])
    black = session.get_one(Category, "black")
    black.parent_code, black.lineage = "leaf", ["tea", "leaf", "black"]
    session.flush()
    goods: dict[str, tuple[str | None, dict[str, str], int]] = {
        "A": ("black", {"grade": "top", "processing": "raw"}, 2_999),
        "B": ("leaf", {"grade": "first", "processing": "raw"}, 3_000),
        "C": (None, {"grade": "first", "processing": "simple"}, 50_000),
    }
    for code, (kind, attributes, price) in goods.items():
        a_product(session, code, kind_code=kind, attributes=attributes)
        a_sku(session, code, price_minor=price)


def test_an_attribute_leaves_its_own_choice_out_and_heeds_the_other(session: Session) -> None:
    a_tree(session)
    wanted = Filter(tags=("grade:first", "processing:raw"))

    facets = count_facets(session, wanted, at=NOON)

    assert facets.total == 1
    assert counts(facets, "tag") == {
        "grade:top": 1,
        "grade:first": 1,
        "processing:raw": 1,
        "processing:simple": 1,
    }
    assert [value.group for value in facets.values["tag"]] == [
        *("grade", "grade", "processing", "processing")
    ]


def test_bands_of_prices_and_stock_leave_their_own_choice_out(session: Session) -> None:
    a_tree(session)
    a_lot(session, session.scalars(select(Sku).where(Sku.product_code == "B")).one())

    open_list = count_facets(session, Filter(), at=NOON)
    narrow = count_facets(
        session, Filter(is_in_stock=True, min_minor=3_000, max_minor=5_999), at=NOON
    )

    assert counts(open_list, "price") == {"0": 1, "1": 1, "4": 1}
    assert counts(open_list, "stock") == {"yes": 1}
    assert counts(narrow, "price") == {"0": 0, "1": 1, "4": 0}
    assert counts(narrow, "stock") == {"yes": 1}
    assert narrow.total == 1
    for number, low, high in ((0, None, 2_999), (1, 3_000, 5_999), (4, 20_000, None)):
        assert price_band(number) == (low, high)


def test_a_brand_counts_while_its_authorisation_is_valid(session: Session) -> None:
    a_market(session)
    a_brand(session, "TEA1", valid_to=TODAY)
    a_brand(session, "MEAT", "STOPPED", valid_to=TODAY - DAY)

    assert counts(count_facets(session, Filter(), at=NOON), "brand") == {"FAIRY": 1}
    assert count_facets(session, Filter(brands=("FAIRY",)), at=NOON).total == 1
    assert not count_facets(session, Filter(), at=NOON + DAY).values["brand"]


def test_goods_stand_on_the_lists_of_their_district_while_these_hold(session: Session) -> None:
    a_market(session)
    session.add_all(
        [
            RegionMark(
                region_code=DISTRICT, mark=mark, valid_from=begins, valid_to=ends, basis="list"
            )
            for mark, begins, ends in (
                (DistrictMark.COUNTY_832, TODAY, None),
                (DistrictMark.KEY, TODAY - DAY, TODAY - DAY),
                (DistrictMark.LIFTED, TODAY - DAY, TODAY),
            )
        ]
    )
    session.flush()

    def found(days: int) -> dict[str, int]:
        return counts(count_facets(session, Filter(), at=NOON + days * DAY), "mark")

    assert found(-1) == {"key": 3, "lifted": 3}
    assert found(0) == {"832": 3, "lifted": 3}
    assert found(1) == {"832": 3}
    assert count_facets(session, Filter(marks=("key",)), at=NOON).total == 0


def test_an_empty_shop_counts_nothing(session: Session) -> None:
    facets = count_facets(session, Filter(), at=NOON)

    assert facets.total == 0
    assert not any(facets.values.values())
