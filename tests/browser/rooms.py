"""The main pages of the shop, by who may enter: each is opened as a visitor would find it."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from playwright.sync_api import BrowserContext, Page, expect

from shop.proof.ground import visits
from shop.proof.ground.storefront_pages import CONSUMER, GUEST, PAGES
from tests.browser.visiting import PATIENCE_MS, fill_recipient, follow, sign_in

GOODS = 2
_DONE: WeakKeyDictionary[BrowserContext, Mapping[str, str]] = WeakKeyDictionary()
"""What a visitor did when moving in, for addresses that name it."""
SEE_ALL = """async (patience) => {
  const pause = () => new Promise((done) => setTimeout(done, 40));
  for (let y = 0; y < document.body.scrollHeight; y += innerHeight) {
    scrollTo({ top: y, behavior: "instant" });
    await pause();
  }
  // A chart is drawn, or its status says why not.
  const isThere = (one) => one.complete || one.dataset.drawn
    || one.querySelector(".chart-status[role]:not([hidden])");
  const list = () => [...document.querySelectorAll("img, figure[data-chart]")]
    .filter((one) => one.checkVisibility() && !isThere(one));
  const end = performance.now() + patience;
  while (list().length && performance.now() < end) {
    list()[0].scrollIntoView({ behavior: "instant" });
    await pause();
  }
  scrollTo({ top: 0, behavior: "instant" });
  return list().map((one) => one.dataset.src ?? one.src);
}"""


@dataclass(frozen=True, slots=True)
class Room:
    """One main page; `follow` is the link to click on the page the path leads to."""

    name: str
    path: str
    follow: str = ""
    beyond: Callable[[str], str] | None = None
    """From the address that was reached to the one that is meant."""

    def open(self, page: Page) -> None:
        """Go to the page."""
        page.goto(self.path.format_map(_DONE.get(page.context, {})))
        if self.follow:
            page.goto(page.locator(self.follow).first.get_attribute("href") or "")
        if self.beyond is not None:
            page.goto(self.beyond(page.url))

    def enter(self, page: Page) -> None:
        """Go to the page and wait until its pictures and charts are there."""
        self.open(page)
        settle(page)


def settle(page: Page) -> None:
    """Scroll through a page until whatever waits to be seen is there, and back up."""
    missing = page.evaluate(SEE_ALL, PATIENCE_MS)
    assert missing == [], f"not there yet on {page.url}"
    page.wait_for_load_state("networkidle")


def buyers_page(address: str) -> str:
    """Return the buyer's page of the order whose page in the console this is."""
    return f"/orders/{address.rsplit('/', 1)[1].rsplit('-', 1)[0]}"


def _rooms_of(login: str) -> Iterator[Room]:
    """Yield the pages of the storefront that a reader opens."""
    for page in PAGES:
        if page.login == login:
            yield Room(page.name, page.path, page.follow)


