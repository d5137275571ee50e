"""Many buyers want few packs at once: nobody is sold, or promised, what is not there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from sqlalchemy import Engine, Row, text
from sqlalchemy.orm import Session

from kernel import clock
from shop.proof.experiments.careless import hold_carelessly
from shop.proof.experiments.shoppers import Errand, Told, go_shopping
from shop.proof.experiments.web_shoppers import Rush, queueing
from shop.proof.ground import relays, wares
from shop.proof.ground.crews import crew
from shop.proof.ground.databases import Ground, engine_on, laid
from shop.proof.ground.figures import percentile
from shop.proof.ground.invariants import list_broken
from shop.proof.ground.wares import Ware
from shop.proof.ground.watching import watched
from shop.proof.runner import Kind, Outcome, run_named
from shop.settings import Settings

GOAL = "0 packs oversold, 0 packs lost, 0 deadlocks, 0 other errors, 0 answers 5xx"
SERVER_THREADS = 4

STOCK = text(
    """
    SELECT lot.received, lot.available, lot.held, lot.sold, lot.written_off,
        (SELECT coalesce(sum(quantity), 0) FROM reservations kept
            WHERE kept.lot_id = lot.id AND kept.state <> 'released') AS promised,
        (SELECT coalesce(sum(quantity), 0) FROM lot_allocations taken
            WHERE taken.lot_id = lot.id) AS paid
    FROM lots lot WHERE lot.id = ANY (CAST(:lots AS bigint[]))
    """
)


DEADLOCKS = text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")


@dataclass(frozen=True, slots=True)
class Size:
    """How many buyers want how many packs, how often, so many of them at once."""

    packs: tuple[int, ...]
    buyers: int
    rounds: int
    at_once: int
    web_rounds: int = 1
    """How many go over HTTP, everybody at once, beside those straight through the workflows."""


DEFAULT = Size(packs=(1, 7, 50), buyers=40, rounds=1, at_once=20)
FULL = Size(packs=(1, 7, 50, 500), buyers=200, rounds=5, at_once=40, web_rounds=2)
CONTROL_PACKS = 3


@run_named(Kind.EXPERIMENT, "oversell")
def oversell(settings: Settings) -> Outcome:
    """Let buyers race for the last packs, who pay, cancel, let it lapse, or do both at once."""
    with laid(settings) as ground:
        return race(ground, FULL if settings.full_size else DEFAULT)


@dataclass(slots=True)
class Tally:
    """What all rounds so far came to."""

    told: Told = field(default_factory=Told)
    web: Told = field(default_factory=Told)
    """What those tell who bought over HTTP."""
    rounds: int = 0
    glances: int = 0
    """How often the shelf was looked at while buyers were at it."""
    oversold: int = 0
    """Packs promised beyond what was received, at any glance."""
    lost: int = 0
    """Packs that two records of the same lot disagree about, or that a rush left unsold."""


def race(ground: Ground, size: Size) -> Outcome:
    """Run all rounds on a copy of the ground and count."""
    tally = Tally()
    with (
        # A buyer who pays and cancels at once needs two connections.
        ground.copy("oversell", threads=size.at_once) as settings,
        engine_on(settings.database_url) as engine,
    ):
        pair = _pair(engine)
        with crew(settings, workers=size.at_once) as buyers:

            def rush(errands: Sequence[Errand]) -> list[Told]:
                return buyers.run(go_shopping, errands).results

            for one in _rounds(engine, pair, size, "crew", size.rounds):
                tally.told.add(_hold_round(tally, engine, rush, one))
        served = replace(settings, redis_url="", threads=SERVER_THREADS)
        with queueing(served, at_once=size.buyers) as rush_in:
            for one in _rounds(engine, pair, size, "web", size.web_rounds):
                tally.web.add(_hold_round(tally, engine, rush_in, one))
        # No worker runs beside the race; a long one must not leave its facts untold.
        relays.drain(settings)
        broken = list_broken(settings.database_url)
        deadlocks = _count_deadlocks(engine)
        seen = _control(engine, pair)
    return _outcome(tally, size, broken, (seen, deadlocks))


@dataclass(frozen=True, slots=True)
class Round:
    """What lies on the shelf, and who wants it."""

    shelf: "Shelf"
    errands: list[Errand]


def _rounds(
    engine: Engine, pair: tuple[Ware, Ware], size: Size, way: str, count: int
) -> Iterator[Round]:
    """Put so many packs on the shelf for each round, in a rush and otherwise."""
    for number in range(count):
        for packs in size.packs:
            for is_rush in (True, False):
                name = f"{way}-{number}-{packs}-{'rush' if is_rush else 'mixed'}"
                shelf = _shelve(engine, pair, packs, name)
                first, second = (ware.sku for ware in pair)
                errands = [
                    Errand(f"{name}:{one}", first, second, is_rush)
                    for one in range(size.buyers)
                ]
                yield Round(shelf, errands)


def _count_deadlocks(engine: Engine) -> int:
    """Return how often the database had to take one of two transactions back."""
    with engine.connect() as connection:
        return int(connection.execute(DEADLOCKS).scalar_one())


def _control(engine: Engine, pair: tuple[Ware, Ware]) -> int:
    """Sell without a lock; return how many packs too many the same look at the shelf finds."""
    shelf = _shelve(engine, pair, CONTROL_PACKS, "control")
    hold_carelessly(engine, shelf.lot_ids[0])
    found = Tally()
    _look_hard(found, engine, shelf)
    return found.oversold


@dataclass(frozen=True, slots=True)
class Shelf:
    """The two lots of a round, of so many packs each."""

    lot_ids: tuple[int, int]
    packs: int


def _pair(engine: Engine) -> tuple[Ware, Ware]:
    """Choose goods of two sellers, so that a basket of both makes two orders."""
    with Session(engine) as session:
        found = wares.list_wares(session, at=clock.now())
    first = found[0]
    return first, next(one for one in found if one.seller != first.seller)


def _shelve(engine: Engine, pair: tuple[Ware, Ware], packs: int, name: str) -> Shelf:
    at = clock.now()
    with Session(engine) as session, session.begin():
        first, second = (
            wares.shelve(session, ware, packs, code=f"RACE-{ware.sku}-{name}", at=at)
            for ware in pair
        )
    return Shelf((first, second), packs)


def _hold_round(tally: Tally, engine: Engine, rush: Rush, one: Round) -> Told:
    with watched(partial(_look_hard, tally, engine, one.shelf)):
        told = Told.of(rush(one.errands))
    sold = 0
    for row in _look(engine, one.shelf):
        sold += row.sold
        tally.lost += abs(row.paid - row.sold)
        if one.errands[0].is_rush:
            tally.lost += abs(one.shelf.packs - row.sold)
    tally.lost += abs(sold - told.counts["packs paid"])
    tally.rounds += 1
    return told


def _look_hard(tally: Tally, engine: Engine, shelf: Shelf) -> None:
    """Compare what the lots say with what was promised of them, in one snapshot."""
    tally.glances += 1
    for row in _look(engine, shelf):
        tally.oversold += max(0, row.promised - row.received)
        tally.lost += abs(row.promised - row.held - row.sold)
        tally.lost += abs(row.received - row.held - row.sold - row.available - row.written_off)


def _look(engine: Engine, shelf: Shelf) -> Sequence[Row[Any]]:
    with engine.connect() as connection:
        return connection.execute(STOCK, {"lots": list(shelf.lot_ids)}).all()


def _outcome(tally: Tally, size: Size, broken: list[str], found: tuple[int, int]) -> Outcome:
    seen, met = found
    whole = Told.of([tally.told, tally.web])
    counts = whole.counts
    trouble = {name: counts[name] for name in sorted(counts) if name.startswith("error ")}
    deadlocks = trouble.pop("error DeadlockDetected", 0)
    answers = sum(n for name, n in trouble.items() if name.startswith("error answered 5"))
    others = sum(trouble.values()) - answers
    details = [
        f"{tally.rounds} rounds of {size.buyers} buyers, {size.at_once} at once, over HTTP all",
        f"  packs of each of two goods: {', '.join(map(str, size.packs))}",
        *(f"  {name}: {counts[name]:,}" for name in sorted(counts) if name not in trouble),
        f"  a try: {_percentiles(tally.told)}; over HTTP: {_percentiles(tally.web)}",
        f"  {tally.glances:,} glances at the shelf while they were at it",
        f"  deadlocks the database met: {met}",
        f"  control, a shop without locks: {seen} packs oversold and seen",
        *(f"  {name}: {count:,}" for name, count in trouble.items()),
        *(f"  does not hold: {sentence}" for sentence in broken),
    ]
    return Outcome(
        "oversell",
        f"{tally.oversold} packs oversold, {tally.lost} lost, {deadlocks} deadlocks, "
        f"{others} other errors in {len(whole.tries_s):,} tries, {answers} answers 5xx in "
        f"{tally.web.counts['answers']:,} over HTTP",
        GOAL,
        holds=not (tally.oversold or tally.lost or deadlocks or trouble or broken)
        and tally.told.counts["packs paid"] > 0
        and tally.web.counts["packs paid"] > 0
        and seen > 0,
        details=tuple(details),
    )


def _percentiles(told: Told) -> str:
    middle, slow = (percentile(told.tries_s, share) * 1000 for share in (50, 99))
    return f"p50 {middle:.0f} ms, p99 {slow:.0f} ms"
