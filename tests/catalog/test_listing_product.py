"""What the product page, the shelves, the places and the trace read."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from catalog import service
from catalog.errors import LotNotFoundError, ProductNotFoundError
from catalog.listing import places, product, shelves, trace
from catalog.values import ProductState
from kernel.errors import NotFoundError
from kernel.regions import RegionLevel
from parties.values import OrganisationKind
from tests.builders.catalog import (
    NOON,
    TODAY,
    a_certificate,
    a_lot,
    a_product,
    a_sku,
    a_storage_class,
)
from tests.builders.places import TOWNSHIP, VILLAGE, a_place, a_seller


def test_a_product_carries_its_places_and_its_seller(session: Session) -> None:
    code = a_product(session, details={"harvest_months": [3, 4]})

    row = product.get_product(session, code, at=NOON)

    assert (row.village_code, row.township_code) == (VILLAGE, TOWNSHIP)
    assert row.harvest_months == [3, 4]


def test_a_products_own_temperatures_go_before_those_of_its_class(session: Session) -> None:
    a_storage_class(session, "NONE", min_centi_celsius=None, max_centi_celsius=None)
    by_class = a_product(session)
    own = a_product(session, min_centi_celsius=300, max_centi_celsius=1_500)
    none = a_product(session, storage_code="NONE")

    ranges = [
        product.get_product(session, code, at=NOON).temperature_range
        for code in (by_class, own, none)
    ]

    assert ranges == [(0, 20), (3, 15), None]


@pytest.mark.parametrize("state", [ProductState.DRAFT, ProductState.SUSPENDED])
def test_a_product_that_is_not_listed_is_not_found(
    session: Session, state: ProductState
) -> None:
    code = a_product(session, state=state)

    with pytest.raises(ProductNotFoundError):
        product.get_product(session, code, at=NOON)


def test_offers_list_lots_that_may_be_sold_the_soonest_to_expire_first(
    session: Session,
) -> None:
    sku = a_sku(session, price_minor=1_000, net_weight_g=250)
    late = a_lot(session, sku, on_hand=3, best_before=TODAY + timedelta(days=9), households=12)
    soon = a_lot(session, sku, on_hand=4, best_before=TODAY)
    a_lot(session, sku, on_hand=5, best_before=TODAY - timedelta(days=1))
    empty = a_sku(session, sku.product_code, price_minor=2_000)

    offers = product.list_offers(session, sku.product_code, at=NOON)

    assert [offer.code for offer in offers] == [sku.code, empty.code]
    assert [lot.code for lot in offers[0].lots] == [soon, late]
    assert [lot.households.households for lot in offers[0].lots] == [0, 12]
    assert [offer.available for offer in offers] == [7, 0]
    assert offers[0].per_jin_minor(by_volume=False) == 2_000
    assert offers[0].per_jin_minor(by_volume=True) is None


def test_certificates_say_whether_they_hold_today(session: Session) -> None:
    code = a_product(session)
    a_certificate(session, code, valid_to=TODAY)
    a_certificate(session, code, type_code="GREEN", valid_to=TODAY - timedelta(days=1))
    a_certificate(session, code, type_code="SC", valid_to=None)

    found = product.get_product(session, code, at=NOON).certificates

    assert {(row.type_code, row.is_valid) for row in found} == {
        ("ORGANIC", True),
        ("SC", True),
        ("GREEN", False),
    }


def test_shelves_count_what_is_on_sale(session: Session) -> None:
    for category in ("tea", "tea", "meat"):
        a_sku(session, a_product(session, category_code=category))
    a_sku(session, a_product(session, category_code="fish", state=ProductState.DRAFT))

    found = shelves.list_shelves(session)

    assert {row.code: row.products for row in found.categories} == {"tea": 2, "meat": 1}
    assert (found.products, found.sellers, found.villages) == (3, 1, 1)


def test_places_count_their_goods(session: Session) -> None:
    a_place(session, VILLAGE, focus_tier="10")
    other = a_place(session, f"{TOWNSHIP}999")
    a_sku(session, a_product(session))
    a_sku(session, a_product(session, origin_village_code=None))

    found = {row.code: row.products for row in places.list_places(session)}

    assert found == {TOWNSHIP: 2, VILLAGE: 1, other: 0}
    assert [row.code for row in places.list_focus_places(session)] == [VILLAGE]
    assert [row.code for row in places.list_villages(session, TOWNSHIP)] == [VILLAGE, other]
    assert places.get_place(session, VILLAGE, RegionLevel.VILLAGE).is_focus


def test_a_place_of_another_level_is_not_found(session: Session) -> None:
    a_place(session, VILLAGE)

    with pytest.raises(NotFoundError):
        places.get_place(session, TOWNSHIP, RegionLevel.VILLAGE)
    with pytest.raises(NotFoundError):
        places.get_place(session, "500156999999", RegionLevel.VILLAGE)


def test_sellers_of_a_place_are_those_that_sit_there_or_sell_from_there(
    session: Session,
) -> None:
    collective = OrganisationKind.VILLAGE_COLLECTIVE
    a_seller(session, "LOCAL", kind=collective)
    a_seller(session, "AWAY", region_code=None, village_code=None)
    a_seller(session, "NEITHER", region_code=None, village_code=None)
    a_seller(session, "BUYER", kind=OrganisationKind.BUDGET_UNIT)
    a_sku(session, a_product(session, seller_code="AWAY"))

    found = places.list_sellers(session, VILLAGE)

    assert [(row.code, row.is_local, row.products) for row in found] == [
        ("LOCAL", True, 0),
        ("AWAY", False, 1),
    ]


def test_a_trace_tells_of_a_lot_whatever_became_of_it(session: Session) -> None:
    sku = a_sku(session, a_product(session, state=ProductState.RETIRED))
    code = a_lot(session, sku, on_hand=6, households=11)
    service.quarantine(session, code, at=NOON)

    row = trace.get_trace(session, code)

    assert (row.received, row.available, row.households.households) == (6, 6, 11)
    assert row.quarantined_at == NOON
    assert not row.is_listed
    assert (row.village_code, row.township_code) == (VILLAGE, TOWNSHIP)


def test_an_unknown_lot_has_no_trace(session: Session) -> None:
    with pytest.raises(LotNotFoundError):
        trace.get_trace(session, "NONE")
