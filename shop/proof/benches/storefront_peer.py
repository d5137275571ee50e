"""Lists, searches and product pages beside django-oscar, with as many goods on both sides."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median
from urllib.parse import quote

import psutil
from flask import Flask
from sqlalchemy import event, text

from kernel import clock
from kernel.db import db
from shop.proof.ground import clients, judging, many_goods, meters, statements
from shop.proof.ground.databases import Ground, engine_on, laid
from shop.proof.ground.peers import Peer, peer
from shop.proof.ground.servers import serving
from shop.proof.runner import Kind, Outcome, run_named
from shop.settings import Settings
from shop.tasks.search import rebuild_index

CONNECTIONS = 8
COUNTED = 8
"""Of how many addresses of a page the statements are counted."""
WARM_UP_SECONDS = 1.0
PEER_WORDS = ("honey", "tea", "goat", "bamboo", "rice", "apple")
# More addresses than either side remembers pages for; what stands behind `seen` asks nothing.
DISTINCT = 500
PRODUCTS = text("SELECT code FROM products WHERE state = 'listed' ORDER BY md5(code) LIMIT 500")
PEER_PRODUCTS = 500

# What → at least so many times less processor time than the peer, or than itself uncached.
GATES = {"list": 20.0, "search": 6.0, "product": 3.0, "cached": 4.0}
AIMS = {"list": 60, "search": 15, "product": 6, "cached": 7}
MOST_GROWTH = 2.0
MOST_STATEMENTS = {"list": 3, "search": 3, "product": 6}
GOAL = (
    "processor time of the peer over ours: "
    + ", ".join(
        f"{page} ≥ {least:g}× (aim {AIMS[page]}×)"
        for page, least in GATES.items()
        if page != "cached"
    )
    + f"; a remembered list ≥ {GATES['cached']:g}× (aim {AIMS['cached']}×) less than one anew;"
    + f" the database's time of a list ≤ {MOST_GROWTH:g}× (aim 1.2×) with ten times the goods;"
    + " statements "
    + ", ".join(f"{page} ≤ {most}" for page, most in MOST_STATEMENTS.items())
)


@dataclass(frozen=True, slots=True)
class Size:
    """How many goods, how long and how often each page is asked for."""

    goods: int
    seconds: float
    rounds: int


DEFAULT = Size(goods=1_000, seconds=1.5, rounds=3)
FULL = Size(goods=10_000, seconds=6.0, rounds=5)
GROWTH = 10


@dataclass(frozen=True, slots=True)
class Side:
    """One shop with the addresses of each of its pages."""

    process: psutil.Process
    port: int
    pages: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Cost:
    """What one page cost in one turn."""

    app_ms: float
    database_ms: float
    per_second: float

    @property
    def ms(self) -> float:
        """Return the processor time of a request, workers and database together."""
        return self.app_ms + self.database_ms


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything a run found."""

    costs: Mapping[str, Sequence[Cost]]
    statements: Mapping[str, int]
    peer_statements: Mapping[str, int]
    growth: float
    few_ms: float
    many_ms: float

    def ratios(self) -> dict[str, float]:
        """Return by how much each page is cheaper than what it is held against."""
        costs = self.costs
        beside = {
            page: _ratio(costs[f"peer {page}"], costs[f"ours {page}"])
            for page in MOST_STATEMENTS
        }
        return beside | {"cached": _ratio(costs["ours list"], costs["ours cached"])}


@run_named(Kind.BENCH, "storefront-peer")
def storefront_peer(settings: Settings) -> Outcome:
    """Measure lists, searches and product pages beside django-oscar with as many goods."""
    with laid(settings, orders=40) as ground:
        return measure(ground, FULL if settings.full_size else DEFAULT)


def measure(ground: Ground, size: Size) -> Outcome:
    """Let both shops take turns; then ask for lists over ten times the goods."""
    with ExitStack() as stack:
        few = stack.enter_context(_shop(ground, size.goods))
        with statements.reading(few) as app:
            counts = {
                page: max(statements.count(app, paths[:COUNTED]))
                for page, paths in _pages(few).items()
            }
        other = stack.enter_context(peer(ground.settings, size.goods))
        peer_statements = _count_peer(other)
        costs = _take_turns(few, other, size)
        for name, found in costs.items():
            print(_line(name, found), flush=True)
    growth, few_ms, many_ms = _grow(ground, size)
    measured = Measured(costs, counts, peer_statements, growth, few_ms, many_ms)
    return _outcome(size, measured)


@contextmanager
def _shop(ground: Ground, goods: int) -> Iterator[Settings]:
    """Give the settings of a shop with so many goods and an index of them."""
    with ground.copy(f"goods{goods}") as settings:
        print(f"storefront-peer: {goods:,} goods of our own …", flush=True)
        many_goods.multiply(settings.database_url, goods)
        with statements.reading(settings):
            rebuild_index(at=clock.now())
        yield settings


def _pages(settings: Settings) -> dict[str, list[str]]:
    with engine_on(settings.database_url) as engine, engine.connect() as connection:
        codes = [str(row.code) for row in connection.execute(PRODUCTS)]
    return {
        "list": [f"/products?seen={number}" for number in range(DISTINCT)],
        "search": [f"/search?q={quote(judged.query)}" for judged in judging.suite()],
        "product": [f"/products/{code}" for code in codes],
    }


