"""Every page of the storefront before axe-core and the house's own rules, in all its looks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Literal

from shop.proof.ground import barriers, page_rules, visits
from shop.proof.ground.databases import Ground, laid
from shop.proof.ground.storefront_pages import CONSUMER, GUEST, PAGES
from shop.proof.ground.storefronts import open_storefront
from shop.proof.runner import Kind, Outcome, run_named
from shop.settings import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SIZES = ((375, 812), (1280, 900))
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
LANGUAGES = {"zh": "zh-CN", "en": "en-US"}
ORDERS = 400
"""So many past orders give the sample's consumer some of every kind."""
SHOWN = 40
OK, MISSING = 200, 404
ZOOMS = ((640, 100), (320, 100), (1280, 200))
"""1,280 pixels at 200 % and at 400 %, and letters alone at 200 %."""
GOAL = "0 serious, 0 critical, 0 rules broken, every page opened"


@dataclass(slots=True)
class Found:
    """What all looks came to."""

    looks: int = 0
    impacts: Counter[str] = field(default_factory=Counter)
    broken: int = 0
    shut: int = 0
    words: list[str] = field(default_factory=list)


@run_named(Kind.EXPERIMENT, "storefront-a11y")
def storefront_a11y(settings: Settings) -> Outcome:
    """Open every storefront page narrow and wide, light and dark, in Chinese and English."""
    with laid(settings, orders=ORDERS) as ground:
        return examine(ground)


def examine(ground: Ground) -> Outcome:
    """Look at all pages of a shop on a copy of the ground."""
    found = Found()
    with open_storefront(ground, "a11y") as address, visits.browsing() as browser:
        for (language, login), size in product(product(LANGUAGES, (GUEST, CONSUMER)), SIZES):
            _visit(browser, address, (language, login, size), found)
    return _outcome(found)


def _visit(
    browser: Browser, address: str, who: tuple[str, str, tuple[int, int]], found: Found
) -> None:
    language, login, size = who
    with a_reader(browser, address, language, size) as page:
        if login:
            visits.sign_in(page, login)
        blanks = visits.act(page, login)
        for meant in (one for one in PAGES if one.login == login):
            where = f"{meant.name} {language} {size[0]}"
            status = visits.open_page(page, meant, blanks)
            if status != (OK if meant.endpoint else MISSING):
                found.shut += 1
                found.words.append(f"{where}: answers {status}")
            _look(page, where, found, is_wide=size == SIZES[1])
            print(where, dict(found.impacts), f"rules broken {found.broken}", flush=True)


@contextmanager
def a_reader(
    browser: Browser, address: str, language: str, size: tuple[int, int]
) -> Iterator[Page]:
    """Open a tab of somebody who reads one language on one screen."""
    context = browser.new_context(
        base_url=address,
        locale=LANGUAGES[language],
        timezone_id="Asia/Shanghai",
        viewport={"width": size[0], "height": size[1]},
        extra_http_headers={"Accept-Language": LANGUAGES[language]},
    )
    context.set_default_timeout(visits.PATIENCE_MS)
    try:
        yield context.new_page()
    finally:
        context.close()


def _look(page: Page, where: str, found: Found, *, is_wide: bool) -> None:
    """Ask axe by day and by night; the rules of the house do not depend on the colours."""
    broken = page_rules.look(page)
    for theme in THEMES:
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        impacts, words = barriers.count(barriers.find(page))
        found.looks += 1
        found.impacts += impacts
        found.words += [f"{where} {theme}: {one}" for one in words]
    page.emulate_media(color_scheme="light", reduced_motion="no-preference")
    if is_wide:
        for width, text_percent in ZOOMS:
            broken += page_rules.zoomed(page, width, text_percent)
    broken += [*page_rules.walk(page), *page_rules.still(page)]
    found.broken += len(broken)
    found.words += [f"{where}: {one}" for one in broken]


def _outcome(found: Found) -> Outcome:
    holds = not (found.impacts["critical"] or found.impacts["serious"])
    counts = ", ".join(f"{found.impacts[impact]} {impact}" for impact in barriers.IMPACTS)
    return Outcome(
        "storefront-a11y",
        f"{counts} in {found.looks} looks at {len(PAGES)} pages, {found.broken} rules broken, "
        f"{found.shut} pages shut",
        GOAL,
        holds=holds and not found.broken and not found.shut,
        details=tuple(found.words[:SHOWN]),
    )
