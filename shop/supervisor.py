"""Runs the server, the worker and the clock as one, and takes all of them down together."""

import os
import shlex
import signal
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

import psutil
from honcho.manager import Manager
from honcho.printer import Printer

from shop.settings import CHECKOUT

# What shop/gunicorn_conf.py prints when a worker answers.
READY = "shanji: ready"
MARK = "SHANJI_SUPERVISED"
STOP_SECONDS = 10
# How honcho reports that Ctrl-C or SIGTERM ended it.
ASKED_TO_STOP = (130, 143)
# A program that is to last is started again when it ends unasked, unless it cannot even start.
LASTING = """
trap 'asked=1' TERM INT
while :; do
    begun=$(date +%s)
    {command}
    code=$?
    if [ -n "$asked" ] || [ $(($(date +%s) - begun)) -lt {soonest} ]; then exit $code; fi
    echo "ended unasked with $code, started again"
done
"""
SOONEST_SECONDS = 3
REDUNDANT = ("started (pid=", "sending SIGTERM", "stopped (rc=", "received")


class QuietPrinter(Printer):  # type: ignore[misc]  # honcho ships no types
    """Prints what the processes say, and calls once when the server is ready."""

    def __init__(self, output: TextIO, workers: int, when_ready: Callable[[], None]) -> None:
        """Wait for that many workers to say they are ready."""
        super().__init__(output)
        self._missing = workers
        self._when_ready = when_ready

    def write(self, message: Any) -> None:
        """Print one line unless it only says what everybody sees."""
        text = message.data if isinstance(message.data, str) else message.data.decode()
        if READY in text:
            self._missing -= 1
            if self._missing == 0:
                self._when_ready()
        elif message.name != "system" or not any(part in text for part in REDUNDANT):
            super().write(message)


def supervise(
    commands: Mapping[str, Sequence[str]],
    *,
    environment: Mapping[str, str],
    folder: Path,
    workers: int,
    when_ready: Callable[[], None],
    lasting: Collection[str] = (),
) -> int:
    """Run the commands until one ends or a signal comes; nothing of them is left then.

    Those named in `lasting` are started again when they end unasked, as a service manager does.
    """
    manager = Manager(QuietPrinter(sys.stdout, workers, when_ready))
    marked = {**environment, MARK: _mark(folder, os.getpid())}
    for name, command in commands.items():
        line = shlex.join(command)
        again = LASTING.format(command=line, soonest=SOONEST_SECONDS)
        manager.add_process(
            name, again if name in lasting else f"exec {line}", env=marked, cwd=str(CHECKOUT)
        )
    signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
    manager.loop()
    end_orphans(folder)
    return 0 if manager.returncode in ASKED_TO_STOP else int(manager.returncode or 0)


def is_supervised(folder: Path) -> bool:
    """Tell whether another live supervisor runs the shop of this folder."""
    return any(_is_alive(boss) for _, boss in _marked(folder))


def end_orphans(folder: Path) -> int:
    """End processes whose supervisor is gone, as after kill -9; returns how many there were."""
    here = os.getpid()
    orphans = [
        process for process, boss in _marked(folder) if boss == here or not _is_alive(boss)
    ]
    for process in orphans:
        _quietly(process.terminate)
    _, alive = psutil.wait_procs(orphans, timeout=STOP_SECONDS)
    for process in alive:
        _quietly(process.kill)
    return len(orphans)


def _marked(folder: Path) -> list[tuple[psutil.Process, int]]:
    """Return the processes of this user that carry the folder's mark, with their supervisor."""
    found = []
    for process in psutil.process_iter():
        try:
            mark = process.environ().get(MARK, "")
        except (psutil.Error, OSError):
            continue
        place, _, boss = mark.rpartition("#")
        if place == str(folder) and boss.isdigit() and process.pid != os.getpid():
            found.append((process, int(boss)))
    return found


def _is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that only waits to be counted out does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _mark(folder: Path, boss: int) -> str:
    return f"{folder}#{boss}"


def _quietly(action: Callable[[], None]) -> None:
    with suppress(psutil.NoSuchProcess):
        action()
