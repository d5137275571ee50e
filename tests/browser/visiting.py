"""What visitors do in the shop, step by step, and what must not happen to them meanwhile."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from shop.sample.signins import PEOPLE

WIDE = (1280, 900)
NARROW = (375, 812)
PATIENCE_MS = 30_000
"""How long a page may take on a busy machine before it counts as lost."""

RECIPIENT = {
    "name": "王小姐",
    "phone": "13800000000",
    "province": "重庆市",
    "city": "重庆市",
    "district": "渝中区",
    "street": "解放碑一号",
}
AMOUNT = re.compile(r"(-?)¥?\s*([\d,]+)\.(\d\d)")
expect.set_options(timeout=PATIENCE_MS)


@contextmanager
def a_context(
    browser: Browser, address: str, *, size: tuple[int, int] = WIDE, javascript: bool = True
) -> Iterator[BrowserContext]:
    """Open the shop for a visitor who has not been here before and reads Chinese."""
    width, height = size
    opened = browser.new_context(
        base_url=address,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        viewport={"width": width, "height": height},
        java_script_enabled=javascript,
    )
    opened.set_default_timeout(PATIENCE_MS)
    try:
        yield opened
    finally:
        opened.close()


@contextmanager
def a_page(context: BrowserContext) -> Iterator[Page]:
    """Open a tab; at the end no script has failed and the policy has refused nothing."""
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


@contextmanager
def a_visitor(
    browser: Browser,
    address: str,
    *,
    login: str = "",
    size: tuple[int, int] = WIDE,
    javascript: bool = True,
) -> Iterator[Page]:
    """Open a tab of a guest, or of the demo person with this login."""
    with (
        a_context(browser, address, size=size, javascript=javascript) as context,
        a_page(context) as page,
    ):
        if login:
            sign_in(page, login)
        yield page


@contextmanager
def arriving(page: Page) -> Iterator[None]:
    """Do in the block what leads to another page; it ends when that page is loaded.

    A click is over before the page it asks for is there. What follows at once would read the
    old page, and opening a further one would call back what was just sent.
    """
    with page.expect_navigation(wait_until="load") as arrival:
        yield
    # A place in the same page, or an address that a script wrote, is no other page.
    assert arrival.value is not None, f"still on {page.url}"


def follow(control: Locator) -> None:
    """Click a link or a button that leads to another page, and wait until it is loaded."""
    with arriving(control.page):
        control.click()


def sign_in(page: Page, login: str) -> None:
    """Sign a demo person in, and let them read Chinese whatever they chose before."""
    person = next(person for person in PEOPLE if person.login == login)
    page.goto("/login")
    page.get_by_label("登录名").fill(person.login)
    page.get_by_label("密码").fill(person.password)
    follow(page.get_by_role("main").get_by_role("button", name="登录"))
    assert not page.url.endswith("/login")
    if page.locator("html").get_attribute("lang") == "en":
        follow(page.get_by_role("contentinfo").get_by_role("button", name="中文"))
    expect(page.locator("html")).to_have_attribute("lang", re.compile("^zh"))


def read_english(page: Page) -> None:
    """Turn the shop to English by the button at the foot of the page."""
    follow(page.get_by_role("contentinfo").get_by_role("button", name="English"))
    expect(page.locator("html")).to_have_attribute("lang", "en")


def fill_recipient(page: Page) -> None:
    """Say where the goods go."""
    for name, value in RECIPIENT.items():
        page.locator(f"#{name}").fill(value)


def fen(text: str) -> int:
    """Read the one amount of a text, such as ¥1,234.50, as fen; a dash is nothing."""
    if text.strip() == "–":
        return 0
    ((sign, yuan, cents),) = AMOUNT.findall(text)
    minor = int(yuan.replace(",", "")) * 100 + int(cents)
    return -minor if sign else minor
