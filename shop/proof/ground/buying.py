"""Placing, paying and closing orders as the pages do, each step in its own unit of work."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from kernel.db import unit_of_work
from orders import queries as order_queries
from orders.values import Buyer, Recipient
from workflows import checkout, payment_received
from workflows.checkout import CheckoutRequest, PlacedGroup
from workflows.order_paid import Outcome

GUEST = Buyer(None, None, "SHLL", "guest")
RECIPIENT = Recipient("王小姐", "13800000000", "重庆市", "重庆市", "渝中区", "解放碑一号")


def place(quantities: Mapping[str, int], *, at: datetime) -> PlacedGroup:
    """Place an order for packs by SKU code."""
    with unit_of_work() as session:
        return checkout.place(session, request(quantities), at=at)


def request(quantities: Mapping[str, int], number: str | None = None) -> CheckoutRequest:
    """Return what a guest sends off for packs by SKU code."""
    return CheckoutRequest(
        buyer=GUEST, recipient=RECIPIENT, quantities=quantities, number=number, is_sample=True
    )


def pay(number: str, amount_minor: int, *, at: datetime) -> Outcome | None:
    """Let the demo provider say that a group was paid, and apply it; None when it was said."""
    row_id = tell_paid(number, amount_minor, at=at)
    return None if row_id is None else apply_told(row_id, at=at)


def tell_paid(number: str, amount_minor: int, *, at: datetime) -> int | None:
    """Store the demo provider's word that a group was paid; None when it was said before."""
    with unit_of_work() as session:
        return payment_received.store_demo_payment(
            session, number, amount_minor=amount_minor, at=at
        )


def apply_told(row_id: int, *, at: datetime) -> Outcome | None:
    """Apply a stored word of the provider, as a worker does."""
    with unit_of_work() as session:
        return payment_received.apply_event(session, row_id, at=at)


def settle(session: Session, number: str, amount_minor: int, *, at: datetime) -> None:
    """Store and apply the demo provider's word that a group was paid, in one transaction."""
    row_id = payment_received.store_demo_payment(
        session, number, amount_minor=amount_minor, at=at
    )
    if row_id is None:
        raise LookupError(number)
    payment_received.apply_event(session, row_id, at=at)


def list_parts(session: Session, number: str) -> list[str]:
    """Return the numbers of a group's seller orders."""
    return [one for one, _ in order_queries.list_order_totals(session, number)]


def cancel(number: str, *, at: datetime) -> bool:
    """Cancel an unpaid group as its buyer; False when it was paid."""
    with unit_of_work() as session:
        return checkout.cancel(session, number, actor=GUEST.actor, at=at)


def expire(number: str, *, at: datetime) -> bool:
    """Close an unpaid group as the clock does; False when it was paid."""
    with unit_of_work() as session:
        return checkout.expire(session, number, at=at)
