"""Searching an index of some goods: what is found, in which order, and when it fails."""

import threading
from pathlib import Path

import pytest
import whoosh
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session
from whoosh import index
from whoosh.fields import ID, NUMERIC, Schema

from catalog.models import Product
from catalog.search import documents, engine, generations
from catalog.search.documents import Corpus
from catalog.search.engine import Desk, Hits, IndexUnavailableError
from catalog.values import ProductState
from tests.builders.catalog import NOON, a_category, a_certificate, a_product, a_sku
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


@pytest.fixture(scope="module")
def corpus(engine: Engine) -> Corpus:
    """The goods as read once for the tests that only search them."""
    with engine.connect() as connection, connection.begin() as transaction:
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            stock(session)
            read = documents.read_corpus(session)
        transaction.rollback()
    return read


@pytest.fixture(scope="module")
def desk(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("search")
    generations.build(folder, corpus, at=NOON)
    return Desk(folder)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for a new index at every search."""
    monkeypatch.setattr(engine, "LOOK_EVERY_SECONDS", 0)


def found(desk: Desk, query: str) -> list[str]:
    return list(desk.search(query).codes)


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
    hits = desk.search("老鹰茶 嫩芽")

    assert hits.codes == ("EAGLE",)
    assert not hits.is_relaxed


def test_words_that_say_little_are_dropped_when_nothing_has_them_all(desk: Desk) -> None:
    hits = desk.search("新鲜脐橙")

    assert hits.codes == ("ORANGE",)
    assert hits.is_relaxed


def test_the_last_word_is_the_goods_and_stays_longest(desk: Desk) -> None:
    hits = desk.search("车盘村山羊")

    assert hits.codes[0] == "GOAT"
    assert hits.is_relaxed


def test_a_part_is_offered_when_the_whole_is_not_there(desk: Desk) -> None:
    hits = desk.search("脐橙手机")

    assert hits.codes == ("ORANGE",)
    assert hits.is_relaxed


@pytest.mark.parametrize("query", ["手机", "qqqq", "！！", "", " "])
def test_what_nobody_sells_finds_nothing(desk: Desk, query: str) -> None:
    assert found(desk, query) == []


def test_a_reading_of_pinyin_is_told(desk: Desk) -> None:
    assert desk.search("zhuyaozao").understood.readings == ("猪腰枣",)
    assert desk.search("goat").understood.readings == ()


def test_unfinished_letters_are_completed(desk: Desk) -> None:
    assert set(found(desk, "laoyin")) >= {"EAGLE", "COARSE"}
    assert set(found(desk, "nood")) == {"NOODLE"}


def test_goods_not_on_sale_are_not_indexed(goods: Session, tmp_path: Path) -> None:
    goods.execute(
        update(Product).where(Product.code == "DATE").values(state=ProductState.SUSPENDED)
    )
    generations.build(tmp_path, documents.read_corpus(goods), at=NOON)

    assert found(Desk(tmp_path), "猪腰枣") == []


def test_without_an_index_the_desk_says_so(tmp_path: Path) -> None:
    with pytest.raises(IndexUnavailableError):
        Desk(tmp_path / "none").search("茶")


# The engine leaves a file open when it finds damage.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("damage", ["*.toc", "*.seg", "lexicon.json"])
def test_a_damaged_index_is_unavailable_and_no_crash(
    corpus: Corpus, tmp_path: Path, damage: str
) -> None:
    name = generations.build(tmp_path, corpus, at=NOON)
    for path in (tmp_path / name).glob(damage):
        path.write_bytes(b"nonsense")

    with pytest.raises(IndexUnavailableError):
        Desk(tmp_path).search("茶")


@pytest.mark.usefixtures("impatient")
def test_a_new_index_takes_over_without_a_restart(
    goods: Session, corpus: Corpus, tmp_path: Path
) -> None:
    generations.build(tmp_path, corpus, at=NOON)
    desk = Desk(tmp_path)
    assert found(desk, "蜂蜜") == []
    a_sku(goods, a_product(goods, "HONEY", name="后坪蜂蜜"))

    generations.build(tmp_path, documents.read_corpus(goods), at=NOON)

    assert found(desk, "蜂蜜") == ["HONEY"]


@pytest.mark.usefixtures("impatient")
def test_a_removed_index_is_missed_and_comes_back(corpus: Corpus, tmp_path: Path) -> None:
    generations.build(tmp_path, corpus, at=NOON)
    desk = Desk(tmp_path)
    (tmp_path / generations.CURRENT).unlink()
    with pytest.raises(IndexUnavailableError):
        desk.search("茶")

    assert generations.refresh(tmp_path, corpus, at=NOON)

    assert found(desk, "脐橙") == ["ORANGE"]


def test_an_index_is_built_only_when_the_goods_changed(goods: Session, tmp_path: Path) -> None:
    corpus = documents.read_corpus(goods)

    assert generations.refresh(tmp_path, corpus, at=NOON) is not None
    assert generations.refresh(tmp_path, documents.read_corpus(goods), at=NOON) is None

    goods.execute(update(Product).where(Product.code == "DATE").values(name="大枣"))
    assert generations.refresh(tmp_path, documents.read_corpus(goods), at=NOON) is not None


def test_a_damaged_index_is_built_anew(corpus: Corpus, tmp_path: Path) -> None:
    name = generations.build(tmp_path, corpus, at=NOON)
    for path in (tmp_path / name).glob("*.toc"):
        path.unlink()

    assert generations.refresh(tmp_path, corpus, at=NOON) is not None


def test_old_indexes_are_removed(corpus: Corpus, tmp_path: Path) -> None:
    for _ in range(4):
        name = generations.build(tmp_path, corpus, at=NOON)

    left = [path.name for path in tmp_path.iterdir() if path.is_dir()]
    assert name in left
    assert len(left) <= generations.KEPT


def test_threads_share_one_desk(desk: Desk) -> None:
    hits: list[Hits] = []

    def ask() -> None:
        hits.extend(desk.search("老鹰茶") for _ in range(50))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({hit.codes for hit in hits}) == 1
    assert len(hits) == 200


def test_the_engine_is_the_one_that_returns_no_stale_documents(tmp_path: Path) -> None:
    """Its forks install under the same name and answer [10, 20, 30] here."""
    assert whoosh.__version__ == (2, 7, 4)
    opened = index.create_in(
        tmp_path, Schema(code=ID(stored=True, unique=True), price=NUMERIC(stored=True))
    )
    searcher = opened.searcher()
    for price in (10, 20, 30):
        writer = opened.writer()
        writer.update_document(code="one", price=price)
        writer.commit()
        searcher = searcher.refresh()

    assert [hit["price"] for hit in searcher.documents()] == [30]
