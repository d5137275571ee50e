"""Pure decisions about selling on terms."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from kernel.errors import InvalidError
from payments.values.terms import NewLine

MAX_DAYS: Final = 365
MAX_MINOR: Final = 10**13


def check_line(new: NewLine) -> None:
    """Raise `InvalidError` for a credit line nobody could approve."""
    if not 0 <= new.amount_minor < MAX_MINOR:
        raise InvalidError("credit_line_amount", "the amount is no amount")
    if not 1 <= new.days <= MAX_DAYS:
        raise InvalidError("credit_line_days", "1 to 365 days", maximum=MAX_DAYS)
    if new.valid_until is not None and new.valid_until < new.valid_from:
        raise InvalidError("credit_line_period", "the period ends before it begins")


def locks_before(on: date, grace_days: int) -> date:
    """Return the day before which a due day locks further orders."""
    return on - timedelta(days=grace_days)


def due_reminder(due_on: date, on: date, days: Sequence[int]) -> int | None:
    """Return the latest day of letters that has come for a bill, None while none has.

    `days` count from the due day. A shop that stood still writes the latest letter, not all it
    has missed.
    """
    passed = [day for day in days if due_on + timedelta(days=day) <= on]
    return max(passed, default=None)
