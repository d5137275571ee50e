"""A manager fills in the form of a contract and sees at once what it would pay."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.visiting import NARROW, WIDE, a_visitor, follow

pytestmark = pytest.mark.browser

RENT = {"area_mu_x100": "6.5", "rent_fen_per_mu_year": "500"}


def test_the_example_follows_what_is_written(browser: Browser, live_address: str) -> None:
    with a_visitor(browser, live_address, login="goat-manager") as page:
        page.goto("/supplier/contracts/new/RENT")
        for name, value in RENT.items():
            page.locator(f"#{name}").fill(value)
        page.locator("#rent_fen_per_mu_year").blur()
        expect(page.locator("#example")).to_contain_text("3,250.00")

        page.locator("#escalation_bp").fill("11")
        page.locator("#escalation_bp").blur()
        expect(page.locator("#example")).to_contain_text("应在 0 到 10 之间")


def test_the_form_works_without_a_script(browser: Browser, live_address: str) -> None:
    with a_visitor(browser, live_address, login="goat-manager", javascript=False) as page:
        page.goto("/supplier/contracts/new/RENT")
        for name, value in RENT.items():
            page.locator(f"#{name}").fill(value)
        follow(page.get_by_role("button", name="试算"))
        expect(page.locator("#example")).to_contain_text("3,250.00")


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["narrow", "wide"])
@pytest.mark.parametrize(
    ("login", "path"),
    [
        ("goat-manager", "/supplier/contracts"),
        ("goat-manager", "/supplier/contracts/new"),
        ("goat-manager", "/supplier/contracts/new/CONSIGN"),
        ("goat-manager", "/supplier/contracts/DX-C05"),
        ("household-goat", "/household/contracts"),
        ("district", "/oversight/contracts"),
        ("district", "/oversight/contracts/DX-C05"),
    ],
)
def test_no_page_is_wider_than_its_screen(
    browser: Browser, live_address: str, login: str, path: str, size: tuple[int, int]
) -> None:
    with a_visitor(browser, live_address, login=login, size=size) as page:
        answer = page.goto(path)

        assert answer is not None
        assert answer.status == 200
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= size[0]
