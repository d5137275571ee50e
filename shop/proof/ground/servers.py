"""Starts the shop, or a bare application, under the server it is sold with."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from shop.embedded.errors import ServiceError
from shop.settings import CHECKOUT, Settings, environment_for
from shop.supervisor import READY

SHOP = "shop.wsgi:app"
START_SECONDS = 120
STOP_SECONDS = 10
PAUSE_SECONDS = 0.05
ERRORS = ("database_unavailable", "unexpected_error")
LINE = 600


@dataclass(frozen=True, slots=True)
class Server:
    """A running server with its worker processes."""

    settings: Settings
    process: psutil.Process
    log: Path

    def list_errors(self) -> list[str]:
        """Return the lines of its journal about answers that were errors of the shop."""
        lines = self.log.read_text().splitlines()
        return [line[:LINE] for line in lines if any(name in line for name in ERRORS)]

    def workers(self) -> list[psutil.Process]:
        """Return the processes that answer requests."""
        return list(self.process.children())


@contextmanager
def serving(settings: Settings, application: str = SHOP) -> Iterator[Server]:
    """Serve an application on a free port with the shop's own configuration of its server.

    Raises `ServiceError` when it does not answer in time.
    """
    folder = settings.data_dir / application.rpartition(".")[2].replace(":", "-")
    (folder / "metrics").mkdir(parents=True)
    own = replace(
        settings, host="127.0.0.1", port=free_port(), metrics_dir=str(folder / "metrics")
    )
    command = ["gunicorn", "-c", "python:shop.gunicorn_conf", application]
    with running(own, command, log=folder / "log") as process:
        _wait_until_ready(process, folder / "log", workers=own.workers)
        yield Server(own, process, folder / "log")


@contextmanager
def running(
    settings: Settings, command: Sequence[str], *, log: Path
) -> Iterator[psutil.Process]:
    """Run a Python module as a program until the block ends; its children end with it."""
    arguments = [sys.executable, "-m", *command]
    with program(arguments, log=log, environment=environment_for(settings)) as process:
        yield process


@contextmanager
def program(
    arguments: Sequence[str],
    *,
    log: Path,
    environment: Mapping[str, str],
    folder: Path = CHECKOUT,
) -> Iterator[psutil.Process]:
    """Run a program until the block ends; its children end with it."""
    with (
        log.open("w") as output,
        subprocess.Popen(  # noqa: S603 -- our own programs, no shell
            arguments,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as popen,
    ):
        process = psutil.Process(popen.pid)
        try:
            yield process
        finally:
            family = (
                [process, *process.children(recursive=True)] if process.is_running() else []
            )
            popen.terminate()
            _, alive = psutil.wait_procs(family, timeout=STOP_SECONDS)
            for one in alive:
                one.kill()


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _wait_until_ready(process: psutil.Process, log: Path, *, workers: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while log.read_text().count(READY) < workers:
        if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
            raise ServiceError(
                "网站服务启动失败：" + log.read_text()[-2000:],
                "The server ended at once: " + log.read_text()[-2000:],
            )
        if time.monotonic() > deadline:
            raise ServiceError("网站服务没有应答。", "The server does not answer.")
        time.sleep(PAUSE_SECONDS)
