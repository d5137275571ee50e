"""Many buyers want the next harvest: nothing beyond the cap, first paid, first served."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import Engine, Row, text
from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.values import NewPresale
from kernel import clock
from kernel.clock import local_date
from shop.proof.experiments.shoppers import TRIES, Errand, Told, go_shopping
from shop.proof.ground import relays, wares
from shop.proof.ground.crews import Crew, crew
from shop.proof.ground.databases import Ground, engine_on, laid
from shop.proof.ground.invariants import list_broken
from shop.proof.ground.wares import Ware
from shop.proof.ground.watching import watched
from shop.proof.runner import Kind, Outcome, run_named
from shop.settings import Settings
from workflows import order_cancelled, presale_allotted
from workflows.order_cancelled import Refusal

GOAL = "0 packs beyond a cap, 0 lost, 0 out of turn, 0 errors; the control's packs seen"
THINKING_SECONDS = 0.05
CARELESS = 12
CONTROL_CAP = 3
SHORT_PERCENT = 60
"""How much of what was promised the harvest gives."""

PROMISED = text("""
    SELECT ahead.id, ahead.cap, ahead.taken, ahead.waiting,
        coalesce(sum(used.quantity - used.returned), 0) AS promised,
        coalesce(sum(used.quantity) FILTER (WHERE used.state = 'taken'), 0) AS paid
    FROM presales ahead LEFT JOIN presale_uses used ON used.presale_id = ahead.id
    WHERE ahead.id = ANY (CAST(:ids AS bigint[])) GROUP BY ahead.id ORDER BY ahead.id
""")
QUEUE = text("""
    SELECT used.order_line_id, line.order_number, used.quantity, used.state
    FROM presale_uses used JOIN order_lines line ON line.id = used.order_line_id
    WHERE used.presale_id = :id AND used.state IN ('taken', 'allotted')
    ORDER BY used.settled_at, used.order_line_id
""")
LOT = text("SELECT available, sold FROM lots WHERE id = :id")
READ = text("SELECT cap - taken AS left, taken FROM presales WHERE id = :id")
FREE = text("""
    SELECT id FROM order_lines line
    WHERE NOT EXISTS (SELECT FROM presale_uses used WHERE used.order_line_id = line.id)
    ORDER BY id DESC LIMIT :lines
""")
PROMISE = text("""
    INSERT INTO presale_uses (order_line_id, presale_id, group_number, quantity, state)
    SELECT line.id, :id, part.group_number, 1, 'held'
    FROM order_lines line JOIN seller_orders part ON part.number = line.order_number
    WHERE line.id = :line
