"""The tables of who earned what, and of what was taken back."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Integer,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from households.models.register import HOUSEHOLD_ID
from households.values import (
    AllotmentId,
    ContractVersionId,
    HouseholdId,
    PartyKind,
    Stage,
)
from kernel.orm import Base, Code, Minor, enum_column


class Entitlement(Base):
    """What belongs to one party of one source: a paid line's lot, a receipt, an allotment."""

    __tablename__ = "entitlements"
    __table_args__ = (
        UniqueConstraint("order_line_id", "lot_id", "party_kind", "party_code"),
        CheckConstraint(
            "num_nonnulls(order_line_id, receipt_id, allotment_id) = 1", name="has_one_source"
        ),
        CheckConstraint(
            "(lot_id IS NULL) = (allotment_id IS NOT NULL)", name="lot_unless_allotted"
        ),
        CheckConstraint(
            "amount_minor >= 0 AND reversed_minor BETWEEN 0 AND amount_minor",
            name="reversed_within_amount",
        ),
        CheckConstraint(
            "(party_kind = 'household') = (household_id IS NOT NULL)",
            name="household_is_named",
        ),
        CheckConstraint(
            "(stage = 'expected' AND earned_at IS NULL)"
            " OR (stage = 'earned' AND earned_at IS NOT NULL)"
            " OR (stage = 'reversed' AND reversed_at IS NOT NULL"
            " AND reversed_minor = amount_minor)",
            name="stage_has_its_moment",
        ),
        Index("ix_entitlements_household", "household_id", "earned_at"),
        Index("ix_entitlements_party", "party_kind", "party_code", "earned_at"),
        Index("ix_entitlements_lot_id", "lot_id"),
        Index(
            "ix_entitlements_settlement_line",
            "settlement_line_id",
            postgresql_where=text("settlement_line_id IS NOT NULL"),
        ),
        Index(
            "uq_entitlements_receipt_id",
            "receipt_id",
            unique=True,
            postgresql_where=text("receipt_id IS NOT NULL"),
        ),
        Index(
            "uq_entitlements_allotment",
            *("allotment_id", "contract_version_id", "party_kind", "party_code"),
            unique=True,
            postgresql_where=text("allotment_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    order_line_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("order_lines.id"))
    """The paid line, where a sale is the source."""
    receipt_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("goods_receipts.id"))
    """The goods receipt, where a purchase is the source; earned from the first moment."""
    allotment_id: Mapped[AllotmentId | None] = mapped_column(
        Integer, ForeignKey("allotments.id")
    )
    """The period close, where a resolution is the source."""
    lot_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("lots.id"))
    """Empty for an allotment: it is not about any goods."""
    party_kind: Mapped[PartyKind] = mapped_column(enum_column(PartyKind))
    party_code: Mapped[str] = mapped_column(Code)
    """Household number, organisation code, village code, or `platform`."""
    household_id: Mapped[HouseholdId | None] = mapped_column(
        HOUSEHOLD_ID, ForeignKey("households.id")
    )
    contract_version_id: Mapped[ContractVersionId] = mapped_column(
        Integer, ForeignKey("contract_versions.id"), index=True
    )
    weight: Mapped[int] = mapped_column(BigInteger)
    """Basis points, a ratio over the common denominator, grams × grade percent, or shares."""
    amount_minor: Mapped[int] = mapped_column(Minor)
    reversed_minor: Mapped[int] = mapped_column(Minor, server_default=text("0"))
    stage: Mapped[Stage] = mapped_column(enum_column(Stage))
    expected_at: Mapped[datetime]
    earned_at: Mapped[datetime | None]
    reversed_at: Mapped[datetime | None]
    """When the latest reversal was booked."""
    settlement_line_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("settlement_lines.id")
    )
    """The line of the approved settlement that pays it."""


class EntitlementReversal(Base):
    """What one refund took back of one entitlement; a second delivery of it adds nothing."""

    __tablename__ = "entitlement_reversals"
    __table_args__ = (CheckConstraint("minor > 0", name="minor_is_positive"),)

    entitlement_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("entitlements.id"), primary_key=True, autoincrement=False
    )
    refund_key: Mapped[str] = mapped_column(Code, primary_key=True)
    """The refund that took it back."""
    minor: Mapped[int] = mapped_column(Minor)
    at: Mapped[datetime] = mapped_column(index=True)
