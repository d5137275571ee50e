"""Pure decisions about orders: states, totals, numbers."""

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from datetime import date

from kernel.masking import mask_name, mask_phone, mask_street
from orders.errors import BasketEmptyError, StepNotAllowedError
from orders.rules import shipping
from orders.values import (
    GroupState,
    OrderState,
    Quote,
    QuotedLine,
    QuotedOrder,
    Recipient,
    ShippingTerms,
)

GROUP_STEPS: dict[GroupState, frozenset[GroupState]] = {
    GroupState.PENDING_PAYMENT: frozenset(
        {
            GroupState.AWAITING_BANK,
            GroupState.CANCEL_REQUESTED,
            GroupState.PAID,
            GroupState.CANCELLED,
            GroupState.EXPIRED,
        }
    ),
    GroupState.AWAITING_BANK: frozenset(
        {GroupState.PAID, GroupState.CANCELLED, GroupState.EXPIRED}
    ),
    GroupState.CANCEL_REQUESTED: frozenset(
        {GroupState.PAID, GroupState.CANCELLED, GroupState.EXPIRED}
    ),
    GroupState.PAID: frozenset(),
    GroupState.CANCELLED: frozenset(),
    GroupState.EXPIRED: frozenset(),
}

UNPAID = frozenset(
    {GroupState.PENDING_PAYMENT, GroupState.AWAITING_BANK, GroupState.CANCEL_REQUESTED}
)
"""States in which goods are held for a payment that may still come."""

TIMED = frozenset({GroupState.PENDING_PAYMENT, GroupState.AWAITING_BANK})
"""States that end by themselves when their time is over."""

ORDER_STEPS: dict[OrderState, frozenset[OrderState]] = {
    OrderState.PENDING_PAYMENT: frozenset({OrderState.PAID, OrderState.CANCELLED}),
    OrderState.PAID: frozenset({OrderState.PACKED, OrderState.REFUNDED}),
    OrderState.PACKED: frozenset({OrderState.SHIPPED, OrderState.REFUNDED}),
    OrderState.SHIPPED: frozenset({OrderState.DELIVERED, OrderState.REFUNDED}),
    OrderState.DELIVERED: frozenset({OrderState.REFUNDED}),
    OrderState.REFUNDED: frozenset(),
    OrderState.CANCELLED: frozenset(),
}

LEFT_THE_STORE = frozenset({OrderState.SHIPPED, OrderState.DELIVERED})
"""States in which goods cannot go back on the shelf."""

NUMBER_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
NUMBER_LENGTH = 8


def check_order_step(number: str, state: OrderState, wanted: OrderState) -> None:
    """Raise `StepNotAllowedError` unless the table allows the step."""
    if wanted not in ORDER_STEPS[state]:
        raise StepNotAllowedError(number, state=state, wanted=wanted)


def check_group_step(number: str, state: GroupState, wanted: GroupState) -> None:
    """Raise `StepNotAllowedError` unless the table allows the step."""
    if wanted not in GROUP_STEPS[state]:
        raise StepNotAllowedError(number, state=state, wanted=wanted)


def quote(lines: Iterable[QuotedLine], terms: ShippingTerms) -> Quote:
    """Add up a basket by seller and day of leaving, and say what each parcel costs.

    What a seller has on hand and what it will harvest are two orders: they leave on different
    days. Sellers stand in the order of their codes and lines in the order of their SKU codes,
    so the same basket always gives the same quote. Raises `BasketEmptyError`.
    """
    by_order: dict[tuple[str, date], list[QuotedLine]] = {}
    marked = [shipping.mark_reach(line, terms) for line in lines]
    for line in sorted(marked, key=lambda line: (*order_key(line), line.sku_code)):
        by_order.setdefault(order_key(line), []).append(line)
    if not by_order:
        raise BasketEmptyError
    return Quote(
        tuple(_quote_order(found, terms) for found in by_order.values()),
        place=terms.place,
        hours=terms.hours,
    )


def order_key(part: QuotedLine | QuotedOrder) -> tuple[str, date]:
    """Return what tells the orders of one checkout apart: whose it is, by when it leaves."""
    return part.seller_code, part.ships_until or date.min


def _quote_order(lines: list[QuotedLine], terms: ShippingTerms) -> QuotedOrder:
    goods_minor = sum(line.gross_minor for line in lines)
    seller_code = lines[0].seller_code
    packed = shipping.parcels(lines)
    charged = shipping.charge(packed, goods_minor, seller_code, terms)
    return QuotedOrder(
        seller_code=seller_code,
        seller_name=lines[0].seller_name,
        lines=tuple(lines),
        goods_minor=goods_minor,
        shipping_minor=sum(one.shipping_minor for one in charged),
        needs_cold_chain=any(line.needs_cold_chain for line in lines),
        parcels=charged,
        ships_until=lines[0].ships_until,
        missing_free_minor=shipping.missing_for_free(charged, goods_minor),
    )


def funded_of(discount_minor: int, gross_minor: int, *, taken_minor: int) -> int:
    """Return what the platform gets back once so much of a line's gross is refunded, in fen.

    Cumulative and rounded up: a series of refunds that reaches the gross gives back exactly the
    discount, whatever its steps, and the buyer gets something of the last one.
    """
    return -(-discount_minor * taken_minor // gross_minor)


def choose_packs(
    wanted: Mapping[int, int], allocated: Iterable[tuple[int, int, int]]
) -> list[tuple[int, int, int]]:
    """Choose packs to take back: (line id, lot id, packs), the last allocated lots first.

    `wanted` is packs by line id, `allocated` (line id, lot id, packs) as they were taken. Never
    more than was allocated.
    """
    left = dict(wanted)
    chosen = []
    for line_id, lot_id, packs in sorted(allocated, reverse=True):
        taken = min(left.get(line_id, 0), packs)
        if taken > 0:
            chosen.append((line_id, lot_id, taken))
            left[line_id] -= taken
    return sorted(chosen)


def new_number(on: date) -> str:
    """Return a group number that tells the day and cannot be guessed."""
    tail = "".join(secrets.choice(NUMBER_ALPHABET) for _ in range(NUMBER_LENGTH))
    return f"WL{on:%y%m%d}-{tail}"


def access_hash(key: str) -> bytes:
    """Return what is stored of a guest's key."""
    return hashlib.sha256(key.encode()).digest()


def masked(recipient: Recipient) -> Recipient:
    """Return a recipient as staff sees it: the city in full, the person only to tell apart."""
    return Recipient(
        name=mask_name(recipient.name),
        phone=mask_phone(recipient.phone),
        province=recipient.province,
        city=recipient.city,
        district=recipient.district,
        street=mask_street(recipient.street),
    )
