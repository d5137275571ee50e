"""What a process remembers for some seconds: figures that many readers ask for."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock, Thread
from typing import Any, TypeVar, cast

from flask import current_app
from flask.sansio.app import App

T = TypeVar("T")

EXTENSION = "storefront_memory"
SECONDS = 30.0
ENTRIES = 500


class Memory:
    """Keeps what was computed for a key until it is too old; the least used goes first."""

    def __init__(
        self,
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
        entries: int = ENTRIES,
    ) -> None:
        """Keep so many entries for so many seconds; zero seconds keep nothing."""
        self._seconds = seconds
        self._most = entries
        self._clock = clock
        self._entries: OrderedDict[Hashable, tuple[float, Any]] = OrderedDict()
        self._making: set[Hashable] = set()
        self._lock = Lock()

    def recall(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what is remembered for the key, or make it and remember it.

        Threads that ask at the same moment may each make it; nobody waits for another.
        """
        now = self._clock()
        with self._lock:
            found = self._entries.get(key)
            if found and now - found[0] < self._seconds:
                self._entries.move_to_end(key)
                return cast("T", found[1])
        return self._keep(key, make)

    def recall_old(
        self,
        key: Hashable,
        make: Callable[[], T],
        aside: Callable[[Callable[[], object]], None],
    ) -> T:
        """Return what is remembered however old it is; what is too old is made anew `aside`.

        Only the first who asks waits. Without seconds to keep it, it is made each time.
        """
        now = self._clock()
        with self._lock:
            found = self._entries.get(key)
            is_old = found is not None and now - found[0] >= self._seconds
            is_due = is_old and key not in self._making
            if is_due:
                self._making.add(key)
        if found is None or not self._seconds:
            return self._keep(key, make)
        if is_due:
            aside(lambda: self._keep(key, make))
        return cast("T", found[1])

    def _keep(self, key: Hashable, make: Callable[[], T]) -> T:
        now = self._clock()
        try:
            made = make()
        finally:
            with self._lock:
                self._making.discard(key)
        with self._lock:
            self._entries[key] = (now, made)
            self._entries.move_to_end(key)
            while len(self._entries) > self._most:
                self._entries.popitem(last=False)
        return made


def init_app(app: App) -> None:
    """Give the application its memory; tests remember nothing, because they change the data."""
    if EXTENSION not in app.extensions:
        app.extensions[EXTENSION] = Memory(0 if app.testing else SECONDS)


def recall(key: Hashable, make: Callable[[], T]) -> T:
    """Ask the application's memory."""
    memory: Memory = current_app.extensions[EXTENSION]
    return memory.recall(key, make)


def recall_old(key: Hashable, make: Callable[[], T]) -> T:
    """Ask the application's memory for what may be old; it is made anew by a thread."""
    app: App = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 -- the documented way to hand it to a thread

    def aside(work: Callable[[], object]) -> None:
        Thread(target=_within, args=(app, work), daemon=True).start()

    memory: Memory = app.extensions[EXTENSION]
    return memory.recall_old(key, make, aside)


def _within(app: Any, work: Callable[[], object]) -> None:
    """Any: the application as Flask has it, with a context."""
    with app.app_context():
        work()
