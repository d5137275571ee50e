"""Runs seeds side by side: a process and a copy of the market for each lane."""

import multiprocessing
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass

from sqlalchemy import create_engine, text

from kernel import vault
from shop.proof.ground.databases import Ground
from shop.proof.simulation import plan, runs
from shop.proof.simulation.market import Market
from shop.proof.simulation.runs import Run, Way


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of one seed."""

    seed: int
    events: int
    steps: int
    """Events and steps of settlements of one delivery."""
    deliveries: Counter[str]
    failures: list[str]


class Lane:
    """One market on which seed after seed is run, over one connection that keeps its plans."""

    def __init__(self, url: str, vault_keys: Sequence[str], market: Market) -> None:
        """Take a database that nobody else works in."""
        vault.use_key(*vault_keys)
        self._engine = create_engine(url, pool_size=1, max_overflow=0)
        self._market = market

    def run(self, seed: int) -> Trial:
        """Deliver the plan of a seed in every way; an error is a failure of this seed."""
        drawn = plan.draw(self._market, seed)
        found: dict[Way, Run] = {}
        try:
            for way in Way:
                self._sweep()
                found[way] = runs.carry_out(self._engine, self._market, drawn, way)
        except Exception:  # noqa: BLE001 -- whatever it is, the seed is told and the others run
            return Trial(seed, drawn.events, 0, Counter(), [traceback.format_exc()])
        calm = found[Way.CALM].deliveries
        return Trial(
            seed=seed,
            events=drawn.events,
            steps=calm["delivered"] + calm["steps"],
            deliveries=sum((run.deliveries for run in found.values()), Counter()),
            failures=_compare(found),
        )

    def close(self) -> None:
        """Leave the database, so that it can be dropped."""
        self._engine.dispose()

    def _sweep(self) -> None:
        """Clear away the rows that earlier runs took back; every look would pass over them."""
        with self._engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM"))


def run_all(
    ground: Ground, market: Market, seeds: Sequence[int], *, lanes: int
) -> Iterator[Trial]:
    """Yield what came of every seed as it gets done; the ground is the market's."""
    keys = ground.settings.vault_keys
    with ExitStack() as stack:
        urls = [
            stack.enter_context(ground.copy(f"lane{number}")).database_url
            for number in range(min(lanes, len(seeds)))
        ]
        if len(urls) == 1:
            lane = Lane(urls[0], keys, market)
            stack.callback(lane.close)
            yield from map(lane.run, seeds)
            return
        pools = [_open(url, keys, market) for url in urls]
        for pool in pools:
            stack.callback(pool.shutdown, cancel_futures=True)
        waiting = [
            pools[place % len(pools)].submit(_run, seed) for place, seed in enumerate(seeds)
        ]
        for done in as_completed(waiting):
            yield done.result()


def _open(url: str, vault_keys: Sequence[str], market: Market) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(
        1,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_begin,
        initargs=(url, vault_keys, market),
    )


_lane: dict[str, Lane] = {}


def _begin(url: str, vault_keys: Sequence[str], market: Market) -> None:
    _lane["own"] = Lane(url, vault_keys, market)


def _run(seed: int) -> Trial:
    return _lane["own"].run(seed)


def _compare(found: dict[Way, Run]) -> list[str]:
    """Return what does not hold in a run, and what differs from the calm one."""
    calm = found[Way.CALM].records
    return [
        *(f"{way}: {one}" for way, run in found.items() for one in run.wrong),
        *(
            f"{way}: {name} differ from the calm run"
            for way, run in found.items()
            for name, digest in calm.items()
            if run.records[name] != digest
        ),
    ]
