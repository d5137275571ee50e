"""Searching an index of some goods: what is found, in which order, and when it fails."""

import threading
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from catalog.models import Product
from catalog.search import documents, generations, learning
from catalog.search.answering import Answer, Wanted
from catalog.search.engine import Desk, IndexUnavailableError
from catalog.search.entries import entry_of, read_goods
from catalog.search.port import Entry
from catalog.search.whoosh_engine import WhooshEngine
from catalog.values import ProductState
from tests.builders.catalog import NOON, TODAY, a_category, a_certificate, a_product, a_sku
from tests.builders.places import TOWNSHIP, VILLAGE, a_place

GOODS = {
    "GOAT": ("武隆山羊 冷鲜羊腿", "Wulong goat leg", "meat", "当日屠宰。"),
    "STEW": ("碗碗羊肉 冷冻预制", "Bowl goat stew, frozen", "meat", "加热就吃。"),
    "EAGLE": ("武隆老鹰茶 嫩芽", "Eagle tea buds", "tea", "老茶树春芽。"),
    "COARSE": ("老鹰茶 粗叶(火锅凉茶)", "Coarse eagle tea", "tea", "解腻。"),
    "SHOOT": ("鲜方竹笋", "Square bamboo shoots", "bamboo", "配山羊火锅正好。"),
    "POTATO": ("高山马铃薯", "Highland potatoes", "vegetable", "黄心粉糯。"),
    "NOODLE": ("鸭江手工红薯粉(苕粉)", "Sweet-potato noodles", "starch", "柴火漏粉。"),
    "ORANGE": ("奉节脐橙", "Fengjie navel oranges", "fruit", "果肉细嫩。"),
    "DATE": ("武隆猪腰枣", "Kidney dates", "fruit", "个大核小。"),
    "BOX": ("寻味武隆 年货礼盒", "New Year box", "gift", "含老鹰茶与香菇。"),
}


def stock(session: Session) -> None:
    """Put the goods on sale."""
    a_place(session, TOWNSHIP, name="白马镇", short_name="白马镇", pinyin="bai ma")
    a_place(session, VILLAGE, name="车盘村", short_name="车盘村")
    for code, (name, name_en, category, description) in GOODS.items():
        a_product(
            session,
            code,
            name=name,
            name_en=name_en,
            category_code=a_category(session, category),
            description=description,
            brand="仙女红" if code == "EAGLE" else "",
            origin_village_code=VILLAGE if code == "EAGLE" else None,
            origin_township_code=TOWNSHIP if code == "EAGLE" else None,
        )
        a_sku(session, code)
    a_certificate(session, "SHOOT", type_code="ORGANIC")


@pytest.fixture
def goods(session: Session) -> Session:
    stock(session)
    return session


@dataclass(frozen=True, slots=True)
class Stock:
    """What an index is built of."""

    entries: list[Entry]
    words: bytes


def read(session: Session) -> Stock:
    learned = learning.learn(documents.read_corpus(session, at=NOON))
    goods = read_goods(session, at=NOON)
    return Stock([entry_of(one, learned.analyser) for one in goods], learned.body)


@pytest.fixture(scope="module")
def stocked(engine: Engine) -> Stock:
    """The goods as read once for the tests that only search them."""
    with engine.connect() as connection, connection.begin() as transaction:
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            stock(session)
            found = read(session)
        transaction.rollback()
    return found


def build(folder: Path, stocked: Stock) -> str:
    whoosh = WhooshEngine(folder)
    return whoosh.rebuild(stocked.entries, words=stocked.words, at=NOON).generation


def a_desk(folder: Path) -> Desk:
    return Desk([WhooshEngine(folder)])


