"""Takes the pictures of docs/screenshots: every main page, at a desk and on a phone.

`python -m tests.browser.screenshots http://127.0.0.1:8000` visits the demo that runs there. It
buys nothing: one order is placed, never paid, and expires by itself.
"""

import io
import sys
from pathlib import Path

import click
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from shop.proof.ground.visits import find_chromium
from shop.settings import CHECKOUT
from tests.browser.rooms import ROOMS, move_in
from tests.browser.visiting import NARROW, WIDE, a_visitor

FOLDER = CHECKOUT / "docs" / "screenshots"
ADDRESS = "http://127.0.0.1:8000"
LONGEST = 1_500
"""Pictures end after so many pixels; nobody reads a list to its end in a picture."""
QUALITY = 78
SETTLE_MS = 300
LEFT_OUT = frozenset(
    {
        "products-narrowed",
        "search-nothing",
        "township",
        "trace",
        "login",
        "register",
        "not-found",
        "orders",
        "supplier-orders",
        "supplier-orders-done",
        "supplier-lot",
        "oversight-village",
        "console-payments",
        "console-refunds",
        "console-outbox",
        "console-account",
        "console-search",
        "console-audit",
    }
)


def take_all(address: str) -> None:
    """Replace the pictures by new ones."""
    chromium = find_chromium()
    if chromium is None:
        raise click.ClickException("No Chromium found; install it: apt-get install chromium")
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.webp"):
        old.unlink()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--lang=zh-CN"]
        )
        for login in ROOMS:
            for size in (WIDE, NARROW):
                take_visit(browser, address, login, size)
        browser.close()
    total = sum(path.stat().st_size for path in FOLDER.glob("*.webp"))
    click.echo(f"{total / 1e6:.1f} MB in {FOLDER.relative_to(CHECKOUT)}")


def take_visit(browser: Browser, address: str, login: str, size: tuple[int, int]) -> None:
    """Take the pictures of one visitor on one screen."""
    with a_visitor(browser, address, size=size) as page:
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        move_in(page, login)
        for room in ROOMS[login]:
            if room.name not in LEFT_OUT:
                room.enter(page)
                take(page, room.name, size)


def take(page: Page, name: str, size: tuple[int, int]) -> Path:
    """Write the picture of an open page and return where.

    The screen grows for the moment, so that what clings to its foot is at the foot.
    """
    width, height = size
    content: int = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": width, "height": max(height, min(content, LONGEST))})
    page.wait_for_timeout(SETTLE_MS)
    shot = Image.open(io.BytesIO(page.screenshot(animations="disabled")))
    page.set_viewport_size({"width": width, "height": height})
    path = FOLDER / f"{name}-{width}.webp"
    shot.save(path, quality=QUALITY, method=6)
    click.echo(f"{path.name} {path.stat().st_size // 1024} kB")
    return path


if __name__ == "__main__":
    take_all(sys.argv[1] if len(sys.argv) > 1 else ADDRESS)
