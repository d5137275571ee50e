"""What every search engine promises: the same goods and counts, changes seen, nothing half."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import whoosh
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine as Database
from sqlalchemy import create_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool
from whoosh import index
from whoosh.fields import ID, NUMERIC, Schema

from catalog.listing.filters import Sort
from catalog.search import generations, snapshot, whoosh_engine
from catalog.search.port import (
    YES,
    Batch,
    Engine,
    EngineUnavailableError,
    Entry,
    Facet,
    Filters,
    Found,
    Group,
    ParsedQuery,
    Switch,
    Traits,
)
from catalog.search.postgres_engine import PostgresEngine
from catalog.search.whoosh_engine import WhooshEngine
from shop.proof.ground import search_goods
from shop.proof.ground.search_goods import FACETS, TODAY, Maker, sorted_by
from tests.builders.catalog import NOON
from tests.conftest import _scratch

GOODS = 1_200
QUERIES = 500
WORDS = b"words"
ALL = 10_000

Both = tuple[Engine, Engine]


@pytest.fixture(scope="module")
def maker() -> Maker:
    return search_goods.maker()


@pytest.fixture(scope="module")
def apart(postgres: str, template: str) -> Iterator[Database]:
    """A database of its own: what stays open in it keeps no other test waiting."""
    with _scratch(postgres, template, "engines") as url:
        made = create_engine(url, poolclass=NullPool)
        yield made
        made.dispose()


@contextmanager
def a_copy(engine: Database) -> Iterator[PostgresEngine]:
    """An engine in a transaction that is rolled back at the end."""
    with engine.connect() as connection, connection.begin() as transaction:

        @contextmanager
        def work() -> Iterator[Session]:
            with Session(connection, join_transaction_mode="create_savepoint") as session:
                yield session
                session.commit()

        yield PostgresEngine(work)
        transaction.rollback()


@pytest.fixture(scope="module")
def both(
    apart: Database, maker: Maker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Both]:
    """Both engines with the same goods, for tests that only search."""
    on_disk = WhooshEngine(tmp_path_factory.mktemp("engines"))
    with a_copy(apart) as copy:
        for one in (on_disk, copy):
            one.rebuild(maker.goods(GOODS), words=WORDS, at=NOON)
        # A part is replaced and a part removed, so that neither holds only one build.
        for one in (on_disk, copy):
            one.apply(
                Batch(
                    upserts=tuple(maker.product(place, seed=2) for place in range(0, 300, 3)),
                    deletes=tuple(f"G{place:06}" for place in range(1, 60, 2)),
                )
            )
        yield on_disk, copy


@pytest.fixture(params=["whoosh", "postgres"])
def one(request: pytest.FixtureRequest, engine: Database, tmp_path: Path) -> Iterator[Engine]:
    """An engine of its own for tests that change it."""
    if request.param == "whoosh":
        yield WhooshEngine(tmp_path)
        return
    with a_copy(engine) as copy:
        yield copy


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for changes at every search."""
    monkeypatch.setattr(whoosh_engine, "LOOK_EVERY_SECONDS", 0)


def answer(engine: Engine, query: ParsedQuery) -> tuple[set[str], int, dict[Facet, object]]:
    found = engine.search(replace(query, limit=ALL))
    return {hit.code for hit in found.hits}, found.total, dict(found.counts)


def an_entry(code: str, *tokens: str, **traits: object) -> Entry:
    given = Traits(**traits)  # type: ignore[arg-type]  # named by the test
    return Entry(code=code, title=" ".join(tokens), tokens=tokens, traits=given)


def asking(*words: str, **more: object) -> ParsedQuery:
    must = tuple(Group(((word,),)) for word in words)
    return ParsedQuery(must=must, on=TODAY, **more)  # type: ignore[arg-type]  # as above


def codes(found: Found) -> list[str]:
    return [hit.code for hit in found.hits]


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


def test_both_engines_find_and_count_the_same(both: Both, maker: Maker) -> None:
    on_disk, copy = both
    differing, found = [], 0
    for query in maker.queries(QUERIES):
        here, there = answer(on_disk, query), answer(copy, query)
        found += here[1]
        if here != there:
            differing.append(query)

    assert not differing, f"{len(differing)} queries, the first: {differing[0]}"
    assert found > QUERIES


