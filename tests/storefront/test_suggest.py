"""Suggestions while typing: what is offered for a beginning, and as what."""

import time

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from catalog.search.suggesting import Suggested, SuggestedKind, Suggester
from shop.storefront import searching
from tests.builders.catalog import a_product, a_sku

THINGS = [
    Suggested(SuggestedKind.PRODUCT, "P1", "仙女红 工夫红茶", "Fairy Red congou", weight=5),
    Suggested(SuggestedKind.PRODUCT, "P2", "碗碗羊肉 冷冻预制", "Bowl goat stew", weight=9),
    Suggested(SuggestedKind.CATEGORY, "tea", "高山茶", "Mountain tea"),
    Suggested(SuggestedKind.PLACE, "500156105", "长坝镇", spelled="chang ba"),
    Suggested(SuggestedKind.QUERY, "羊肉", "羊肉"),
]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("仙女", "P1"),
        ("xiann", "P1"),
        ("xnh", "P1"),
        ("fairy", "P1"),
        ("congou", "P1"),
        ("红茶", "P1"),
        ("chang", "500156105"),
        ("cb", "500156105"),
        ("高山", "tea"),
    ],
)
def test_a_beginning_finds_what_it_may_become(typed: str, first: str) -> None:
    assert Suggester(THINGS).suggest(typed)[0].code == first


def test_what_others_searched_for_stands_first_and_goods_inside_a_name_are_found() -> None:
    assert [thing.code for thing in Suggester(THINGS).suggest("羊肉")] == ["羊肉", "P2"]


@pytest.mark.parametrize("typed", ["", " ", "！", "没有这个"])
def test_nothing_is_suggested_for_nothing(typed: str) -> None:
    assert Suggester(THINGS).suggest(typed) == []


def test_a_suggestion_takes_less_than_five_milliseconds() -> None:
    suggester = Suggester(
        Suggested(SuggestedKind.PRODUCT, str(n), f"高山{n}号 武隆老鹰茶", weight=n)
        for n in range(5_000)
    )
    taken = []
    for typed in ("g", "高", "lyc", "laoying", "武隆", "1", "w") * 30:
        began = time.perf_counter()
        suggester.suggest(typed)
        taken.append(time.perf_counter() - began)

    assert sorted(taken)[len(taken) // 2] < 0.005


def test_the_page_gives_options_with_their_addresses(
    client: FlaskClient, session: Session
) -> None:
    a_sku(session, a_product(session, "TEA", name="老鹰茶 嫩芽", name_en="Eagle tea"))
    session.commit()

    page = client.get("/search/suggest?q=laoying").text

    assert 'role="option"' in page
    assert 'href="/products/TEA"' in page
    assert client.get("/search/suggest").text.strip() == ""


def test_what_somebody_went_on_to_is_counted_by_words_alone(
    client: FlaskClient, session: Session
) -> None:
    client.application.extensions[searching.EXTENSION] = searching.Searching(0, 0)
    for query, place in (("羊肉", "2"), ("13812345678", "1"), ("茶", "x"), ("茶", "-1")):
        answer = client.post("/search/picked", data={"q": query, "place": place})
        assert answer.status_code == 204

    rows = session.execute(text("SELECT query, picked, picked_places FROM search_counts")).all()
    assert rows == [("羊肉", 1, 2)]