ROOMS: dict[str, tuple[Room, ...]] = {
    GUEST: tuple(_rooms_of(GUEST)),
    CONSUMER: tuple(_rooms_of(CONSUMER)),
    "goat-manager": (
        Room("supplier", "/supplier/"),
        Room("supplier-orders", "/supplier/orders?queue=paid"),
        Room("supplier-orders-done", "/supplier/orders?queue=done"),
        Room("supplier-order", "/supplier/orders?queue=done", ".work-item:has(.badge-cold)"),
        Room(
            "supplier-weights",
            "/supplier/orders?queue=paid",
            ".work-item:has(:text-matches('2[.]5 ?kg'))",
            lambda url: f"{url}/weights",
        ),
        Room("supplier-parcels", "/supplier/parcels"),
        Room("supplier-presales", "/supplier/presales"),
        Room("supplier-shipping", "/supplier/shipping"),
        Room("supplier-stores", "/supplier/stores"),
        Room("supplier-claims", "/supplier/claims"),
        Room("supplier-reviews", "/supplier/reviews"),
        Room("supplier-products", "/supplier/products"),
        Room("supplier-offers", "/supplier/offers"),
        Room("supplier-boxes", "/supplier/boxes"),
        Room("supplier-box-new", "/supplier/boxes/new"),
        Room("supplier-lots", "/supplier/lots"),
        Room("supplier-lot", "/supplier/lots", "td a[href^='/supplier/lots/']"),
        Room("supplier-receipts", "/supplier/receipts"),
        Room("supplier-receipt-new", "/supplier/receipts/new"),
        Room("supplier-statement", "/supplier/statement"),
        Room("supplier-contracts", "/supplier/contracts"),
        Room("supplier-contract", "/supplier/contracts", "main a[href*='/contracts/DX-']"),
        Room("supplier-contract-new", "/supplier/contracts/new"),
        Room("supplier-contract-form", "/supplier/contracts/new/ORDER"),
        Room("supplier-allotments", "/supplier/allotments"),
        Room("supplier-allotment-new", "/supplier/allotments/new"),
        Room("supplier-payouts", "/supplier/payouts"),
        Room("supplier-members", "/supplier/members"),
        Room("supplier-invitations", "/supplier/members/invitations"),
        Room(
            "supplier-village", "/supplier/members/invitations", "a[href*='/members/villages/']"
        ),
        Room("supplier-leaving", "/supplier/members", "main a[href$='/leave']"),
        Room("supplier-warnings", "/supplier/warnings"),
    ),
    "enterprise": (
        Room("purchasing", "/purchasing/"),
        Room("purchasing-terms", "/purchasing/terms"),
    ),
    "district": (
        Room("oversight", "/oversight/"),
        Room("oversight-volumes", "/oversight/volumes"),
        Room("oversight-lines", "/oversight/volumes/lines"),
        Room("oversight-map", "/oversight/map"),
        Room("oversight-households", "/oversight/households"),
        Room("oversight-income", "/oversight/income"),
        Room(
            "oversight-income-sources",
            "/oversight/income",
            "main td a[href*='/income/sources']",
        ),
        Room("oversight-pairings", "/oversight/pairings"),
        Room("register-district", "/oversight/register"),
        Room("register-figures", "/oversight/register/figures"),
        Room("oversight-alerts", "/oversight/alerts"),
    ),
    "village": (
        Room("oversight-village", "/oversight/"),
        Room("oversight-village-money", "/oversight/village-money"),
        Room("register", "/oversight/register"),
        Room("register-card", "/oversight/register", "main a[href*='/register/households/']"),
        Room("register-procedures", "/oversight/register/procedures"),
        Room("register-visits", "/oversight/register/visits"),
        Room("register-warnings", "/oversight/register/warnings"),
        Room("register-falling", "/oversight/register/falling"),
        Room("register-files", "/oversight/register/files"),
        Room("oversight-memberships", "/oversight/memberships"),
        Room("oversight-allotments", "/oversight/allotments"),
    ),
    "operator": (
        Room("console", "/console/"),
        Room("console-orders", "/console/orders"),
        Room("console-offers", "/console/offers"),
        Room("console-events", "/console/events"),
        Room("console-event", "/console/events", "th a[href^='/console/events/']"),
        Room("console-blocks", "/console/blocks"),
        Room("console-block", "/console/blocks", "th a[href^='/console/blocks/']"),
        Room("console-block-new", "/console/blocks/new?kind=tiles"),
        Room("console-late", "/console/late"),
        Room("console-coupon", "/console/offers", "a[href^='/console/offers/coupons/']"),
        Room("console-order", "/console/orders?state=delivered", ".table-row-link"),
        Room("console-payments", "/console/payments"),
        Room("console-exceptions", "/console/exceptions"),
        Room("console-refunds", "/console/refunds"),
        Room("console-claims", "/console/claims"),
        Room("console-reviews", "/console/reviews"),
        Room("console-outbox", "/console/outbox"),
        Room("console-invariants", "/console/invariants"),
        Room("console-accounts", "/console/accounts"),
        Room("console-account", "/console/accounts", "a[href*='/accounts/']"),
        Room("console-organisations", "/console/organisations"),
        Room("console-carrier", "/console/carriers", "a[href^='/console/carriers/']"),
        Room("console-limits", "/console/limits"),
        Room("console-partners", "/console/partners"),
        Room("console-readings", "/console/readings"),
        Room("console-readings-aside", "/console/readings/aside"),
        Room("console-what-if", "/console/limits/BAMBOO_FRESH/what-if?change=1&limit_warm=4"),
        Room("console-calibrations", "/console/calibrations"),
        Room("console-excursions", "/console/excursions"),
        Room("console-gaps", "/console/excursions?queue=gaps"),
        Room("console-excursion", "/console/excursions", "th a[href^='/console/excursions/']"),
        Room("console-gap", "/console/excursions?queue=gaps", "th a[href^='/console/gaps/']"),
        Room("console-journey", "/console/excursions", "td a[href^='/console/journeys/']"),
        Room("console-search", "/console/search"),
        Room("console-words", "/console/search/words"),
        Room("console-asked", "/console/search/asked"),
        Room("console-audit", "/console/audit"),
        Room("console-settlements", "/console/settlements"),
        Room(
            "console-settlement",
            "/console/settlements",
            "main a[href*='/settlements/']",
        ),
        Room("console-unfinished", "/console/payouts/unfinished"),
        Room("console-reminders", "/console/payouts/reminders"),
        Room("console-messages", "/console/payouts/messages"),
        Room("console-bank", "/console/bank"),
        Room("console-invoices", "/console/invoices"),
        Room("console-receivables", "/console/bank/payers"),
        Room("console-bills", "/console/bank/bills"),
        Room("console-lines", "/console/bank/lines"),
        Room("console-refund", "/console/refunds", "main a[href^='/console/refunds/']"),
        Room("console-rights", "/console/rights"),
        Room("console-retention", "/console/retention"),
        Room("console-looks", "/console/looks"),
        Room("console-alerts", "/console/looks/alerts"),
        Room(
            "order",
            "/console/orders?state=delivered",
            "tr:has(.badge-cold) .table-row-link",
            buyers_page,
        ),
    ),
    "household-goat": (
        Room("household", "/household/"),
        Room("household-earnings", "/household/", "a[href^='/household/earnings/']"),
        Room("household-allotments", "/household/allotments"),
        Room("household-payouts", "/household/payouts"),
        Room("household-membership", "/household/membership"),
        Room("household-rights", "/household/rights"),
        Room("household-looks", "/household/looks"),
    ),
}
"""Demo sign-in → pages; the empty one is a guest, who has something in the basket."""


def move_in(page: Page, login: str) -> None:
    """Make somebody out of a fresh tab: sign in, or fill a guest's basket.

    The consumer also orders, keeps and asks for what the storefront's own pages show.
    """
    if login:
        sign_in(page, login)
        if login == CONSUMER:
            _DONE[page.context] = visits.act(page, login)
        return
    page.goto("/products?stock=1&cold=1")
    for count, button in enumerate(page.locator(".card-plus").all()[:GOODS], start=1):
        button.click()
        expect(page.locator("#basket-link .tool-count")).to_contain_text(str(count))


def order(page: Page) -> str:
    """Order what is in the basket and return the group's number; it is not paid yet."""
    page.goto("/checkout")
    fill_recipient(page)
    follow(page.locator("form[action='/checkout'] .button-primary"))
    expect(page).to_have_url(re.compile("/pay/"))
    return page.url.rsplit("/", 1)[1]
