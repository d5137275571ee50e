"""The tables of households, their contracts and entitlements; ddl.py adds the triggers."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Integer,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from households.values import (
    ContractVersionId,
    HouseholdCategory,
    HouseholdId,
    IncomeClass,
    LinkageModel,
    PartyKind,
    RiskStatus,
    Stage,
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

    household_id: Mapped[HouseholdId] = mapped_column(
        HOUSEHOLD_ID, ForeignKey("households.id"), primary_key=True
    )
    name: Mapped[str] = mapped_column(SealedText)
    phone: Mapped[str | None] = mapped_column(SealedText)
    id_number: Mapped[str | None] = mapped_column(SealedText)
    bank_account: Mapped[str | None] = mapped_column(SealedText)


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
    """A household's income of one year as the register has it, in fen by class."""

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


class LinkageContract(Base):
    """An agreement between a paying organisation and one household or all its producers."""

    __tablename__ = "linkage_contracts"
    __table_args__ = (
        Index("ix_linkage_contracts_payer", "organisation_code", "model_code"),
        Index(
            "uq_linkage_contracts_for_all_producers",
            "organisation_code",
            "model_code",
            unique=True,
            postgresql_where=text("household_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(Code, unique=True)
    organisation_code: Mapped[str] = mapped_column(Code, ForeignKey("organisations.code"))
    """The organisation that pays."""
    household_id: Mapped[HouseholdId | None] = mapped_column(
        HOUSEHOLD_ID, ForeignKey("households.id"), index=True
    )
    """Empty for a contract with every household that contributes to the payer's lots."""
    model_code: Mapped[LinkageModel] = mapped_column(enum_column(LinkageModel))
    income_class: Mapped[IncomeClass] = mapped_column(enum_column(IncomeClass))


class ContractVersion(Base):
    """The terms of a contract over one period; an activated version is never changed."""

    __tablename__ = "contract_versions"
    __table_args__ = (
        UniqueConstraint("contract_id", "version"),
        CheckConstraint(
            "effective_to IS NULL OR effective_to >= effective_from", name="period_in_order"
        ),
    )

    id: Mapped[ContractVersionId] = mapped_column(
        Integer, Identity(always=True), primary_key=True
    )
    contract_id: Mapped[int] = mapped_column(ForeignKey("linkage_contracts.id"))
    version: Mapped[int]
    terms: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """As drawn up; rules.py makes exact values of it and refuses what does not add up."""
    effective_from: Mapped[date]
    effective_to: Mapped[date | None]
    """Last day of validity; empty while it lasts."""
    activated_at: Mapped[datetime | None]
    """Empty for a draft; a draft attributes nothing."""
    document_note: Mapped[str] = mapped_column(server_default="")
    """Where the signed paper is kept."""


class Entitlement(Base):
    """The part of one lot in one order line that belongs to one party."""

    __tablename__ = "entitlements"
    __table_args__ = (
        UniqueConstraint("order_line_id", "lot_id", "party_kind", "party_code"),
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
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    order_line_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("order_lines.id"))
    lot_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("lots.id"))
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
    """Basis points, a ratio over the common denominator, or grams × grade percent."""
    amount_minor: Mapped[int] = mapped_column(Minor)
    reversed_minor: Mapped[int] = mapped_column(Minor, server_default=text("0"))
    stage: Mapped[Stage] = mapped_column(enum_column(Stage))
    expected_at: Mapped[datetime]
    earned_at: Mapped[datetime | None]
    reversed_at: Mapped[datetime | None]
    """When the latest reversal was booked."""


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
