"""A shop whose clock the tests hold: it runs from where the sample ends and is put forward."""

from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from kernel import clock


class ShopClock:
    """The time in one served shop: real time, moved by as many seconds as its file says.

    The file is how a test tells the server, which runs in a process of its own.
    """

    def __init__(self, hands: Path) -> None:
        """Read the clock whose hands lie in a file."""
        self.hands = hands

    def set(self, at: datetime) -> None:
        """Let the clock show a moment now and run on from there."""
        offset = at - datetime.now(UTC)
        fresh = self.hands.with_suffix(".fresh")
        fresh.write_text(str(offset.total_seconds()))
        # A reader never sees half a number.
        fresh.replace(self.hands)

    def put_forward(self, by: timedelta) -> None:
        """Let time pass at once."""
        self.set(self.now() + by)

    def now(self) -> datetime:
        """Return what the clock shows."""
        return datetime.now(UTC) + timedelta(seconds=float(self.hands.read_text()))


def serve(hands: str) -> Any:
    """Return the WSGI application of a shop that goes by this clock.

    The clock is exchanged before anything of the shop is loaded, so that every module sees it.
    """
    clock.now = ShopClock(Path(hands)).now
    return import_module("shop.wsgi").app
