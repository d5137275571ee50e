"""Searches with filters and three counted facets: two engines over the same tokens."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from catalog.search.lexicon import spell
from catalog.search.port import Batch, Engine, Entry, Facet, Group, ParsedQuery, Traits
from catalog.search.postgres_engine import PostgresEngine
from catalog.search.suggesting import Suggested, SuggestedKind, Suggester
from catalog.search.things import MOST_PRODUCTS
from catalog.search.whoosh_engine import WhooshEngine
from kernel import clock
from shop.migrations import runner as migrations
from shop.proof.ground import search_goods
from shop.proof.ground.databases import analyze, folder, scratch_name
from shop.proof.ground.figures import percentile
from shop.proof.ground.search_goods import TODAY, Maker
from shop.proof.runner import Kind, Outcome, run_named
from shop.services import create_database, drop_database
from shop.settings import Settings

PROCESSES = 2
IMPORTED = 500
CHANGES = 20
MOST_MS = {10_000: 10.0, 100_000: 50.0}
LEAST_RATE = {100_000: 250.0}
IMPORT_SECONDS = 2.0
SUGGEST_MS = 5.0
GOAL = (
    "p99 ≤ 10 ms at 10,000 and ≤ 50 ms at 100,000, ≥ 250 queries/s at 100,000 by Whoosh in two"
    " processes, 500 changed products in ≤ 2 s, suggestions p99 ≤ 5 ms; both engines the same"
    " goods and counts"
)


@dataclass(frozen=True, slots=True)
class Size:
    """How many goods there are, how many queries are asked, and for how long by two."""

    goods: tuple[int, ...]
    queries: int
    seconds: float


DEFAULT = Size((10_000,), 500, 3)
FULL = Size((10_000, 100_000), 500, 10)


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured of one engine over one catalogue."""

    engine: str
    goods: int
    build_s: float
    size_mb: float
    p50_ms: float
    p99_ms: float
    per_second: float
    fresh_ms: float
    import_s: float

    def line(self) -> str:
        """Return the figures as a line of the report."""
        return (
            f"{self.engine} @{self.goods:,}: p50 {self.p50_ms:.1f} ms,"
            f" p99 {self.p99_ms:.1f} ms, {self.per_second:,.0f}/s in {PROCESSES} processes,"
            f" built in {self.build_s:.1f} s,"
            f" {self.size_mb:.1f} MB, a change seen after {self.fresh_ms:.0f} ms (p99),"
            f" {IMPORTED} products in {self.import_s:.2f} s"
        )


@run_named(Kind.BENCH, "search-speed")
def search_speed(settings: Settings) -> Outcome:
    """Ask both engines the same queries over made-up catalogues, alone and by two processes."""
    return measure(settings, FULL if settings.full_size else DEFAULT)


def measure(settings: Settings, size: Size) -> Outcome:
    """Measure every catalogue of a size."""
    figures: list[Figures] = []
    differing = 0
    for goods in size.goods:
        with _place(settings, goods) as (url, place):
            differing += _compare(url, place, goods, size, figures)
    told, suggest_ms = suggest(min(max(size.goods), MOST_PRODUCTS), size.queries)
    holds = differing == 0 and suggest_ms <= SUGGEST_MS and all(_is_met(one) for one in figures)
    whoosh = [one for one in figures if one.engine == "whoosh"]
    figure = "; ".join(
        f"p99 {one.p99_ms:.1f} ms, {one.per_second:,.0f}/s at {one.goods:,}" for one in whoosh
    )
    figure += f", suggestions p99 {suggest_ms:.2f} ms"
    details = (
        *(one.line() for one in figures),
        told,
        f"{differing} queries answered differently",
    )
    return Outcome("search-speed", figure, GOAL, holds, details)


def suggest(goods: int, asked: int) -> tuple[str, float]:
    """Type beginnings of names among so many goods, letter by letter; return a line and p99."""
    names = [one.title.split()[0] for one in search_goods.maker().goods(goods)]
    things = [
        Suggested(SuggestedKind.PRODUCT, f"G{place:06}", name)
        for place, name in enumerate(names)
    ]
    begun = time.perf_counter()
    suggester = Suggester(things)
    build_s = time.perf_counter() - begun
    written = [
        word
        for name in names[:asked]
        for word in (name, spell(name).pinyin, spell(name).initials)
    ]
    typed = [word[:length] for word in written for length in range(1, 6)]
    taken = [_timed(lambda prefix=prefix: suggester.suggest(prefix)) for prefix in typed]  # type: ignore[misc]  # bound early
    p99_ms = percentile(taken, 99) * 1000
    line = (
        f"suggestions among {goods:,}: {len(typed):,} beginnings,"
        f" p50 {percentile(taken, 50) * 1000:.2f} ms, p99 {p99_ms:.2f} ms,"
        f" built in {build_s:.1f} s"
    )
    return line, p99_ms


