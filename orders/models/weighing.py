"""The tables of goods sold by weight: what a line was charged by, and what the scale said."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Integer
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from kernel.orm import Base, Minor


class WeighedLine(Base):
    """A line sold by weight: its terms, and the one net weight everything is reckoned from.

    Its terms never change, and nothing does once it is settled (trigger).
    """

    __tablename__ = "weighed_lines"
    __table_args__ = (
        CheckConstraint("jin_minor > 0", name="price_is_positive"),
        CheckConstraint(
            "min_g > 0 AND min_g <= estimate_g AND estimate_g <= max_g"
            " AND estimate_g <= most_g",
            name="terms_in_order",
        ),
        CheckConstraint("weight_g > 0", name="weight_is_positive"),
        CheckConstraint(
            "num_nulls(settled_at, pieces, charged_minor, settled_minor) IN (0, 4)"
            " AND (settled_at IS NULL OR weight_g IS NOT NULL)",
            name="settled_at_once",
        ),
        CheckConstraint(
            "settled_minor BETWEEN 1 AND charged_minor AND pieces > 0", name="settled_in_bounds"
        ),
    )

    order_line_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("order_lines.id"), primary_key=True, autoincrement=False
    )
    jin_minor: Mapped[int] = mapped_column(Minor)
    """Fen per 500 g."""
    estimate_g: Mapped[int]
    """What a piece is expected to weigh."""
    min_g: Mapped[int]
    max_g: Mapped[int]
    """Between these a piece is as it was offered."""
    most_g: Mapped[int]
    """What a piece was charged as: the buyer pays for no more."""
    weight_g: Mapped[int | None]
    """Net grams of all pieces as packed: the last weighing."""
    settled_at: Mapped[datetime | None]
    pieces: Mapped[int | None]
    """How many pieces were weighed and left the store."""
    charged_minor: Mapped[int | None] = mapped_column(Minor)
    """What was left of the line's gross when it was settled."""
    settled_minor: Mapped[int | None] = mapped_column(Minor)
    """What the line came to by its weight; the rest went back to the buyer."""


class Weighing(Base):
    """What somebody read off the scale; rows are added and never changed (trigger)."""

    __tablename__ = "weighings"
    __table_args__ = (
        CheckConstraint("weight_g > 0 AND cardinality(pieces_g) > 0", name="says_something"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    order_line_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("weighed_lines.order_line_id"), index=True
    )
    pieces_g: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    """Net grams of each piece."""
    weight_g: Mapped[int]
    """What they add up to."""
    actor: Mapped[str]
    at: Mapped[datetime]
