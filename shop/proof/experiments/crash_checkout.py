"""Workers are killed while buyers order and pay: no order is lost and none is made twice."""

import signal
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from random import Random
from threading import Event

import psutil
from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel import clock
from shop.proof.ground import journeys, relays, wares
from shop.proof.ground.databases import Ground, engine_on, laid
from shop.proof.ground.invariants import list_broken
from shop.proof.ground.journeys import Browser, Journey
from shop.proof.ground.servers import Server, serving
from shop.proof.runner import Kind, Outcome, run_named
from shop.settings import Settings

GOAL = "0 lost, 0 double"
BUYERS = 6
PACKS = 100_000
ANSWERS = (1, 12)
"""Between two kills; a new worker is let to answer before it is killed in turn."""
MOST_SECONDS = 20
"""How long to wait for them."""
STEP_SECONDS = 0.05
"""About what a step takes, so that kills hit any point of it."""

RECORDS = text(
    """
    SELECT grp.number, grp.state,
        (SELECT count(*) FROM payments payment WHERE payment.group_number = grp.number
            AND payment.state <> 'created') AS payments,
        (SELECT count(*) FROM ledger_txs tx WHERE tx.source = 'group:' || grp.number)
            AS postings
    FROM order_groups grp
    """
)


@dataclass(frozen=True, slots=True)
class Size:
    """How many times a worker is killed."""

    kills: int


DEFAULT = Size(kills=20)
FULL = Size(kills=200)


@run_named(Kind.EXPERIMENT, "crash-checkout")
def crash_checkout(settings: Settings) -> Outcome:
    """Kill workers of the server while six buyers order and pay, who repeat what went lost."""
    with laid(settings) as ground:
        return crash(ground, FULL if settings.full_size else DEFAULT)


def crash(ground: Ground, size: Size) -> Outcome:
    """Kill as often as wanted, let the relay finish what was begun, and count."""
    with ground.copy("crash") as copied:
        settings = replace(copied, redis_url="")
        goods = _prepare(settings)
        chance = Random("crash-checkout")
        with serving(settings) as server, _buying(server, goods, chance) as buyers:
            killed = _kill(server, buyers, size.kills, chance)
        made = buyers.made
        delivered, waiting = relays.drain(settings)
        found = _count(settings, made)
        broken = list_broken(settings.database_url)
    if waiting:
        broken.append(f"{waiting} facts still wait after {delivered} were delivered")
    return _outcome(made, killed, found, broken)


def _prepare(settings: Settings) -> list[str]:
    with (
        engine_on(settings.database_url) as engine,
        Session(engine) as session,
        session.begin(),
    ):
        at = clock.now()
        goods = wares.list_wares(session, at=at)[:40]
        wares.shelve_all(session, goods, PACKS, at=at)
    return [ware.sku for ware in goods]


@dataclass(slots=True)
class Buyers:
    """Who orders while workers die, and what they went through."""

    browsers: list[Browser]
    made: list[Journey] = field(default_factory=list)

    def wait_for(self, answers: int) -> None:
        """Wait until they got so many more answers, or for as long as is bearable."""
        wanted = self._answers() + answers
        deadline = time.monotonic() + MOST_SECONDS
        while self._answers() < wanted and time.monotonic() < deadline:
            time.sleep(STEP_SECONDS / 10)

    def _answers(self) -> int:
        return sum(browser.answers for browser in self.browsers)


@contextmanager
def _buying(server: Server, goods: Sequence[str], chance: Random) -> Iterator[Buyers]:
    """Let buyers go from order to order until the block ends."""
    is_over = Event()
    buyers = Buyers([Browser(server.settings.port) for _ in range(BUYERS)])

    def buy(browser: Browser, seed: float) -> None:
        own = Random(seed)
        while not is_over.is_set():
            basket = {sku: own.randint(1, 3) for sku in own.sample(goods, own.randint(1, 3))}
            buyers.made.append(journeys.travel(Journey(browser, basket)))

    with ThreadPoolExecutor(BUYERS) as pool:
        at_work = [pool.submit(buy, browser, chance.random()) for browser in buyers.browsers]
        try:
            yield buyers
        finally:
            is_over.set()
    for one in at_work:
        one.result()


def _kill(server: Server, buyers: Buyers, kills: int, chance: Random) -> int:
    """Kill one worker after the other without a warning; the server replaces them."""
    killed = 0
    while killed < kills:
        buyers.wait_for(chance.randint(*ANSWERS))
        time.sleep(chance.uniform(0, STEP_SECONDS))
        workers = server.workers()
        if workers:
            victim = chance.choice(workers)
            try:
                victim.send_signal(signal.SIGKILL)
            except psutil.NoSuchProcess:
                continue
            killed += 1
    return killed


@dataclass(frozen=True, slots=True)
class Found:
    """What the database says about what buyers were told."""

    lost: int
    """Acknowledged orders that are not there, or acknowledged payments that were not booked."""
    double: int
    """Orders without an acknowledgement, payments and postings beyond one of each order."""
    paid: int


def _count(settings: Settings, made: Sequence[Journey]) -> Found:
    with engine_on(settings.database_url) as engine, engine.connect() as connection:
        rows = {row.number: row for row in connection.execute(RECORDS)}
    lost = 0
    for one in made:
        row = rows.get(one.number)
        if one.number and row is None:
            lost += 1
        if one.is_paid and (row is None or row.state != "paid" or row.postings != 1):
            lost += 1
    acknowledged = {one.number for one in made if one.number}
    double = (
        len(rows.keys() - acknowledged)
        + sum(1 for one in made if one.number)
        - len(acknowledged)
    )
    double += sum(max(0, row.payments - 1) + max(0, row.postings - 1) for row in rows.values())
    return Found(lost, double, sum(row.state == "paid" for row in rows.values()))


def _outcome(
    made: Sequence[Journey], killed: int, found: Found, broken: Sequence[str]
) -> Outcome:
    repeated: Counter[str] = Counter()
    for one in made:
        repeated += one.lost
    refused = [sentence for one in made for sentence in one.refused]
    placed = sum(bool(one.number) for one in made)
    acknowledged = sum(one.is_paid for one in made)
    return Outcome(
        "crash-checkout",
        f"{found.lost} lost, {found.double} double of {placed:,} orders with {killed} kills",
        GOAL,
        holds=not (found.lost or found.double or refused or broken) and placed > 0,
        details=(
            f"{killed} workers killed while {BUYERS} buyers placed {placed:,} orders",
            f"  payments acknowledged {acknowledged:,}, made {found.paid:,}",
            *(
                f"  repeated because no answer came, {step}: {count}"
                for step, count in sorted(repeated.items())
            ),
            *(f"  wrong answer {sentence}" for sentence in refused[:20]),
            *(f"  does not hold: {sentence}" for sentence in broken),
        ),
    )
