"""Processes are killed while goods are bought and delivered: nothing is lost or doubled."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import cycle, islice
from random import Random
from threading import Event

from psutil import Process
from sqlalchemy import Engine, text

from ledger.values import PostingKind
from shop.proof.ground import carriers, journeys, relays, wares
from shop.proof.ground.databases import Ground, engine_on, laid
from shop.proof.ground.invariants import list_broken
from shop.proof.ground.journeys import Browser, Journey
from shop.proof.ground.keepers import Kept, kept, kill_one, own_redis
from shop.proof.ground.servers import Server, serving
from shop.proof.runner import Kind, Outcome, run_named
from shop.queues import beat_command, worker_command
from shop.settings import Settings

GOAL = "0 lost, 0 double"
BUYERS = 6
KINDS, PACKS = 20, 100_000
STORAGE = "AMBIENT"
"""Goods that travel without a logger."""

ANSWERS = (1, 12)
"""Between two kills; a new process is let to work before it is killed in turn."""
MOST_SECONDS = 20
"""How long to wait for them."""
DEADLOCK = "deadlock detected"
SHOWN = 20
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
STEPS = text(
    """
    SELECT part.number, part.state,
        (SELECT count(*) FROM order_lines line WHERE line.order_number = part.number) AS lines,
        (SELECT count(DISTINCT tx.source) FROM ledger_txs tx JOIN order_lines line
            ON tx.source = 'line:' || line.id
            WHERE line.order_number = part.number AND tx.kind = ANY (:earned)) AS settled,
        (SELECT count(*) FROM ledger_txs tx JOIN order_lines line
            ON tx.source = 'line:' || line.id
            WHERE line.order_number = part.number AND tx.kind = ANY (:earned)) AS earned,
        (SELECT count(*) FROM order_events event WHERE event.order_number = part.number
            AND event.state = 'delivered') AS delivered
    FROM seller_orders part
    """
)
EARNED = [str(PostingKind.LINE_EARNED), str(PostingKind.OWN_LINE_EARNED)]
UNHEARD = text("SELECT count(*) FROM payment_events WHERE status <> 'applied'")
IN_HAND = text(
    "SELECT id FROM outbox WHERE delivered_at IS NULL"
    " AND next_try_at > clock_timestamp() + interval '30 seconds'"
)
"""Facts a relay has taken on: nobody else has them for a minute, whatever becomes of it."""


class Victim(StrEnum):
    """Who is killed."""

    WEB = "a worker of the server"
    HAND = "a process of the background worker"
    WORKER = "the background worker with all its processes"
    CARRIER = "who packs, ships and delivers"


PATTERN = (
    *(Victim.WEB, Victim.HAND, Victim.CARRIER, Victim.WEB, Victim.HAND),
    *(Victim.WEB, Victim.HAND, Victim.WEB, Victim.CARRIER, Victim.WORKER),
)
"""Who in turn; when, and which of them, is drawn."""


@dataclass(frozen=True, slots=True)
class Size:
    """How many times a process is killed."""

    kills: int


DEFAULT = Size(kills=20)
FULL = Size(kills=200)


@run_named(Kind.EXPERIMENT, "crash-checkout")
def crash_checkout(settings: Settings) -> Outcome:
    """Kill server and workers while buyers order and pay, and goods are shipped and settled."""
    with laid(settings) as ground:
        return crash(ground, FULL if settings.full_size else DEFAULT)


def crash(ground: Ground, size: Size) -> Outcome:
    """Kill as often as wanted, finish what was begun, and count."""
    with ground.copy("crash") as copied:
        goods = wares.prepare(copied.database_url, kinds=KINDS, packs=PACKS, storage=STORAGE)
        chance = Random("crash-checkout")
        with _shop(copied) as shop, _buying(shop.server, goods, chance) as buyers:
            killed = _kill(shop, buyers, size.kills, chance)
            killed.errors = shop.server.list_errors()
            killed.last_words = [*shop.worker.last_words, *shop.carrier.last_words]
        made = buyers.made
        delivered, waiting = relays.drain(copied)
        found = _count(copied, made)
        broken = list_broken(copied.database_url)
    if waiting:
        broken.append(f"{waiting} facts still wait after {delivered} were delivered")
    if killed.counts.total() < size.kills:
        broken.append(f"only {killed.counts.total()} of {size.kills} could be killed")
    return _outcome(made, killed, found, broken)


@dataclass(frozen=True, slots=True)
class Shop:
    """Everything of a shop that runs and may be killed."""

    server: Server
    worker: Kept
    carrier: Kept


@contextmanager
def _shop(settings: Settings) -> Iterator[Shop]:
    """Run server, background worker, clock and carrier on a Redis of their own."""
    with own_redis(settings.data_dir / "redis") as redis_url:
        own = replace(settings, redis_url=redis_url)
        with (
            serving(own) as server,
            kept(own, worker_command("celery"), "worker") as worker,
            kept(own, beat_command("celery"), "beat"),
            kept(own, [carriers.MODULE], "carrier") as carrier,
        ):
            for one in (worker, carrier):
                one.wait()
            yield Shop(server, worker, carrier)


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
            basket = wares.draw(own, goods, kinds=3, packs=3)
            buyers.made.append(journeys.travel(Journey(browser, basket, is_patient=True)))

    with ThreadPoolExecutor(BUYERS) as pool:
        at_work = [pool.submit(buy, browser, chance.random()) for browser in buyers.browsers]
        try:
            yield buyers
        finally:
            is_over.set()
    for one in at_work:
        one.result()


@dataclass(slots=True)
class Killed:
    """Who was killed how often."""

    counts: Counter[Victim] = field(default_factory=Counter)
    in_hand: int = 0
    """Facts that a relay had taken on when one was killed."""
    errors: list[str] = field(default_factory=list)
    """What the server wrote of answers that were errors."""
    last_words: list[str] = field(default_factory=list)
    """What programs said that ended by themselves, after one of their processes was killed."""


def _kill(shop: Shop, buyers: Buyers, kills: int, chance: Random) -> Killed:
    """Kill one process after the other without a warning; each is replaced."""
    killed, dead = Killed(), set[int]()
    with engine_on(shop.server.settings.database_url) as engine:
        for victim in islice(cycle(PATTERN), kills):
            buyers.wait_for(chance.randint(*ANSWERS))
            time.sleep(chance.uniform(0, STEP_SECONDS))
            is_relay = victim in (Victim.HAND, Victim.WORKER)
            taken = _wait_for_work(engine, dead) if is_relay else set()
            killed.counts[victim] += _strike(shop, victim, chance)
            killed.in_hand += len(taken & _list_in_hand(engine)) if taken else 0
            dead |= taken
    return killed


def _strike(shop: Shop, victim: Victim, chance: Random) -> bool:
    if victim is Victim.WORKER:
        shop.worker.kill_all()
        return True
    hands: dict[Victim, Callable[[], list[Process]]] = {
        Victim.WEB: shop.server.workers,
        Victim.HAND: shop.worker.hands,
        Victim.CARRIER: shop.carrier.hands,
    }
    return kill_one(hands[victim], chance)


def _wait_for_work(engine: Engine, dead: set[int]) -> set[int]:
    """Wait until a relay has a fact in hand; return what it has, nothing if it takes long."""
    deadline = time.monotonic() + MOST_SECONDS
    while time.monotonic() < deadline:
        if taken := _list_in_hand(engine) - dead:
            return taken
        time.sleep(STEP_SECONDS / 10)
    return set()


def _list_in_hand(engine: Engine) -> set[int]:
    with engine.connect() as connection:
        return set(connection.scalars(IN_HAND))


@dataclass(frozen=True, slots=True)
class Found:
    """What the database says about what buyers were told."""

    lost: int
    """Acknowledged orders and payments that are not there, and what was done by half."""
    double: int
    """Orders without an acknowledgement, payments and postings beyond one of each."""
    paid: int
    delivered: int


def _count(settings: Settings, made: Sequence[Journey]) -> Found:
    with engine_on(settings.database_url) as engine, engine.connect() as connection:
        rows = {row.number: row for row in connection.execute(RECORDS)}
        parts = connection.execute(STEPS, {"earned": EARNED}).all()
        lost = int(connection.execute(UNHEARD).scalar_one())
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
    done = [part for part in parts if part.state == "delivered"]
    lost += sum(part.lines - part.settled for part in done)
    double += sum(max(0, part.delivered - 1) for part in parts)
    double += sum(
        max(0, part.earned - part.lines * (part.state == "delivered")) for part in parts
    )
    paid = sum(row.state == "paid" for row in rows.values())
    return Found(lost, double, paid, delivered=len(done))


def _outcome(
    made: Sequence[Journey], killed: Killed, found: Found, broken: Sequence[str]
) -> Outcome:
    repeated: Counter[str] = Counter()
    for one in made:
        repeated += one.lost
    refused = [sentence for one in made for sentence in one.refused]
    placed = sum(bool(one.number) for one in made)
    acknowledged = sum(one.is_paid for one in made)
    deadlocks = [line for line in killed.errors if DEADLOCK in line]
    return Outcome(
        "crash-checkout",
        f"{found.lost} lost, {found.double} double of {placed:,} orders with "
        f"{killed.counts.total()} kills",
        GOAL,
        holds=not (found.lost or found.double or refused or broken or deadlocks)
        and placed > 0
        and found.delivered > 0,
        details=(
            f"{BUYERS} buyers placed {placed:,} orders, {found.delivered:,} parts delivered",
            f"  payments acknowledged {acknowledged:,}, made {found.paid:,}",
            *(f"  killed, {victim}: {count}" for victim, count in killed.counts.items()),
            f"  facts in the hands of a killed background worker: {killed.in_hand}",
            *(
                f"  repeated because no answer came, {step}: {count}"
                for step, count in sorted(repeated.items())
            ),
            f"  put off because the shop was busy: {sum(one.put_off for one in made)}",
            f"  programs that ended by themselves, started again: {len(killed.last_words)}",
            *(f"    {words}" for words in killed.last_words[:SHOWN]),
            *(f"  wrong answer {sentence}" for sentence in refused[:SHOWN]),
            *(f"  in the journal: {line}" for line in killed.errors[:SHOWN]),
            *(f"  does not hold: {sentence}" for sentence in broken),
        ),
    )
