"""A look that is taken again and again while others are at work."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

WATCH_SECONDS = 0.05


@contextmanager
def watched(look: Callable[[], None]) -> Iterator[None]:
    """Look every 50 ms from another thread until the block ends, and once more then."""
    is_over = Event()

    def watch() -> None:
        while not is_over.wait(WATCH_SECONDS):
            look()

    watcher = Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        is_over.set()
        watcher.join()
    look()
