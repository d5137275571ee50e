"""The demo provider: pays at the press of a button, and says so on every page it shows.

It exists for the demo and for tests; production settings refuse to start with it. Its messages
take the same way as a real provider's: stored first, applied afterwards, applied once.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from kernel.money import CURRENCY
from payments.values import Capture, Provider


class DemoMessage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the demo provider sends when a buyer paid."""

    reference: str
    group_number: str
    amount_minor: int
    currency: str
    paid_at: datetime


@dataclass(frozen=True, slots=True)
class DemoRefund:
    """What the demo provider answers to an order to pay back: done."""

    reference: str
    is_final: bool


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


def refund(refund_id: int) -> DemoRefund:
    """Pay back at once; the same refund always answers with the same reference."""
    return DemoRefund(f"demo-refund-{refund_id}", is_final=True)
