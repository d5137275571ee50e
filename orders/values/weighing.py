"""Goods sold by weight: the terms of a line, what was weighed, what it came to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from kernel.quantity import amount_of


@dataclass(frozen=True, slots=True)
class WeighTerms:
    """The terms a piece is sold under; grams and fen for one piece."""

    jin_minor: int
    """Fen per 500 g."""
    estimate_g: int
    min_g: int
    max_g: int
    """Between these a piece is as it was offered."""
    most_g: int
    """What a piece is charged as until it is weighed: the buyer never pays for more."""

    def estimate_minor(self, pieces: int) -> int:
        """Return what so many pieces of the expected weight come to, in fen."""
        return amount_of(self.jin_minor, self.estimate_g * pieces)


@dataclass(frozen=True, slots=True)
class Weighed:
    """A line sold by weight: its terms, its one net weight, what it was settled at."""

    terms: WeighTerms
    weight_g: int | None
    settled_at: datetime | None
    pieces: int | None
    charged_minor: int | None
    settled_minor: int | None

    @property
    def returned_minor(self) -> int:
        """Return what of the gross went back because the goods weigh less, in fen."""
        return (self.charged_minor or 0) - (self.settled_minor or 0)


@dataclass(frozen=True, slots=True)
class LineToWeigh:
    """A line sold by weight as the packer and the settlement need it."""

    line_id: int
    order_number: str
    terms: WeighTerms
    weight_g: int | None
    """What was weighed last."""
    settled_at: datetime | None
    pieces_g: tuple[int, ...]
    """What each piece weighed the last time."""
    packs_left: int
    """Pieces that were not taken off the order."""
    unit_price_minor: int
    gross_minor: int
    platform_discount_minor: int
    refunded_minor: int

    @property
    def left_minor(self) -> int:
        """Return what of the gross was not given back yet, in fen."""
        return self.gross_minor - self.refunded_minor

    @property
    def is_weighed(self) -> bool:
        """Say whether the last weighing holds for the pieces that are left."""
        return self.weight_g is not None and len(self.pieces_g) == self.packs_left


@dataclass(frozen=True, slots=True)
class Weighing:
    """What somebody reads off the scale: grams of each piece, by order line."""

    pieces_g: Mapping[int, tuple[int, ...]]
    actor: str
    at: datetime
    is_confirmed: bool = False
    """Whether pieces outside the offered range were looked at a second time."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What a line came to by its weight."""

    line_id: int
    pieces: int
    charged_minor: int
    settled_minor: int
