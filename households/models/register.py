"""The tables of the register: households, who they are, how they stand."""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Identity,
    Integer,
    String,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from households.values import (
    HouseholdCategory,
    HouseholdId,
    RiskStatus,
)
from kernel.orm import Base, Code, Minor, enum_column
from kernel.vault import SealedText

HOUSEHOLD_ID = String(16)


REGION_CODE = String(12)


class Household(Base):
    """One household under an opaque number; nothing here says who it is."""

    __tablename__ = "households"
    __table_args__ = (
        CheckConstraint("members > 0", name="has_members"),
        CheckConstraint("labour BETWEEN 0 AND members", name="labour_within_members"),
    )

    id: Mapped[HouseholdId] = mapped_column(HOUSEHOLD_ID, primary_key=True)
    village_code: Mapped[str] = mapped_column(
        REGION_CODE, ForeignKey("regions.code"), index=True
    )
    members: Mapped[int]
    labour: Mapped[int]
    """The number of members able to work."""
    is_relocated: Mapped[bool] = mapped_column(server_default=text("false"))
    """Moved out of an unliveable place (易地搬迁)."""
    registered_on: Mapped[date]


class HouseholdIdentity(Base):
    """Who a household is; every column is sealed, the key lies outside the database."""

    __tablename__ = "household_identities"
    __table_args__ = (
        CheckConstraint("name IS NOT NULL OR erased_at IS NOT NULL", name="named_or_erased"),
    )

    household_id: Mapped[HouseholdId] = mapped_column(
        HOUSEHOLD_ID, ForeignKey("households.id"), primary_key=True
    )
    name: Mapped[str | None] = mapped_column(SealedText)
    """Empty only after erasure."""
    phone: Mapped[str | None] = mapped_column(SealedText)
    id_number: Mapped[str | None] = mapped_column(SealedText)
    bank_account: Mapped[str | None] = mapped_column(SealedText)
    erased_at: Mapped[datetime | None]
    """When the sealed values were destroyed at the household's request."""


class HouseholdCategoryPeriod(Base):
    """A household's category over one period; periods of one household never overlap."""

    __tablename__ = "household_categories"
    __table_args__ = (
        UniqueConstraint("household_id", "valid_from"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period_in_order"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    household_id: Mapped[HouseholdId] = mapped_column(HOUSEHOLD_ID, ForeignKey("households.id"))
    category: Mapped[HouseholdCategory] = mapped_column(enum_column(HouseholdCategory))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    """Last day of validity; empty while it lasts."""
    basis: Mapped[str] = mapped_column(server_default="")


class HouseholdBaseline(Base):
    """A household's income of one year in fen by class, as the register had it from a moment.

    What is recorded later holds; what was recorded before stays, so that figures as known at
    a moment keep the costs that were known then.
    """

    __tablename__ = "household_baselines"
    __table_args__ = (
        CheckConstraint(
            "wage_minor >= 0 AND property_minor >= 0"
            " AND operating_gross_minor >= 0 AND operating_cost_minor >= 0"
            " AND medical_minor >= 0",
            name="amounts_are_not_negative",
        ),
    )

    household_id: Mapped[HouseholdId] = mapped_column(
        HOUSEHOLD_ID, ForeignKey("households.id"), primary_key=True
    )
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    recorded_at: Mapped[datetime] = mapped_column(primary_key=True, server_default=func.now())
    """When its transaction began, by the database's clock, as in the ledger's postings."""
    wage_minor: Mapped[int] = mapped_column(Minor)
    operating_gross_minor: Mapped[int] = mapped_column(Minor)
    operating_cost_minor: Mapped[int] = mapped_column(Minor)
    property_minor: Mapped[int] = mapped_column(Minor)
    transfer_minor: Mapped[int] = mapped_column(Minor)
    """Received less paid, such as insurance; below zero for some households."""
    medical_minor: Mapped[int] = mapped_column(Minor, server_default=text("0"))
    """Medical costs the household bore itself; rigid spending, not an operating cost."""


class MonitoringStatus(Base):
    """That a household was recognised as at risk, and whether the risk is over."""

    __tablename__ = "monitoring_statuses"
    __table_args__ = (
        UniqueConstraint("household_id", "recognised_on"),
        CheckConstraint(
            "(risk_status = 'monitoring' AND eliminated_on IS NULL)"
            " OR (risk_status = 'eliminated'"
            " AND (eliminated_on IS NULL OR eliminated_on >= recognised_on))",
            name="eliminated_after_recognised",
        ),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    household_id: Mapped[HouseholdId] = mapped_column(HOUSEHOLD_ID, ForeignKey("households.id"))
    risk_type: Mapped[str]
    recognised_on: Mapped[date]
    risk_status: Mapped[RiskStatus] = mapped_column(enum_column(RiskStatus))
    eliminated_on: Mapped[date | None]
    """Empty for an elimination whose day the register does not give."""


class CooperativeMembership(Base):
    """A household's membership of one organisation over one period."""

    __tablename__ = "cooperative_memberships"
    __table_args__ = (
        UniqueConstraint("household_id", "organisation_code", "valid_from"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period_in_order"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    household_id: Mapped[HouseholdId] = mapped_column(HOUSEHOLD_ID, ForeignKey("households.id"))
    organisation_code: Mapped[str] = mapped_column(
        Code, ForeignKey("organisations.code"), index=True
    )
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
