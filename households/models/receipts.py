"""The tables of goods bought from households: receipts, what lots cost, and what went out."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Integer,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from households.models.register import HOUSEHOLD_ID
from households.values import ContractVersionId, HouseholdId, IssueKind
from kernel.orm import Base, Code, Minor, enum_column


class GoodsReceipt(Base):
    """One weighing of goods bought from a household; rows are added and never changed.

    A wrong one is taken back by a second row with the same figures that names it.
    """

    __tablename__ = "goods_receipts"
    __table_args__ = (
        CheckConstraint("weight_g > 0 AND grade_percent > 0", name="weights_are_positive"),
        CheckConstraint(
            "pay_minor = gross_minor - withheld_minor"
            " AND least(pay_minor, gross_minor, withheld_minor, uplift_minor,"
            " price_minor_per_kg, market_minor_per_kg) >= 0",
            name="pay_is_gross_less_withheld",
        ),
        CheckConstraint("netted_minor BETWEEN 0 AND pay_minor", name="netted_within_pay"),
        CheckConstraint("market_weight_g BETWEEN 0 AND weight_g", name="market_part_within"),
        CheckConstraint(
            "market_minor_per_kg IS NOT NULL OR (market_weight_g = 0 AND uplift_minor = 0)",
            name="market_is_known_where_used",
        ),
        CheckConstraint("reverses_id <> id", name="takes_back_another"),
        Index("ix_goods_receipts_household", "household_id", "received_on"),
        Index("ix_goods_receipts_lot_id", "lot_id"),
        Index("ix_goods_receipts_contract_version_id", "contract_version_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(Code, unique=True)
    """The number on the slip; recording it twice changes nothing."""
    contract_version_id: Mapped[ContractVersionId] = mapped_column(
        Integer, ForeignKey("contract_versions.id")
    )
    """The purchase terms in force on the day of the receipt."""
    household_id: Mapped[HouseholdId] = mapped_column(HOUSEHOLD_ID, ForeignKey("households.id"))
    lot_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("lots.id"))
    received_on: Mapped[date]
    weight_g: Mapped[int] = mapped_column(BigInteger)
    grade_percent: Mapped[int]
    """Factor of the grade: 100 is the standard grade, paid at the price as agreed."""
    price_minor_per_kg: Mapped[int] = mapped_column(Minor)
    """What the contract pays on that day, fen for a kilogram, rounded for people to read."""
    market_minor_per_kg: Mapped[int | None] = mapped_column(Minor)
    """The market price of the week; empty where the contract does not look at it."""
    market_weight_g: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    """Grams beyond the contract's maximum, paid at the market price."""
    gross_minor: Mapped[int] = mapped_column(Minor)
    """What the goods cost."""
    withheld_minor: Mapped[int] = mapped_column(Minor, server_default=text("0"))
    """What of it pays for seeds or animals the household had been given before."""
    pay_minor: Mapped[int] = mapped_column(Minor)
    """What the household earns."""
    netted_minor: Mapped[int] = mapped_column(Minor, server_default=text("0"))
    """What of it the household had been paid in advance; the rest is owed to it."""
    uplift_minor: Mapped[int] = mapped_column(Minor, server_default=text("0"))
    """What the gross is above the market value."""
    recorded_by: Mapped[str] = mapped_column(Code)
    recorded_at: Mapped[datetime]
    reverses_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("goods_receipts.id"), unique=True
    )
    """The receipt this one takes back in full."""


class PurchasedLot(Base):
    """What the bought goods of one lot cost, and what of that went out with its packs.

    The row is locked by whatever sells or writes off packs of the lot, so that costs follow
    one another. Goods of the same lot on consignment cost nothing and do not stand here.
    """

    __tablename__ = "purchased_lots"
    __table_args__ = (
        CheckConstraint(
            "issued_packs BETWEEN 0 AND packs AND issued_cost_minor BETWEEN 0 AND cost_minor"
            " AND issued_pay_minor BETWEEN 0 AND pay_minor",
            name="issued_within_received",
        ),
        CheckConstraint(
            "issued_packs < packs OR issued_packs = 0"
            " OR (issued_cost_minor = cost_minor AND issued_pay_minor = pay_minor)",
            name="empty_lot_costs_nothing",
        ),
    )

    lot_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("lots.id"), primary_key=True, autoincrement=False
    )
    packs: Mapped[int]
    """All packs of the lot."""
    cost_minor: Mapped[int] = mapped_column(Minor)
    """The gross of its receipts."""
    pay_minor: Mapped[int] = mapped_column(Minor)
    """What its households earned by them."""
    issued_packs: Mapped[int] = mapped_column(server_default=text("0"))
    issued_cost_minor: Mapped[int] = mapped_column(Minor, server_default=text("0"))
    issued_pay_minor: Mapped[int] = mapped_column(Minor, server_default=text("0"))


class GoodsIssue(Base):
    """Packs of a purchased lot that were delivered to a buyer or written off, at cost."""

    __tablename__ = "goods_issues"
    __table_args__ = (
        CheckConstraint(
            "packs > 0 AND least(cost_minor, pay_minor) >= 0", name="amounts_are_positive"
        ),
        CheckConstraint("kind <> 'sold' OR order_line_id IS NOT NULL", name="sold_to_somebody"),
        CheckConstraint("returned_at IS NULL OR kind = 'sold'", name="only_sold_returns"),
        Index(
            "uq_goods_issues_line",
            "order_line_id",
            "lot_id",
            unique=True,
            postgresql_where=text("order_line_id IS NOT NULL"),
        ),
        Index("ix_goods_issues_lot_id", "lot_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    lot_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("purchased_lots.lot_id"))
    order_line_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("order_lines.id"))
    """Empty for packs that were written off on the shelf."""
    kind: Mapped[IssueKind] = mapped_column(enum_column(IssueKind))
    packs: Mapped[int]
    cost_minor: Mapped[int] = mapped_column(Minor)
    """Of the lot's cost, in the order in which packs went out."""
    pay_minor: Mapped[int] = mapped_column(Minor)
    """Of what the lot's households earned: the figure of the trace book."""
    issued_at: Mapped[datetime]
    returned_at: Mapped[datetime | None]
    """When the buyer was given the money back; the goods stay gone, the trace goes back."""


class GoodsIssuePart(Base):
    """What of an issue leads to one receipt and so to one household."""

    __tablename__ = "goods_issue_parts"
    __table_args__ = (CheckConstraint("minor > 0", name="minor_is_positive"),)

    issue_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("goods_issues.id"), primary_key=True, autoincrement=False
    )
    receipt_id: Mapped[int] = mapped_column(
        BigInteger,
        ForeignKey("goods_receipts.id"),
        primary_key=True,
        autoincrement=False,
        index=True,
    )
    minor: Mapped[int] = mapped_column(Minor)
