"""The tables of baskets."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
)
from sqlalchemy.orm import Mapped, mapped_column

from kernel.orm import Base, Code


class Basket(Base):
    """What somebody is about to buy; known by an unguessable token in the session."""

    __tablename__ = "baskets"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    token: Mapped[str] = mapped_column(Code, unique=True)
    person_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("people.id"), index=True
    )
    updated_at: Mapped[datetime] = mapped_column(index=True)


class BasketLine(Base):
    """One SKU in a basket."""

    __tablename__ = "basket_lines"
    __table_args__ = (
        CheckConstraint("quantity BETWEEN 1 AND 9999", name="quantity_in_bounds"),
    )

    basket_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("baskets.id", ondelete="CASCADE"), primary_key=True
    )
    sku_id: Mapped[int] = mapped_column(ForeignKey("skus.id"), primary_key=True)
    quantity: Mapped[int]
    added_at: Mapped[datetime]