def _peer_pages() -> dict[str, list[str]]:
    return {
        "list": ["/catalogue/"],
        "search": [f"/search/?q={word}" for word in PEER_WORDS],
        "product": [f"/catalogue/product-{n}_{n + 1}/" for n in range(PEER_PRODUCTS)],
    }


def _count_peer(other: Peer) -> dict[str, int]:
    addresses = {page: paths[0] for page, paths in _peer_pages().items()}
    return dict(zip(addresses, other.statements(list(addresses.values())), strict=True))


def _take_turns(settings: Settings, other: Peer, size: Size) -> dict[str, list[Cost]]:
    """Ask for every page of both in every round, so that what neighbours do hits all alike."""
    database = meters.database_server(settings.database_url)
    with serving(settings) as shop:
        ours = Side(
            shop.process,
            shop.settings.port,
            {**_pages(settings), "cached": ["/products"]},
        )
        theirs = Side(other.process, other.port, _peer_pages())
        turns = [
            *(("ours", ours, page) for page in ours.pages),
            *(("peer", theirs, page) for page in theirs.pages),
        ]
        turns.sort(key=lambda turn: turn[2])
        for _, side, page in turns:
            _ask(side, page, database, WARM_UP_SECONDS)
        costs: dict[str, list[Cost]] = {f"{name} {page}": [] for name, _, page in turns}
        for number in range(size.rounds):
            print(f"storefront-peer: round {number + 1} of {size.rounds} …", flush=True)
            for name, side, page in turns:
                costs[f"{name} {page}"].append(_ask(side, page, database, size.seconds))
    return costs


def _ask(side: Side, page: str, database: psutil.Process, seconds: float) -> Cost:
    requests = [clients.get(side.port, path) for path in side.pages[page]]
    before = meters.spent(side.process), meters.spent(database)
    answers = clients.ask_for(side.port, requests, connections=CONNECTIONS, seconds=seconds)
    app_s = meters.spent(side.process) - before[0]
    database_s = meters.spent(database) - before[1]
    done = len(answers.seconds)
    if answers.refused or not done:
        raise RuntimeError(f"{page}: {answers.refused} of {done} refused")
    return Cost(app_s * 1000 / done, database_s * 1000 / done, answers.per_second)


def _grow(ground: Ground, size: Size) -> tuple[float, float, float]:
    """Return by how much the database's time of a list grows, and its two medians in ms."""
    with (
        _shop(ground, size.goods) as few,
        _shop(ground, size.goods * GROWTH) as many,
        statements.reading(few) as small,
        statements.reading(many) as large,
    ):
        ratios, times = [], []
        for _ in range(size.rounds):
            pair = _database_ms(small), _database_ms(large)
            times.append(pair)
            ratios.append(pair[1] / pair[0])
    return (
        median(ratios),
        median(one for one, _ in times),
        median(other for _, other in times),
    )


def _database_ms(app: Flask) -> float:
    """Return how long the statements of a list take, the middle of many lists, in ms."""
    begun: list[float] = []
    taken: list[float] = []
    lists = []

    def begin(*_: object) -> None:
        begun.append(time.perf_counter())

    def end(*_: object) -> None:
        taken.append(time.perf_counter() - begun.pop())

    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", begin)
        event.listen(db.engine, "after_cursor_execute", end)
        client = app.test_client()
        for number in range(60):
            taken.clear()
            client.get(f"/products?seen={number}")
            lists.append(sum(taken) * 1000)
        event.remove(db.engine, "before_cursor_execute", begin)
        event.remove(db.engine, "after_cursor_execute", end)
    return median(lists)


def _outcome(size: Size, measured: Measured) -> Outcome:
    ratios, counts = measured.ratios(), measured.statements
    holds = (
        all(ratios[page] >= least for page, least in GATES.items())
        and measured.growth <= MOST_GROWTH
        and all(counts[page] <= most for page, most in MOST_STATEMENTS.items())
    )
    beside = (
        f"{page} {number} (peer {measured.peer_statements[page]})"
        for page, number in counts.items()
    )
    setting = (
        f"{size.goods:,} goods on both sides, {CONNECTIONS} connections, {size.rounds} rounds"
        f" of {size.seconds:g} s; the peer searches by an engine that costs nothing"
    )
    growing = (
        f"a list's time in the database: {measured.few_ms:.2f} ms with {size.goods:,} goods,"
        f" {measured.many_ms:.2f} ms with {size.goods * GROWTH:,}"
    )
    details = (
        setting,
        "statements: " + ", ".join(beside),
        growing,
    )
    figure = (
        ", ".join(f"{page} {ratios[page]:.1f}×" for page in MOST_STATEMENTS)
        + f"; remembered {ratios['cached']:.1f}×; growth {measured.growth:.2f}×; statements "
        + ", ".join(f"{page} {number}" for page, number in counts.items())
    )
    return Outcome("storefront-peer", figure, GOAL, holds, details)


def _ratio(above: Sequence[Cost], below: Sequence[Cost]) -> float:
    return median(one.ms / other.ms for one, other in zip(above, below, strict=True))


def _line(name: str, found: Sequence[Cost]) -> str:
    return (
        f"  {name:13} CPU {median(one.app_ms for one in found):7.2f} +"
        f" {median(one.database_ms for one in found):6.2f} ms (application + database),"
        f" {median(one.per_second for one in found):6.1f} requests/s"
    )
