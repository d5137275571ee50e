"""The tables of prices."""

from datetime import date

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
)
from sqlalchemy.orm import Mapped, mapped_column

from kernel.orm import Base, Code, Minor


class MarketPrice(Base):
    """What the market paid for the goods of a product in one week."""

    __tablename__ = "market_prices"
    __table_args__ = (
        CheckConstraint("minor_per_kg > 0", name="price_is_positive"),
        CheckConstraint("extract(isodow FROM week_on) = 1", name="week_begins_on_monday"),
    )

    product_code: Mapped[str] = mapped_column(
        Code, ForeignKey("products.code"), primary_key=True
    )
    week_on: Mapped[date] = mapped_column(primary_key=True)
    """The Monday of the week."""
    minor_per_kg: Mapped[int] = mapped_column(Minor)
    """Fen for a kilogram of the goods as households deliver them."""
    source: Mapped[str]
    """Who published the price."""
