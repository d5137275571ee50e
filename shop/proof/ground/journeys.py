"""Buyers with a browser: they order, open the page that asks for money, and pay."""

import json
import re
import secrets
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlencode, urlsplit

TIMEOUT_SECONDS = 60
TRIES = 60
CREATED, FOUND, OK, BUSY = 201, 302, 200, 503
PAUSE_SECONDS = 0.2
ORDERS = "/api/v1/orders"
TOKEN = re.compile(rb'name="csrf_token" value="([^"]+)"')
RECIPIENT = {
    "name": "王小姐",
    "phone": "13800000000",
    "province": "重庆市",
    "city": "重庆市",
    "district": "渝中区",
    "street": "解放碑一号",
    "email": "buyer@example.org",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """What the shop answered."""

    status: int
    body: bytes


@dataclass(slots=True)
class Browser:
    """What a buyer's browser keeps between two orders."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""
    """What forms prove themselves with; good for as long as the cookies."""
    answers: int = 0
    """How many answers it got so far."""

    def keep_token(self, page: Reply) -> None:
        """Take over what a page gives to prove oneself with."""
        found = TOKEN.search(page.body)
        self.token = found[1].decode() if found else ""

    def form(self) -> bytes:
        """Return an empty form."""
        return urlencode({"csrf_token": self.token}).encode()


@dataclass(slots=True)
class Journey:
    """One buyer's way from the basket to the paid order, and what happened on it."""

    browser: Browser
    basket: Mapping[str, int]
    key: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    number: str = ""
    """Of the order, once the shop has acknowledged it."""
    is_paid: bool = False
    """Whether the shop has acknowledged the payment."""
    lost: Counter[str] = field(default_factory=Counter)
    """Steps whose answer never came and that were repeated."""
    is_patient: bool = False
    """Whether to send again what the shop asks to be sent later."""
    put_off: int = 0
    """How often it did."""
    refused: list[str] = field(default_factory=list)
    """Answers that should not have been given."""
    slowest_s: float = 0.0


def travel(journey: Journey) -> Journey:
    """Order and pay, the first time through the page; repeat each step until it is answered."""
    placed = _step(journey, "place", "POST", ORDERS, order_of(journey.basket))
    if placed is None or not _expect(journey, "place", placed, CREATED):
        return journey
    answer = json.loads(placed.body)
    journey.number = answer["number"]
    address = urlsplit(answer["pay_url"])
    if not journey.browser.token:
        page = _step(journey, "open", "GET", f"{address.path}?{address.query}")
        if page is None or not _expect(journey, "open", page, OK):
            return journey
        journey.browser.keep_token(page)
    form = journey.browser.form()
    pay = f"/pay/{journey.number}/demo?{address.query}"
    paid = _step(journey, "pay", "POST", pay, form)
    journey.is_paid = paid is not None and _expect(journey, "pay", paid, FOUND)
    return journey


def order_of(basket: Mapping[str, int]) -> bytes:
    """Return what is sent to order some packs."""
    lines = [{"sku": sku, "quantity": packs} for sku, packs in basket.items()]
    return json.dumps({"lines": lines, "recipient": RECIPIENT}).encode()


def _expect(journey: Journey, step: str, reply: Reply, status: int) -> bool:
    if reply.status != status:
        journey.refused.append(f"{step}: {reply.status} {reply.body[:200]!r}")
    return reply.status == status


def _step(
    journey: Journey, step: str, method: str, path: str, body: bytes | None = None
) -> Reply | None:
    """Send one request until somebody answers; None when nobody does."""
    for _ in range(TRIES):
        started = time.monotonic()
        try:
            reply = send(journey.browser, method, path, body, key=journey.key)
        except (OSError, HTTPException):
            journey.lost[step] += 1
            continue
        finally:
            journey.slowest_s = max(journey.slowest_s, time.monotonic() - started)
        journey.browser.answers += 1
        if journey.is_patient and reply.status == BUSY:
            journey.put_off += 1
            time.sleep(PAUSE_SECONDS)
            continue
        return reply
    journey.refused.append(f"{step}: no answer in {TRIES} tries")
    return None


def send(
    browser: Browser, method: str, path: str, body: bytes | None = None, *, key: str = ""
) -> Reply:
    """Send one request over a connection of its own; raises what the connection raises."""
    kept = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    headers = {"Cookie": kept}
    if path.startswith("/api/"):
        headers |= {"Content-Type": "application/json", "Idempotency-Key": key}
    elif body is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    line = HTTPConnection("127.0.0.1", browser.port, timeout=TIMEOUT_SECONDS)
    try:
        line.request(method, path, body, headers)
        answer = line.getresponse()
        received = answer.read()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                cookie, _, content = value.partition(";")[0].partition("=")
                browser.cookies[cookie] = content
    finally:
        line.close()
    return Reply(answer.status, received)
