"""Takes the pictures of docs/screenshots: every page, at a desk and on a phone.

`python -m tests.browser.screenshots http://127.0.0.1:8000` visits the demo that runs there. All
pages of the storefront are taken, light and dark; of the desks the main ones, light. The
consumer of the demo orders, keeps an address and asks for a pack back, as `visits.act` says.
Names of readers after the address, such as `guest consumer`, leave the others' pictures alone.
"""

import io
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Literal

import click
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from shop.proof.ground.storefront_pages import CONSUMER, GUEST, PAGES
from shop.proof.ground.visits import find_chromium
from shop.settings import CHECKOUT
from tests.browser.rooms import ROOMS, move_in
from tests.browser.visiting import NARROW, WIDE, a_visitor

FOLDER = CHECKOUT / "docs" / "screenshots"
ADDRESS = "http://127.0.0.1:8000"
SIZES = (WIDE, NARROW)
LONGEST: Mapping[int, int] = {WIDE[0]: 820, NARROW[0]: 1_000}
"""Pictures end after so many pixels; nobody reads a list to its end in a picture."""
QUALITY = 40
SETTLE_MS = 300
Theme = Literal["light", "dark"]
THEMES: Mapping[str, tuple[Theme, ...]] = {
    GUEST: ("light", "dark"),
    CONSUMER: ("light", "dark"),
}
"""Desks are taken light only."""
LEFT_OUT = frozenset(
    {
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
"""Desk pages that look like another one."""
HEAD = """# Screenshots

Pictures of the running demo: `make demo`, then `make screenshots` in another window. Long pages
end after their first screens. Every page of the storefront stands on the list of
`shop/proof/ground/storefront_pages.py`; the desks show their main pages.
"""


def take_all(address: str, logins: Sequence[str]) -> None:
    """Replace the pictures of what some readers see by new ones."""
    chromium = find_chromium()
    if chromium is None:
        raise click.ClickException("No Chromium found; install it: apt-get install chromium")
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in [room.name for login in logins for room in ROOMS[login]]:
        for width, theme in product((size[0] for size in SIZES), ("light", "dark")):
            (FOLDER / file_name(name, width, theme)).unlink(missing_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--lang=zh-CN"]
        )
        for login in logins:
            for size in SIZES:
                take_visit(browser, address, login, size)
        browser.close()
    write_index()
    total = sum(path.stat().st_size for path in FOLDER.glob("*.webp"))
    click.echo(f"{total / 1e6:.1f} MB in {FOLDER.relative_to(CHECKOUT)}")


def take_visit(browser: Browser, address: str, login: str, size: tuple[int, int]) -> None:
    """Take the pictures of one visitor on one screen."""
    with a_visitor(browser, address, size=size) as page:
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        move_in(page, login)
        for room in ROOMS[login]:
            if room.name in LEFT_OUT:
                continue
            page.emulate_media(color_scheme="light", reduced_motion="reduce")
            room.enter(page)
            for theme in THEMES.get(login, ("light",)):
                take(page, file_name(room.name, size[0], theme), size, theme)


def take(page: Page, name: str, size: tuple[int, int], theme: Theme) -> Path:
    """Write the picture of an open page and return where.

    The screen grows for the moment, so that what clings to its foot is at the foot.
    """
    width, height = size
    page.emulate_media(color_scheme=theme)
    content: int = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size(
        {"width": width, "height": max(height, min(content, LONGEST[width]))}
    )
    page.wait_for_timeout(SETTLE_MS)
    shot = Image.open(io.BytesIO(page.screenshot(animations="disabled")))
    page.set_viewport_size({"width": width, "height": height})
    path = FOLDER / name
    shot.save(path, quality=QUALITY, method=6)
    click.echo(f"{path.name} {path.stat().st_size // 1024} kB")
    return path


def file_name(name: str, width: int, theme: str) -> str:
    """Return what a picture is called."""
    return f"{name}-{width}{'-dark' if theme == 'dark' else ''}.webp"


def write_index() -> None:
    """Write which picture shows what."""
    (FOLDER / "README.md").write_text("\n".join([HEAD, *_index()]) + "\n", encoding="utf-8")


def _index() -> Iterator[str]:
    where = {page.name: page.path for page in PAGES}
    for login, rooms in ROOMS.items():
        themes = THEMES.get(login, ("light",))
        looks = [(size[0], theme) for size in SIZES for theme in themes]
        titles = [f"{width} {theme}" for width, theme in looks]
        yield f"## {login or 'guest'}\n"
        yield f"| page | address | {' | '.join(titles)} |"
        yield "|---" * (len(looks) + 2) + "|"
        for room in rooms:
            names = [file_name(room.name, width, theme) for width, theme in looks]
            if all((FOLDER / name).exists() for name in names):
                path = where.get(room.name, room.path)
                links = " | ".join(f"[picture]({name})" for name in names)
                yield f"| {room.name} | `{path}`{' →' if room.follow else ''} | {links} |"
        yield ""


if __name__ == "__main__":
    given = sys.argv[1:]
    asked = [GUEST if name == "guest" else name for name in given[1:]]
    take_all(given[0] if given else ADDRESS, asked or list(ROOMS))
