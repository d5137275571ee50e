"""Everybody can use every page: axe-core, small screens, dark mode, and no other host."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

from shop.proof.ground import barriers as axe
from shop.proof.ground.storefront_pages import GUEST
from tests.browser.rooms import ROOMS, Room, move_in, order, settle
from tests.browser.visiting import NARROW, WIDE, a_visitor, follow

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

SMALLEST = (360, 740)
SERIOUS = frozenset({"serious", "critical"})
SIZES = [pytest.param(WIDE, id="1280"), pytest.param(NARROW, id="375")]
EVERY_ROOM = [
    pytest.param(login, room, id=room.name) for login, rooms in ROOMS.items() for room in rooms
]
FRAMES = 60
"""A chart takes its new size a moment after the screen has changed."""

STICKS_OUT = """async (frames) => {
  const root = document.documentElement;
  while (root.scrollWidth > root.clientWidth && frames--) {
    await new Promise(requestAnimationFrame);
  }
  if (root.scrollWidth <= root.clientWidth) return [];
  return [...document.body.querySelectorAll("*")]
    .filter((one) => one.getBoundingClientRect().right > root.clientWidth + 1)
    .map((one) => `${root.clientWidth}: ${one.tagName} ${one.className}`);
}"""

Tab = Callable[[str, tuple[int, int]], Page]


@pytest.fixture(scope="module")
def tab(browser: Browser, live_address: str, relay: Callable[[], int]) -> Iterator[Tab]:
    """Open tabs by sign-in and size; each is made once, and what was done is told."""
    tabs: dict[tuple[str, tuple[int, int]], Page] = {}
    with ExitStack() as stack:

        def give(login: str, size: tuple[int, int]) -> Page:
            if (login, size) not in tabs:
                visitor = a_visitor(browser, live_address, size=size)
                tabs[login, size] = stack.enter_context(visitor)
                move_in(tabs[login, size], login)
                relay()
            return tabs[login, size]

        yield give


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("login", "room"), EVERY_ROOM)
def test_a_page_serves_everybody_and_asks_nobody_else(
    tab: Tab, live_address: str, login: str, room: Room, size: tuple[int, int]
) -> None:
    page = tab(login, size)

    with only_asking(page, live_address):
        room.enter(page)

    assert barriers(page) == []
    assert sticks_out(page) == []


@pytest.mark.parametrize("size", SIZES)
def test_the_way_to_a_paid_order_serves_everybody(tab: Tab, size: tuple[int, int]) -> None:
    page = tab(GUEST, size)
    found = []

    page.goto("/checkout")
    page.locator("#phone").fill("12")
    page.evaluate(
        "document.querySelectorAll('[required]').forEach((one) => one.required = false)"
    )
    follow(page.get_by_role("button", name="提交订单"))
    expect(page).to_have_url(re.compile("/checkout$"))
    expect(page.locator("#phone")).to_have_attribute("aria-invalid", "true")
    found += barriers(page) + sticks_out(page)
    order(page)
    found += barriers(page) + sticks_out(page)
    follow(page.get_by_role("button", name="模拟支付"))
    expect(page).to_have_url(re.compile("/orders/"))
    settle(page)
    found += barriers(page) + sticks_out(page)
    page.goto("/basket")
    found += barriers(page) + sticks_out(page)
    move_in(page, GUEST)

    assert found == []


def barriers(page: Page) -> list[str]:
    """Return what axe calls serious or critical, by day and by night."""
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    by_day = _serious(page, axe.PLAIN)
    page.emulate_media(color_scheme="dark")
    by_night = _serious(page, axe.ONLY_COLOURS)
    page.emulate_media(color_scheme="light")
    return by_day + [f"dark {barrier}" for barrier in by_night]


def _serious(page: Page, options: dict[str, Any]) -> list[str]:
    return [where for impact, where in axe.find(page, options) if impact in SERIOUS]


def sticks_out(page: Page) -> list[str]:
    """Return what makes a page wider than its screen, here and on the smallest phone."""
    size = page.viewport_size
    found = _wider_than_screen(page)
    page.set_viewport_size({"width": SMALLEST[0], "height": SMALLEST[1]})
    found += _wider_than_screen(page)
    if size is not None:
        page.set_viewport_size(size)
    return found


def _wider_than_screen(page: Page) -> list[str]:
    found: list[str] = page.evaluate(STICKS_OUT, FRAMES)
    return found[:5]


@contextmanager
def only_asking(page: Page, address: str) -> Iterator[None]:
    """Fail when a page asks another host, or when the policy refuses something of it."""
    asked: list[str] = []
    refused: list[str] = []

    def note_request(request: Request) -> None:
        asked.append(request.url)

    def note_refusal(message: ConsoleMessage) -> None:
        if "Content Security" in message.text:
            refused.append(message.text)

    page.on("request", note_request)
    page.on("console", note_refusal)
    yield
    page.remove_listener("request", note_request)
    page.remove_listener("console", note_refusal)
    there = {urlsplit(url).netloc for url in asked if not url.startswith(("data:", "blob:"))}
    assert there == {urlsplit(address).netloc}
    assert refused == []