@pytest.mark.parametrize("sort", [sort for sort in Sort if sort is not Sort.RELEVANCE])
def test_both_engines_sort_the_same(both: Both, maker: Maker, sort: Sort) -> None:
    on_disk, copy = both
    for query in maker.queries(40, seed=11):
        wanted = sorted_by(query, sort)
        assert codes(on_disk.search(wanted)) == codes(copy.search(wanted))


TOKENS = st.sampled_from(
    [
        "高山",
        "有机",
        "茶",
        "老鹰茶",
        "绿茶",
        "500g",
        "tea",
        "山羊",
        "羊",
        "白马",
        "没有",
        "o'n",
        "a\\b",
    ]
)
PHRASES = st.lists(TOKENS, min_size=1, max_size=2).map(tuple)
GROUPS = st.lists(PHRASES, min_size=1, max_size=3).map(lambda found: Group(tuple(found)))
FILTERS = st.builds(
    Filters,
    chosen=st.fixed_dictionaries(
        {},
        optional={
            Facet.CATEGORY: st.sampled_from([("tea",), ("meat", "tea"), ("none",)]),
            Facet.CERTIFICATE: st.sampled_from([("ORGANIC",), ("GREEN", "SC")]),
            Facet.RECOGNISED: st.just((YES,)),
            Facet.TAG: st.lists(
                st.sampled_from(["gift:yes", "grade:top", "grade:first", "processing:raw"]),
                min_size=1,
                unique=True,
            ).map(tuple),
            Facet.KIND: st.sampled_from([("te",), ("tea-白马", "me"), ("none",)]),
            Facet.MARK: st.sampled_from([("832",), ("key", "lifted")]),
        },
    ),
    switches=st.frozensets(st.sampled_from(list(Switch))),
    min_minor=st.none() | st.integers(0, 60_000),
    max_minor=st.none() | st.integers(0, 60_000),
    way_hours=st.none() | st.integers(0, 100),
    without=st.lists(st.sampled_from(["G000002", "G000100", "X"]), max_size=2).map(tuple),
)


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    must=st.lists(GROUPS, max_size=3).map(tuple),
    filters=FILTERS,
    facets=st.lists(st.sampled_from(list(Facet)), unique=True).map(tuple),
    month=st.integers(1, 12),
)
def test_no_query_tells_the_engines_apart(
    both: Both, must: tuple[Group, ...], filters: Filters, facets: tuple[Facet, ...], month: int
) -> None:
    query = ParsedQuery(
        must=must, filters=filters, facets=facets, on=TODAY.replace(month=month)
    )

    assert answer(both[0], query) == answer(both[1], query)


def test_pages_of_hits_join_without_a_gap(both: Both) -> None:
    for engine in both:
        for sort in Sort:
            whole = codes(engine.search(asking("高山", sort=sort, limit=100)))
            parts = [
                codes(engine.search(asking("高山", sort=sort, limit=24, offset=offset)))
                for offset in (0, 24, 48, 72)
            ]
            assert [code for part in parts for code in part] == whole[:96]


def test_a_change_is_seen_by_the_next_search(one: Engine) -> None:
    one.rebuild(
        [an_entry("A", "老鹰茶", price_minor=10), an_entry("B", "脐橙")], words=WORDS, at=NOON
    )
    for price in (20, 30, 40):
        one.apply(Batch(upserts=(an_entry("A", "老鹰茶", price_minor=price),)))
        found = one.search(asking("老鹰茶"))

        assert [hit.traits.price_minor for hit in found.hits] == [price]
        assert found.total == 1

    one.apply(Batch(upserts=(an_entry("C", "laoyingcha", "eagle"),), deletes=("A",)))

    assert codes(one.search(asking("老鹰茶"))) == []
    assert codes(one.search(asking("eagle"))) == ["C"]
    assert set(one.codes()) == {"B", "C"}
    assert (one.frequency("eagle"), one.frequency("nothing")) == (1, 0)
    assert one.beginning("lao", limit=5) == ["laoyingcha"]


def test_carrying_out_changes_twice_changes_nothing(one: Engine) -> None:
    one.rebuild([an_entry("A", "茶")], words=WORDS, at=NOON)
    batch = Batch(upserts=(an_entry("A", "茶", "叶"), an_entry("B", "茶")), deletes=("Z",))

    one.apply(batch)
    one.apply(batch)

    assert set(codes(one.search(asking("茶")))) == {"A", "B"}
    assert one.search(asking("茶")).total == 2
    assert one.stats().documents == 2


