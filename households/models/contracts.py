"""The tables of linkage contracts, their versions and their advances."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Integer,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from households.models.register import HOUSEHOLD_ID
from households.values import (
    AdvanceMove,
    ContractVersionId,
    HouseholdId,
    IncomeClass,
    LinkageModel,
)
from kernel.orm import Base, Code, Minor, enum_column
from kernel.vault import SealedText


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


class ContractAdvance(Base):
    """What was done about the advance of a contract; rows are added and never changed.

    Goods that are netted against it stand on their receipts.
    """

    __tablename__ = "contract_advances"
    __table_args__ = (
        CheckConstraint("minor > 0 AND number >= 0", name="amount_is_positive"),
        CheckConstraint("(number = 0) = (move = 'paid')", name="paid_comes_first"),
        CheckConstraint("move = 'paid' OR reason IS NOT NULL", name="closed_for_a_reason"),
    )

    contract_id: Mapped[int] = mapped_column(
        ForeignKey("linkage_contracts.id"), primary_key=True, autoincrement=False
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """0 for the payment, then counting what was decided about the rest."""
    move: Mapped[AdvanceMove] = mapped_column(enum_column(AdvanceMove))
    minor: Mapped[int] = mapped_column(Minor)
    reason: Mapped[str | None] = mapped_column(SealedText)
    """Why the rest was claimed back or waived."""
    decided_by: Mapped[str] = mapped_column(Code)
    at: Mapped[datetime]


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
