"""The tables of linkage contracts and their versions."""

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
    ContractVersionId,
    HouseholdId,
    IncomeClass,
    LinkageModel,
)
from kernel.orm import Base, Code, enum_column


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
