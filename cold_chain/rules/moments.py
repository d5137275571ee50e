"""Moments as whole microseconds, so that durations are exact and comparing is cheap."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US


def to_us(at: datetime) -> int:
    """Return the microseconds since 1970 of an aware moment."""
    return (at - EPOCH) // MICROSECOND


def from_us(at_us: int) -> datetime:
    """Return the aware UTC moment of so many microseconds since 1970."""
    return EPOCH + timedelta(microseconds=at_us)
