"""Programs of a shop that are killed in a run, as a whole or a part, and come back."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from random import Random

import psutil
import redis

from shop.embedded.redis import EmbeddedRedis
from shop.proof.ground.servers import running
from shop.settings import Settings

START_SECONDS, PAUSE_SECONDS = 600, 0.05
LAST_WORDS = 2_000


class Kept:
    """A program that is started again when it was killed, or when it ended by itself."""

    def __init__(self, settings: Settings, command: Sequence[str], log: Path) -> None:
        """Remember how it is started."""
        self._settings, self._command, self._log = settings, command, log
        self._stack = ExitStack()
        self._process: psutil.Process | None = None
        self.last_words: list[str] = []
        """What it said last, each time it ended by itself."""

    def start(self) -> None:
        """Start it."""
        program = running(self._settings, self._command, log=self._log)
        self._process = self._stack.enter_context(program)

    def stop(self) -> None:
        """End it in order."""
        self._stack.close()

    def wait(self) -> None:
        """Wait until somebody works; raises `TimeoutError`."""
        deadline = time.monotonic() + START_SECONDS
        while not self.hands():
            if time.monotonic() > deadline:
                raise TimeoutError(self._log.read_text()[-2000:])
            time.sleep(PAUSE_SECONDS)

    def hands(self) -> list[psutil.Process]:
        """Return the processes that do its work; start it again where it ended by itself."""
        if self._process is None:
            return []
        if not _is_at_work(self._process):
            self.last_words.append(self._log.read_text()[-LAST_WORDS:])
            self.stop()
            self.start()
        try:
            return [one for one in self._process.children() if _is_at_work(one)]
        except psutil.NoSuchProcess:
            return []

    def kill_all(self) -> None:
        """Kill it with everything it started, as when its machine fails, and start it again."""
        if self._process is not None:
            for one in [self._process, *self.hands()]:
                with suppress(psutil.NoSuchProcess):
                    one.kill()
        self.stop()
        self.start()


def _is_at_work(process: psutil.Process) -> bool:
    """Say whether a process runs; one that was killed already is not killed again."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@contextmanager
def kept(settings: Settings, command: Sequence[str], name: str) -> Iterator[Kept]:
    """Run a program until the block ends, however often it is killed."""
    one = Kept(settings, command, settings.data_dir / f"{name}.log")
    one.start()
    try:
        yield one
    finally:
        one.stop()


@contextmanager
def own_redis(folder: Path) -> Iterator[str]:
    """Give the address of a Redis that ends with the block."""
    server = EmbeddedRedis(folder)
    share = server.start()
    try:
        yield server.url()
    finally:
        with suppress(redis.RedisError):
            server.stop(share)


def kill_one(hands: Callable[[], Sequence[psutil.Process]], chance: Random) -> bool:
    """Kill one of some processes without a warning, as soon as there is one; say whether."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        for one in chance.sample(some := hands(), len(some)):
            with suppress(psutil.NoSuchProcess):
                one.kill()
                return True
        time.sleep(PAUSE_SECONDS)
    return False
