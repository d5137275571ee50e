"""Lets two processes carry the past trade, one for each half of the sellers.

Sellers of the two halves share no basket, no lot and hardly a household, so both can work at
once and the outcome is the same as if one had done all.
"""

import multiprocessing
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing.connection import Connection, wait
from typing import Final

from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import StaticPool

from kernel import vault
from shop.sample import marker, offers, promises, recent, timeline
from shop.sample.checks import Files
from shop.sample.demand import PlannedGroup, Planner
from shop.sample.files import Sources, read_all
from shop.sample.fleet import assign_loggers
from shop.sample.harvests import Harvester, PlannedLot
from shop.sample.timeline import Checkout, Journey
from shop.sample.trade import Event, Trader, agenda

SEED: Final = "wulong"
HALVES: Final = (0, 1)
WORTH_TWO_PROCESSES: Final = 200
"""From how many orders on starting processes takes less time than it saves."""
WORTH_OFFERS: Final = 500
"""From how many orders on some of them use offers; smaller samples are for tests of trade."""
HASTY: Final = "-c synchronous_commit=off"
"""A load that loses its last moment to a power cut is begun again anyway."""


class TradeError(RuntimeError):
    """A process could not carry its half; the message is the traceback."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a process needs to know to plan and carry one half."""

    url: str
    vault_keys: tuple[str, ...]
    orders: int
    until: datetime
    seed: str = SEED
    in_two: bool | None = None
    """Whether two processes carry it; empty lets the number of orders decide."""
    sources: Sources = field(default_factory=Sources)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that is to happen, and the lots it needs."""

    checkouts: list[Checkout]
    lots: list[PlannedLot]
    loggers: dict[str, str]

    def half(self, half: int) -> list[Checkout]:
        """Return the checkouts of one half."""
        return [one for one in self.checkouts if one.group.half == half]


def plan(files: Files, job: Job) -> Plan:
    """Plan checkouts, their fates, their lots and their loggers from files, seed and day."""
    planner = Planner(files, seed=job.seed)
    past = timeline.plan(planner.plan(until=job.until, orders=job.orders), seed=job.seed)
    newest = recent.plan(planner, until=job.until) if job.orders else []
    checkouts = promises.on_terms([*past, *newest], files, until=job.until)
    if job.orders >= WORTH_OFFERS:
        wishes = offers.plan(planner, until=job.until)
        checkouts += timeline.plan(wishes, seed=f"{job.seed} offers")
    groups: list[PlannedGroup] = [one.group for one in checkouts]
    if job.orders:
        checkouts += promises.plan(planner, files, until=job.until)
    harvester = Harvester(files, seed=job.seed, until=job.until)
    return Plan(
        checkouts=checkouts,
        lots=harvester.plan(groups, planner.goods),
        loggers=assign_loggers([part for one in checkouts for part in one.journeys]),
    )


def carry_out(job: Job, planned: Plan, tell: Callable[[int, int], None]) -> None:
    """Carry both halves, in two processes where that is worth it; the outcome is the same.

    Raises `TradeError` when one of the processes fails.
    """
    in_two = job.orders >= WORTH_TWO_PROCESSES if job.in_two is None else job.in_two
    if in_two:
        _carry_in_two(job, planned, tell)
    else:
        _carry_in_one(job, planned, tell)


def _carry_in_two(job: Job, planned: Plan, tell: Callable[[int, int], None]) -> None:
    """Start a process for each half; they end with this one, however it ends."""
    total = sum(len(_events(planned, half, job)) for half in HALVES)
    context = multiprocessing.get_context("spawn")
    lines: list[Connection] = []
    workers = []
    for half in HALVES:
        mine, theirs = context.Pipe(duplex=False)
        worker = context.Process(target=_work, args=(job, half, theirs), daemon=True)
        worker.start()
        theirs.close()
        lines.append(mine)
        workers.append(worker)
    try:
        _listen(lines, total, tell)
    finally:
        for worker in workers:
            worker.terminate()
            worker.join()


def _carry_in_one(job: Job, planned: Plan, tell: Callable[[int, int], None]) -> None:
    total = sum(len(_events(planned, half, job)) for half in HALVES)
    done = 0

    def count(steps: int) -> None:
        nonlocal done
        done += steps
        tell(done, total)

    for half in HALVES:
        _carry(job, planned, half, count)


def _listen(lines: list[Connection], total: int, tell: Callable[[int, int], None]) -> None:
    done = 0
    finished: list[Connection] = []
    while len(finished) < len(lines):
        for line in wait([line for line in lines if line not in finished]):
            if not isinstance(line, Connection):
                continue
            said = _hear(line)
            if isinstance(said, str):
                raise TradeError(said)
            if said == 0:
                finished.append(line)
            done += said
            tell(done, total)


def _hear(line: Connection) -> int | str:
    try:
        said: int | str = line.recv()
    except EOFError:
        return "a process carrying past orders ended early"
    return said


def _work(job: Job, half: int, line: Connection) -> None:
    """Run in a process of its own: steps done are told as numbers, the end as 0.

    Ctrl-C reaches the process that started this one, which then ends it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        vault.use_key(*job.vault_keys)
        _carry(job, plan(read_all(job.sources), job), half, line.send)
        line.send(0)
    except BrokenPipeError:
        return
    except Exception:  # noqa: BLE001 -- whatever it is, the other process must be told
        line.send(traceback.format_exc())


def _carry(job: Job, planned: Plan, half: int, tell: Callable[[int], None]) -> None:
    with engine_for(job.url) as engine:
        trader = Trader(engine, planned.loggers, seed=job.seed, until=job.until)
        trader.run(_events(planned, half, job), tell)
        trader.upload_on_the_way(_parts(planned, half))


def _events(planned: Plan, half: int, job: Job) -> list[Event]:
    return agenda(planned.half(half), until=job.until)


def _parts(planned: Plan, half: int) -> Iterator[Journey]:
    for one in planned.half(half):
        yield from one.journeys


@contextmanager
def engine_for(url: str) -> Iterator[Engine]:
    """Give an engine with one connection that stays open."""
    engine = create_engine(
        url,
        poolclass=StaticPool,
        connect_args={"options": HASTY, "application_name": marker.LOADER},
    )
    try:
        yield engine
    finally:
        engine.dispose()
