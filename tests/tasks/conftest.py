"""An application whose letters stay in the test, and a shop with Redis of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
import redis
from flask import Flask
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from kernel import clock
from payments.values import Provider
from shop import gateways
from shop.embedded.redis import EmbeddedRedis
from shop.settings import CHECKOUT, Settings, environment_for
from tests.builders.api import a_shop_of_today
from tests.builders.letters import MailServer
from tests.builders.ports import a_free_port
from tests.builders.sales import World
from tests.builders.stripe_fake import Stripe, a_stripe

START_SECONDS = 120


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[MutableMapping[str, Any]]]:
    """What is logged; nobody draws tracebacks of failures that a test asks for."""
    with capture_logs() as lines:
        yield lines


@pytest.fixture
def spool(app: Flask, tmp_path: Path) -> Iterator[Path]:
    """The folder in which this test's letters are laid."""
    given = app.extensions["shanji_settings"]
    app.extensions["shanji_settings"] = replace(given, data_dir=tmp_path)
    with app.app_context():
        yield tmp_path / "mail"
    app.extensions["shanji_settings"] = given


@pytest.fixture
def mail_server(app: Flask, spool: Path) -> Iterator[MailServer]:
    """A mail server that keeps what it gets, used instead of the folder."""
    with MailServer() as server:
        app.extensions["shanji_settings"] = replace(
            app.extensions["shanji_settings"], smtp_url=server.url
        )
        yield server


class OwnRedis:
    """A Redis server nobody else uses, which may be frozen, killed and started anew."""

    def __init__(self, folder: Path) -> None:
        self._server = EmbeddedRedis(folder)
        self._shares = [self._server.start()]
        self.url = self._server.url()
        self._pid = self._find_pid()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Let it accept connections and answer nothing."""
        os.kill(self._pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._pid, signal.SIGCONT)

    def kill(self) -> None:
        """End it without a word to anybody."""
        os.kill(self._pid, signal.SIGKILL)

    def start_again(self) -> None:
        """Start it with whatever it had saved."""
        self._shares.append(self._server.start())
        self._pid = self._find_pid()

    def count_rings(self) -> int:
        """Return how many messages wait for a worker."""
        with redis.Redis.from_url(self.url, socket_timeout=2) as client:
            return int(client.llen("reactions"))

    def close(self) -> None:
        """Stop it if it lives."""
        for share in self._shares:
            with suppress(redis.RedisError):
                self._server.stop(share)

    def _find_pid(self) -> int:
        with redis.Redis.from_url(self.url) as client:
            return int(client.info("server")["process_id"])


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[OwnRedis]:
    """A Redis server of this test."""
    server = OwnRedis(tmp_path / "redis")
    yield server
    server.close()


@pytest.fixture
def live_settings(
    fresh_database_url: str, own_redis: OwnRedis, settings: Settings, tmp_path: Path
) -> Settings:
    """Settings of a shop in processes of its own."""
    return replace(
        settings,
        database_url=fresh_database_url,
        redis_url=own_redis.url,
        data_dir=tmp_path,
        port=a_free_port(),
        workers=1,
    )


@pytest.fixture
def live_address(live_settings: Settings) -> Iterator[str]:
    """The address of a running shop."""
    address = f"http://127.0.0.1:{live_settings.port}"
    command = ["gunicorn", "-c", "python:shop.gunicorn_conf", "shop.wsgi:app"]
    with running(live_settings, *command):
        deadline = time.monotonic() + START_SECONDS
        while not _answers(address):
            assert time.monotonic() < deadline, "the shop does not answer"
            time.sleep(0.1)
        yield address


@contextmanager
def running(settings: Settings, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a Python module of the environment until the block ends."""
    with subprocess.Popen(
        [sys.executable, "-m", *command], cwd=CHECKOUT, env=environment_for(settings)
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def _answers(address: str) -> bool:
    try:
        with urlopen(f"{address}/healthz", timeout=5) as answer:  # noqa: S310 -- our own
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


@pytest.fixture
def stripe(app: Flask) -> Iterator[Stripe]:
    """A fake Stripe the application talks to, by the clock of the test."""
    before = app.extensions[gateways.NAME]
    made = a_stripe(at=clock.now())
    gateways.install(app, before | {Provider.STRIPE: made.gateway})
    yield made
    assert made.fake.faults == []
    app.extensions[gateways.NAME] = before


@pytest.fixture
def world(session: Session) -> World:
    return a_shop_of_today(session)
