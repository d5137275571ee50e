"""Orders placed and paid through the shop's own code, beside the least a checkout can be."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median

import psutil
from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel import clock
from shop.proof.ground import buying, meters, pgbench, wares
from shop.proof.ground.crews import PROCESSES, Crew, crew
from shop.proof.ground.databases import Ground, analyze, engine_on, laid
from shop.proof.ground.figures import percentile
from shop.proof.ground.invariants import list_broken
from shop.proof.runner import Kind, Outcome, run_named
from shop.settings import Settings

WORKERS = 8
SHARE_PERCENT = 12
GOAL = f"placing ≥ {SHARE_PERCENT} % of pgbench"
PACKS = 1_000_000
YARDSTICK = "least checkout"

MAKE_YARDSTICK = """
    CREATE SCHEMA yardstick;
    CREATE TABLE yardstick.lots (id int PRIMARY KEY, available int NOT NULL
        CHECK (available >= 0), held int NOT NULL DEFAULT 0);
    CREATE TABLE yardstick.orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        total bigint NOT NULL, placed_at timestamptz NOT NULL DEFAULT now());
    CREATE TABLE yardstick.lines (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        order_id bigint NOT NULL REFERENCES yardstick.orders, lot_id int NOT NULL
        REFERENCES yardstick.lots, quantity int NOT NULL);
    CREATE INDEX ON yardstick.lines (order_id);
    CREATE TABLE yardstick.postings (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        order_id bigint NOT NULL REFERENCES yardstick.orders, account text NOT NULL,
        minor bigint NOT NULL);
    CREATE INDEX ON yardstick.postings (order_id);
    CREATE TABLE yardstick.outbox (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        payload jsonb NOT NULL, at timestamptz NOT NULL DEFAULT now());
    INSERT INTO yardstick.lots (id, available)
        SELECT id, {packs} FROM generate_series(1, {lots}) AS id
"""

CHECKOUT = """
\\set first random(1, {lots})
\\set step random(1, {lots} - 1)
\\set second 1 + (:first + :step - 1) % {lots}
BEGIN;
SELECT id FROM yardstick.lots WHERE id IN (:first, :second) ORDER BY id FOR UPDATE;
UPDATE yardstick.lots SET available = available - 1, held = held + 1
    WHERE id IN (:first, :second);
INSERT INTO yardstick.orders (total) VALUES (9998) RETURNING id AS number \\gset
INSERT INTO yardstick.lines (order_id, lot_id, quantity)
    VALUES (:number, :first, 1), (:number, :second, 1);
INSERT INTO yardstick.postings (order_id, account, minor)
    VALUES (:number, 'custody', 9998), (:number, 'seller 1', -4999),
        (:number, 'seller 2', -4899), (:number, 'commission', -100);
