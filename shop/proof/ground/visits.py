"""A visitor in a real browser: opens the shop, signs in, does what pages are shown after."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from shop.proof.ground.buying import RECIPIENT
from shop.proof.ground.storefront_pages import CONSUMER, StorePage
from shop.sample.signins import PEOPLE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
FLAGS = ("--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu")
PATIENCE_MS = 60_000
WARES = "/products?stock=1"
GOODS = 2
LATEST_ORDERS = 60
"""In how many paid orders of the consumer a line to review is looked for."""


def find_chromium() -> str | None:
    """Return where the system's Chromium is, if it has one."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    return found or (MAC if Path(MAC).exists() else None)


@contextmanager
def browsing() -> Iterator[Browser]:
    """Give the system's Chromium, driven by playwright, which only development installs.

    Raises `LookupError` where there is none.
    """
    path = find_chromium()
    if path is None:
        raise LookupError("No Chromium found; install it: apt-get install chromium")
    driver = import_module("playwright.sync_api")
    with driver.sync_playwright() as playwright:
        browser: Browser = playwright.chromium.launch(executable_path=path, args=[*FLAGS])
        try:
            yield browser
        finally:
            browser.close()


def sign_in(page: Page, login: str) -> None:
    """Sign a demo person in; raises `LookupError` when the shop does not let them."""
    person = next(person for person in PEOPLE if person.login == login)
    page.goto("/login")
    page.locator("#login").fill(person.login)
    page.locator("#password").fill(person.password)
    with page.expect_navigation(wait_until="load"):
        page.locator("main form button").first.click()
    if page.url.endswith("/login"):
        raise LookupError(f"{login} is not let in")


def act(page: Page, login: str) -> Mapping[str, str]:
    """Do what the pages of a reader are shown after; return what fills their blanks.

    A guest and the sample's consumer put goods into the basket. The consumer also keeps an
    address, a title and a favourite, leaves an order unpaid, lets one wait for the bank, and
    pays one, of which a pack is then cancelled.
    """
    if login != CONSUMER:
        _fill_basket(page)
        return {}
    _keep(page)
    orders = {"pending": _order(page), "bank": _order(page), "paid": _order(page)}
    _send(page, f"/pay/{orders['bank']}/bank")
    _send(page, f"/pay/{orders['paid']}/demo")
    _cancel_a_pack(page, orders["paid"])
    _fill_basket(page)
    return {**orders, "review": _find_line_to_review(page)}


def open_page(page: Page, meant: StorePage, blanks: Mapping[str, str]) -> int:
    """Go to a page of the storefront; return its status."""
    answer = page.goto(meant.path.format_map(blanks))
    if meant.follow:
        answer = page.goto(_link(page, meant.follow))
    return answer.status if answer else 0


def _link(page: Page, selector: str) -> str:
    link = page.locator(selector).first
    return str(link.get_attribute("href", timeout=PATIENCE_MS) or "")


def _token(page: Page) -> str:
    return str(page.locator("input[name='csrf_token']").first.get_attribute("value"))


def _send(page: Page, path: str, **fields: str) -> None:
    """Send a form as the page in view would; raises `RuntimeError` when it is refused."""
    answer = page.request.post(path, form={"csrf_token": _token(page), **fields})
    if not answer.ok:
        raise RuntimeError(f"{path} answers {answer.status}")


def _keep(page: Page) -> None:
    page.goto("/account/addresses/new")
    _send(page, "/account/addresses", **_recipient(), is_default="yes")
    _send(
        page,
        "/account/invoice-titles",
        kind="personal",
        form="ordinary",
        name="样例抬头",
        is_default="yes",
    )
    page.goto(WARES)
    code = _link(page, ".card-name a").rsplit("/", 1)[1]
    _send(page, f"/products/{code}/favourite", keep="yes")


def _recipient() -> dict[str, str]:
    names = ("name", "phone", "province", "city", "district", "street")
    return {name: getattr(RECIPIENT, name) for name in names}


def _fill_basket(page: Page) -> None:
    page.goto(WARES)
    for button in page.locator(".card-plus").all()[:GOODS]:
        sku = str(button.get_attribute("value"))
        _send(page, "/basket/lines", sku=sku, quantity=str(GOODS))


def _order(page: Page) -> str:
    """Order what is put into the basket and return the number; it is not paid yet."""
    _fill_basket(page)
    page.goto("/checkout")
    for name, value in _recipient().items():
        field = page.locator(f"form[action='/checkout'] #{name}")
        if field.is_visible():
            field.fill(value)
    with page.expect_navigation(wait_until="load"):
        page.locator("form[action='/checkout'] .button-primary").click()
    found = re.search(r"/pay/(\w+-\w+)", page.url)
    if found is None:
        raise RuntimeError(f"no order was placed: {page.url}")
    return found[1]


def _cancel_a_pack(page: Page, number: str) -> None:
    page.goto(f"/orders/{number}")
    page.goto(_link(page, "main a[href$='/claims/cancel']"))
    page.locator("input[name^='packs-']").first.fill("1")
    with page.expect_navigation(wait_until="load"):
        page.locator("form[enctype] button").last.click()


def _find_line_to_review(page: Page) -> str:
    """Look through the paid orders, newest first, for a line that may be reviewed."""
    page.goto("/orders?state=paid")
    looked_at = 0
    while looked_at < LATEST_ORDERS:
        links = page.locator("main a[href^='/orders/W']").all()
        further = page.locator("main a[href*='after=']")
        later = str(further.first.get_attribute("href")) if further.count() else ""
        for number in [str(link.get_attribute("href")) for link in links]:
            page.goto(number)
            review = page.locator("main a[href$='/review']")
            if review.count():
                return str(review.first.get_attribute("href"))
            looked_at += 1
        if not later:
            break
        page.goto(later)
    raise LookupError("no order of the consumer may be reviewed")
