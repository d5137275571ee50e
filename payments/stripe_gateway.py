"""Stripe, through the hosted page of Checkout; the only module that imports its library.

The buyer chooses card, Alipay or WeChat Pay on Stripe's page. What happened is never taken from
the address the buyer comes back to, nor from the content of a message: both only say which
object to ask for. Amounts are whole fen, the currency is the shop's.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar

import stripe

from kernel.money import CURRENCY
from payments import stripe_readings as readings
from payments.errors import GatewayAwayError, GatewayRefusedError, MessageRefusedError
from payments.gateway import Checkout, CheckoutOrder, Message, RefundOrder
from payments.values import (
    AttemptReading,
    DisputeReading,
    Provider,
    Reading,
    RefundReading,
    SweepReading,
)

if TYPE_CHECKING:
    from stripe.params import RefundCreateParams
    from stripe.params.checkout import SessionCreateParams

CONNECT_SECONDS, READ_SECONDS = 2.0, 10.0
RETRIES: Final = 2
TOLERANCE: Final = timedelta(seconds=300)
"""How far the moment of a message's signature may lie from now, in either direction."""

METHODS: Final = ("card", "alipay", "wechat_pay")
LOCALES: Final = {"zh_CN": "zh", "en": "en"}
MAX_ID: Final = 255
LIVE_KEYS: Final = ("sk_live_", "rk_live_")

INTENT: Final = "payment_intent.latest_charge.balance_transaction"
SESSION_KINDS: Final = frozenset(
    f"checkout.session.{what}"
    for what in ("completed", "async_payment_succeeded", "async_payment_failed", "expired")
)
INTENT_KINDS: Final = frozenset(
    f"payment_intent.{what}"
    for what in (
        *("created", "requires_action", "processing"),
        *("succeeded", "payment_failed", "canceled"),
    )
)
CHARGE_KINDS: Final = frozenset(
    f"charge.{what}" for what in ("succeeded", "pending", "failed", "updated")
)
REFUND_KINDS: Final = frozenset({"refund.created", "refund.updated", "refund.failed"})
DISPUTE_KINDS: Final = frozenset(
    f"charge.dispute.{what}"
    for what in ("created", "updated", "funds_withdrawn", "funds_reinstated", "closed")
)
PAYOUT_KINDS: Final = frozenset({"payout.paid", "payout.failed"})
LISTED: Final = (
    *sorted(SESSION_KINDS),
    "payment_intent.succeeded",
    *sorted(REFUND_KINDS),
    *sorted(DISPUTE_KINDS),
    *sorted(PAYOUT_KINDS),
)
"""The messages asked for again when some may be missing; Stripe takes up to twenty kinds."""

R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeAccess:
    """What opens one account at Stripe."""

    secret_key: str = field(repr=False)
    webhook_secrets: tuple[str, ...] = field(repr=False)
    """Several while one replaces another."""
    account: str = ""
    """The account's number; messages that name another one are not ours."""

    @property
    def is_live(self) -> bool:
        """Say whether real money moves."""
        return self.secret_key.startswith(LIVE_KEYS)


