"""Keyset pages: a page knows the key of the next one, never a row number."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Generic, TypeVar

import msgspec

from kernel.errors import InvalidError

MAX_PAGE = 100

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows and, when there are more, the opaque key behind the last of them."""

    rows: Sequence[T]
    next_key: str | None


def encode_key(*parts: str | int | None) -> str:
    """Write the sort values of a row as an opaque key for a URL; moments and days in ISO."""
    return base64.urlsafe_b64encode(msgspec.json.encode(parts)).decode().rstrip("=")


def decode_key(key: str, *types: type) -> tuple[Any, ...]:
    """Read a key back as values of `str`, `int`, `datetime` (aware, UTC) or `date`.

    Raises `InvalidError` for one that was tampered with.
    """
    padded = key + "=" * (-len(key) % 4)
    try:
        parts = msgspec.json.decode(base64.urlsafe_b64decode(padded), type=list)
        if len(parts) == len(types):
            return tuple(map(_read, parts, types))
    except (binascii.Error, msgspec.DecodeError, ValueError, OverflowError):
        pass
    raise InvalidError("page_key_invalid", "this page address is not valid")


def _read(part: object, kind: type) -> object:
    """Return a value of a kind the database can compare with; raises `ValueError`."""
    if kind is int and type(part) is int and abs(part) < 2**63:
        return part
    if kind is not int and isinstance(part, str) and part.isprintable():
        if kind is datetime:
            return datetime.fromisoformat(part).astimezone(UTC)
        return date.fromisoformat(part) if kind is date else part
    raise ValueError(part)


def cut(rows: Sequence[T], size: int, key_of: Callable[[T], str]) -> Page[T]:
    """Turn `size + 1` fetched rows into a page of `size` and the key of the next."""
    if len(rows) <= size:
        return Page(rows, None)
    kept = rows[:size]
    return Page(kept, key_of(kept[-1]))