@pytest.fixture(scope="module")
def desk(stocked: Stock, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("search")
    build(folder, stocked)
    return a_desk(folder)


def ask(desk: Desk, query: str) -> Answer:
    return desk.search(query, Wanted(on=TODAY))


def found(desk: Desk, query: str) -> list[str]:
    return list(ask(desk, query).codes)


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("老鹰茶", {"EAGLE", "COARSE"}),
        ("鹰茶", {"EAGLE", "COARSE"}),
        ("脐橙", {"ORANGE"}),
        ("臍橙", {"ORANGE"}),
        ("枣", {"DATE"}),
        ("方竹笋", {"SHOOT"}),
        ("洋芋", {"POTATO"}),
        ("苕", {"NOODLE"}),
        ("shaofen", {"NOODLE"}),
        ("zhuyaozao", {"DATE"}),
        ("zyz", {"DATE"}),
        ("zhu yao zao", {"DATE"}),
        ("laoyingcha", {"EAGLE", "COARSE"}),
        ("nenya laoyingcha", {"EAGLE"}),
        ("potatoes", {"POTATO"}),
        ("potato", {"POTATO"}),
        ("mutton", {"GOAT", "STEW"}),
        ("Goat Stew", {"STEW"}),
        ("仙女红", {"EAGLE"}),
        ("白马", {"EAGLE"}),
        ("baima", {"EAGLE"}),
        ("车盘村 茶", {"EAGLE"}),
        ("ｇｏａｔ　ｌｅｇ", {"GOAT"}),
        ("羊肉 冷冻", {"STEW"}),
    ],
)
def test_goods_are_found_the_way_people_ask(desk: Desk, query: str, first: set[str]) -> None:
    assert set(found(desk, query)[: len(first)]) == first


def test_a_name_goes_before_a_mention(desk: Desk) -> None:
    codes = found(desk, "山羊")

    assert codes[0] == "GOAT"
    assert codes[-1] == "SHOOT"


def test_all_words_of_a_query_are_wanted(desk: Desk) -> None:
    hits = ask(desk, "老鹰茶 嫩芽")

    assert hits.codes == ("EAGLE",)
    assert not hits.is_relaxed


def test_words_that_only_praise_leave_nothing_out(desk: Desk) -> None:
    hits = ask(desk, "新鲜脐橙")

    assert hits.codes == ("ORANGE",)
    assert not hits.is_relaxed


def test_the_last_word_is_the_goods_and_stays_longest(desk: Desk) -> None:
    hits = ask(desk, "车盘村山羊")

    assert hits.codes[0] == "GOAT"
    assert hits.is_relaxed


def test_a_part_is_offered_when_the_whole_is_not_there(desk: Desk) -> None:
    hits = ask(desk, "脐橙手机")

    assert hits.codes == ("ORANGE",)
    assert hits.is_relaxed


@pytest.mark.parametrize("query", ["手机", "qqqq", "！！", "", " "])
def test_what_nobody_sells_finds_nothing(desk: Desk, query: str) -> None:
    assert found(desk, query) == []


def test_a_reading_of_pinyin_is_told(desk: Desk) -> None:
    assert ask(desk, "zhuyaozao").understood.readings == ("猪腰枣",)
    assert ask(desk, "goat").understood.readings == ()


def test_unfinished_letters_are_completed(desk: Desk) -> None:
    assert set(found(desk, "laoyin")) >= {"EAGLE", "COARSE"}
    assert set(found(desk, "nood")) == {"NOODLE"}


def test_goods_not_on_sale_are_not_indexed(goods: Session, tmp_path: Path) -> None:
    goods.execute(
        update(Product).where(Product.code == "DATE").values(state=ProductState.SUSPENDED)
    )
    build(tmp_path, read(goods))

    assert found(a_desk(tmp_path), "猪腰枣") == []


def test_without_an_index_the_desk_says_so(tmp_path: Path) -> None:
    with pytest.raises(IndexUnavailableError):
        found(a_desk(tmp_path / "none"), "茶")


# The engine leaves a file open when it finds damage.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("damage", ["*.toc", "*.seg", generations.WORDS])
def test_a_damaged_index_is_unavailable_and_no_crash(
    stocked: Stock, tmp_path: Path, damage: str
) -> None:
    name = build(tmp_path, stocked)
    for path in (tmp_path / name).glob(damage):
        path.write_bytes(b"nonsense")

    with pytest.raises(IndexUnavailableError):
        found(a_desk(tmp_path), "茶")


def test_threads_share_one_desk(desk: Desk) -> None:
    hits: list[Answer] = []

    def ask_often() -> None:
        hits.extend(ask(desk, "老鹰茶") for _ in range(50))

    threads = [threading.Thread(target=ask_often) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({hit.codes for hit in hits}) == 1
    assert len(hits) == 200
