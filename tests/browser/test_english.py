"""Readers of English meet Chinese only in data: names of people, places and firms."""

import re
from collections.abc import Iterator
from functools import cache

import pytest
from playwright.sync_api import Browser, Page

from shop.proof.ground.storefront_pages import GUEST
from shop.settings import CHECKOUT
from shop.translations import catalogue
from tests.browser.rooms import ROOMS, move_in, order
from tests.browser.visiting import RECIPIENT, a_visitor, read_english

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

HAN = r"\u3400-\u9fff"
RECIPIENT_NAME = re.compile(f"[{HAN}]样例")
"""A surname and a word that says that nobody is meant."""

PLACEHOLDER = re.compile(r"%\\?\(\w+\\?\)[sdg]|%%")
SEEN_TEXT = """() => {
  const texts = new Set([document.title]);
  const isMeant = (one) => one.closest("[lang^=zh], script, style") === null;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    if (isMeant(walker.currentNode.parentElement)) texts.add(walker.currentNode.data);
  }
  const spoken = ["aria-label", "alt", "title", "placeholder"];
  const kept = ["data-failed", "data-empty", "data-limit"];
  for (const one of [...document.querySelectorAll("*")].filter(isMeant)) {
    for (const name of [...spoken, ...kept]) texts.add(one.getAttribute(name) ?? "");
  }
  return [...texts];
}"""


@pytest.mark.parametrize("login", [pytest.param(login, id=login or "guest") for login in ROOMS])
def test_pages_in_english_show_chinese_in_data_only(
    browser: Browser, live_address: str, login: str
) -> None:
    with a_visitor(browser, live_address) as page:
        move_in(page, login)
        page.goto("/")
        read_english(page)
        found = []
        for room in ROOMS[login]:
            room.open(page)
            found += [f"{room.name}: {text}" for text in left_chinese(page)]
        if login == GUEST:
            order(page)
            found += [f"pay: {text}" for text in left_chinese(page)]

    assert found == []


def left_chinese(page: Page) -> list[str]:
    """Return the texts of a page that are neither English nor data."""
    texts = {text.strip() for text in page.evaluate(SEEN_TEXT)}
    return sorted(text for text in texts if is_said_by_the_shop(text))


def is_said_by_the_shop(text: str) -> bool:
    """Tell whether Chinese words of a text are the shop's own."""
    words = re.findall(f"[{HAN}]+", text)
    if not words:
        return False
    strange = [word for word in words if not RECIPIENT_NAME.fullmatch(word)]
    return bool(own_texts().fullmatch(text)) or any(word not in data() for word in strange)


@cache
def own_texts() -> re.Pattern[str]:
    """Return what matches any text of the shop with its blanks filled in."""
    patterns = [
        PLACEHOLDER.sub(".*", re.escape(text))
        for message in catalogue.collect()
        if isinstance(text := message.id, str) and re.search(f"[{HAN}]", text)
    ]
    return re.compile("|".join(patterns))


@cache
def data() -> str:
    """Return all text of the sample, in which every name that pages show stands."""
    return "\n".join([*_sample(), *RECIPIENT.values()])


def _sample() -> Iterator[str]:
    folders = (CHECKOUT / "shop" / "sample", CHECKOUT / "cold_chain")
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix in {".py", ".json", ".csv"}:
                yield path.read_text(encoding="utf-8")
