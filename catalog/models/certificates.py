"""The tables of certificates."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from kernel.orm import Base, Code


class CertificateType(Base):
    """A kind of certificate the register knows."""

    __tablename__ = "certificate_types"

    code: Mapped[str] = mapped_column(Code, primary_key=True)
    name: Mapped[str]
    name_en: Mapped[str]
    is_per_lot: Mapped[bool]
    stops_sale: Mapped[bool] = mapped_column(server_default="true")
    """Whether goods that were sold with it may not be sold once it has run out."""


class Certificate(Base):
    """A certificate held for a product or issued for a lot, with its validity."""

    __tablename__ = "certificates"
    __table_args__ = (
        UniqueConstraint("type_code", "number", "product_code", "lot_id"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period_in_order"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    type_code: Mapped[str] = mapped_column(Code, ForeignKey("certificate_types.code"))
    number: Mapped[str]
    product_code: Mapped[str | None] = mapped_column(
        Code, ForeignKey("products.code"), index=True
    )
    lot_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("lots.id"), index=True)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    """Last day of validity."""
    paper_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("certificate_papers.id"), index=True
    )
    """The paper that says so."""
    stopped_at: Mapped[datetime | None]
    """Since when it does not count although its period runs: suspended or revoked."""
    is_sample: Mapped[bool] = mapped_column(server_default="false")
