"""The tables of what sellers charge for parcels, and of the parcels of orders."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    String,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from kernel.orm import Base, Code, Minor, enum_column
from orders.values import Temperature


class ShippingRule(Base):
    """What a seller charges for a parcel of one temperature to some provinces."""

    __tablename__ = "shipping_rules"
    __table_args__ = (
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period_in_order"),
        CheckConstraint("first_g > 0 AND step_g > 0", name="weights_are_positive"),
        CheckConstraint(
            "first_minor >= 0 AND step_minor >= 0 AND free_from_minor > 0",
            name="amounts_in_bounds",
        ),
        Index("ix_shipping_rules_of_seller", "seller_code", "valid_from"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    seller_code: Mapped[str] = mapped_column(Code, ForeignKey("organisations.code"))
    temperature: Mapped[Temperature] = mapped_column(enum_column(Temperature))
    provinces: Mapped[list[str]] = mapped_column(ARRAY(String))
    """Where it holds, in full; empty for wherever no other rule does."""
    first_g: Mapped[int]
    first_minor: Mapped[int] = mapped_column(Minor)
    """What the first grams cost."""
    step_g: Mapped[int]
    step_minor: Mapped[int] = mapped_column(Minor)
    """What each further step costs, begun ones whole."""
    free_from_minor: Mapped[int | None] = mapped_column(Minor)
    """Goods of an order from which its parcels under this rule are free."""
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    """Last day of validity."""
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    is_sample: Mapped[bool] = mapped_column(server_default="false")


class OrderParcel(Base):
    """What of a seller order travels in one parcel, at one temperature."""

    __tablename__ = "order_parcels"
    __table_args__ = (
        CheckConstraint("weight_g > 0 AND shipping_minor >= 0", name="amounts_in_bounds"),
        CheckConstraint("(packed_at IS NULL) = (packed_by IS NULL)", name="packed_by_somebody"),
        CheckConstraint("carrier_number <> ''", name="carrier_number_says_something"),
        Index("ix_order_parcels_carrier_number", "carrier_number"),
    )

    order_number: Mapped[str] = mapped_column(
        Code, ForeignKey("seller_orders.number"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """From 1 on; the shipment of the same number carries it."""
    storage_code: Mapped[str] = mapped_column(Code)
    limit_profile: Mapped[str] = mapped_column(server_default="")
    temperature: Mapped[Temperature] = mapped_column(enum_column(Temperature))
    weight_g: Mapped[int] = mapped_column(BigInteger)
    """Net weight of the goods."""
    shipping_minor: Mapped[int] = mapped_column(Minor)
    rule_id: Mapped[int | None] = mapped_column(ForeignKey("shipping_rules.id"))
    """The seller's rule it was charged by; empty for the platform's."""
    packed_at: Mapped[datetime | None]
    packed_by: Mapped[str | None]
    carrier_number: Mapped[str | None] = mapped_column(Code)
    """Under which the carrier knows it; written when it is handed over."""
