"""Cards: what is listed, in which order, and page after page."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from catalog import service
from catalog.listing.cards import CardRow, StockState, list_cards
from catalog.listing.filters import Filter, Sort
from catalog.models import Sku
from catalog.values import ProductState, RecognitionStatus
from kernel.errors import InvalidError
from parties.models import Organisation
from tests.builders.catalog import (
    NOON,
    TODAY,
    a_certificate,
    a_lot,
    a_product,
    a_sku,
)
from tests.builders.papers import a_brand
from tests.builders.places import a_place, a_seller

JUNE, NOT_JUNE = [6], [11, 12]


def cards(session: Session, wanted: Filter | None = None, **options: Any) -> list[CardRow]:
    return list(list_cards(session, wanted or Filter(), at=NOON, **options).rows)


def codes(session: Session, wanted: Filter | None = None, **options: Any) -> list[str]:
    return [card.code for card in cards(session, wanted, **options)]


def a_shelf(session: Session, code: str, *, on_hand: int = 5, **changes: Any) -> Sku:
    """Make a product with one SKU and, unless there is nothing, a lot of it."""
    price_minor = changes.pop("price_minor", 5_000)
    sku = a_sku(session, a_product(session, code, **changes), price_minor=price_minor)
    if on_hand:
        a_lot(session, sku, on_hand=on_hand)
    return sku


def test_a_card_shows_the_cheapest_sku_its_price_and_its_place(session: Session) -> None:
    a_place(session, "500156204203", name="大田村", short_name="大田村", pinyin="da tian")
    product = a_product(session, "X1", name="鲜笋", name_en="Shoots", picture="bamboo")
    cheap = a_sku(session, product, price_minor=3_000, net_weight_g=1_000, spec="1kg/袋")
    dear = a_sku(session, product, price_minor=9_000, net_weight_g=5_000)
    a_lot(session, cheap, on_hand=4)
    a_lot(session, dear, on_hand=3)

    (card,) = cards(session)

    assert (card.sku_code, card.price_minor, card.per_jin_minor) == (cheap.code, 3_000, 1_500)
    assert (card.sku_count, card.available) == (2, 7)
    assert (card.village_name, card.village_pinyin) == ("大田村", "da tian")
    assert card.stock_state is StockState.IN_STOCK


def test_goods_sold_by_volume_have_no_price_per_weight(session: Session) -> None:
    a_shelf(session, "X1", details={"net_unit": "ml"})

    assert cards(session)[0].per_jin_minor is None


def test_drafts_and_goods_nobody_may_sell_are_not_listed(session: Session) -> None:
    a_shelf(session, "DRAFT", state=ProductState.DRAFT)
    a_shelf(session, "STOPPED", state=ProductState.SUSPENDED)
    a_product(session, "NOSKU")
    a_sku(session, a_product(session, "OFFSALE"), is_on_sale=False)
    a_shelf(session, "BADSELLER", seller_code=a_seller(session, "C91"))
    session.execute(
        update(Organisation).where(Organisation.code == "C91").values(suspended_at=NOON)
    )
    a_shelf(session, "GOOD")

    assert codes(session) == ["GOOD"]


def test_what_is_there_and_in_season_comes_first(session: Session) -> None:
    seasons: dict[str, Any] = {"season_months": JUNE, "is_year_round": False}
    a_shelf(session, "OVER", on_hand=0, season_months=NOT_JUNE, is_year_round=False)
    a_shelf(session, "SOLDOUT", on_hand=0, **seasons)
    a_shelf(session, "STORED", season_months=NOT_JUNE, is_year_round=False)
    a_shelf(session, "ALWAYS")
    a_shelf(session, "SEASON", **seasons)

    found = cards(session)

    assert [card.code for card in found] == ["SEASON", "ALWAYS", "STORED", "SOLDOUT", "OVER"]
    assert [card.stock_state for card in found] == [
        *[StockState.IN_STOCK] * 3,
        StockState.SOLD_OUT,
        StockState.OUT_OF_SEASON,
    ]


def test_only_packs_that_may_be_sold_now_count_as_stock(session: Session) -> None:
    sku = a_sku(session, a_product(session, "X1"))
    a_lot(session, sku, on_hand=1, best_before=TODAY)
    a_lot(session, sku, on_hand=2, best_before=TODAY - timedelta(days=1))
    a_lot(session, sku, on_hand=4, received_at=NOON + timedelta(hours=1))
    service.quarantine(session, a_lot(session, sku, on_hand=8), at=NOON)

    assert cards(session)[0].available == 1


def test_a_lot_without_its_due_certificate_is_no_stock(session: Session) -> None:
    product = a_product(session, "X1", needs_batch_certificate=True)
    sku = a_sku(session, product)
    a_lot(session, sku, on_hand=3, batch_certificate_number="证-1")

    assert cards(session)[0].available == 3


@pytest.mark.parametrize(
    "sort", [Sort.RECOMMENDED, Sort.NEWEST, Sort.PRICE_UP, Sort.PRICE_DOWN]
)
def test_pages_hold_every_product_once(session: Session, sort: Sort) -> None:
    for number in range(7):
        a_shelf(session, f"X{number}", price_minor=5_000 + number % 2, on_hand=number % 3)
    seen: list[str] = []
    key = None

    while True:
        page = list_cards(session, Filter(), sort=sort, key=key, size=3, at=NOON)
        seen += [card.code for card in page.rows]
        key = page.next_key
        if key is None:
            break

    assert sorted(seen) == [f"X{number}" for number in range(7)]


def test_products_sort_by_price_and_by_age(session: Session) -> None:
    a_shelf(session, "OLD", price_minor=200, listed_at=NOON - timedelta(days=9))
    a_shelf(session, "NEW", price_minor=300, listed_at=NOON)
    a_shelf(session, "MID", price_minor=100, listed_at=NOON - timedelta(days=3))

    assert codes(session, sort=Sort.PRICE_UP) == ["MID", "OLD", "NEW"]
    assert codes(session, sort=Sort.PRICE_DOWN) == ["NEW", "OLD", "MID"]
    assert codes(session, sort=Sort.NEWEST) == ["NEW", "MID", "OLD"]


def test_hits_of_a_search_keep_their_order(session: Session) -> None:
    for code in ("A", "B", "C"):
        a_shelf(session, code)

    assert codes(session, Filter(codes=("C", "A")), sort=Sort.RELEVANCE) == ["C", "A"]
    assert codes(session, Filter(codes=()), sort=Sort.RELEVANCE) == []


def test_a_changed_page_key_is_refused(session: Session) -> None:
    with pytest.raises(InvalidError):
        cards(session, key="nonsense")


def test_filters_narrow_the_list(session: Session) -> None:
    a_shelf(session, "TEA", price_minor=9_000)
    a_brand(session, "TEA")
    a_shelf(session, "MEAT", category_code="meat", storage_code="CHILL_MEAT")
    a_shelf(
        session,
        "FAR",
        origin_district_code="500236",
        origin_township_code=None,
        origin_village_code=None,
    )

    assert codes(session, Filter(categories=("meat",))) == ["MEAT"]
    assert codes(session, Filter(storages=("CHILL_MEAT",))) == ["MEAT"]
    assert codes(session, Filter(is_cold=True)) == ["MEAT"]
    assert codes(session, Filter(brands=("FAIRY",))) == ["TEA"]
    assert codes(session, Filter(min_minor=9_000)) == ["TEA"]
    assert set(codes(session, Filter(max_minor=8_999))) == {"MEAT", "FAR"}
    assert codes(session, Filter(places=("500236",))) == ["FAR"]
    assert set(codes(session, Filter(villages=("500156204203",)))) == {"TEA", "MEAT"}
    assert set(codes(session, Filter(without=("TEA",)))) == {"MEAT", "FAR"}
    assert set(codes(session, Filter(categories=("meat", "tea")))) == {"TEA", "MEAT", "FAR"}


def test_a_seasonal_filter_leaves_out_what_is_always_there(session: Session) -> None:
    a_shelf(session, "ALWAYS")
    a_shelf(session, "SEASON", season_months=JUNE, is_year_round=False, on_hand=0)

    assert codes(session, Filter(is_seasonal=True)) == ["SEASON"]
    assert codes(session, Filter(is_in_stock=True)) == ["ALWAYS"]


def test_only_certificates_valid_today_count(session: Session) -> None:
    a_shelf(session, "VALID")
    a_certificate(session, "VALID", valid_from=TODAY, valid_to=TODAY)
    a_certificate(session, "VALID", type_code="GREEN", valid_to=TODAY - timedelta(days=1))
    a_shelf(session, "EXPIRED")
    a_certificate(session, "EXPIRED", valid_to=TODAY - timedelta(days=1))

    assert codes(session, Filter(certificates=("ORGANIC",))) == ["VALID"]
    assert {card.code: card.certificate_codes for card in cards(session)} == {
        "VALID": ["ORGANIC"],
        "EXPIRED": [],
    }


def test_recognition_counts_only_while_it_holds(session: Session) -> None:
    approved = RecognitionStatus.APPROVED
    a_shelf(session, "HOLDS", recognition_status=approved, recognition_to=TODAY)
    a_shelf(
        session,
        "OVER",
        recognition_status=approved,
        recognition_to=TODAY - timedelta(days=1),
    )
    a_shelf(session, "WAITS", recognition_status=RecognitionStatus.PENDING)

    assert codes(session, Filter(is_recognised=True)) == ["HOLDS"]


def test_a_text_is_found_in_names_as_it_stands(session: Session) -> None:
    a_shelf(session, "A", name="100%山蜜", name_en="Pure honey")
    a_shelf(session, "B", name="100克山蜜")

    assert codes(session, Filter(text="100%")) == ["A"]
    assert codes(session, Filter(text="HONEY")) == ["A"]
    assert codes(session, Filter(text="_")) == []
