"""Counts the users of an embedded server through file locks."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Sharing:
    """The users of one server folder: any number share it, one at a time may start or stop it.

    The operating system drops the locks of a process that dies, however it dies.
    """

    def __init__(self, folder: Path) -> None:
        """Remember the folder that holds the two lock files."""
        self._folder = folder
        self._use: int | None = None

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until nobody else starts or stops the server, and keep others out meanwhile."""
        handle = self._opened("turn.lock")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def join(self) -> None:
        """Count this process as a user; call it within a turn."""
        self._use = self._opened("users.lock")
        fcntl.flock(self._use, fcntl.LOCK_SH)

    def leave(self) -> bool:
        """Stop counting this process and tell if it was the last; call it within a turn."""
        if self._use is None:
            return False
        try:
            fcntl.flock(self._use, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        else:
            return True
        finally:
            os.close(self._use)
            self._use = None

    def _opened(self, name: str) -> int:
        path = self._folder / name
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
