"""The demo provider: pays at the press of a button, and says so on every page it shows.

It exists for the demo and for tests; production settings refuse to start with it. Its messages
take the same way as a real provider's: stored first, applied afterwards, applied once.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from kernel.money import CURRENCY
from payments.errors import MessageRefusedError
from payments.gateway import Checkout, CheckoutOrder, Message, RefundOrder
from payments.values import (
    AttemptReading,
    Capture,
    Provider,
    Reading,
    RefundReading,
    RefundState,
)


class DemoMessage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the demo provider sends when a buyer paid."""

    reference: str
    group_number: str
    amount_minor: int
    currency: str
    paid_at: datetime


def reference_of(group_number: str) -> str:
    """Return the reference of the one attempt the demo provider opens for a group."""
    return f"demo-{group_number}"


def message(group_number: str, *, amount_minor: int, at: datetime) -> dict[str, Any]:
    """Return the message of a successful payment as JSON primitives."""
    sent = DemoMessage(reference_of(group_number), group_number, amount_minor, CURRENCY, at)
    plain: dict[str, Any] = msgspec.to_builtins(sent)
    return plain


def read(payload: dict[str, Any]) -> Capture:
    """Turn a stored message into a capture; raises `msgspec.ValidationError`."""
    received = msgspec.convert(payload, DemoMessage)
    return Capture(
        provider=Provider.DEMO,
        reference=received.reference,
        group_number=received.group_number,
        amount_minor=received.amount_minor,
        currency=received.currency,
        at=received.paid_at,
    )


def refund_reference_of(refund_id: int) -> str:
    """Return the reference of the demo provider's answer to a refund."""
    return f"demo-refund-{refund_id}"


class DemoGateway:
    """The demo provider as the other providers are seen."""

    provider = Provider.DEMO

    def open_checkout(self, order: CheckoutOrder) -> Checkout:
        """Send the buyer back to the page with the button: that is where the demo pays."""
        return Checkout(reference_of(order.group_number), order.cancel_url)

    def fetch(self, reference: str, *, at: datetime) -> AttemptReading | None:
        """Know nothing by itself: the button says at once what happened."""
        del reference, at
        return None

    def close(self, reference: str, *, at: datetime) -> AttemptReading | None:
        """Have nothing to close: without the button nothing is paid."""
        del reference, at
        return None

    def refund(self, order: RefundOrder) -> RefundReading:
        """Pay back at once; the same refund always answers with the same reference."""
        return RefundReading(
            provider=Provider.DEMO,
            reference=refund_reference_of(order.refund_id),
            intent=order.intent,
            refund_id=order.refund_id,
            tries=order.tries,
            state=RefundState.SUCCEEDED,
            amount_minor=order.amount_minor,
            currency=CURRENCY,
            at=order.at,
        )

    def read_message(self, body: bytes, signature: str, *, at: datetime) -> Message:
        """Refuse every message: nobody sends any from outside."""
        del body, signature, at
        raise MessageRefusedError("the demo provider sends none")

    def look_up(self, kind: str, reference: str, *, at: datetime) -> Reading | None:
        """Know no objects."""
        del reference, at
        raise LookupError(kind)

    def list_messages(self, *, since: datetime) -> Iterator[Message]:
        """Have nothing to tell again."""
        del since
        return iter(())
