"""Many buyers want few packs at once: nobody is sold, or promised, what is not there."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any

from sqlalchemy import Engine, Row, text
from sqlalchemy.orm import Session

from kernel import clock
from shop.proof.experiments.careless import hold_carelessly
from shop.proof.experiments.shoppers import Errand, Told, go_shopping
from shop.proof.ground import wares
from shop.proof.ground.crews import Crew, crew
from shop.proof.ground.databases import Ground, engine_on, laid
from shop.proof.ground.figures import percentile
from shop.proof.ground.invariants import list_broken
from shop.proof.ground.wares import Ware
from shop.proof.runner import Kind, Outcome, run_named
from shop.settings import Settings

GOAL = "0 packs oversold, 0 packs lost, 0 deadlocks, 0 other errors"
WATCH_SECONDS = 0.05

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


@dataclass(frozen=True, slots=True)
class Size:
    """How many buyers want how many packs, how often, so many of them at once."""

    packs: tuple[int, ...]
    buyers: int
    rounds: int
    at_once: int


DEFAULT = Size(packs=(1, 7, 50), buyers=40, rounds=1, at_once=20)
FULL = Size(packs=(1, 7, 50, 500), buyers=200, rounds=20, at_once=40)
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
        crew(settings, workers=size.at_once) as buyers,
    ):
        pair = _pair(engine)
        for number in range(size.rounds):
            for packs in size.packs:
                for is_rush in (True, False):
                    name = f"{number}-{packs}-{'rush' if is_rush else 'mixed'}"
                    shelf = _shelve(engine, pair, packs, name)
                    errands = [
                        Errand(f"{name}:{one}", pair[0].sku, pair[1].sku, is_rush)
                        for one in range(size.buyers)
                    ]
                    _hold_round(tally, engine, buyers, shelf, errands)
        broken = list_broken(settings.database_url)
        seen = _control(engine, pair)
    return _outcome(tally, size, broken, seen)


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


def _hold_round(
    tally: Tally, engine: Engine, buyers: Crew, shelf: Shelf, errands: Sequence[Errand]
) -> None:
    with _watched(tally, engine, shelf):
        told = Told.of(buyers.run(go_shopping, errands).results)
    sold = 0
    for row in _look(engine, shelf):
        sold += row.sold
        tally.lost += abs(row.paid - row.sold)
        if errands[0].is_rush:
            tally.lost += abs(shelf.packs - row.sold)
    tally.lost += abs(sold - told.counts["packs paid"])
    tally.told.add(told)
    tally.rounds += 1


@contextmanager
def _watched(tally: Tally, engine: Engine, shelf: Shelf) -> Iterator[None]:
    """Look at the shelf again and again until the block ends, and once more then."""
    is_over = Event()

    def watch() -> None:
        while not is_over.wait(WATCH_SECONDS):
            _look_hard(tally, engine, shelf)

    watcher = Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        is_over.set()
        watcher.join()
    _look_hard(tally, engine, shelf)


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


def _outcome(tally: Tally, size: Size, broken: list[str], seen: int) -> Outcome:
    counts = tally.told.counts
    trouble = {name: counts[name] for name in sorted(counts) if name.startswith("error ")}
    deadlocks = trouble.pop("error DeadlockDetected", 0)
    others = sum(trouble.values())
    details = [
        f"{tally.rounds} rounds of {size.buyers} buyers, {size.at_once} at once",
        f"  packs of each of two goods: {', '.join(map(str, size.packs))}",
        *(f"  {name}: {counts[name]:,}" for name in sorted(counts) if name not in trouble),
        f"  a try: p50 {_ms(tally, 50):.0f} ms, p99 {_ms(tally, 99):.0f} ms",
        f"  {tally.glances:,} glances at the shelf while they were at it",
        f"  control, a shop without locks: {seen} packs oversold and seen",
        *(f"  {name}: {count:,}" for name, count in trouble.items()),
        *(f"  does not hold: {sentence}" for sentence in broken),
    ]
    return Outcome(
        "oversell",
        f"{tally.oversold} packs oversold, {tally.lost} lost, {deadlocks} deadlocks, "
        f"{others} other errors in {len(tally.told.tries_s):,} tries",
        GOAL,
        holds=not (tally.oversold or tally.lost or deadlocks or others or broken)
        and counts["packs paid"] > 0
        and seen > 0,
        details=tuple(details),
    )


def _ms(tally: Tally, share: int) -> float:
    return percentile(tally.told.tries_s, share) * 1000
