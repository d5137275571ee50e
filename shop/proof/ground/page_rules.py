"""What must hold on every page in a browser, whatever it shows: rules, not examples."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

QUESTIONS = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
STOPS = 400
"""After so many presses of Tab the reader must have come to the end of a page."""
REACH = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]"


def look(page: Page) -> list[str]:
    """Return what is amiss with the frame of a page and its pictures, and what moves."""
    return [*_ask(page, "frame"), *_ask(page, "pictures"), *_ask(page, "errors")]


def still(page: Page) -> list[str]:
    """Return what moves on a page for a reader who asked for stillness."""
    page.emulate_media(reduced_motion="reduce")
    found: list[str] = _ask(page, "moving")
    return found


def zoomed(page: Page, width: int, text_percent: int = 100) -> list[str]:
    """Return what does not fit on a screen so narrow, or with letters so large."""
    size = page.viewport_size or {"width": 1280, "height": 900}
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate(f"document.documentElement.style.fontSize = '{text_percent}%'")
    _ask(page, "settle")
    found = [*_ask(page, "tooWide"), *_ask(page, "cutOff")]
    found += _ask(page, "overlapping", REACH)
    page.evaluate("document.documentElement.style.fontSize = ''")
    page.set_viewport_size({"width": size["width"], "height": size["height"]})
    return [f"{width} px, text {text_percent} %: {one}" for one in found]


def walk(page: Page) -> list[str]:
    """Go through a page by Tab alone, and return where a reader would be lost."""
    page.evaluate("scrollTo(0, 0); document.activeElement?.blur()")
    found: list[str] = []
    before = ""
    for count in range(STOPS):
        page.keyboard.press("Tab")
        stop: dict[str, Any] | None = _ask(page, "focused")
        if stop is None:
            return found if count else [*found, "nothing can be reached by keyboard"]
        if count == 0 and "skip-link" not in stop["what"]:
            found.append(f"the first stop is no way to the content: {stop['what']}")
        if stop["stop"] == before:
            return [*found, f"a trap: {stop['what']}"]
        if int(stop["stop"]) <= count:
            # Round once: the page begins again.
            return found
        before = stop["stop"]
        if not stop["isSeen"]:
            found.append(f"focus is out of sight: {stop['what']}")
        if not stop["isMarked"]:
            found.append(f"focus is not marked: {stop['what']}")
    return [*found, f"no end after {STOPS} stops"]


def _ask(page: Page, question: str, given: str = "") -> Any:
    return page.evaluate(f"(given) => ({QUESTIONS}).{question}(given)", given)
