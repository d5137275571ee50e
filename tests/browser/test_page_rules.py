"""Every page of the storefront keeps the rules: keyboard, enlarged, stillness, English."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from werkzeug.exceptions import NotFound

from shop.proof.ground import barriers as axe
from shop.proof.ground import page_rules
from shop.proof.ground.storefront_pages import GUEST, PAGES, StorePage
from tests.browser.rooms import Room, move_in
from tests.browser.visiting import NARROW, WIDE, a_visitor, arriving, read_english

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

EVERY_PAGE = [pytest.param(page, id=page.name) for page in PAGES]
FORMS = {
    page.name: page
    for page in PAGES
    if page.name
    in {
        "checkout",
        "login",
        "register",
        "review",
        "address-new",
        "invoice-title-new",
        "account-confirm",
        "order-cancel",
    }
}
"""Pages that ask for something that must be there."""
EMPTY = """() => {
  const asked = (form) => [...form.elements]
    .filter((one) => one.required || one.name.startsWith("packs-"));
  const forms = [...document.querySelectorAll("main form[method=post]")];
  const form = forms.sort((a, b) => asked(b).length - asked(a).length)[0];
  for (const one of asked(form)) {
    if (["radio", "checkbox"].includes(one.type)) one.checked = false; else one.value = "";
  }
  form.noValidate = true;
  setTimeout(() => form.requestSubmit());
  return asked(form).length;
}"""
BAD = """<!doctype html><html><head><title>x</title></head><body>
<main><h1>One</h1><h3>Three</h3><h1>Two</h1><div><a href="#a">wide</a></div>
<img src="data:," alt=""><p>cut off twice and thrice</p>
<a href="#b">under</a><button>over</button><input aria-invalid="true"></main></body></html>"""
WORSE = """() => {
  const set = (selector, css) => (document.querySelector(selector).style.cssText = css);
  set("div", "width: 3000px");
  set("p", "height: 10px; overflow: hidden; width: 20px");
  set("a[href='#b']", "position: absolute; left: 0; top: 300px; outline: none");
  set("button", "position: absolute; left: 0; top: 300px; transition: all 2s");
}"""

Tab = Callable[[str, str], Page]


@pytest.fixture(scope="module")
def tab(browser: Browser, live_address: str, relay: Callable[[], int]) -> Iterator[Tab]:
    """Open tabs by sign-in and language; each is made once."""
    tabs: dict[tuple[str, str], Page] = {}
    with ExitStack() as stack:

        def give(login: str, language: str = "zh") -> Page:
            if (login, language) not in tabs:
                size = WIDE if language == "zh" else NARROW
                page = stack.enter_context(a_visitor(browser, live_address, size=size))
                move_in(page, login)
                relay()
                if language == "en":
                    page.goto("/help")
                    read_english(page)
                tabs[login, language] = page
            return tabs[login, language]

        yield give


def enter(page: Page, meant: StorePage) -> None:
    """Open a page of the list as its reader."""
    Room(meant.name, meant.path, meant.follow).enter(page)


@pytest.mark.parametrize("meant", EVERY_PAGE)
def test_a_page_is_used_by_keyboard_enlarged_and_in_stillness(
    tab: Tab, built_app: Flask, meant: StorePage
) -> None:
    page = tab(meant.login, "zh")
    enter(page, meant)

    assert view_of(built_app, page.url) == meant.endpoint
    assert page_rules.look(page) == []
    assert page_rules.walk(page) == []
    assert page_rules.zoomed(page, 640) == []
    assert page_rules.zoomed(page, 320) == []
    assert page_rules.zoomed(page, WIDE[0], 200) == []
    assert page_rules.still(page) == []


@pytest.mark.parametrize("meant", EVERY_PAGE)
def test_a_page_in_english_serves_a_phone(tab: Tab, meant: StorePage) -> None:
    page = tab(meant.login, "en")
    enter(page, meant)
    page.emulate_media(reduced_motion="reduce")

    assert page.locator("html").get_attribute("lang") == "en"
    found = [where for impact, where in axe.find(page) if impact in {"serious", "critical"}]
    assert found == []
    assert page_rules.look(page) == []
    assert page_rules.zoomed(page, 320) == []


@pytest.mark.parametrize("meant", FORMS.values(), ids=FORMS)
def test_a_form_says_beside_the_field_what_is_missing(tab: Tab, meant: StorePage) -> None:
    page = tab(meant.login, "zh")
    enter(page, meant)
    with arriving(page):
        assert page.evaluate(EMPTY) > 0

    told = page.locator(
        "main [aria-invalid=true], main [role=alert], .notice-bad, .notice-warn"
    )
    expect(told.first).to_be_visible()
    assert page_rules.look(page) == []


def test_suggestions_have_names_and_are_chosen_by_keyboard(tab: Tab) -> None:
    page = tab(GUEST, "zh")
    page.goto("/")
    field = page.locator("#site-search")
    field.press_sequentially("茶")
    expect(page.get_by_role("option").first).to_be_visible()

    found = [where for impact, where in axe.find(page) if impact in {"serious", "critical"}]
    assert found == []
    assert field.get_attribute("role") == "combobox"
    field.press("ArrowDown")
    active = field.get_attribute("aria-activedescendant")
    assert active
    expect(page.locator(f"#{active}")).to_have_attribute("aria-selected", "true")
    field.press("Escape")
    expect(page.get_by_role("option")).to_have_count(0)
    expect(field).to_be_focused()


def test_the_way_to_the_content_leads_there(tab: Tab) -> None:
    page = tab(GUEST, "zh")
    page.goto("/products")
    page.keyboard.press("Tab")
    link = page.locator(".skip-link")
    expect(link).to_be_focused()
    expect(link).to_be_in_viewport()

    page.keyboard.press("Enter")

    expect(page.locator("#content")).to_be_focused()


def test_a_bad_page_breaks_every_rule(browser: Browser) -> None:
    context = browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]})
    page = context.new_page()
    page.set_content(BAD)
    page.evaluate(WORSE)

    looked = " ".join(page_rules.look(page))
    enlarged = " ".join(page_rules.zoomed(page, 640))
    moving, walked = page_rules.still(page), " ".join(page_rules.walk(page))
    context.close()

    for text in ("no language", "no title", "not one h1", "heading H3", "picture without size"):
        assert text in looked
    assert "no error beside" in looked
    assert {word for word in ("wider", "cut off", "overlap") if word in enlarged} == {
        "wider",
        "cut off",
        "overlap",
    }
    assert moving
    assert "no way to the content" in walked
    assert "not marked" in walked
    assert "out of sight" in walked


def view_of(app: Flask, url: str) -> str:
    """Return the name of the view that answers at an address; empty where none does."""
    try:
        endpoint, _ = app.url_map.bind("localhost").match(urlsplit(url).path)
    except NotFound:
        return ""
    return str(endpoint)
