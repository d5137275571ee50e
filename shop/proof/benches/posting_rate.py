"""Order lines posted to the ledger by many at once: payments, earnings and refunds mixed."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

import psutil
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from kernel import clock
from kernel.db import unit_of_work
from ledger import queries as ledger_queries
from ledger import service as ledger
from ledger.values import Book, Entry, Line, PostingKind
from shop.proof.ground import meters
from shop.proof.ground.crews import PROCESSES, crew
from shop.proof.ground.databases import Ground, engine_on, laid
from shop.proof.ground.figures import percentile
from shop.proof.runner import Kind, Outcome, run_named
from shop.settings import Settings

CREWS = (8, 20)
LINES_PER_SECOND = 300
CORES = 2
MOST_MS = CORES * 1000 / LINES_PER_SECOND
GOAL = (
    f"≤ {MOST_MS:.1f} ms of processor time a line, which is {LINES_PER_SECOND} lines/s on "
    f"{CORES} cores; 0 deadlocks, books that balance"
)
LINES = 3
"""Lines of one order."""

HOUSEHOLDS = 120
COOPERATIVES = 26
REFUNDED_PERCENT = 20
GROSS_MINOR = 9_999


@dataclass(frozen=True, slots=True)
class Size:
    """How many seconds each crew posts."""

    seconds: float


DEFAULT = Size(seconds=6)
FULL = Size(seconds=60)


@run_named(Kind.BENCH, "posting-rate")
def posting_rate(settings: Settings) -> Outcome:
    """Post payments, earned lines and refunds with eight and with twenty workers."""
    with laid(settings) as ground:
        return measure(ground, FULL if settings.full_size else DEFAULT)


@dataclass(frozen=True, slots=True)
class Shift:
    """What one worker of a crew does: post the orders of its name for so long."""

    name: str
    seconds: float


@dataclass(slots=True)
class Posted:
    """What one worker, or a crew, posted; seconds of every transaction."""

    lines: int = 0
    refunded: int = 0
    took_s: list[float] = field(default_factory=list)
    trouble: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Posted") -> None:
        """Count somebody else's work in."""
        self.lines += other.lines
        self.refunded += other.refunded
        self.took_s += other.took_s
        self.trouble += other.trouble


@dataclass(frozen=True, slots=True)
class Rate:
    """What a crew of some size reached."""

    workers: int
    posted: Posted
    per_second: float
    app_ms: float
    database_ms: float

    @property
    def ms(self) -> float:
        """Return the processor time of one line, workers and database together."""
        return self.app_ms + self.database_ms


