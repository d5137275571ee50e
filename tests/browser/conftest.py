"""A real Chromium against a real server with the sample data."""

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.error import URLError

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from sqlalchemy import Engine, create_engine

from kernel import clock
from kernel.db import db
from shop.app import create_app
from shop.proof.ground.deliveries import deliver_to
from shop.proof.ground.storefront_pages import CONSUMER
from shop.proof.ground.visits import find_chromium
from shop.settings import CHECKOUT, Settings, environment_for
from shop.tasks import outbox, search
from tests.browser.shop_clock import ShopClock
from tests.browser.visiting import a_context, a_page
from tests.builders.ports import a_free_port
from tests.conftest import SAMPLE_AT

START_SECONDS = 120


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The system's Chromium; on a build machine its absence is a failure, not a skip."""
    found = find_chromium()
    if found is None:
        missing = "No Chromium found; install it: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return found


@pytest.fixture(scope="session")
def browser(chromium_path: str) -> Iterator[Browser]:
    """One Chromium for all tests of the worker."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=chromium_path,
            args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
        )
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def shop_clock(tmp_path_factory: pytest.TempPathFactory) -> ShopClock:
    """The clock of the served shop: it begins when the sample ends, whatever day it is."""
    made = ShopClock(tmp_path_factory.mktemp("clock") / "hands")
    made.set(SAMPLE_AT + timedelta(minutes=1))
    return made


@pytest.fixture(scope="session")
def live_settings(
    live_database_url: str, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    """Settings of a shop with the sample in a database of its own."""
    return replace(
        settings,
        database_url=live_database_url,
        data_dir=tmp_path_factory.mktemp("shop"),
        port=a_free_port(),
        workers=1,
    )


@pytest.fixture(scope="session")
def live_app(live_settings: Settings, shop_clock: ShopClock) -> Iterator[Flask]:
    """The application of the served shop, for the chores its worker would do."""
    app = create_app(live_settings)
    with app.app_context():
        search.refresh_index(at=shop_clock.now())
        deliver_to(CONSUMER, at=shop_clock.now())
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(scope="session")
def live_address(
    live_settings: Settings, live_app: Flask, shop_clock: ShopClock
) -> Iterator[str]:
    """The address of a production server on the sample, going by the clock of the tests."""
    shop = f"tests.browser.shop_clock:serve({str(shop_clock.hands)!r})"
    command = [sys.executable, "-m", "gunicorn", "-c", "python:shop.gunicorn_conf", shop]
    with subprocess.Popen(command, cwd=CHECKOUT, env=environment_for(live_settings)) as server:
        address = f"http://127.0.0.1:{live_settings.port}"
        try:
            _wait_for(address, server)
            yield address
        finally:
            server.terminate()


@pytest.fixture(scope="session")
def live_engine(live_address: str, live_settings: Settings) -> Iterator[Engine]:
    """An engine on the database of the served shop; what is written there is committed."""
    made = create_engine(live_settings.database_url)
    yield made
    made.dispose()


@pytest.fixture(scope="session")
def relay(live_app: Flask, shop_clock: ShopClock) -> Callable[[], int]:
    """What the worker does every second: tell recorded facts to their reactions.

    The database says when a fact is due, and its clock is not the one the tests hold.
    """

    def tell() -> int:
        with pytest.MonkeyPatch.context() as patched, live_app.app_context():
            patched.setattr(clock, "now", lambda: max(shop_clock.now(), datetime.now(UTC)))
            return outbox.relay()

    return tell


@pytest.fixture
def context(browser: Browser, live_address: str) -> Iterator[BrowserContext]:
    """A fresh visitor on a wide screen; the language is Chinese."""
    with a_context(browser, live_address) as opened:
        yield opened


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A tab whose test fails when a script fails or the policy refuses something."""
    with a_page(context) as opened:
        yield opened


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    pytest.fail("the server did not start")
