"""Buyers of the oversell experiment who order and pay at the server, as browsers do."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPException
from queue import SimpleQueue
from secrets import token_urlsafe

from sqlalchemy import Engine, text

from shop.proof.experiments import shoppers
from shop.proof.experiments.shoppers import Errand, Told
from shop.proof.ground import journeys
from shop.proof.ground.databases import engine_on
from shop.proof.ground.journeys import CREATED, FOUND, OK, ORDERS, Browser, Reply
from shop.proof.ground.servers import serving
from shop.settings import Settings

CONFLICT, BROKEN = 409, 500
LAPSE = text(
    """
    WITH held AS (
        UPDATE reservations SET expires_at = clock_timestamp()
        WHERE group_number = :number AND state = 'held' RETURNING 1
    )
    UPDATE order_groups SET expires_at = clock_timestamp()
    WHERE number = :number AND EXISTS (SELECT FROM held)
    """
)
"""Takes the time for paying away; the goods are given back to the next who looks."""


class WebTill:
    """Orders and pays over HTTP; answers that should not be given are counted."""

    def __init__(self, engine: Engine, browser: Browser) -> None:
        """Use one browser for all orders."""
        self._engine = engine
        self._browser = browser
        self._keys: dict[str, str] = {}

    def place(self, told: Told, basket: Mapping[str, int]) -> str | None:
        """Place one order and return its number; None when there was not enough."""
        body = journeys.order_of(basket)
        reply = self._ask(told, "POST", ORDERS, body, CREATED, CONFLICT)
        if reply is None:
            return None
        answer = json.loads(reply.body)
        if reply.status == CONFLICT:
            if answer["code"] != "not_enough_stock":
                told.counts[f"error {answer['code']}"] += 1
            return None
        number = str(answer["number"])
        self._keys[number] = str(answer["access_key"])
        if not self._browser.token:
            page = self._ask(told, "GET", self._at(f"/orders/{number}", number), None, OK)
            if page is not None:
                self._browser.keep_token(page)
        return number

    def pay(self, told: Told, number: str) -> bool | None:
        """Pay; True if the goods are the buyer's now, None if it cannot be told."""
        address = self._at(f"/pay/{number}/demo", number)
        self._ask(told, "POST", address, self._browser.form(), FOUND, CONFLICT)
        reply = self._ask(told, "GET", self._at(f"{ORDERS}/{number}", number), None, OK)
        return None if reply is None else json.loads(reply.body)["state"] == "paid"

    def cancel(self, told: Told, number: str) -> bool:
        """Cancel an unpaid order; False when it was paid or closed."""
        address = self._at(f"/orders/{number}/cancel", number)
        reply = self._ask(told, "POST", address, self._browser.form(), FOUND, CONFLICT)
        return reply is not None and reply.status == FOUND

    def lapse(self, told: Told, number: str) -> bool:
        """Let the time for paying run out; False when it was paid."""
        del told
        with self._engine.begin() as connection:
            return bool(connection.execute(LAPSE, {"number": number}).rowcount)

    def beside(self, work: Callable[[], None]) -> Callable[[], None]:
        """Return the work as another thread may do it."""
        return work

    def _at(self, path: str, number: str) -> str:
        return f"{path}?key={self._keys[number]}"

    def _ask(
        self, told: Told, method: str, path: str, body: bytes | None, *wanted: int
    ) -> Reply | None:
        """Ask once; None and a mark for an answer that is not wanted, or none at all."""
        try:
            reply = journeys.send(self._browser, method, path, body, key=token_urlsafe(24))
        except (OSError, HTTPException) as error:
            told.counts[f"error {type(error).__name__}"] += 1
            return None
        told.counts["answers"] += 1
        if reply.status in wanted:
            return reply
        told.counts[f"error answered {reply.status}"] += 1
        return None


Rush = Callable[[Sequence[Errand]], list[Told]]
"""Sends buyers off and returns what each of them tells."""


@contextmanager
def queueing(settings: Settings, *, at_once: int) -> Iterator[Rush]:
    """Serve a shop and give a way to send buyers there, so many of them at once."""
    with serving(settings) as server, engine_on(settings.database_url) as engine:
        tills: SimpleQueue[WebTill] = SimpleQueue()
        for _ in range(at_once):
            tills.put(WebTill(engine, Browser(server.settings.port)))

        def shop(errand: Errand) -> Told:
            till = tills.get()
            try:
                return shoppers.shop_at(till, errand)
            finally:
                tills.put(till)

        with ThreadPoolExecutor(at_once) as pool:
            yield lambda errands: list(pool.map(shop, errands))
