"""Order lines posted to the ledger by many at once: paid, earned, refunded and settled."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from os import getloadavg
from random import Random
from statistics import median

import psutil
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from kernel import clock
from kernel.db import unit_of_work
from kernel.errors import ConflictError
from ledger import queries as ledger_queries
from ledger import service as ledger
from ledger.values import Book, Entry, Line, PostingKind
from shop.proof.ground import meters
from shop.proof.ground.crews import PROCESSES, Crew, crew
from shop.proof.ground.databases import Ground, engine_on, laid
from shop.proof.ground.figures import percentile
from shop.proof.runner import Kind, Outcome, run_named
from shop.settings import Settings

SMALL, LARGE = 8, 20
LINES_PER_SECOND = 300
CORES = 2
MOST_MS = CORES * 1000 / LINES_PER_SECOND
LEAST_RATIO = 0.95
"""A crew of twenty must not be slower than one of eight; the rest is noise of the machine."""

GOAL = (
    f"≤ {MOST_MS:.1f} ms of processor time a line, which is {LINES_PER_SECOND} lines/s on "
    f"{CORES} cores; {LARGE} workers not slower than {SMALL}; 0 deadlocks, books that balance"
)
LINES = 3
"""Lines of one order."""

HOUSEHOLDS = 120
COOPERATIVES = 26
REFUNDED_PERCENT = 20
SETTLED_PERCENT = 20
PAYEES = 4
"""Households of one small settlement."""

GROSS_MINOR = 9_999


@dataclass(frozen=True, slots=True)
class Size:
    """How many seconds each crew posts in a round, and how many rounds there are."""

    seconds: float
    rounds: int


DEFAULT = Size(seconds=3, rounds=3)
FULL = Size(seconds=15, rounds=4)


@run_named(Kind.BENCH, "posting-rate")
def posting_rate(settings: Settings) -> Outcome:
    """Post what orders and settlements post, with eight and twenty workers in turn."""
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
    settled: int = 0
    took_s: list[float] = field(default_factory=list)
    trouble: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Posted") -> None:
        """Count somebody else's work in."""
        self.lines += other.lines
        self.refunded += other.refunded
        self.settled += other.settled
        self.took_s += other.took_s
        self.trouble += other.trouble


@dataclass(slots=True)
class Rate:
    """What a crew of some size reached in all its rounds."""

    workers: int
    posted: Posted = field(default_factory=Posted)
    per_second: list[float] = field(default_factory=list)
    app_s: float = 0.0
    database_s: float = 0.0

    @property
    def app_ms(self) -> float:
        """Return the processor time that the workers spent on one line."""
        return self.app_s * 1000 / max(self.posted.lines, 1)

    @property
    def database_ms(self) -> float:
        """Return the processor time that the database spent on one line."""
        return self.database_s * 1000 / max(self.posted.lines, 1)

    @property
    def ms(self) -> float:
        """Return the processor time of one line, workers and database together."""
        return self.app_ms + self.database_ms