""")
WRITE = text("UPDATE presales SET taken = :taken, waiting = :taken WHERE id = :id")


@dataclass(frozen=True, slots=True)
class Size:
    """How many packs are promised at most, to how many buyers, so many of them at once."""

    caps: tuple[int, ...]
    buyers: int
    rounds: int
    at_once: int


DEFAULT = Size(caps=(1, 7, 50), buyers=40, rounds=1, at_once=20)
FULL = Size(caps=(1, 7, 50, 300), buyers=120, rounds=8, at_once=40)


@dataclass(slots=True)
class Tally:
    """What all rounds so far came to."""

    told: Told = field(default_factory=Told)
    rounds: int = 0
    glances: int = 0
    beyond: int = 0
    """Packs promised beyond a cap, at any glance."""
    lost: int = 0
    """Packs the counters and the lines disagree about, or that a rush left unsold."""
    out_of_turn: int = 0
    """Lines that got none though their lot had enough for their turn, or got some unduly."""
    allotted: int = 0
    given_back: int = 0


@run_named(Kind.EXPERIMENT, "presale-rush")
def presale_rush(settings: Settings) -> Outcome:
    """Let buyers race for the packs of two presales, and give a short harvest to them."""
    with laid(settings) as ground:
        return race(ground, FULL if settings.full_size else DEFAULT)


def race(ground: Ground, size: Size) -> Outcome:
    """Run all rounds on a copy of the ground and count."""
    tally = Tally()
    with (
        # A buyer who pays and cancels at once needs two connections.
        ground.copy("presale-rush", threads=size.at_once) as settings,
        engine_on(settings.database_url) as engine,
        crew(settings, workers=size.at_once) as buyers,
    ):
        pair, other = _goods(engine)
        for number in range(size.rounds):
            for cap in size.caps:
                for is_rush in (True, False):
                    name = f"{number}-{cap}-{'rush' if is_rush else 'mixed'}"
                    errands = [
                        Errand(f"{name}:{one}", pair[0].sku, pair[1].sku, is_rush)
                        for one in range(size.buyers)
                    ]
                    ids = [_open(engine, ware, cap) for ware in pair]
                    _sell_round(tally, engine, buyers, ids, errands)
                    for presale_id, ware in zip(ids, pair, strict=True):
                        _harvest(tally, engine, presale_id, ware, name)
        # Lines of orders for other goods, which the careless shop makes its promises to.
        errands = [
            Errand(f"other:{one}", other, other, is_rush=False) for one in range(CARELESS)
        ]
        buyers.run(go_shopping, errands)
        # No worker runs beside the race; a long one must not leave its facts untold.
        relays.drain(settings)
        broken = list_broken(settings.database_url)
        seen = _control(engine, pair[0])
    return _outcome(tally, size, broken, seen)


def _goods(engine: Engine) -> tuple[tuple[Ware, Ware], str]:
    """Choose goods of two sellers, so that a basket of both makes two orders, and a third."""
    with Session(engine) as session:
        at = clock.now()
        found = wares.list_wares(session, at=at)
        first = found[0]
        second = next(one for one in found if one.seller != first.seller)
        third = next(one for one in found if one.sku not in {first.sku, second.sku})
        wares.shelve(session, third, CARELESS * TRIES, code=f"OTHER-{third.sku}", at=at)
        session.commit()
    return (first, second), third.sku


def _open(engine: Engine, ware: Ware, cap: int) -> int:
    at = clock.now()
    new = NewPresale(
        sku_code=ware.sku,
        seller_code=ware.seller,
        season=local_date(at).year,
        cap=cap,
        opens_at=at - timedelta(seconds=1),
        closes_at=at + timedelta(days=1),
        ships_until=local_date(at) + timedelta(days=10),
        is_sample=True,
    )
    with Session(engine) as session, session.begin():
        return catalog.open_presale(session, new, actor="proof", at=at)


def _sell_round(
    tally: Tally, engine: Engine, buyers: Crew, ids: Sequence[int], errands: Sequence[Errand]
) -> None:
    with watched(partial(_look_hard, tally, engine, ids)):
        told = Told.of(buyers.run(go_shopping, errands).results)
    found = _look(engine, ids)
    if errands[0].is_rush:
        tally.lost += sum(abs(row.cap - row.paid) for row in found)
    tally.lost += abs(sum(row.paid for row in found) - told.counts["packs paid"])
    tally.told.add(told)
    tally.rounds += 1


def _look_hard(tally: Tally, engine: Engine, ids: Sequence[int]) -> None:
    """Compare what presales count with what their lines say, in one snapshot."""
    tally.glances += 1
    for row in _look(engine, ids):
        tally.beyond += max(0, row.promised - row.cap)
        tally.lost += abs(row.promised - row.taken)


def _look(engine: Engine, ids: Sequence[int]) -> Sequence[Row[Any]]:
    with engine.connect() as connection:
        return connection.execute(PROMISED, {"ids": list(ids)}).all()


def _harvest(tally: Tally, engine: Engine, presale_id: int, ware: Ware, name: str) -> None:
    """Give a harvest that is too small to those who paid first, and the rest its money back."""
    at = clock.now()
    with engine.connect() as connection:
        queue = connection.execute(QUEUE, {"id": presale_id}).all()
    packs = max(1, sum(row.quantity for row in queue) * SHORT_PERCENT // 100)
    with Session(engine) as session, session.begin():
        catalog.stop_presale(session, presale_id, seller_code=ware.seller, at=at)
        lot_id = wares.shelve(session, ware, packs, code=f"SHORT-{ware.sku}-{name}", at=at)
        presale_allotted.allot(session, presale_id, seller_code=ware.seller, at=at)
    with engine.connect() as connection:
        served = connection.execute(QUEUE, {"id": presale_id}).all()
        lot = connection.execute(LOT, {"id": lot_id}).one()
    left = packs
    for row in served:
        is_due = row.quantity <= left
        left -= row.quantity if is_due else 0
        tally.out_of_turn += is_due is not (row.state == "allotted")
    given = sum(row.quantity for row in served if row.state == "allotted")
    tally.lost += abs(lot.sold - given) + abs(lot.available - left)
    tally.allotted += given
    for number in sorted({row.order_number for row in served if row.state == "taken"}):
        with Session(engine) as session, session.begin():
            refusal = Refusal("proof", "harvest_short")
            order_cancelled.refund_in_full(session, number, refusal, at=at)
    (row,) = _look(engine, [presale_id])
    # What is waited for now are packs that somebody holds and has not paid.
    tally.lost += abs(row.taken - given - row.waiting) + row.paid
    tally.given_back += sum(row.quantity for row in queue) - given


def _control(engine: Engine, ware: Ware) -> int:
    """Promise without a lock; return how many packs too many the same look finds."""
    presale_id = _open(engine, ware, CONTROL_CAP)
    with engine.connect() as connection:
        lines = connection.scalars(FREE, {"lines": CARELESS}).all()

    def buy(line: int) -> None:
        with engine.begin() as connection:
            row = connection.execute(READ, {"id": presale_id}).one()
            time.sleep(THINKING_SECONDS)
            if row.left:
                connection.execute(PROMISE, {"id": presale_id, "line": line})
                connection.execute(WRITE, {"id": presale_id, "taken": row.taken + 1})

    with ThreadPoolExecutor(CARELESS) as careless:
        list(careless.map(buy, lines))
    found = Tally()
    _look_hard(found, engine, [presale_id])
    return found.beyond


def _outcome(tally: Tally, size: Size, broken: list[str], seen: int) -> Outcome:
    counts = tally.told.counts
    errors = sum(count for name, count in counts.items() if name.startswith("error "))
    details = [
        f"{tally.rounds} rounds of {size.buyers} buyers, {size.at_once} at once",
        f"  caps of each of two presales: {', '.join(map(str, size.caps))}",
        *(f"  {name}: {counts[name]:,}" for name in sorted(counts)),
        f"  short harvests: {tally.allotted:,} packs given, {tally.given_back:,} paid back",
        f"  {tally.glances:,} glances at the presales while they were at it",
        f"  control, a shop without locks: {seen} packs beyond the cap and seen",
        *(f"  does not hold: {sentence}" for sentence in broken),
    ]
    return Outcome(
        "presale-rush",
        f"{tally.beyond} packs beyond a cap, {tally.lost} lost, {tally.out_of_turn} lines "
        f"out of turn, {errors} errors in {len(tally.told.tries_s):,} tries",
        GOAL,
        holds=not (tally.beyond or tally.lost or tally.out_of_turn or errors or broken)
        and counts["packs paid"] > 0
        and tally.allotted > 0
        and seen > 0,
        details=tuple(details),
    )
