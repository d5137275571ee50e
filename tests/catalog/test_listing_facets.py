"""Facets: what each further choice would leave."""

from typing import Any

from sqlalchemy.orm import Session

from catalog.listing.cards import list_cards
from catalog.listing.facets import Facets, count_facets
from catalog.listing.filters import Filter
from catalog.values import RecognitionStatus
from tests.builders.catalog import NOON, a_certificate, a_lot, a_product, a_sku

OTHER_TOWNSHIP = "500156104"


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


def test_an_empty_shop_counts_nothing(session: Session) -> None:
    facets = count_facets(session, Filter(), at=NOON)

    assert facets.total == 0
    assert not any(facets.values.values())
