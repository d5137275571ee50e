"""Prices and weights in queries: whatever way they are written, the same numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.search.amounts import number, read
from catalog.search.analysis import normalise


@pytest.mark.parametrize(
    ("query", "low", "high", "rest"),
    [
        ("羊肉100元以下", None, 10_000, "羊肉"),
        ("under 50 yuan honey", None, 5_000, "honey"),
        ("honey under 70", None, 7_000, "honey"),
        ("50-100元 蜂蜜", 5_000, 10_000, "蜂蜜"),
        ("３０元到５０元的笋", 3_000, 5_000, "的笋"),
        ("￥20以下 零食", None, 2_000, "零食"),
        ("200元以上 茶", 20_000, None, "茶"),
        ("一百五十块以内的礼盒", None, 15_000, "的礼盒"),
        ("100元左右 礼盒", 8_000, 12_000, "礼盒"),
        ("gift over 150", 15_000, None, "gift"),
        ("洋芋", None, None, "洋芋"),
        ("100-50元", None, None, None),
    ],
)
def test_a_price_is_read(
    query: str, low: int | None, high: int | None, rest: str | None
) -> None:
    found = read(normalise(query))

    if rest is not None:
        assert (found.min_minor, found.max_minor) == (low, high)
        assert found.rest.strip() == rest


@pytest.mark.parametrize(
    ("query", "grams"),
    [
        ("1斤", 500),
        ("半斤茶", 250),
        ("500g 豆干", 500),
        ("2.5kg", 2_500),
        ("五斤装土豆", 2_500),
    ],
)
def test_a_weight_is_read(query: str, grams: int) -> None:
    assert read(normalise(query)).grams == grams


def test_what_only_looks_like_a_unit_is_a_word() -> None:
    assert read("5 goat legs").grams is None
    assert read("p001").max_minor is None


@given(st.integers(1, 9_999))
def test_numerals_say_what_digits_say(value: int) -> None:
    digits, units = "零一二三四五六七八九", ("", "十", "百", "千")
    figures = str(value)
    written = "".join(
        digits[int(figure)] + (units[len(figures) - place - 1] if figure != "0" else "")
        for place, figure in enumerate(figures)
    )

    assert number(written) == value


@given(st.text(max_size=80))
def test_no_text_breaks_it(text: str) -> None:
    found = read(normalise(text))

    assert (
        found.min_minor is None or found.max_minor is None or found.min_minor <= found.max_minor
    )
