"""Numbers and days as people type them into a seller's forms."""

import re
from datetime import date

from flask import request

from kernel.errors import InvalidError

MAX_DIGITS = 9
MAX_WORD = 60
DECIMAL = re.compile(r"(\d{1,7})(?:\.(\d{1,3}))?")
YUAN = re.compile(r"(\d{1,7})(?:\.(\d{1,2}))?")


def word(name: str) -> str:
    """Return what stands in a field."""
    return request.form.get(name, "").strip()[:MAX_WORD]


def whole(name: str) -> int:
    """Read a whole number."""
    text = word(name)
    if not (text.isascii() and text.isdigit()) or len(text) > MAX_DIGITS:
        raise InvalidError("quantity_not_whole", "a quantity is a whole number")
    return int(text)


def amount(name: str) -> int | None:
    """Read yuan as fen; None for an empty field."""
    text = word(name).removeprefix("¥").replace(",", "")
    if not text:
        return None
    found = YUAN.fullmatch(text)
    if found is None or not text.isascii():
        raise InvalidError("price_not_an_amount", "a price is an amount in yuan above zero")
    return int(found[1]) * 100 + int(((found[2] or "") + "00")[:2])


def grams(name: str) -> int:
    """Read kilograms with three decimals at most as grams."""
    found = DECIMAL.fullmatch(word(name))
    if found is None or not word(name).isascii():
        raise InvalidError("shipping_weight_unfit", "grams above zero", maximum=1_000_000)
    return int(found[1]) * 1000 + int(((found[2] or "") + "000")[:3])


def day(name: str) -> date:
    """Read a day."""
    try:
        return date.fromisoformat(word(name))
    except ValueError as error:
        raise InvalidError("day_missing", "a day is missing") from error
