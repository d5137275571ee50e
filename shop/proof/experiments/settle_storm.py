"""Providers repeat themselves, all at once and in any order: the books do not notice."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel import clock
from kernel.db import unit_of_work
from ledger import queries as ledger_queries
from ledger.values import Book
from payments import demo_gateway
from payments import service as payments
from payments.values import Capture, Provider
from shop.proof.experiments.records import (
    RECORDS,
    Records,
    list_differences,
    read_records,
)
from shop.proof.ground import buying, wares
from shop.proof.ground.crews import crew
from shop.proof.ground.databases import Ground, engine_on, laid
from shop.proof.ground.invariants import list_broken
from shop.proof.runner import Kind, Outcome, run_named
from shop.settings import Settings
from workflows import checkout, order_paid, payment_received
from workflows.order_paid import Outcome as Settled

GOAL = "every record equals the serial run, every capture booked once"
TIMES = 10
WORKERS = 20
WRONG_EVERY = 10
LATE_EVERY = 8
OFF_BY = (-100, -1, 1, 5_000)
"""How wrong amounts differ from what was asked for, fen."""

EVENT = text("SELECT id FROM payment_events WHERE provider = 'demo' AND event_id = :event_id")


@dataclass(frozen=True, slots=True)
class Size:
    """How many orders are paid for."""

    orders: int


DEFAULT = Size(orders=60)
FULL = Size(orders=500)


@dataclass(frozen=True, slots=True)
class Said:
    """What the provider says about one order, and in which of two ways it arrives."""

    number: str
    amount_minor: int
    at: datetime
    is_late: bool
    """Whether the order was closed before the money came."""
    is_message: bool = True
    """As a stored message, or straight from somebody who asked the provider."""


@run_named(Kind.EXPERIMENT, "settle-storm")
def settle_storm(settings: Settings) -> Outcome:
    """Deliver every capture ten times, shuffled, over twenty connections, beside one by one."""
    with laid(settings) as ground:
        return compare(ground, FULL if settings.full_size else DEFAULT)


def compare(ground: Ground, size: Size) -> Outcome:
    """Let the same captures arrive once each in order, and as a storm; compare the outcomes."""
    with ground.copy("placed") as placed:
        said = _place(placed, size)
        prepared = Ground(placed)
        with prepared.copy("serial") as serial:
            calm = _deliver_in_order(serial, said)
        with prepared.copy("storm", threads=WORKERS) as stormy:
            storm, counts = _deliver_as_storm(stormy, said)
            broken = list_broken(stormy.database_url)
    return _outcome(said, counts, list_differences(calm, storm), broken)


def _place(settings: Settings, size: Size) -> list[Said]:
    """Place orders and open their payments; some are closed, some are paid wrongly."""
    chance = Random("settle-storm")
    said = []
    goods = wares.prepare(settings.database_url, kinds=40, packs=10 * size.orders)
    at = clock.now()
    with engine_on(settings.database_url) as engine, Session(engine) as session:
        for place in range(size.orders):
            basket = wares.draw(chance, goods, kinds=3, packs=4)
            with session.begin():
                one = checkout.place(session, buying.request(basket), at=at)
                said.append(_said(one.number, one.total_minor, place, at))
                _open(session, said[-1], one.total_minor, at)
    return said


def _said(number: str, total_minor: int, place: int, at: datetime) -> Said:
    is_wrong = place % WRONG_EVERY == WRONG_EVERY - 1
    off_by = OFF_BY[place // WRONG_EVERY % len(OFF_BY)] if is_wrong else 0
    return Said(
        number=number,
        amount_minor=total_minor + off_by,
        at=at + timedelta(seconds=place + 1),
        is_late=not is_wrong and place % LATE_EVERY == LATE_EVERY - 1,
    )


def _open(session: Session, said: Said, total_minor: int, at: datetime) -> None:
    """Open the attempt the provider speaks of, and close the order of a late one."""
    payments.start(
        session,
        group_number=said.number,
        provider=Provider.DEMO,
        reference=demo_gateway.reference_of(said.number),
        amount_minor=total_minor,
        at=at,
    )
    if said.is_late:
        checkout.expire(session, said.number, at=at)


def _phases(said: Sequence[Said]) -> Iterator[list[Said]]:
    """Yield what came in time, then what came late.

    A late payment makes a refund, and the account of a refund bears its number, which tells
    the order of late ones; the fingerprint of the ledger is compared before them.
    """
    for is_late in (False, True):
        yield [one for one in said if one.is_late is is_late]


def _deliver_in_order(settings: Settings, said: Sequence[Said]) -> Records:
    books = []
    with engine_on(settings.database_url) as engine, Session(engine) as session:
        for some in _phases(said):
            for one in some:
                with session.begin():
                    _store(session, one)
                with session.begin():
                    _apply(session, one)
            with session.begin():
                books.append(ledger_queries.fingerprint(session, Book.MONEY))
    return read_records(settings.database_url) | {"fingerprint in time": books[0]}


def _deliver_as_storm(settings: Settings, said: Sequence[Said]) -> tuple[Records, Counter[str]]:
    chance = Random("shuffle")
    counts: Counter[str] = Counter()
    books = []
    with crew(settings, workers=WORKERS) as provider:
        for some in _phases(said):
            copies = [
                replace(one, is_message=time % 2 == 0) for one in some for time in range(TIMES)
            ]
            chance.shuffle(copies)
            counts += Counter(provider.run(deliver, copies).results)
            with engine_on(settings.database_url) as engine, Session(engine) as session:
                books.append(ledger_queries.fingerprint(session, Book.MONEY))
    records = read_records(settings.database_url) | {"fingerprint in time": books[0]}
    return records, counts


def deliver(said: Said) -> str:
    """Take one delivery in, as the page of the provider or as a task does."""
    if said.is_message:
        with unit_of_work() as session:
            _store(session, said)
        with unit_of_work() as session:
            return str(_apply(session, said))
    with unit_of_work() as session:
        return str(order_paid.settle(session, _capture(said)))


def _store(session: Session, said: Said) -> None:
    payment_received.store_demo_payment(
        session, said.number, amount_minor=said.amount_minor, at=said.at
    )


def _apply(session: Session, said: Said) -> Settled | None:
    reference = demo_gateway.reference_of(said.number)
    row_id = session.execute(EVENT, {"event_id": f"{reference}:succeeded"}).scalar_one()
    return payment_received.apply_event(session, int(row_id), at=said.at)


def _capture(said: Said) -> Capture:
    message = demo_gateway.message(said.number, amount_minor=said.amount_minor, at=said.at)
    return demo_gateway.read(message)


def _outcome(
    said: Sequence[Said], counts: Counter[str], differ: Sequence[str], broken: Sequence[str]
) -> Outcome:
    firsts = sum(count for name, count in counts.items() if name != Settled.REPEATED)
    details = [
        f"{len(said)} captures, {TIMES} times each over {WORKERS} connections, half by message",
        *(f"  {name}: {counts[name]:,}" for name in sorted(counts)),
        *(f"  differs from the serial run: {name}" for name in differ),
        *(f"  does not hold: {sentence}" for sentence in broken),
    ]
    same = len(RECORDS) + 1 - len(differ)
    return Outcome(
        "settle-storm",
        f"{same} of {len(RECORDS) + 1} records equal, {firsts} of {len(said)} captures booked "
        f"once in {counts.total():,} deliveries",
        GOAL,
        holds=not differ and not broken and firsts == len(said),
        details=tuple(details),
    )
