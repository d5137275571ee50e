"""Redis hangs, is gone, and comes back empty: people buy on, and nothing is forgotten."""

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import redis
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from kernel.outbox import count_undelivered
from shop.embedded.redis import EmbeddedRedis
from shop.proof.ground import journeys, wares
from shop.proof.ground.databases import Ground, engine_on, laid
from shop.proof.ground.invariants import list_broken
from shop.proof.ground.journeys import Browser, Journey
from shop.proof.ground.servers import running, serving
from shop.proof.runner import Kind, Outcome, run_named
from shop.queues import beat_command, worker_command
from shop.settings import Settings

BUYERS = 2
KINDS, PACKS = 40, 100_000
SLOWER_SECONDS = 3.0
DRAIN_SECONDS = 120.0
PAUSE_SECONDS = 0.2
GOAL = (
    "every order placed and paid, no answer more than "
    f"{SLOWER_SECONDS:g} s slower, every letter sent within {DRAIN_SECONDS:g} s of the return"
)
PAID = text("SELECT count(*) FROM order_groups WHERE state = 'paid'")


@dataclass(frozen=True, slots=True)
class Size:
    """How long buyers order while Redis is well, hangs, is gone, and is back."""

    seconds: float


DEFAULT = Size(seconds=4)
FULL = Size(seconds=60)


@run_named(Kind.EXPERIMENT, "redis-away")
def redis_away(settings: Settings) -> Outcome:
    """Let buyers order and pay while Redis is well, hangs, is refused, and returns empty."""
    with laid(settings) as ground:
        return take_away(ground, FULL if settings.full_size else DEFAULT)


@dataclass(frozen=True, slots=True)
class Phase:
    """What buyers went through while Redis was in one state."""

    name: str
    made: list[Journey]

    @property
    def slowest_s(self) -> float:
        """Return how long the slowest answer took."""
        return max((one.slowest_s for one in self.made), default=0.0)

    @property
    def failures(self) -> list[str]:
        """Return what should not have been answered, or was not."""
        found = [f"{self.name}: {sentence}" for one in self.made for sentence in one.refused]
        lost = sum(one.lost.total() for one in self.made)
        return found + ([f"{self.name}: {lost} answers never came"] if lost else [])


class OwnRedis:
    """A Redis of this run, which may be frozen, killed and started again without its data."""

    def __init__(self, folder: Path) -> None:
        """Start it."""
        self._server = EmbeddedRedis(folder)
        self._share = self._server.start()
        self._folder = folder

    @property
    def url(self) -> str:
        """Return its address, the same after every start."""
        return self._server.url()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Let it accept connections and answer nothing."""
        pid = self._pid()
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    @contextmanager
    def gone(self) -> Iterator[None]:
        """Kill it without a word; afterwards it comes back and remembers nothing."""
        os.kill(self._pid(), signal.SIGKILL)
        # Otherwise this process counts as two users, and the server outlives it.
        self._server.stop(self._share)
        try:
            yield
        finally:
            (self._folder / "dump.rdb").unlink(missing_ok=True)
            self._share = self._server.start()

    def stop(self) -> None:
        """End it for good."""
        with suppress(redis.RedisError):
            self._server.stop(self._share)

    def _pid(self) -> int:
        with redis.Redis.from_url(self.url, socket_timeout=5) as client:
            return int(client.info("server")["process_id"])


def take_away(ground: Ground, size: Size) -> Outcome:
    """Run a whole shop on a Redis of its own, and take that away."""
    with ground.copy("redis") as copied, engine_on(copied.database_url) as engine:
        own = OwnRedis(copied.data_dir / "redis")
        settings = replace(copied, redis_url=own.url)
        goods = wares.prepare(settings.database_url, kinds=KINDS, packs=PACKS)
        logs = settings.data_dir
        try:
            with (
                serving(settings) as server,
                running(settings, worker_command("celery"), log=logs / "worker.log"),
                running(settings, beat_command("celery"), log=logs / "beat.log"),
            ):
                browsers = [Browser(server.settings.port) for _ in range(BUYERS)]

                def buy(name: str) -> Phase:
                    return _buy(name, browsers, goods, size.seconds)

                phases = _go_through(own, buy)
                drained_s = _wait_until_told(engine)
        finally:
            own.stop()
        letters = len(list((settings.data_dir / "mail").glob("*.eml")))
        with engine.connect() as connection:
            paid = int(connection.execute(PAID).scalar_one())
        broken = list_broken(settings.database_url)
    return _outcome(phases, drained_s, letters, paid, broken)


def _go_through(own: OwnRedis, buy: Callable[[str], Phase]) -> list[Phase]:
    """Buy in every state; the first round only warms up the pages."""
    buy("warming up")
    phases = [buy("well")]
    with own.frozen():
        phases.append(buy("hanging"))
    with own.gone():
        phases.append(buy("refused"))
    phases.append(buy("back"))
    return phases


def _buy(name: str, browsers: Sequence[Browser], goods: Sequence[str], seconds: float) -> Phase:
    """Let every buyer go from order to order for so long."""
    end = time.monotonic() + seconds
    made: list[Journey] = []

    def shop(browser: Browser) -> None:
        chance = Random(f"{name}:{browser.answers}")
        while time.monotonic() < end:
            basket = dict.fromkeys(chance.sample(goods, 2), 1)
            made.append(journeys.travel(Journey(browser, basket)))

    with ThreadPoolExecutor(len(browsers)) as pool:
        list(pool.map(shop, browsers))
    return Phase(name, made)


def _wait_until_told(engine: Engine) -> float | None:
    """Return after how many seconds no fact waited any more; None when some still do."""
    started = time.monotonic()
    while (waited_s := time.monotonic() - started) < DRAIN_SECONDS:
        with Session(engine) as session:
            if count_undelivered(session) == 0:
                return waited_s
        time.sleep(PAUSE_SECONDS)
    return None


def _outcome(
    phases: Sequence[Phase],
    drained_s: float | None,
    letters: int,
    paid: int,
    broken: Sequence[str],
) -> Outcome:
    made = [one for phase in phases for one in phase.made]
    served = sum(one.is_paid for one in made)
    well = phases[0].slowest_s
    slower = max(phase.slowest_s - well for phase in phases)
    failures = [sentence for phase in phases for sentence in phase.failures]
    told = "not" if drained_s is None else f"{drained_s:.1f} s"
    return Outcome(
        "redis-away",
        f"{served} of {len(made)} orders paid, {max(slower, 0):.1f} s slower at most, "
        f"{letters} of {paid} letters, all facts told after {told}",
        GOAL,
        holds=served == len(made) > 0
        and slower <= SLOWER_SECONDS
        and drained_s is not None
        and letters == paid
        and not (failures or broken),
        details=(
            f"a whole shop with worker and clock, {BUYERS} buyers",
            *(
                f"  {phase.name:8} {sum(one.is_paid for one in phase.made):3} of "
                f"{len(phase.made):3} orders paid, slowest answer {phase.slowest_s:.2f} s"
                for phase in phases
            ),
            *(f"  {sentence}" for sentence in failures[:20]),
            *(f"  does not hold: {sentence}" for sentence in broken),
        ),
    )
