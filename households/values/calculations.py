"""The words of a calculation: figures with their units, steps, and divisions to the fen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction


class Unit(StrEnum):
    """What a figure of a calculation counts, so that a page can write it."""

    FEN = "fen"
    FEN_PER_KG = "fen_per_kg"
    FEN_PER_MU_YEAR = "fen_per_mu_year"
    FEN_PER_DAY = "fen_per_day"
    FEN_PER_HOUR = "fen_per_hour"
    FEN_PER_PIECE = "fen_per_piece"
    GRAMS = "grams"
    MU = "mu"
    DAYS = "days"
    HOURS = "hours"
    PIECES = "pieces"
    YEARS = "years"
    RATE = "rate"
    """A part of one; a page writes it in percent."""


class Op(StrEnum):
    """How the figures of a step come together."""

    TIMES = "times"
    PLUS = "plus"
    MINUS = "minus"
    GREATEST = "greatest"
    LEAST = "least"


@dataclass(frozen=True, slots=True)
class Figure:
    """One exact number of a calculation and what it counts."""

    value: Fraction
    unit: Unit


@dataclass(frozen=True, slots=True)
class FormulaStep:
    """One line of a calculation: a name, the figures, how they meet, and what comes out.

    `name` is a stable code for which a page has the words; `result` is rounded to whole fen
    where its unit is fen.
    """

    name: str
    op: Op
    figures: Sequence[Figure]
    result: Figure


@dataclass(frozen=True, slots=True)
class Part:
    """What one party has of a division, and why it is this fen and not the next."""

    weight: Fraction
    quota: Fraction
    """The exact part before rounding, in fen."""
    minor: int
    extra: bool
    """Whether one of the undivided fen fell to this party."""


@dataclass(frozen=True, slots=True)
class Division:
    """A pot divided by weights; the parts sum to it exactly."""

    minor: int
    parts: Mapping[str, Part]

    @property
    def by_code(self) -> dict[str, int]:
        """Return the fen by party."""
        return {code: part.minor for code, part in self.parts.items()}


class WeightKind(StrEnum):
    """By what a pot is divided among households."""

    QUANTITY = "quantity"
    GRADED_QUANTITY = "graded_quantity"
    """Grams times grade factor."""
    TRADE = "trade"
    AREA = "area"
    SHARES = "shares"
    CAPITAL = "capital"
    HOURS = "hours"
    PERSONS = "persons"
    POINTS = "points"
    """Labour points or points of a differential plan."""
    EQUAL = "equal"
