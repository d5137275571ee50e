"""Versions of limits: what differs, and what a journey would come to under another."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class RuleChange:
    """Another limit or delay for one rule; hundredths of °C and minutes."""

    code: str
    limit_centi: int
    delay_min: int


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure of two versions."""

    figure: str
    """Such as `max_gap_min`, or `warm.limit_centi` for a figure of a rule."""
    before: Any
    after: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLimits:
    """A new version of limits: the newest one with other rules, from a day on."""

    profile_code: str
    rules: tuple[RuleChange, ...]
    source: str
    clause: str
    effective_from: date
    at: datetime
