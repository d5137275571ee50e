"""Mapped classes of assistance groups, pairings, pledges and drawdowns."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from kernel.orm import Base, Code, Minor, enum_column
from pairing.values import PledgeKind


class AssistanceGroup(Base):
    """One of the district's assistance groups (帮扶集团) with the township it helps."""

    __tablename__ = "assistance_groups"

    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    township_code: Mapped[str] = mapped_column(
        String(12), ForeignKey("regions.code"), index=True
    )
    focus_tier: Mapped[str] = mapped_column(server_default="")
    focus_village_code: Mapped[str | None] = mapped_column(
        String(12), ForeignKey("regions.code")
    )
    lead_unit: Mapped[str]
    note: Mapped[str] = mapped_column(server_default="")


class GroupMember(Base):
    """One unit in an assistance group; some units sit in two groups."""

    __tablename__ = "group_members"

    group_sequence: Mapped[int] = mapped_column(
        ForeignKey("assistance_groups.sequence"), primary_key=True
    )
    unit_name: Mapped[str] = mapped_column(primary_key=True)
    is_lead: Mapped[bool]
    is_double_assigned: Mapped[bool]


class Pairing(Base):
    """A buyer organisation paired with a village from a day on."""

    __tablename__ = "pairings"
    __table_args__ = (UniqueConstraint("organisation_code", "village_code", "since"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    organisation_code: Mapped[str] = mapped_column(
        Code, ForeignKey("organisations.code"), index=True
    )
    village_code: Mapped[str] = mapped_column(
        String(12), ForeignKey("regions.code"), index=True
    )
    since: Mapped[date]
    until: Mapped[date | None]
    is_sample: Mapped[bool] = mapped_column(server_default="false")


class Pledge(Base):
    """A promise of one organisation for one year, for one village or the whole district."""

    __tablename__ = "pledges"
    __table_args__ = (
        UniqueConstraint(
            "organisation_code",
            "year",
            "kind",
            "village_code",
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("amount_minor > 0", name="amount_is_positive"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    organisation_code: Mapped[str] = mapped_column(Code, ForeignKey("organisations.code"))
    year: Mapped[int]
    kind: Mapped[PledgeKind] = mapped_column(enum_column(PledgeKind))
    village_code: Mapped[str | None] = mapped_column(String(12), ForeignKey("regions.code"))
    amount_minor: Mapped[int] = mapped_column(Minor)
    is_sample: Mapped[bool] = mapped_column(server_default="false")


class Drawdown(Base):
    """What one order line took off a pledge; a refund adds a negative row. Append-only."""

    __tablename__ = "drawdowns"
    __table_args__ = (
        UniqueConstraint("pledge_id", "key"),
        Index("ix_drawdowns_line", "order_line_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    pledge_id: Mapped[int] = mapped_column(ForeignKey("pledges.id"))
    order_line_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("order_lines.id"))
    key: Mapped[str] = mapped_column(Code)
    """`line:<id>:paid` or `refund:<id>:line:<id>`: delivering twice changes nothing."""
    amount_minor: Mapped[int] = mapped_column(Minor)
    at: Mapped[datetime]