def measure(ground: Ground, size: Size) -> Outcome:
    """Let a small and a large crew post on one database, then audit the books."""
    with ground.copy("postings", threads=max(CREWS) // PROCESSES) as settings:
        database = meters.database_server(settings.database_url)
        rates = [_post_with(settings, database, workers, size.seconds) for workers in CREWS]
        with engine_on(settings.database_url) as engine, Session(engine) as session:
            wrong = [one for one in ledger_queries.audit(session) if one.figure]
    return _outcome(rates, [f"{one.code} {one.name}: {one.figure}" for one in wrong])


def _post_with(
    settings: Settings, database: psutil.Process, workers: int, seconds: float
) -> Rate:
    with crew(settings, workers=workers) as some:
        some.run(post, [Shift(f"warm{workers}-{one}", 0.3) for one in range(workers)])
        before = meters.spent(database)
        done = some.run(post, [Shift(f"W{workers}-{one}", seconds) for one in range(workers)])
        database_s = meters.spent(database) - before
    whole = Posted()
    for part in done.results:
        whole.add(part)
    lines = max(whole.lines, 1)
    return Rate(
        workers=workers,
        posted=whole,
        per_second=whole.lines / done.wall_s,
        app_ms=done.cpu_s * 1000 / lines,
        database_ms=database_s * 1000 / lines,
    )


def post(shift: Shift) -> Posted:
    """Post order after order: paid, earned line by line, now and then refunded."""
    chance = Random(shift.name)
    end = time.monotonic() + shift.seconds
    posted = Posted()
    number = 0
    while time.monotonic() < end:
        number += 1
        order = _Order(f"{shift.name}-{number}", chance, clock.now())
        _post(posted, [order.payment()])
        if _post(posted, order.earnings()):
            posted.lines += LINES
        if chance.randrange(100) < REFUNDED_PERCENT and _post(posted, order.refunds()):
            posted.refunded += LINES
    return posted


def _post(posted: Posted, entries: Sequence[Entry]) -> bool:
    """Post what belongs together in one transaction; False when the database refused it."""
    started = time.monotonic()
    try:
        with unit_of_work() as session:
            ledger.post_many(session, entries)
    except DBAPIError as error:
        posted.trouble[type(error.orig).__name__] += 1
        return False
    posted.took_s.append(time.monotonic() - started)
    return True


class _Order:
    """An order of three lines and the postings of its life."""

    def __init__(self, number: str, chance: Random, at: datetime) -> None:
        self.number = number
        self.at = at
        self.shares = [self._share(chance) for _ in range(LINES)]

    def payment(self) -> Entry:
        """P1: the buyer's money stands with the custodian."""
        total = LINES * GROSS_MINOR
        lines = [Line("A:demo:pending", total), Line(f"L:prepaid:{self.number}", -total)]
        return self._entry("paid", PostingKind.PAYMENT_CAPTURED, lines)

    def earnings(self) -> list[Entry]:
        """P2 and the trace of every line, as a delivery posts them."""
        entries = []
        for place, shares in enumerate(self.shares):
            debit = Line(f"L:prepaid:{self.number}", GROSS_MINOR)
            credited = [Line(code, -minor) for code, minor in shares.items()]
            key = f"{place}:earned"
            entries.append(self._entry(key, PostingKind.LINE_EARNED, [debit, *credited]))
            entries.append(self._trace(place, shares))
        return entries

    def refunds(self) -> list[Entry]:
        """F2: what every line gave is taken back."""
        return [
            self._entry(
                f"{place}:refunded",
                PostingKind.REFUND_EARNED,
                [
                    *(Line(code, minor) for code, minor in shares.items()),
                    Line(f"L:refund:{self.number}", -GROSS_MINOR),
                ],
                reverses=f"{self.number}:{place}:earned",
            )
            for place, shares in enumerate(self.shares)
        ]

    def _share(self, chance: Random) -> dict[str, int]:
        homes = chance.sample(range(HOUSEHOLDS), chance.randint(3, 8))
        cooperative = chance.randrange(COOPERATIVES)
        shares = {f"L:payable:hh:B{home:03}": 7_000 // len(homes) for home in homes}
        shares |= {
            "I:commission": 300,
            "L:payable:logistics:BLOG": 800,
            f"L:payable:village:BV{cooperative:02}": 500,
        }
        rest = GROSS_MINOR - sum(shares.values())
        return shares | {f"L:payable:coop:BC{cooperative:02}": rest}

    def _trace(self, place: int, shares: dict[str, int]) -> Entry:
        homes = {code: minor for code, minor in shares.items() if ":hh:" in code}
        traced = [
            Line(f"T:hh:{code.rpartition(':')[2]}:operating", minor)
            for code, minor in homes.items()
        ]
        line = Line(f"T:line:{self.number}-{place}", -sum(homes.values()))
        key = f"{place}:traced"
        return self._entry(key, PostingKind.TRACED, [line, *traced], book=Book.TRACE)

    def _entry(
        self,
        key: str,
        kind: PostingKind,
        lines: list[Line],
        *,
        book: Book = Book.MONEY,
        reverses: str | None = None,
    ) -> Entry:
        return Entry(
            book=book,
            key=f"{self.number}:{key}",
            kind=kind,
            effective_at=self.at,
            source=f"order:{self.number}",
            lines=lines,
            reverses=reverses,
        )


def _outcome(rates: Sequence[Rate], wrong: Sequence[str]) -> Outcome:
    trouble: Counter[str] = Counter()
    for rate in rates:
        trouble += rate.posted.trouble
    first = rates[0]
    return Outcome(
        "posting-rate",
        f"{first.ms:.1f} ms a line ({first.per_second:.0f} lines/s now) with {first.workers} "
        f"workers, {trouble['DeadlockDetected']} deadlocks",
        GOAL,
        holds=first.ms <= MOST_MS and not trouble and not wrong,
        details=(
            f"orders of {LINES} lines, {HOUSEHOLDS} households, {REFUNDED_PERCENT} % refunded",
            *(_line(rate) for rate in rates),
            *(f"  trouble {name}: {count}" for name, count in trouble.items()),
            *(f"  audit {sentence}" for sentence in wrong),
        ),
    )


def _line(rate: Rate) -> str:
    took = rate.posted.took_s
    return (
        f"  {rate.workers:2} workers: {rate.per_second:5.0f} lines/s, {rate.posted.refunded:,} "
        f"refunded, CPU {rate.app_ms:5.2f} + {rate.database_ms:5.2f} ms a line (workers + "
        f"database), a transaction p50 {percentile(took, 50) * 1000:.0f} "
        f"p99 {percentile(took, 99) * 1000:.0f} ms"
    )
