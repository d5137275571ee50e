"""A Stripe that remembers: sessions, intents, charges, refunds, disputes, payouts, events.

It stands behind the library as its HTTP client, so that requests go through the library's own
encoding, retries and errors. Every request is held against the installed types first
(`stripe_contract`); one that does not fit is answered as Stripe would, and noted in `faults`.
What buyers and banks do is driven by the methods of `stripe_acts`. The same key with the same
parameters gives the first answer again, with others it is refused.
"""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import stripe

from shop.proof.ground import stripe_contract as contract

MIN_SESSION_SECONDS, MAX_SESSION_SECONDS = 30 * 60, 24 * 3600
OK, BAD, MISSING, BROKEN = 200, 400, 404, 500
BEGINNING: Final = 1_790_000_000
PAGE: Final = 100

Item = dict[str, Any]
Params = Mapping[str, Any]

EXPANDABLE: Final[Mapping[str, str]] = {
    "payment_intent": "intents",
    "latest_charge": "charges",
    "balance_transaction": "movements",
    "failure_balance_transaction": "movements",
}


class StripeSaysNoError(Exception):
    """A request is refused; the message is what Stripe would call it."""

    def __init__(
        self, code: str, status: int = BAD, kind: str = "invalid_request_error"
    ) -> None:
        """Remember what the answer will be."""
        super().__init__(code)
        self.answer = {"error": {"type": kind, "code": code, "message": code}}
        self.status = status


@dataclass(slots=True)
class Call:
    """One request as it arrived."""

    method: str
    path: str
    params: dict[str, Any]
    key: str


