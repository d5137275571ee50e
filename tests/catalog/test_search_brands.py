"""A brand and a weight in a query narrow the goods, the same by every engine."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import update
from sqlalchemy.orm import Session

from catalog.models import Sku
from catalog.models.papers import Brand
from catalog.search import documents, learning
from catalog.search.answering import Answer, Wanted
from catalog.search.engine import Desk
from catalog.search.entries import entry_of, read_goods
from catalog.search.port import Engine, Facet
from catalog.search.postgres_engine import PostgresEngine
from catalog.search.understanding import ChipKind
from catalog.search.whoosh_engine import WhooshEngine
from shop.proof.ground.plain_engine import PlainEngine
from tests.builders.catalog import NOON, TODAY, a_category, a_product, a_sku
from tests.builders.papers import a_brand

GOODS = {
    "OWN_TOFU": ("羊角豆干", "Dried tofu", "tofu", 500),
    "TOFU": ("卤香豆干", "Spiced tofu", "tofu", 200),
    "OWN_HONEY": ("中蜂蜜", "Honey", "honey", 1_000),
    "HONEY": ("百花蜜", "Flower honey", "honey", 500),
    "WALNUT": ("薄壳核桃", "Walnuts", "nut", 300),
}


def stock(session: Session) -> None:
    for code, (name, name_en, category, grams) in GOODS.items():
        a_product(
            session,
            code,
            name=name,
            name_en=name_en,
            category_code=a_category(session, category),
        )
        a_sku(session, code, net_weight_g=grams, spec=f"{grams}g")
    for code in ("OWN_TOFU", "OWN_HONEY"):
        a_brand(session, code, "FARMERS")
    names = {"name": "五农人（样例）", "name_en": "Fields of Five (sample)"}
    session.execute(update(Brand).where(Brand.code == "FARMERS").values(names))


@contextmanager
def filled(engine: Engine, session: Session) -> Iterator[Desk]:
    learned = learning.learn(documents.read_corpus(session, at=NOON))
    goods = read_goods(session, at=NOON)
    entries = [entry_of(one, learned.analyser) for one in goods]
    engine.rebuild(entries, words=learned.body, at=NOON)
    yield Desk([engine])


@pytest.fixture(params=["whoosh", "postgres", "plain"])
def desk(request: pytest.FixtureRequest, engine: Database, tmp_path: Path) -> Iterator[Desk]:
    with engine.connect() as connection, connection.begin() as transaction:
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            stock(session)
            engines: dict[str, Engine] = {
                "whoosh": WhooshEngine(tmp_path),
                "postgres": PostgresEngine(lambda: nullcontext(session)),
                "plain": PlainEngine(),
            }
            with filled(engines[request.param], session) as desk:
                yield desk
        transaction.rollback()


def ask(desk: Desk, query: str, **more: int) -> Answer:
    return desk.search(query, Wanted(on=TODAY, **more))  # type: ignore[arg-type]  # grams


@pytest.mark.parametrize("query", ["五农人", "wunongren", "fields of five", "五農人"])
def test_a_brand_in_a_query_narrows_to_its_goods(desk: Desk, query: str) -> None:
    answer = ask(desk, query)

    assert set(answer.codes) == {"OWN_TOFU", "OWN_HONEY"}
    assert not answer.is_relaxed
    (chip,) = answer.understood.chips
    assert chip.kind is ChipKind.BRAND
    assert chip.filters.chosen == {Facet.BRAND: ("FARMERS",)}
    assert chip.words in {query, "五农人"}


def test_a_brand_and_goods_are_both_wanted(desk: Desk) -> None:
    assert list(ask(desk, "五农人豆干").codes) == ["OWN_TOFU"]
    assert list(ask(desk, "五农人 蜂蜜").codes) == ["OWN_HONEY"]


def test_a_weight_narrows_to_packs_of_it(desk: Desk) -> None:
    answer = ask(desk, "豆干 500g")

    assert list(answer.codes) == ["OWN_TOFU"]
    assert [chip.kind for chip in answer.understood.chips] == [ChipKind.WEIGHT]
    assert set(ask(desk, "1斤").codes) == {"OWN_TOFU", "HONEY"}
    assert list(ask(desk, "五农人 两斤").codes) == ["OWN_HONEY"]


def test_a_weight_nothing_has_is_given_up_and_said(desk: Desk) -> None:
    answer = ask(desk, "豆干 3kg")

    assert answer.is_relaxed
    assert set(answer.codes) == {"OWN_TOFU", "TOFU"}


def test_a_weight_of_the_address_holds_beside_the_words(desk: Desk) -> None:
    assert list(ask(desk, "豆干", grams=200).codes) == ["TOFU"]
    assert ask(desk, "豆干 500g", grams=200).codes == ()
    assert set(desk.browse(Wanted(on=TODAY, grams=500)).codes) == {"OWN_TOFU", "HONEY"}


def test_a_brand_without_goods_is_a_word_like_others(session: Session, tmp_path: Path) -> None:
    stock(session)
    session.execute(update(Sku).values(is_on_sale=False).where(Sku.product_code.like("OWN%")))

    with filled(WhooshEngine(tmp_path), session) as desk:
        answer = ask(desk, "五农人 豆干")

    assert list(answer.codes) == ["TOFU"]
    assert answer.is_relaxed
    assert answer.understood.chips == ()


def test_goods_no_brand_has_are_shown_without_it(desk: Desk) -> None:
    answer = ask(desk, "五农人 核桃")

    assert answer.is_relaxed
    assert list(answer.codes) == ["WALNUT"]