def _is_met(one: Figures) -> bool:
    if one.engine != "whoosh":
        return True
    return (
        one.p99_ms <= MOST_MS.get(one.goods, MOST_MS[100_000])
        and one.per_second >= LEAST_RATE.get(one.goods, 0)
        and one.import_s <= IMPORT_SECONDS
    )


@contextmanager
def _place(settings: Settings, goods: int) -> Iterator[tuple[str, Path]]:
    name = scratch_name(f"search{goods}")
    with folder() as place:
        url = create_database(settings.database_url, name)
        try:
            migrations.upgrade(url)
            yield url, place
        finally:
            drop_database(settings.database_url, name)


@contextmanager
def _open(name: str, url: str, place: Path) -> Iterator[Engine]:
    if name == "whoosh":
        yield WhooshEngine(place)
        return
    engine = create_engine(url)

    @contextmanager
    def work() -> Iterator[Session]:
        with Session(engine) as session, session.begin():
            yield session

    try:
        yield PostgresEngine(work)
    finally:
        engine.dispose()


def _compare(url: str, place: Path, goods: int, size: Size, figures: list[Figures]) -> int:
    """Measure both engines over one catalogue; return how many queries they answer unlike."""
    maker = search_goods.maker()
    queries = list(maker.queries(size.queries))
    with _open("whoosh", url, place) as first, _open("postgres", url, place) as second:
        for engine in (first, second):
            print(f"search-speed: {engine.name} with {goods:,} products …", flush=True)
            figures.append(_measure(engine, url, place, maker, queries, size, goods))
        return sum(_answer(first, query) != _answer(second, query) for query in queries)


def _measure(  # noqa: PLR0917 -- what a measurement is of
    engine: Engine,
    url: str,
    place: Path,
    maker: Maker,
    queries: Sequence[ParsedQuery],
    size: Size,
    goods: int,
) -> Figures:
    entries = list(maker.goods(goods))
    build_s = _timed(lambda: engine.rebuild(entries, words=b"words", at=clock.now()))
    if engine.name == "postgres":
        analyze(url)
    engine.search(queries[0])
    taken = [_timed(lambda query=query: engine.search(query)) for query in (*queries, *queries)]  # type: ignore[misc]  # bound early
    best = [
        min(pair) for pair in zip(taken[: len(queries)], taken[len(queries) :], strict=True)
    ]
    per_second = _rate(engine.name, url, place, size)
    fresh = [_freshness(engine, number) for number in range(CHANGES)]
    changed = tuple(maker.product(number, seed=5) for number in range(IMPORTED))
    import_s = _timed(lambda: engine.apply(Batch(upserts=changed)))
    return Figures(
        engine.name,
        goods,
        build_s,
        engine.stats().size_bytes / 1_000_000,
        percentile(best, 50) * 1000,
        percentile(best, 99) * 1000,
        per_second,
        percentile(fresh, 99) * 1000,
        import_s,
    )


def _timed(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def _freshness(engine: Engine, number: int) -> float:
    """Return the seconds until a changed product is found by a token nothing else has."""
    token = f"fresh{number}"
    entry = Entry(code="FRESH", title=token, tokens=(token,), traits=Traits())
    query = ParsedQuery(must=(Group(((token,),)),), on=TODAY)
    begun = time.perf_counter()
    engine.apply(Batch(upserts=(entry,)))
    while not engine.search(query).total:
        time.sleep(0.005)
    return time.perf_counter() - begun


def _rate(name: str, url: str, place: Path, size: Size) -> float:
    """Return the queries a second of two processes."""
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        asked = pool.map(
            _ask_for,
            *zip(*[(name, url, place, size)] * PROCESSES, strict=True),
            range(PROCESSES),
        )
        return sum(asked)


def _ask_for(name: str, url: str, place: Path, size: Size, seed: int) -> float:
    """Ask for some seconds; return the queries a second of this process."""
    queries = list(search_goods.maker().queries(size.queries, seed=100 + seed))
    with _open(name, url, place) as engine:
        for query in queries:
            engine.search(query)
        begun, asked = time.perf_counter(), 0
        while (passed := time.perf_counter() - begun) < size.seconds:
            engine.search(queries[asked % len(queries)])
            asked += 1
        return asked / passed


def _answer(engine: Engine, query: ParsedQuery) -> tuple[set[str], int, dict[Facet, object]]:
    found = engine.search(replace(query, limit=200_000))
    return {hit.code for hit in found.hits}, found.total, dict(found.counts)