INSERT INTO yardstick.outbox (payload) VALUES ('{{"fact": "OrderPlaced"}}');
COMMIT;
"""


@dataclass(frozen=True, slots=True)
class Size:
    """How long each side works at a time, and how often they take turns."""

    seconds: int
    rounds: int


DEFAULT = Size(seconds=2, rounds=3)
FULL = Size(seconds=10, rounds=5)


@run_named(Kind.BENCH, "order-rate")
def order_rate(settings: Settings) -> Outcome:
    """Place, and place and pay, orders of two goods with eight workers, beside pgbench."""
    with laid(settings) as ground:
        return measure(ground, FULL if settings.full_size else DEFAULT)


@dataclass(frozen=True, slots=True)
class Errand:
    """What one worker buys, for how long, and whether it pays."""

    seed: str
    goods: tuple[str, ...]
    seconds: float
    pays: bool


@dataclass(frozen=True, slots=True)
class Rate:
    """What one side did in one turn."""

    per_second: float
    app_ms: float
    database_ms: float
    p99_ms: float = 0.0

    @property
    def ms(self) -> float:
        """Return the processor time of one order, client and database together."""
        return self.app_ms + self.database_ms


def measure(ground: Ground, size: Size) -> Outcome:
    """Let both sides take turns on one database and compare neighbouring turns."""
    with (
        ground.copy("orders", threads=WORKERS // PROCESSES) as settings,
        crew(settings, workers=WORKERS) as workers,
    ):
        goods = _prepare(settings)
        script = settings.data_dir / "checkout.sql"
        script.write_text(CHECKOUT.format(lots=len(goods)))
        database = meters.database_server(settings.database_url)
        rates: dict[str, list[Rate]] = {YARDSTICK: [], "placed": [], "placed and paid": []}
        _shop(workers, database, goods, size.seconds, pays=True)
        for _ in range(size.rounds):
            rates[YARDSTICK].append(_pgbench(settings, database, script, size.seconds))
            rates["placed"].append(_shop(workers, database, goods, size.seconds, pays=False))
            rates["placed and paid"].append(
                _shop(workers, database, goods, size.seconds, pays=True)
            )
        broken = list_broken(settings.database_url)
    return _outcome(rates, len(goods), broken)


def _prepare(settings: Settings) -> tuple[str, ...]:
    """Fill a shelf nobody can empty, and a yardstick with as many lots."""
    at = clock.now()
    with engine_on(settings.database_url) as engine, Session(engine) as session:
        with session.begin():
            goods = wares.list_wares(session, at=at)
            wares.shelve_all(session, goods, PACKS, at=at)
        with session.begin():
            session.execute(text(MAKE_YARDSTICK.format(packs=PACKS, lots=len(goods))))
    analyze(settings.database_url)
    return tuple(ware.sku for ware in goods)


def _pgbench(settings: Settings, database: psutil.Process, script: Path, seconds: int) -> Rate:
    before = meters.spent(database)
    load = pgbench.run(
        settings.database_url, script, clients=WORKERS, threads=PROCESSES, seconds=seconds
    )
    database_s = meters.spent(database) - before
    return Rate(
        per_second=load.per_second,
        app_ms=load.client_cpu_s * 1000 / load.transactions,
        database_ms=database_s * 1000 / load.transactions,
    )


def _shop(
    workers: Crew, database: psutil.Process, goods: tuple[str, ...], seconds: int, *, pays: bool
) -> Rate:
    before = meters.spent(database)
    errands = [
        Errand(f"{before}:{worker}", goods, seconds, pays=pays) for worker in range(WORKERS)
    ]
    done = workers.run(buy, errands)
    database_s = meters.spent(database) - before
    took = [one for some in done.results for one in some]
    return Rate(
        per_second=len(took) / done.wall_s,
        app_ms=done.cpu_s * 1000 / len(took),
        database_ms=database_s * 1000 / len(took),
        p99_ms=percentile(took, 99) * 1000,
    )


def buy(errand: Errand) -> list[float]:
    """Order two goods again and again; return how many seconds each order took."""
    chance = Random(errand.seed)
    end = time.monotonic() + errand.seconds
    took = []
    while (started := time.monotonic()) < end:
        basket = dict.fromkeys(chance.sample(errand.goods, 2), 1)
        placed = buying.place(basket, at=clock.now())
        if errand.pays:
            buying.pay(placed.number, placed.total_minor, at=clock.now())
        took.append(time.monotonic() - started)
    return took


def _outcome(rates: dict[str, list[Rate]], lots: int, broken: Sequence[str]) -> Outcome:
    least = rates[YARDSTICK]
    shares = {
        name: median(
            one.per_second * 100 / yard.per_second
            for one, yard in zip(some, least, strict=True)
        )
        for name, some in rates.items()
    }
    cpu_shares = {
        name: median(yard.ms * 100 / one.ms for one, yard in zip(some, least, strict=True))
        for name, some in rates.items()
    }
    details = [
        f"{WORKERS} workers in {PROCESSES} processes beside {WORKERS} clients of pgbench",
        f"two of {lots} lots an order; medians of {len(least)} turns",
        *(_line(name, some, shares[name], cpu_shares[name]) for name, some in rates.items()),
        *(f"  does not hold: {sentence}" for sentence in broken),
    ]
    placed, paid = shares["placed"], shares["placed and paid"]
    return Outcome(
        "order-rate",
        f"placing {placed:.0f} %, placing and paying {paid:.0f} % of pgbench",
        GOAL,
        holds=placed >= SHARE_PERCENT and not broken,
        details=tuple(details),
    )


def _line(name: str, some: Sequence[Rate], share: float, cpu_share: float) -> str:
    return (
        f"  {name:15} {median(one.per_second for one in some):6.0f}/s = {share:3.0f} %, CPU "
        f"{median(one.app_ms for one in some):5.2f} + "
        f"{median(one.database_ms for one in some):5.2f} ms (client + database) = "
        f"{cpu_share:3.0f} %, p99 {median(one.p99_ms for one in some):4.0f} ms"
    )
