"""Fill frozen row classes from result rows whose columns stand in the order of the fields."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


def fill(cls: type[T], row: Sequence[Any]) -> T:
    """Make one frozen row; a column too many or too few raises `TypeError`."""
    return cls(*row)


def fill_all(cls: type[T], rows: Iterable[Sequence[Any]]) -> list[T]:
    """Make a frozen row of every result row."""
    return [cls(*row) for row in rows]