class StripeFake(stripe.HTTPClient):
    """The one account; thread-safe."""

    name = "fake"

    def __init__(self, *, now: int = BEGINNING, prefix: str = "") -> None:
        """Begin with nothing at a moment; `prefix` tells the numbers of two fakes apart."""
        super().__init__()
        self.lock = threading.RLock()
        self.now = now
        self.prefix = prefix
        self.sessions: dict[str, Item] = {}
        self.intents: dict[str, Item] = {}
        self.charges: dict[str, Item] = {}
        self.movements: dict[str, Item] = {}
        self.refunds: dict[str, Item] = {}
        self.disputes: dict[str, Item] = {}
        self.payouts: dict[str, Item] = {}
        self.events: dict[str, Item] = {}
        self.calls: list[Call] = []
        self.faults: list[str] = []
        self.is_down = False
        self.broken = 0
        """How many of the next requests are answered 500, before anything is done."""
        self.lost = 0
        """How many of the next requests are carried out and their answers lost."""
        self._answers: dict[str, tuple[str, int, str]] = {}

    # The library's side

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        """Answer one request."""
        with self.lock:
            if self.is_down:
                raise _no_answer()
            if self.broken:
                self.broken -= 1
                return '{"error": {"type": "api_error"}}', BROKEN, {}
            body, status = self._answer(method, url, headers or {}, str(post_data or ""))
            if self.lost:
                self.lost -= 1
                raise _no_answer()
            return body, status, {}

    def close(self) -> None:
        """Have nothing to close."""

    def _sleep_time_seconds(self, num_retries: int) -> float:
        """Repeat at once: the wait between two tries is the library's matter."""
        del num_retries
        return 0.0

    def _answer(
        self, method: str, url: str, headers: Mapping[str, str], form: str
    ) -> tuple[str, int]:
        parts = urlsplit(url)
        params = contract.decode(form or parts.query)
        key = next((v for k, v in headers.items() if k.lower() == "idempotency-key"), "")
        self.calls.append(Call(method, parts.path, params, key))
        asked = f"{method} {parts.path} {form}"
        if method == "post" and key in self._answers:
            before, status, body = self._answers[key]
            if before != asked:
                return _written(StripeSaysNoError("", kind="idempotency_error"))
            return body, status
        try:
            found = self._carry_out(method, parts.path, params)
        except StripeSaysNoError as error:
            return _written(error)
        body = json.dumps(found)
        if method == "post" and key:
            self._answers[key] = (asked, OK, body)
        return body, OK

    def _carry_out(self, method: str, path: str, params: dict[str, Any]) -> Item:
        try:
            faults = contract.list_faults(contract.find_kind(method, path), params)
        except LookupError as error:
            faults = [str(error)]
        if faults:
            self.faults += [f"{method} {path}: {fault}" for fault in faults]
            raise StripeSaysNoError("parameter_unknown")
        words = path.removeprefix("/v1/").split("/")
        name = "checkout" if words[0] == "checkout" else words[0]
        handlers: dict[tuple[str, str], Callable[[list[str], dict[str, Any]], Item]] = {
            ("post", "checkout"): self._post_session,
            ("get", "checkout"): self._get_session,
            ("get", "charges"): lambda at, _: self._one(self.charges, at[1]),
            ("post", "refunds"): lambda _, asked: self._post_refund(asked),
            ("get", "refunds"): lambda at, _: self._one(self.refunds, at[1]),
            ("get", "disputes"): lambda at, _: self._dispute(at[1]),
            ("get", "payouts"): lambda at, _: self._one(self.payouts, at[1]),
            ("get", "events"): lambda _, asked: self._list_events(asked),
        }
        found = handlers[method, name](words, params)
        return self._expanded(found, list(params.get("expand", ())))

    def _one(self, items: Mapping[str, Item], name: str) -> Item:
        if name not in items:
            raise StripeSaysNoError("resource_missing", MISSING)
        return items[name]

    def _expanded(self, item: Item, paths: list[str]) -> Item:
        """Put objects in the place of their numbers, as far as the paths ask for."""
        item = dict(item)
        if item.get("object") == "list":
            inner = [path.removeprefix("data.") for path in paths if path.startswith("data.")]
            item["data"] = [self._expanded(one, inner) for one in item["data"]]
            return item
        for head in {path.split(".")[0] for path in paths}:
            deeper = [path.partition(".")[2] for path in paths if path.startswith(f"{head}.")]
            name = item.get(head)
            if isinstance(name, str):
                items: dict[str, Item] = getattr(self, EXPANDABLE[head])
                item[head] = self._expanded(items[name], deeper)
        return item

    # What requests do

    def _post_session(self, words: list[str], params: dict[str, Any]) -> Item:
        if len(words) > 2:  # noqa: PLR2004 -- checkout/sessions/<id>/expire
            return self._expire(self._one(self.sessions, words[2]))
        ends = int(params.get("expires_at", self.now + MAX_SESSION_SECONDS))
        if not MIN_SESSION_SECONDS <= ends - self.now <= MAX_SESSION_SECONDS:
            raise StripeSaysNoError("expires_at_invalid")
        price = params["line_items"][0]["price_data"]
        name = self.number("cs_test", len(self.sessions))
        self.sessions[name] = {
            "id": name,
            "object": "checkout.session",
            "status": "open",
            "payment_status": "unpaid",
            "livemode": False,
            "mode": params["mode"],
            "amount_total": sum(
                int(line["price_data"]["unit_amount"]) * int(line["quantity"])
                for line in params["line_items"]
            ),
            "currency": price["currency"],
            "client_reference_id": params.get("client_reference_id"),
            "metadata": dict(params.get("metadata", {})),
            "payment_intent": None,
            "created": self.now,
            "expires_at": ends,
            "url": f"https://checkout.stripe.com/c/pay/{name}",
            "success_url": params["success_url"],
        }
        return self.sessions[name]

    def _get_session(self, words: list[str], params: dict[str, Any]) -> Item:
        if len(words) > 2:  # noqa: PLR2004 -- checkout/sessions/<id>
            return self._one(self.sessions, words[2])
        found = [
            one
            for one in self.sessions.values()
            if one["payment_intent"] == params.get("payment_intent")
        ]
        return _list(found, "/v1/checkout/sessions", has_more=False)

    def _expire(self, session: Item) -> Item:
        if session["status"] != "open":
            raise StripeSaysNoError("session_not_open")
        self.end(session)
        return session

    def end(self, session: Item) -> None:
        """Let a session be past its time: nobody can pay it any more."""
        session["status"] = "expired"
        intent = self.intents.get(session["payment_intent"] or "")
        if intent is not None and intent["status"] != "succeeded":
            intent["status"] = "canceled"
        self.tell("checkout.session.expired", session)

    def _post_refund(self, params: dict[str, Any]) -> Item:
        intent = self._one(self.intents, str(params["payment_intent"]))
        charge = self._one(self.charges, str(intent["latest_charge"]))
        minor = int(params["amount"])
        if charge["disputed"]:
            raise StripeSaysNoError("charge_disputed")
        if charge["amount_refunded"] + minor > charge["amount"]:
            raise StripeSaysNoError("charge_already_refunded")
        charge["amount_refunded"] += minor
        count = sum(one["payment_intent"] == intent["id"] for one in self.refunds.values())
        name = f"re_{intent['id']}_{count + 1}"
        self.refunds[name] = {
            "id": name,
            "object": "refund",
            "status": "pending",
            "amount": minor,
            "currency": charge["currency"],
            "payment_intent": intent["id"],
            "charge": charge["id"],
            "metadata": dict(params.get("metadata", {})),
            "created": self.now,
            "balance_transaction": None,
            "failure_balance_transaction": None,
            "failure_reason": None,
        }
        self.tell("refund.created", self.refunds[name])
        return self.refunds[name]

    def _dispute(self, name: str) -> Item:
        found = dict(self._one(self.disputes, name))
        found["balance_transactions"] = [
            self.movements[one] for one in found["balance_transactions"]
        ]
        return found

    def _list_events(self, params: dict[str, Any]) -> Item:
        since = int(params.get("created", {}).get("gte", 0))
        kinds = params.get("types")
        found = [
            one
            for one in reversed(self.events.values())
            if one["created"] >= since and (kinds is None or one["type"] in kinds)
        ]
        after = params.get("starting_after")
        start = next((n + 1 for n, one in enumerate(found) if one["id"] == after), 0)
        limit = int(params.get("limit", PAGE))
        page = found[start : start + limit]
        return _list(page, "/v1/events", has_more=start + limit < len(found))

    # What others do

    def number(self, kind: str, count: int) -> str:
        """Return the next number of a kind."""
        return f"{kind}_{self.prefix}{count + 1:06}"

    def move(self, minor: int, *, fee: int = 0, currency: str = "cny") -> str:
        """Move money of the account and return the number of the movement."""
        name = self.number("txn", len(self.movements))
        self.movements[name] = {
            "id": name,
            "object": "balance_transaction",
            "amount": minor,
            "fee": fee,
            "net": minor - fee,
            "currency": currency,
            "created": self.now,
        }
        return name

    def tell(self, kind: str, item: Item) -> Item:
        """Write an event about an object as it stands now."""
        name = self.number("evt", len(self.events))
        self.events[name] = {
            "id": name,
            "object": "event",
            "type": kind,
            "created": self.now,
            "livemode": False,
            "data": {"object": json.loads(json.dumps(item))},
        }
        return self.events[name]


def sign(body: str, secret: str, *, at: int) -> str:
    """Return the header with which Stripe proves that a body is its own."""
    return str(stripe.WebhookSignature.generate_signature_header(body, secret, at))


def _list(items: list[Item], url: str, *, has_more: bool) -> Item:
    return {"object": "list", "data": items, "has_more": has_more, "url": url}


def _no_answer() -> stripe.APIConnectionError:
    error: stripe.APIConnectionError = stripe.APIConnectionError(  # type: ignore[no-untyped-call]
        "no answer", should_retry=True
    )
    return error


def _written(error: StripeSaysNoError) -> tuple[str, int]:
    return json.dumps(error.answer), error.status
