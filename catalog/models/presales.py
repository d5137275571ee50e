"""The tables of goods sold before they are harvested."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from catalog.values import PresaleState
from kernel.orm import Base, Code, enum_column


class Presale(Base):
    """A time in which packs of one SKU are sold before they are there."""

    __tablename__ = "presales"
    __table_args__ = (
        CheckConstraint("closes_at > opens_at", name="period_in_order"),
        CheckConstraint(
            "cap > 0 AND waiting >= 0 AND waiting <= taken AND taken <= cap",
            name="never_above_cap",
        ),
        CheckConstraint("season BETWEEN 2020 AND 2100", name="season_is_a_year"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    sku_id: Mapped[int] = mapped_column(ForeignKey("skus.id"), index=True)
    season: Mapped[int]
    """The year of the harvest."""
    cap: Mapped[int]
    """Packs that are sold at most."""
    taken: Mapped[int] = mapped_column(server_default="0")
    """Packs that are promised, or were given from a lot."""
    waiting: Mapped[int] = mapped_column(server_default="0")
    """Packs of them that no lot has given yet."""
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    ships_until: Mapped[date]
    """The last day on which the goods leave."""
    stopped_at: Mapped[datetime | None]
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    is_sample: Mapped[bool] = mapped_column(server_default="false")


class PresaleUse(Base):
    """Packs of one order line that are promised out of a presale."""

    __tablename__ = "presale_uses"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_is_positive"),
        CheckConstraint("returned BETWEEN 0 AND quantity", name="returned_in_bounds"),
        CheckConstraint("(state = 'released') = (returned = quantity)", name="released_whole"),
        Index(
            "ix_presale_uses_waiting",
            "presale_id",
            "order_line_id",
            postgresql_where=text("state IN ('held', 'taken')"),
        ),
    )

    order_line_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("order_lines.id"), primary_key=True
    )
    presale_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("presales.id"))
    group_number: Mapped[str] = mapped_column(
        Code, ForeignKey("order_groups.number"), index=True
    )
    quantity: Mapped[int]
    returned: Mapped[int] = mapped_column(server_default="0")
    """Packs nobody waits for any more; the presale sells them again."""
    state: Mapped[PresaleState] = mapped_column(enum_column(PresaleState))
    settled_at: Mapped[datetime | None]
    """When it was paid, or came to nothing."""
    allotted_at: Mapped[datetime | None]


class SupplyCap(Base):
    """How much of a product one year gives; presales never promise more."""

    __tablename__ = "supply_caps"
    __table_args__ = (CheckConstraint("weight_g > 0", name="weight_is_positive"),)

    product_code: Mapped[str] = mapped_column(
        Code, ForeignKey("products.code"), primary_key=True
    )
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    weight_g: Mapped[int] = mapped_column(BigInteger)
    basis: Mapped[str]
