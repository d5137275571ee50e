"""What a buyer confirmed, as a text a form or a program sends back, and what changed since."""

import base64
import binascii
from collections.abc import Iterator

import msgspec

from kernel.errors import InvalidError
from orders.values import Change, Quote

MAX_TEXT = 60_000


class _Line(msgspec.Struct, array_like=True, frozen=True):
    sku: str
    box: str
    quantity: int
    unit_minor: int
    payable_minor: int
    name: str
    name_en: str


class _Seen(msgspec.Struct, array_like=True, frozen=True):
    total_minor: int
    shipping_minor: int
    lines: list[_Line]
    coupons: dict[str, int]


def confirmation(quote: Quote) -> str:
    """Return the text that stands for exactly this quote."""
    return base64.urlsafe_b64encode(msgspec.json.encode(_seen(quote))).decode()


def changes(confirmed: str, now: Quote) -> list[Change]:
    """Return what differs between a confirmed quote and the one that holds now.

    Raises `InvalidError` `confirmation_unreadable` for a text that was not given out here.
    """
    if len(confirmed) > MAX_TEXT:
        raise InvalidError("confirmation_unreadable", "the confirmation is too long")
    try:
        seen = msgspec.json.decode(base64.urlsafe_b64decode(confirmed), type=_Seen)
    except (binascii.Error, ValueError) as error:
        raise InvalidError("confirmation_unreadable", "no confirmation of a quote") from error
    return list(_changes(seen, _seen(now)))


def _seen(quote: Quote) -> _Seen:
    return _Seen(
        quote.total_minor,
        quote.shipping_minor,
        [
            _Line(
                line.sku_code,
                line.bundle.sku_code if line.bundle else "",
                line.quantity,
                line.unit_price_minor,
                line.payable_minor,
                line.name,
                line.name_en,
            )
            for line in quote.lines
        ],
        {coupon.code: coupon.minor for coupon in quote.coupons if coupon.minor},
    )


def _changes(seen: _Seen, now: _Seen) -> Iterator[Change]:
    before = {(line.sku, line.box): line for line in seen.lines}
    after = {(line.sku, line.box): line for line in now.lines}
    for key in sorted(before.keys() | after.keys()):
        yield from _line_changes(before.get(key), after.get(key))
    for code in sorted(seen.coupons.keys() | now.coupons.keys()):
        was, is_now = seen.coupons.get(code, 0), now.coupons.get(code, 0)
        if was != is_now:
            yield Change("coupon", code, code, "", was, is_now)
    if seen.shipping_minor != now.shipping_minor:
        yield Change("shipping", "", "", "", seen.shipping_minor, now.shipping_minor)


def _line_changes(was: _Line | None, now: _Line | None) -> Iterator[Change]:
    if was is None or now is None:
        line = now or was
        if line is not None:
            kind = "added" if was is None else "gone"
            yield Change(kind, line.sku, line.name, line.name_en, None, None)
        return
    told = (now.sku, now.name, now.name_en)
    if was.quantity != now.quantity:
        yield Change("quantity", *told, was.quantity, now.quantity)
    if was.unit_minor != now.unit_minor:
        yield Change("price", *told, was.unit_minor, now.unit_minor)
    elif was.quantity == now.quantity and was.payable_minor != now.payable_minor:
        yield Change("amount", *told, was.payable_minor, now.payable_minor)
