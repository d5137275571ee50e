"""Series of readings and profiles for tests of the cold chain."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from cold_chain.rules.moments import MINUTE_US, to_us
from cold_chain.values import AlarmMode, AlarmRule, LimitSide, Profile, Sample, Span

NOON = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
"""Twelve o'clock in Shanghai."""


def at_minute(minute: float, start: datetime = NOON) -> int:
    """Return the microseconds of so many minutes after a start."""
    return to_us(start) + round(minute * MINUTE_US)


def minutes_after(at_us: int, start: datetime = NOON) -> float:
    """Return how many minutes after a start a moment lies."""
    return (at_us - to_us(start)) / MINUTE_US


def a_series(celsius: Sequence[float], *, every_min: int = 5, first: float = 0) -> list[Sample]:
    """Return readings of so many °C at a regular interval."""
    return [
        a_sample(first + index * every_min, value, every_min=every_min)
        for index, value in enumerate(celsius)
    ]


def a_sample(minute: float, celsius: float, *, every_min: int = 5) -> Sample:
    """Return one reading so many minutes after noon."""
    return Sample(at_minute(minute), round(celsius * 100), every_min * MINUTE_US)


def a_custody(minutes: float, *, first: float = 0) -> Span:
    """Return a custody that begins so many minutes after noon and lasts so long."""
    return Span(at_minute(first), at_minute(first + minutes))


def a_rule(celsius: float, delay_min: int, **changes: Any) -> AlarmRule:
    """Return a single-event rule for an upper limit, or what the changes make of it."""
    values: dict[str, Any] = {
        "code": "warm",
        "side": LimitSide.UPPER,
        "limit_centi": round(celsius * 100),
        "mode": AlarmMode.SINGLE,
        "delay_min": delay_min,
    }
    return AlarmRule(**(values | changes))


def a_profile(*rules: AlarmRule, limit: float = 8, **changes: Any) -> Profile:
    """Return a profile without start-up period and hysteresis, unless changed."""
    values: dict[str, Any] = {
        "code": "TEST",
        "version": 1,
        "rules": rules or (a_rule(limit, 30),),
        "dose_limit_centi": round(limit * 100),
    }
    return Profile(**(values | changes))
