"""Listing, search and product page beside a bare server that says hello on the same stack."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from urllib.parse import quote

import psutil
from sqlalchemy import text

from kernel import clock
from shop.proof.ground import clients, meters, statements
from shop.proof.ground.databases import Ground, engine_on, laid
from shop.proof.ground.figures import percentile
from shop.proof.ground.servers import Server, serving
from shop.proof.runner import Kind, Outcome, run_named
from shop.settings import Settings
from shop.tasks.search import rebuild_index

HELLO = "hello"
CONNECTIONS = 8
WARM_UP_SECONDS = 0.5
WORDS = ("蜂蜜", "羊", "笋", "茶", "fengmi", "脆桃")

# Page → (CPU in hellos it may cost, SQL statements it may take). The first guards what has been
# reached, with room for what shared machines do to a figure; the second is exact.
BOUNDS = {"listing": (60, 3), "search": (55, 3), "product": (85, 6)}
GOAL = (
    "CPU "
    + ", ".join(f"{page} ≤ {most} × hello" for page, (most, _) in BOUNDS.items())
    + "; statements "
    + ", ".join(f"{page} ≤ {most}" for page, (_, most) in BOUNDS.items())
    + ", equal at 24 and 48 rows"
)
PRODUCTS = text("SELECT code FROM products WHERE state = 'listed' ORDER BY code")


@dataclass(frozen=True, slots=True)
class Size:
    """How many past orders the shop has, and how long and how often each page is asked for."""

    orders: int
    seconds: float
    rounds: int


DEFAULT = Size(orders=40, seconds=1.5, rounds=3)
FULL = Size(orders=3_000, seconds=7.0, rounds=5)


@run_named(Kind.BENCH, "pages")
def pages(settings: Settings) -> Outcome:
    """Measure listing, search and product page in hellos of the same server, and count SQL."""
    size = FULL if settings.full_size else DEFAULT
    with laid(settings, orders=size.orders) as ground:
        return measure(ground, size)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one page cost in one round: CPU ms a request, and what clients saw."""

    app_ms: float
    database_ms: float
    per_second: float
    p99_ms: float

    @property
    def ms(self) -> float:
        """Return the processor time of a request, workers and database together."""
        return self.app_ms + self.database_ms


def measure(ground: Ground, size: Size) -> Outcome:
    """Ask a shop and a bare server for pages in turn, and count statements."""
    with ground.copy("pages") as settings:
        codes = _products(settings)
        addresses = {
            "listing": ["/products"],
            "search": [f"/search?q={quote(word)}" for word in WORDS],
            "product": [f"/products/{code}" for code in codes],
        }
        with statements.reading(settings) as app:
            rebuild_index(at=clock.now())
            counts = {page: statements.count(app, paths) for page, paths in addresses.items()}
        server = meters.database_server(settings.database_url)
        with (
            serving(settings) as shop,
            serving(settings, "shop.proof.benches.hello:app") as bare,
        ):
            wanted = {HELLO: (bare, ["/"])} | {
                page: (shop, paths) for page, paths in addresses.items()
            }
            costs = _take_turns(wanted, server, size)
    return _outcome(costs, counts, size)


def _products(settings: Settings) -> list[str]:
    with engine_on(settings.database_url) as engine, engine.connect() as connection:
        return [str(row.code) for row in connection.execute(PRODUCTS)]


def _take_turns(
    wanted: Mapping[str, tuple[Server, Sequence[str]]], database: psutil.Process, size: Size
) -> dict[str, list[Cost]]:
    """Ask for every page in every round, so that the neighbours' load hits all alike."""
    costs: dict[str, list[Cost]] = {page: [] for page in wanted}
    for page, (server, paths) in wanted.items():
        _ask(page, server, paths, database, WARM_UP_SECONDS)
    for _ in range(size.rounds):
        for page, (server, paths) in wanted.items():
            costs[page].append(_ask(page, server, paths, database, size.seconds))
    return costs


def _ask(
    page: str,
    server: Server,
    paths: Sequence[str],
    database: psutil.Process,
    seconds: float,
) -> Cost:
    port = server.settings.port
    requests = [clients.get(port, path) for path in paths]
    before = meters.spent(server.process), meters.spent(database)
    answers = clients.ask_for(port, requests, connections=CONNECTIONS, seconds=seconds)
    app_s = meters.spent(server.process) - before[0]
    database_s = meters.spent(database) - before[1] if page != HELLO else 0.0
    if answers.refused or not answers.seconds:
        raise RuntimeError(f"{page}: {answers.refused} of {len(answers.seconds)} refused")
    return Cost(
        app_ms=app_s * 1000 / len(answers.seconds),
        database_ms=database_s * 1000 / len(answers.seconds),
        per_second=answers.per_second,
        p99_ms=percentile(answers.seconds, 99) * 1000,
    )


def _outcome(
    costs: Mapping[str, Sequence[Cost]], statements: Mapping[str, Sequence[int]], size: Size
) -> Outcome:
    hello = costs[HELLO]
    ratios = {
        page: median(one.ms / bare.ms for one, bare in zip(costs[page], hello, strict=True))
        for page in BOUNDS
    }
    is_lean = all(ratios[page] <= most for page, (most, _) in BOUNDS.items())
    is_sparse = all(
        max(statements[page]) <= most and (page == "product" or len(set(statements[page])) == 1)
        for page, (_, most) in BOUNDS.items()
    )
    most_sql = {page: max(statements[page]) for page in BOUNDS}
    details = [
        f"{CONNECTIONS} connections that stay open, {size.rounds} rounds of {size.seconds:g} s",
        *(_line(page, found, ratios.get(page, 1.0)) for page, found in costs.items()),
        "statements with nothing remembered, lists at 24 and 48 rows: "
        + ", ".join(f"{page} {sorted(set(found))}" for page, found in statements.items()),
    ]
    return Outcome(
        "pages",
        ", ".join(
            f"{page} {ratio:.1f} × hello with {most_sql[page]} statements"
            for page, ratio in ratios.items()
        ),
        GOAL,
        holds=is_lean and is_sparse,
        details=tuple(details),
    )


def _line(page: str, found: Sequence[Cost], ratio: float) -> str:
    return (
        f"  {page:8} CPU {median(one.app_ms for one in found):6.2f} + "
        f"{median(one.database_ms for one in found):5.2f} ms (application + database), "
        f"{ratio:5.1f} × hello; {median(one.per_second for one in found):6.0f} requests/s, "
        f"p99 {median(one.p99_ms for one in found):4.0f} ms"
    )