def measure(ground: Ground, size: Size) -> Outcome:
    """Let a small and a large crew post in turn on one database, then audit the books."""
    rates = Rate(SMALL), Rate(LARGE)
    with ground.copy("postings", threads=LARGE // PROCESSES) as settings:
        database = meters.database_server(settings.database_url)
        with crew(settings, workers=SMALL) as small, crew(settings, workers=LARGE) as large:
            for some, rate in zip((small, large), rates, strict=True):
                some.run(post, _shifts(rate, "warm", 0.3))
            for number in range(size.rounds):
                for some, rate in zip((small, large), rates, strict=True):
                    _hold_round(some, rate, database, _shifts(rate, f"{number}", size.seconds))
        with engine_on(settings.database_url) as engine, Session(engine) as session:
            wrong = [one for one in ledger_queries.audit(session) if one.figure]
    return _outcome(rates, [f"{one.code} {one.name}: {one.figure}" for one in wrong])


def _shifts(rate: Rate, name: str, seconds: float) -> list[Shift]:
    return [Shift(f"W{rate.workers}-{name}-{one}", seconds) for one in range(rate.workers)]


def _hold_round(
    some: Crew, rate: Rate, database: psutil.Process, shifts: Sequence[Shift]
) -> None:
    before = meters.spent(database)
    done = some.run(post, shifts)
    rate.database_s += meters.spent(database) - before
    rate.app_s += done.cpu_s
    lines = 0
    for part in done.results:
        rate.posted.add(part)
        lines += part.lines
    rate.per_second.append(lines / done.wall_s)


def post(shift: Shift) -> Posted:
    """Post order after order: paid, earned, now and then refunded; settle in between."""
    chance = Random(shift.name)
    end = time.monotonic() + shift.seconds
    posted = Posted()
    number = 0
    while time.monotonic() < end:
        number += 1
        order = _Order(f"{shift.name}-{number}", chance, clock.now())
        _post(posted, order.payment)
        if _post(posted, order.earnings):
            posted.lines += LINES
        if chance.randrange(100) < REFUNDED_PERCENT and _post(posted, order.refunds):
            posted.refunded += LINES
        if chance.randrange(100) < SETTLED_PERCENT:
            batch = _Batch(f"{shift.name}-{number}", chance, clock.now())
            posted.settled += _post(posted, batch.approval) and _post(posted, batch.payment)
    return posted


def _post(posted: Posted, make: Callable[[Session], Sequence[Entry]]) -> bool:
    """Post what belongs together in one transaction; False when the database refused it."""
    started = time.monotonic()
    try:
        with unit_of_work() as session:
            ledger.post_many(session, make(session))
    except DBAPIError as error:
        posted.trouble[type(error.orig).__name__] += 1
        return False
    except ConflictError as error:
        # Two settlements met at one household; a real one holds the period's lock.
        posted.trouble[error.code] += 1
        return False
    posted.took_s.append(time.monotonic() - started)
    return True


class _Order:
    """An order of three lines and the postings of its life."""

    def __init__(self, number: str, chance: Random, at: datetime) -> None:
        self.number = number
        self.at = at
        self.shares = [self._share(chance) for _ in range(LINES)]

    def payment(self, _session: Session) -> list[Entry]:
        """P1: the buyer's money stands with the custodian."""
        total = LINES * GROSS_MINOR
        lines = [Line("A:demo:pending", total), Line(f"L:prepaid:{self.number}", -total)]
        return [self._entry("paid", PostingKind.PAYMENT_CAPTURED, lines)]

    def earnings(self, _session: Session) -> list[Entry]:
        """P2 and the trace of every line, as a delivery posts them."""
        entries = []
        for place, shares in enumerate(self.shares):
            debit = Line(f"L:prepaid:{self.number}", GROSS_MINOR)
            credited = [Line(code, -minor) for code, minor in shares.items()]
            key = f"{place}:earned"
            entries.append(self._entry(key, PostingKind.LINE_EARNED, [debit, *credited]))
            entries.append(self._trace(place, shares))
        return entries

    def refunds(self, session: Session) -> list[Entry]:
        """F2: what every line gave is taken back; who was paid out already owes it."""
        debits = [Line(*share) for shares in self.shares for share in shares.items()]
        covered = iter(ledger.debits_with_recovery(session, debits))
        return [self._refund(place, covered) for place in range(LINES)]

    def _refund(self, place: int, covered: Iterator[Line]) -> Entry:
        taken: list[Line] = []
        while sum(line.minor for line in taken) < GROSS_MINOR:
            taken.append(next(covered))
        return self._entry(
            f"{place}:refunded",
            PostingKind.REFUND_EARNED,
            [*taken, Line(f"L:refund:{self.number}", -GROSS_MINOR)],
            reverses=f"{self.number}:{place}:earned",
        )

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


class _Batch:
    """A small settlement of a few households: approved, then confirmed by the bank."""

    def __init__(self, number: str, chance: Random, at: datetime) -> None:
        self.number = number
        self.at = at
        payees = chance.sample(range(HOUSEHOLDS), PAYEES)
        self.codes = [f"L:payable:hh:B{home:03}" for home in sorted(payees)]
        self.paid: list[Line] = []

    def approval(self, session: Session) -> list[Entry]:
        """S1: what stands on each account, up to the gross of a line, is under way."""
        claims = ledger.debits_with_recovery(
            session, [Line(code, GROSS_MINOR) for code in self.codes]
        )
        self.paid = [line for line in claims if line.account_code in self.codes]
        return [
            self._entry(place, "approved", PostingKind.SETTLEMENT_APPROVED, line, -line.minor)
            for place, line in enumerate(self.paid)
        ]

    def payment(self, _session: Session) -> list[Entry]:
        """S2: the bank has paid."""
        return [
            self._entry(
                place,
                "paid",
                PostingKind.PAYOUT_CONFIRMED,
                Line("A:bank:main", -line.minor),
                line.minor,
            )
            for place, line in enumerate(self.paid)
        ]

    def _entry(
        self, place: int, step: str, kind: PostingKind, line: Line, under_way: int
    ) -> Entry:
        return Entry(
            book=Book.MONEY,
            key=f"batch:{self.number}:line:{place}:{step}",
            kind=kind,
            effective_at=self.at,
            source=f"batch:{self.number}",
            lines=[line, Line(f"L:payout:inflight:{self.number}", under_way)],
        )


def _outcome(rates: tuple[Rate, Rate], broken: Sequence[str]) -> Outcome:
    small, large = rates
    trouble = small.posted.trouble + large.posted.trouble
    pairs = zip(small.per_second, large.per_second, strict=True)
    ratio = median(more / max(less, 0.1) for less, more in pairs)
    return Outcome(
        "posting-rate",
        f"{small.ms:.1f} ms a line ({median(small.per_second):.0f} lines/s now) with "
        f"{SMALL} workers, {LARGE} workers {ratio:.2f} × as fast, "
        f"{trouble['DeadlockDetected']} deadlocks",
        GOAL,
        holds=small.ms <= MOST_MS and ratio >= LEAST_RATIO and not trouble and not broken,
        details=(
            f"load average {getloadavg()[0]:.1f}",
            f"orders of {LINES} lines, {HOUSEHOLDS} households, one carrier",
            f"{REFUNDED_PERCENT} % refunded, {SETTLED_PERCENT} % followed by a settlement",
            *(_line(rate) for rate in rates),
            *(f"  trouble {name}: {count}" for name, count in trouble.items()),
            *(f"  does not hold: {sentence}" for sentence in broken),
        ),
    )


def _line(rate: Rate) -> str:
    took = rate.posted.took_s
    rounds = " ".join(f"{one:.0f}" for one in rate.per_second)
    return (
        f"  {rate.workers:2} workers: {rounds} lines/s, {rate.posted.refunded:,} refunded, "
        f"{rate.posted.settled:,} settlements, CPU {rate.app_ms:.2f} + {rate.database_ms:.2f} "
        f"ms a line (workers + database), a transaction p50 {percentile(took, 50) * 1000:.0f} "
        f"p99 {percentile(took, 99) * 1000:.0f} ms"
    )
