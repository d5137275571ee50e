"""The writer of the search index is killed while it commits: nothing half, none failed."""

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from random import Random
from threading import Event, Thread

from catalog.search import generations
from catalog.search.port import Batch, EngineUnavailableError, Entry, Group, ParsedQuery
from catalog.search.whoosh_engine import WhooshEngine
from kernel import clock
from shop.proof.ground import search_goods
from shop.proof.ground.databases import folder
from shop.proof.ground.search_goods import TODAY
from shop.proof.runner import Kind, Outcome, run_named
from shop.settings import Settings

GOODS = 60
EVERY_REBUILD = 4
MARK = "同"
GOAL = (
    "after every kill the index holds one state whole and can be written on; 0 searches failed;"
    " without the atomic switch some fail"
)


@dataclass(frozen=True, slots=True)
class Size:
    """How often the writer is killed."""

    kills: int


DEFAULT = Size(3)
FULL = Size(50)


@run_named(Kind.EXPERIMENT, "search-crash")
def search_crash(settings: Settings) -> Outcome:
    """Kill the writer of the index during commits and rebuilds while others search."""
    size = FULL if settings.full_size else DEFAULT
    with folder() as place:
        return crash(place, size, Random(settings.seed))


def crash(place: Path, size: Size, dice: Random) -> Outcome:
    """Kill the writer so many times; judge the index after each."""
    engine = WhooshEngine(place / "index")
    engine.rebuild(_goods(0), words=b"words", at=clock.now())
    searcher = _Searcher(WhooshEngine(place / "index"))
    searcher.start()
    halves = stuck = advanced = 0
    state = 0
    for _ in range(size.kills):
        _kill_one(place / "index", state, dice)
        prices = {
            traits.price_minor for traits in WhooshEngine(place / "index").codes().values()
        }
        halves += len(prices) != 1
        advanced += prices != {state}
        state = max(prices, default=state) + 1_000
        stuck += not _is_writable(place / "index", state)
    searcher.stop()
    failed_without = _without_switch(place / "control")
    figure = (
        f"{halves} half and {stuck} stuck of {size.kills} kills,"
        f" {searcher.failed} of {searcher.asked:,} searches failed;"
        f" control: {failed_without} failed"
    )
    holds = not (halves or stuck or searcher.failed) and advanced > 0 and failed_without > 0
    details = (f"{advanced} of {size.kills} writers had committed before they were killed",)
    return Outcome("search-crash", figure, GOAL, holds, details)


def write_on(place: Path, state: int) -> None:
    """Write one state after the other, every fourth as a build of its own, until killed."""
    engine = WhooshEngine(place)
    while True:
        state += 1
        if state % EVERY_REBUILD:
            engine.apply(Batch(upserts=tuple(_goods(state))))
        else:
            engine.rebuild(_goods(state), words=b"words", at=clock.now())


class _Searcher:
    """Searches all the time and counts what failed: an error, or not all the goods."""

    def __init__(self, engine: WhooshEngine) -> None:
        self._engine = engine
        self._ended = Event()
        self._thread = Thread(target=self._search, daemon=True)
        self.asked = 0
        self.failed = 0

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()

    def _search(self) -> None:
        while not self._ended.wait(0.002):
            self.asked += 1
            self.failed += not _is_whole(self._engine)


def _is_whole(engine: WhooshEngine) -> bool:
    """Say whether a search finds every product, all of one state."""
    try:
        found = engine.search(ParsedQuery(must=(Group(((MARK,),)),), limit=GOODS, on=TODAY))
    except EngineUnavailableError:
        return False
    return found.total == GOODS and len({hit.traits.price_minor for hit in found.hits}) == 1


def _kill_one(place: Path, state: int, dice: Random) -> None:
    """Let a writer begin, and kill it at some moment after its first commit has begun."""
    before = _marks(place)
    process = get_context("spawn").Process(target=write_on, args=(place, state))
    process.start()
    while _marks(place) == before:
        if not process.is_alive():
            raise RuntimeError(f"the writer ended by itself with code {process.exitcode}")
        time.sleep(0.001)
    time.sleep(dice.random() * 0.4)
    process.kill()
    process.join()


def _marks(place: Path) -> set[str]:
    return {str(path.relative_to(place)) for path in place.rglob("*")}


def _is_writable(place: Path, state: int) -> bool:
    """Say whether another writer can go on at once, and is seen."""
    engine = WhooshEngine(place)
    try:
        engine.apply(Batch(upserts=tuple(_goods(state))))
    except EngineUnavailableError:
        return False
    return _is_whole(WhooshEngine(place))


def _without_switch(place: Path) -> int:
    """Build the index where it stands, as if there were no switch; return failed searches."""
    engine = WhooshEngine(place)
    engine.rebuild(_goods(1), words=b"words", at=clock.now())
    made = place / (generations.find_current(place) or "")
    failed = 0
    for path in sorted(made.iterdir()):
        path.unlink() if path.is_file() else shutil.rmtree(path)
        failed += not _is_whole(WhooshEngine(place))
    return failed


def _goods(state: int) -> Iterator[Entry]:
    maker = search_goods.maker()
    for entry in maker.goods(GOODS):
        traits = replace(entry.traits, price_minor=state)
        yield replace(entry, tokens=(*entry.tokens, MARK), traits=traits)
