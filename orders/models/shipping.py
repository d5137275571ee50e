"""The table of what sellers take for sending parcels."""

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kernel.orm import Base, Code, Minor


class ShippingRule(Base):
    """What one seller takes for a parcel of a temperature class to a province, while it holds.

    Sellers without a rule that fits take what the platform laid down.
    """

    __tablename__ = "shipping_rules"
    __table_args__ = (
        UniqueConstraint("seller_code", "is_cold", "province", "valid_from"),
        CheckConstraint("fee_minor >= 0 AND step_minor >= 0", name="fees_in_bounds"),
        CheckConstraint("included_g > 0 AND step_g > 0", name="weights_in_bounds"),
        CheckConstraint("free_from_minor > 0", name="threshold_in_bounds"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period_in_order"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    seller_code: Mapped[str] = mapped_column(Code, ForeignKey("organisations.code"))
    is_cold: Mapped[bool]
    """Whether it is for parcels that travel with a logger, or for all others."""
    province: Mapped[str] = mapped_column(server_default="")
    """Short name of the province it is for; empty for all that have no row of their own."""
    fee_minor: Mapped[int] = mapped_column(Minor)
    """For a parcel of up to `included_g`, in fen."""
    included_g: Mapped[int] = mapped_column(BigInteger)
    step_g: Mapped[int] = mapped_column(BigInteger)
    step_minor: Mapped[int] = mapped_column(Minor)
    """For every further `step_g` begun, in fen."""
    free_from_minor: Mapped[int | None] = mapped_column(Minor)
    """Goods of this seller in one order from which on the parcel is free; empty for never."""
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    """Last day of validity; empty while nobody has ended it."""