class StripeGateway:
    """One account at Stripe."""

    provider = Provider.STRIPE

    def __init__(
        self, access: StripeAccess, *, http_client: stripe.HTTPClient | None = None
    ) -> None:
        """Prepare the client; nothing is sent yet."""
        self._access = access
        self._client = stripe.StripeClient(
            access.secret_key,
            http_client=http_client
            or stripe.RequestsClient(timeout=(CONNECT_SECONDS, READ_SECONDS)),
            max_network_retries=RETRIES,
        )

    def open_checkout(self, order: CheckoutOrder) -> Checkout:
        """Open a session under the attempt's key; the same attempt is the same session."""
        session = _ask(
            lambda: self._client.v1.checkout.sessions.create(
                _session_params(order), {"idempotency_key": order.key}
            )
        )
        return Checkout(session.id, session.url or "", order.expires_at)

    def fetch(self, reference: str, *, at: datetime) -> AttemptReading | None:
        """Ask for a session with everything that hangs on it."""
        session = _find(
            lambda: self._client.v1.checkout.sessions.retrieve(reference, {"expand": [INTENT]})
        )
        return None if session is None else self._attempt(session, at)

    def close(self, reference: str, *, at: datetime) -> AttemptReading | None:
        """Expire a session; only open ones can be, so it is asked for afterwards."""
        with suppress(GatewayRefusedError):
            _find(lambda: self._client.v1.checkout.sessions.expire(reference))
        return self.fetch(reference, at=at)

    def refund(self, order: RefundOrder) -> RefundReading:
        """Order a refund under the key of its try."""
        params: RefundCreateParams = {
            "payment_intent": order.intent,
            "amount": order.amount_minor,
            "metadata": {"refund": str(order.refund_id), "try": str(order.tries)},
            "expand": ["balance_transaction"],
        }
        made = _ask(
            lambda: self._client.v1.refunds.create(params, {"idempotency_key": order.key})
        )
        return readings.refund(_plain(made))

    def read_message(self, body: bytes, signature: str, *, at: datetime) -> Message:
        """Check the signature over the raw bytes before anything is read of them."""
        self._verify(body, signature, at)
        try:
            event = json.loads(body)
            return self._message(event)
        except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
            raise MessageRefusedError("this is no event") from error

    def _verify(self, body: bytes, signature: str, at: datetime) -> None:
        sent = _moment_of(signature)
        if sent is None or abs(at.timestamp() - sent) > TOLERANCE.total_seconds():
            raise MessageRefusedError("its moment is missing or too far from now")
        for secret in self._access.webhook_secrets:
            try:
                stripe.WebhookSignature.verify_header(body, signature, secret)
            except (stripe.SignatureVerificationError, UnicodeDecodeError):
                continue
            return
        raise MessageRefusedError("its signature is not ours")

    def _message(self, event: Mapping[str, Any]) -> Message:
        """Take of an event what says which object to ask for, and nothing about people."""
        inner = event["data"]["object"]
        names = [str(event["id"]), str(event["type"]), str(inner.get("id") or "")]
        if not all(names[:2]) or any(len(name) > MAX_ID or "\0" in name for name in names):
            raise ValueError("no names")
        account = event.get("account")
        return Message(
            event_id=names[0],
            kind=names[1],
            reference=names[2],
            is_ours=bool(event.get("livemode")) is self._access.is_live
            and (not account or account == self._access.account),
            payload={
                "created": int(event["created"]),
                "livemode": bool(event.get("livemode")),
                "account": str(account or "")[:MAX_ID].replace("\0", ""),
            },
        )

    def look_up(self, kind: str, reference: str, *, at: datetime) -> Reading | None:
        """Ask for the object a message is about."""
        readers: tuple[tuple[frozenset[str], Callable[[], Reading | None]], ...] = (
            (SESSION_KINDS, lambda: self.fetch(reference, at=at)),
            (INTENT_KINDS, lambda: self._attempt_of(reference, at)),
            (CHARGE_KINDS, lambda: self._attempt_of(self._intent_of(reference), at)),
            (REFUND_KINDS, lambda: self._refund(reference)),
            (DISPUTE_KINDS, lambda: self._dispute(reference)),
            (PAYOUT_KINDS, lambda: self._sweep(reference)),
        )
        for kinds, reader in readers:
            if kind in kinds:
                return reader()
        raise LookupError(kind)

    def list_messages(self, *, since: datetime) -> Iterator[Message]:
        """Tell again what happened since a moment, the newest first."""
        page = _ask(
            lambda: self._client.v1.events.list(
                {
                    "created": {"gte": int(since.timestamp())},
                    "types": list(LISTED),
                    "limit": 100,
                }
            )
        )
        events = page.auto_paging_iter()
        while (event := _ask(lambda: next(events, None))) is not None:
            yield self._message(_plain(event))

    def _intent_of(self, charge: str) -> str:
        found = _find(lambda: self._client.v1.charges.retrieve(charge))
        intent = None if found is None else _plain(found).get("payment_intent")
        return intent if isinstance(intent, str) else ""

    def _attempt_of(self, intent: str, at: datetime) -> AttemptReading | None:
        if not intent:
            return None
        found = _find(
            lambda: self._client.v1.checkout.sessions.list(
                {"payment_intent": intent, "limit": 1, "expand": [f"data.{INTENT}"]}
            )
        )
        if found is None or not found.data:
            return None
        return self._attempt(found.data[0], at)

    def _attempt(self, session: stripe.checkout.Session, at: datetime) -> AttemptReading:
        return readings.attempt(_plain(session), at=at, is_live=self._access.is_live)

    def _refund(self, reference: str) -> RefundReading | None:
        expand = ["balance_transaction", "failure_balance_transaction"]
        found = _find(lambda: self._client.v1.refunds.retrieve(reference, {"expand": expand}))
        return None if found is None else readings.refund(_plain(found))

    def _dispute(self, reference: str) -> DisputeReading | None:
        found = _find(lambda: self._client.v1.disputes.retrieve(reference))
        return None if found is None else readings.dispute(_plain(found))

    def _sweep(self, reference: str) -> SweepReading | None:
        found = _find(lambda: self._client.v1.payouts.retrieve(reference))
        return None if found is None else readings.sweep(_plain(found))


def _session_params(order: CheckoutOrder) -> "SessionCreateParams":
    names = {"group": order.group_number, "attempt": str(order.attempt)}
    params: SessionCreateParams = {
        "mode": "payment",
        "ui_mode": "hosted_page",
        "currency": CURRENCY.lower(),
        "line_items": [
            {
                "price_data": {
                    "currency": CURRENCY.lower(),
                    "unit_amount": order.amount_minor,
                    "product_data": {"name": order.title},
                },
                "quantity": 1,
            }
        ],
        "allowed_payment_method_types": list(METHODS),
        "payment_method_options": {"wechat_pay": {"client": "web"}},
        "client_reference_id": order.group_number,
        "metadata": names,
        "payment_intent_data": {"metadata": names},
        "locale": LOCALES.get(order.locale, "auto"),
        "success_url": order.return_url,
        "cancel_url": order.cancel_url,
    }
    if order.expires_at is not None:
        params["expires_at"] = int(order.expires_at.timestamp())
    return params


def _ask(question: Callable[[], R]) -> R:
    """Ask Stripe; turn its errors into ours."""
    try:
        return question()
    except (
        stripe.APIConnectionError,
        stripe.APIError,
        stripe.AuthenticationError,
        stripe.PermissionError,
        stripe.RateLimitError,
    ) as error:
        raise GatewayAwayError(Provider.STRIPE, type(error).__name__) from error
    except stripe.StripeError as error:
        raise GatewayRefusedError(
            Provider.STRIPE, str(error.code or type(error).__name__)
        ) from error


def _find(question: Callable[[], R]) -> R | None:
    """Ask Stripe for something that may not be there."""
    try:
        return _ask(question)
    except GatewayRefusedError as error:
        if error.params.get("why") == "resource_missing":
            return None
        raise


def _plain(found: stripe.StripeObject) -> dict[str, Any]:
    return found.to_dict()


def _moment_of(signature: str) -> int | None:
    """Return the moment a signature names; the library takes the first one as well."""
    for part in signature.split(","):
        name, _, value = part.partition("=")
        if name == "t":
            return int(value) if value.isascii() and value.isdigit() else None
    return None
