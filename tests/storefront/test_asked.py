"""What the address of a list asks for, and addresses that ask otherwise."""

import pytest
from werkzeug.datastructures import MultiDict

from catalog.listing.filters import Filter, Sort
from shop.storefront.asked import Asked, read


def asked(*pairs: tuple[str, str], default: Sort = Sort.RECOMMENDED) -> Asked:
    return read("/products", MultiDict(pairs), default=default)


def test_an_empty_address_asks_for_everything() -> None:
    found = asked()

    assert found.wanted == Filter()
    assert (found.sort, found.size, found.key) == (Sort.RECOMMENDED, 24, None)
    assert found.address() == "/products"
    assert not found.is_filtered()


def test_values_of_one_facet_are_alternatives() -> None:
    found = asked(("category", "tea"), ("category", "meat"), ("category", "tea"))

    assert found.wanted.categories == ("tea", "meat")
    assert found.address() == "/products?category=tea&category=meat"
    assert found.without("category", "tea") == "/products?category=meat"
    assert found.without("category") == "/products"


def test_switches_prices_and_single_values_are_understood() -> None:
    found = asked(
        ("season", "1"),
        ("cold", "1"),
        ("stock", "0"),
        ("brand", "SAMPLE2"),
        ("village", "500156204203"),
        ("attr", "grade:top"),
        ("origin", "832"),
        ("kind", "greentea"),
        ("min", "9.9"),
        ("max", " 120 "),
    )

    assert found.wanted == Filter(
        is_seasonal=True,
        is_cold=True,
        brands=("SAMPLE2",),
        villages=("500156204203",),
        tags=("grade:top",),
        marks=("832",),
        kinds=("greentea",),
        min_minor=990,
        max_minor=12_000,
    )


@pytest.mark.parametrize(
    "pair",
    [
        ("min", "-1"),
        ("max", "1.234"),
        ("min", "一百"),
        ("category", "tea' OR 1"),
        ("township", "x" * 65),
        ("brand", ""),
        ("sort", "random"),
        ("sort", "relevance"),
        ("per", "1000"),
        ("unknown", "1"),
    ],
)
def test_what_makes_no_sense_is_left_out(pair: tuple[str, str]) -> None:
    found = asked(pair)

    assert found.wanted == Filter()
    assert found.address() == "/products"


def test_order_and_size_stand_in_the_address_only_when_they_differ() -> None:
    found = asked(("sort", "price"), ("per", "48"), ("key", "abc"))

    assert (found.sort, found.size, found.key) == (Sort.PRICE_UP, 48, "abc")
    assert found.address() == "/products?sort=price&per=48"
    assert found.address(key="def") == "/products?sort=price&per=48&key=def"
    assert found.having("per", "24") == "/products?sort=price&per=24"
    assert not found.is_filtered()


def test_a_weight_is_understood_in_grams() -> None:
    asked = read("/products", MultiDict({"weight": "500"}))

    assert asked.wanted.grams == 500
    assert asked.without("weight") == "/products"
    for nonsense in ("0", "-5", "1e3", "9999999", "５00", "500g"):
        assert read("/products", MultiDict({"weight": nonsense})).wanted.grams is None


def test_a_search_keeps_its_text_when_filters_are_cleared() -> None:
    found = asked(("q", " 竹笋 "), ("stock", "1"), default=Sort.RELEVANCE)

    assert found.sort is Sort.RELEVANCE
    assert found.is_filtered()
    assert found.bare() == "/products?q=%E7%AB%B9%E7%AC%8B"
    assert found.restricted(("A",)).wanted.codes == ("A",)
