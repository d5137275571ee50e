"""Keyset pages: a page knows the key of the next one, never a row number."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

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
    """Write the sort values of a row as an opaque key for a URL."""
    return base64.urlsafe_b64encode(msgspec.json.encode(parts)).decode().rstrip("=")


def decode_key(key: str, *types: type) -> tuple[object, ...]:
    """Read a key back; raises `InvalidError` for one that was tampered with."""
    try:
        padded = key + "=" * (-len(key) % 4)
        parts = msgspec.json.decode(base64.urlsafe_b64decode(padded), type=list)
    except (binascii.Error, msgspec.DecodeError, ValueError) as error:
        raise InvalidError("page_key_invalid", "this page address is not valid") from error
    if len(parts) != len(types) or any(
        not isinstance(part, kind) for part, kind in zip(parts, types, strict=True)
    ):
        raise InvalidError("page_key_invalid", "this page address is not valid")
    return tuple(parts)


def cut(rows: Sequence[T], size: int, key_of: Callable[[T], str]) -> Page[T]:
    """Turn `size + 1` fetched rows into a page of `size` and the key of the next."""
    if len(rows) <= size:
        return Page(rows, None)
    kept = rows[:size]
    return Page(kept, key_of(kept[-1]))
