"""A real Chromium against a real server with the sample data."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.error import URLError

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from shop.settings import CHECKOUT, Settings, environment_for

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
START_SECONDS = 40
WIDE = (1280, 900)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The system's Chromium; on a build machine its absence is a failure, not a skip."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None and Path(MAC).exists():
        found = MAC
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
def live_address(stocked_database_url: str, settings: Settings) -> Iterator[str]:
    """The address of a production server on a database of its own with the sample in it."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    live = replace(settings, database_url=stocked_database_url, port=port, workers=1)
    command = [sys.executable, "-m", "gunicorn", "-c", "python:shop.gunicorn_conf"]
    with subprocess.Popen(
        [*command, "shop.wsgi:app"], cwd=CHECKOUT, env=environment_for(live)
    ) as server:
        address = f"http://127.0.0.1:{port}"
        try:
            _wait_for(address, server)
            yield address
        finally:
            server.terminate()


@pytest.fixture
def context(browser: Browser, live_address: str) -> Iterator[BrowserContext]:
    """A fresh visitor on a wide screen; the language is Chinese."""
    width, height = WIDE
    opened = browser.new_context(
        base_url=live_address,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        viewport={"width": width, "height": height},
    )
    opened.set_default_timeout(15_000)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A tab whose test fails when a script fails or the policy refuses something."""
    opened = context.new_page()
    troubles: list[str] = []
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    opened.on(
        "console",
        lambda message: (
            troubles.append(message.text) if "Content Security" in message.text else None
        ),
    )
    yield opened
    assert troubles == []


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    pytest.fail("the server did not start")