def test_soft_wishes_only_raise_the_score(one: Engine) -> None:
    plain = [an_entry(f"P{place}", "茶", "其他") for place in range(10)]
    one.rebuild([*plain, an_entry("A", "茶", "嫩芽")], words=WORDS, at=NOON)

    found = one.search(asking("茶", soft=(Group((("嫩芽",),)),)))

    assert found.total == 11
    assert found.hits[0].code == "A"


def test_words_are_kept_as_they_were_given(one: Engine) -> None:
    one.rebuild([an_entry("A", "茶")], words=b"first", at=NOON)
    first = one.words()
    one.apply(Batch(words=b"second"))

    assert first.body == b"first"
    assert one.words().body == b"second"
    assert one.words().version != first.version


def test_every_change_is_another_state(one: Engine) -> None:
    one.rebuild([an_entry("A", "茶")], words=WORDS, at=NOON)
    before = one.search(asking("茶")).state
    one.apply(Batch(upserts=(an_entry("A", "茶", "叶"),)))

    assert one.search(asking("茶")).state != before
    assert one.search(asking("叶")).state == one.search(asking("茶")).state


def test_nothing_can_be_asked_before_there_is_anything(one: Engine) -> None:
    assert one.health().is_missing
    with pytest.raises(EngineUnavailableError):
        one.search(asking("茶"))
    with pytest.raises(EngineUnavailableError):
        one.apply(Batch(deletes=("A",)))


def test_a_build_that_fails_leaves_the_old_one(one: Engine) -> None:
    one.rebuild([an_entry("A", "茶")], words=WORDS, at=NOON)

    def failing() -> Iterator[Entry]:
        yield an_entry("B", "酒")
        raise RuntimeError("the power is gone")

    with pytest.raises(RuntimeError, match="power"):
        one.rebuild(failing(), words=WORDS, at=NOON)

    assert codes(one.search(asking("茶"))) == ["A"]
    assert one.search(asking("酒")).total == 0


def wait_for(is_so: Callable[[], bool]) -> None:
    for _ in range(500):
        if is_so():
            return
        time.sleep(0.01)
    raise AssertionError("it never came")


def test_another_build_takes_over_while_searches_go_on(tmp_path: Path) -> None:
    reader, writer = WhooshEngine(tmp_path), WhooshEngine(tmp_path)
    for word in ("茶", "酒", "蜜"):
        writer.rebuild([an_entry("A", word, "同")], words=WORDS, at=NOON)

        def is_new(word: str = word) -> bool:
            assert reader.search(asking("同")).total == 1
            return reader.search(asking(word)).total == 1

        wait_for(is_new)

    made = [path for path in tmp_path.iterdir() if path.is_dir()]
    assert len(made) == generations.KEPT


def test_a_removed_index_is_missed_and_comes_back(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path)
    engine.rebuild([an_entry("A", "茶")], words=WORDS, at=NOON)
    (tmp_path / generations.CURRENT).unlink()
    with pytest.raises(EngineUnavailableError):
        engine.search(asking("茶"))

    engine.rebuild([an_entry("A", "茶")], words=WORDS, at=NOON + timedelta(seconds=1))

    assert codes(engine.search(asking("茶"))) == ["A"]


def test_no_query_takes_longer_than_its_time(
    both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "CAP_SECONDS", -1)

    with pytest.raises(EngineUnavailableError, match="time"):
        both[0].search(asking("高山"))


def test_the_arrays_say_what_whoosh_itself_says(tmp_path: Path, maker: Maker) -> None:
    """Postings read block by block are those Whoosh goes through one by one."""
    engine = WhooshEngine(tmp_path)
    engine.rebuild(maker.goods(400), words=WORDS, at=NOON)
    name = generations.find_current(tmp_path) or ""
    with index.open_dir(tmp_path / name).searcher() as searcher:
        for token in ("高山", "茶", "500g", "白马", "tea", "云香"):
            given = searcher.postings("tokens", token) if engine.frequency(token) else None
            number = len(list(given.all_ids())) if given else 0
            assert engine.search(asking(token)).total == number
            assert engine.frequency(token) == number


def test_an_index_of_nothing_answers_with_nothing(one: Engine) -> None:
    one.rebuild([], words=WORDS, at=NOON)

    assert one.health().is_ready
    assert one.search(asking("茶", facets=FACETS)).total == 0
    one.apply(Batch(upserts=(an_entry("A", "茶"),)))
    assert codes(one.search(asking("茶"))) == ["A"]
