"""The way from the shelf to a paid order: on a phone, without script, without a mouse."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.visiting import (
    NARROW,
    RECIPIENT,
    a_visitor,
    arriving,
    fen,
    fill_recipient,
    follow,
)

pytestmark = pytest.mark.browser

MOST_TABS = 150
STOP = """() => {
  const one = document.activeElement;
  // Between the last stop and the first the focus is with the browser itself.
  if (one === document.body) return null;
  const names = [one.id, one.getAttribute("aria-label"), one.textContent];
  const rings = [null, "::after"].map((part) => getComputedStyle(one, part));
  const shows = (style) => parseFloat(style.outlineWidth) > 0 && style.outlineStyle !== "none";
  return {
    name: names.filter(Boolean).join(" ").trim(),
    ring: rings.some(shows),
    seen: one.getBoundingClientRect().width > 1,
  };
}"""


@pytest.fixture
def phone(browser: Browser, live_address: str) -> Iterator[Page]:
    """A guest with a phone."""
    with a_visitor(browser, live_address, size=NARROW) as page:
        yield page


@pytest.fixture
def plain(browser: Browser, live_address: str) -> Iterator[Page]:
    """A guest whose browser runs no script."""
    with a_visitor(browser, live_address, javascript=False) as page:
        yield page


def test_a_guest_buys_on_a_phone(phone: Page) -> None:
    phone.goto("/products")
    phone.get_by_role("button", name="筛选").click()
    phone.get_by_role("checkbox", name="只看有货").check()
    follow(phone.get_by_role("button", name="看结果"))
    follow(phone.locator(".card-name a").first)
    fits(phone)
    phone.get_by_role("button", name="加入购物篮", exact=True).click()
    expect(phone.locator("#basket-link")).to_contain_text("1")
    follow(phone.locator("#basket-link"))
    fits(phone)
    follow(phone.get_by_role("link", name="去结算"))
    fits(phone)
    total = fen(phone.locator(".sum-total dd").inner_text())
    fill_recipient(phone)
    follow(phone.get_by_role("button", name="提交订单"))
    expect(phone).to_have_url(re.compile("/pay/"))
    fits(phone)
    follow(phone.get_by_role("button", name="模拟支付"))
    expect(phone).to_have_url(re.compile("/orders/"))
    fits(phone)

    assert fen(phone.locator(".sum-total dd").inner_text()) == total
    expect(phone.get_by_role("heading", name=re.compile("去了哪里"))).to_be_visible()


def test_a_guest_buys_without_script(plain: Page) -> None:
    plain.goto("/products")
    plain.get_by_role("checkbox", name="只看有货").check()
    follow(plain.get_by_role("button", name="看结果"))
    follow(plain.locator(".card-plus").first)
    plain.goto("/basket")
    plain.get_by_role("spinbutton").fill("2")
    follow(plain.get_by_role("button", name="更新"))
    follow(plain.get_by_role("link", name="去结算"))
    total = fen(plain.locator(".sum-total dd").inner_text())
    fill_recipient(plain)
    follow(plain.get_by_role("button", name="提交订单"))
    follow(plain.get_by_role("button", name="模拟支付"))

    expect(plain).to_have_url(re.compile("/orders/"))
    assert fen(plain.locator(".sum-total dd").inner_text()) == total
    expect(plain.get_by_text("× 2")).to_be_visible()
    assert plain.locator(".split-item").count() >= 3


def test_a_guest_orders_without_a_mouse(page: Page) -> None:
    page.goto("/products?stock=1")
    press(page, "把.*加入购物篮")
    expect(page.locator("#basket-link")).to_contain_text("1")
    with arriving(page):
        press(page, "^basket-link")
    with arriving(page):
        press(page, "^去结算$")
    for name, value in RECIPIENT.items():
        walk(page, f"^{name}$")
        page.keyboard.type(value)
    with arriving(page):
        press(page, "^提交订单$")
    with arriving(page):
        press(page, "^模拟支付")

    expect(page).to_have_url(re.compile("/orders/"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("订单")


def test_the_first_key_press_leads_past_the_menus(page: Page) -> None:
    page.goto("/products")

    press(page, "^跳到正文$", at_most=1)

    expect(page.locator("#content")).to_be_focused()


def press(page: Page, name: str, *, at_most: int = MOST_TABS) -> None:
    """Walk to what bears a name and press it."""
    walk(page, name, at_most=at_most)
    page.keyboard.press("Enter")


def walk(page: Page, name: str, *, at_most: int = MOST_TABS) -> None:
    """Press Tab until what bears a name is reached; every stop must show that it is one."""
    for _ in range(at_most):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if stop is None:
            continue
        assert stop["ring"], f"no ring around {stop['name']!r}"
        assert stop["seen"], f"{stop['name']!r} takes no room"
        if re.search(name, stop["name"]):
            return
    pytest.fail(f"{name} is not reached by {at_most} presses of Tab")


def fits(page: Page) -> None:
    """Fail when a page is wider than its screen."""
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, page.url
