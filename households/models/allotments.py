"""The tables of period closes: allotments, their papers, what they rest on, objections."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
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

from households.models.register import HOUSEHOLD_ID
from households.values import (
    AllotmentId,
    AllotmentSource,
    AllotmentState,
    ContractVersionId,
    HouseholdId,
    LinkageModel,
    ObjectionOutcome,
    PartyKind,
    ResolutionBody,
)
from kernel.orm import Base, Code, Minor, enum_column
from kernel.vault import SealedBytes, SealedText

DOCUMENT_BYTES_MAX = 5_000_000


class Allotment(Base):
    """One period close of one payer under one model: drawn up, decided, published, final."""

    __tablename__ = "allotments"
    __table_args__ = (
        CheckConstraint("period_to >= period_from", name="period_in_order"),
        CheckConstraint("total_minor >= 0", name="total_not_negative"),
        CheckConstraint(
            "state IN ('draft', 'withdrawn') OR (body IS NOT NULL AND decided_on IS NOT NULL"
            " AND resolved_by IS NOT NULL AND resolved_at IS NOT NULL)",
            name="resolution_before_notice",
        ),
        CheckConstraint(
            "state NOT IN ('on_notice', 'objected')"
            " OR (notice_from IS NOT NULL AND notice_until IS NOT NULL)",
            name="notice_has_its_days",
        ),
        CheckConstraint("notice_until >= notice_from", name="notice_in_order"),
        CheckConstraint("notice_from >= decided_on", name="notice_after_decision"),
        CheckConstraint("(state = 'final') = (finalised_at IS NOT NULL)", name="final_moment"),
        CheckConstraint(
            "(state IN ('objected', 'withdrawn')) = (stopped_at IS NOT NULL)",
            name="stopped_moment",
        ),
        CheckConstraint(
            "state <> 'final' OR model_code IN ('WAGE', 'RELIEFWORK', 'RENT')"
            " OR (notice_until IS NOT NULL AND finalised_at"
            " >= timezone('Asia/Shanghai', notice_until + time '00:00' + interval '1 day'))",
            name="final_after_notice",
        ),
        CheckConstraint(
            "state IN ('draft', 'withdrawn')"
            " OR model_code NOT IN ('WAGE', 'RELIEFWORK', 'RENT')"
            " OR resolved_by <> proposed_by",
            name="payroll_by_two",
        ),
        CheckConstraint(
            "model_code IN ('WAGE', 'RELIEFWORK', 'RENT', 'GUARANTEED', 'EQUITY', 'PATRONAGE',"
            " 'ASSET', 'TRUST')",
            name="model_by_period",
        ),
        CheckConstraint(
            "source = 'own' OR model_code IN ('ASSET', 'EQUITY')", name="source_fits_model"
        ),
        Index("ix_allotments_payer", "organisation_code", "model_code", "period_to"),
        Index("ix_allotments_state", "state", "notice_until"),
    )

    id: Mapped[AllotmentId] = mapped_column(Integer, Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(Code, unique=True)
    organisation_code: Mapped[str] = mapped_column(Code, ForeignKey("organisations.code"))
    """The organisation that pays."""
    model_code: Mapped[LinkageModel] = mapped_column(enum_column(LinkageModel))
    contract_id: Mapped[int | None] = mapped_column(ForeignKey("linkage_contracts.id"))
    """The contract with many households; empty for all contracts with one household each."""
    source: Mapped[AllotmentSource] = mapped_column(enum_column(AllotmentSource))
    payer_account: Mapped[str] = mapped_column(String(128))
    """The ledger account the money is taken from as far as it holds any."""
    period_from: Mapped[date]
    period_to: Mapped[date]
    """Last day of the period."""
    basis: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """Declared figures, and once resolved the figures all shares have in common."""
    total_minor: Mapped[int] = mapped_column(Minor)
    """What all shares sum to; zero while nobody has decided."""
    state: Mapped[AllotmentState] = mapped_column(enum_column(AllotmentState))
    proposed_by: Mapped[str] = mapped_column(Code)
    proposed_at: Mapped[datetime]
    body: Mapped[ResolutionBody | None] = mapped_column(enum_column(ResolutionBody))
    decided_on: Mapped[date | None]
    resolved_by: Mapped[str | None] = mapped_column(Code)
    """Who entered the resolution, or approved the payroll."""
    resolved_at: Mapped[datetime | None]
    notice_from: Mapped[date | None]
    notice_until: Mapped[date | None]
    """Last day of the public notice."""
    finalised_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]
    """When it was withdrawn, or an objection against it was upheld."""
    stop_reason: Mapped[str] = mapped_column(server_default="")
    reverses_id: Mapped[AllotmentId | None] = mapped_column(
        Integer, ForeignKey("allotments.id"), index=True
    )
    """The final allotment whose place this one takes."""


class AllotmentInput(Base):
    """What one household worked in the period, as it was entered."""

    __tablename__ = "allotment_inputs"

    allotment_id: Mapped[AllotmentId] = mapped_column(
        Integer, ForeignKey("allotments.id"), primary_key=True, autoincrement=False
    )
    household_id: Mapped[HouseholdId] = mapped_column(
        HOUSEHOLD_ID, ForeignKey("households.id"), primary_key=True
    )
    figures: Mapped[dict[str, Any]] = mapped_column(JSONB)


class AllotmentWorking(Base):
    """How one share was worked out, frozen with the resolution."""

    __tablename__ = "allotment_workings"
    __table_args__ = (
        UniqueConstraint("allotment_id", "contract_version_id", "party_kind", "party_code"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    allotment_id: Mapped[AllotmentId] = mapped_column(Integer, ForeignKey("allotments.id"))
    contract_version_id: Mapped[ContractVersionId] = mapped_column(
        Integer, ForeignKey("contract_versions.id")
    )
    party_kind: Mapped[PartyKind] = mapped_column(enum_column(PartyKind))
    party_code: Mapped[str] = mapped_column(Code)
    figures: Mapped[dict[str, Any]] = mapped_column(JSONB)


class AllotmentDocument(Base):
    """A paper behind a resolution: minutes, plan, photograph of the notice; sealed."""

    __tablename__ = "allotment_documents"
    __table_args__ = (
        CheckConstraint(
            f"size_bytes BETWEEN 1 AND {DOCUMENT_BYTES_MAX}", name="size_within_limit"
        ),
        CheckConstraint(
            "media_type IN ('application/pdf', 'image/jpeg', 'image/png')", name="media_type"
        ),
        UniqueConstraint("allotment_id", "sha256"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    allotment_id: Mapped[AllotmentId] = mapped_column(Integer, ForeignKey("allotments.id"))
    title: Mapped[str] = mapped_column(String(120))
    """What the public notice calls it."""
    file_name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    """Of the file as it was handed in."""
    note: Mapped[str] = mapped_column(server_default="")
    sealed: Mapped[bytes] = mapped_column(SealedBytes)
    """Names stand in it, so it is kept as ciphertext and opened for staff only."""
    added_by: Mapped[str] = mapped_column(Code)
    added_at: Mapped[datetime]


class AllotmentObjection(Base):
    """What somebody has against an allotment on notice, and what became of it."""

    __tablename__ = "allotment_objections"
    __table_args__ = (
        CheckConstraint(
            "(outcome = 'open') = (decided_at IS NULL)"
            " AND (decided_at IS NULL) = (decided_by IS NULL)",
            name="outcome_has_its_moment",
        ),
        Index("ix_allotment_objections_allotment", "allotment_id"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    allotment_id: Mapped[AllotmentId] = mapped_column(Integer, ForeignKey("allotments.id"))
    household_id: Mapped[HouseholdId | None] = mapped_column(
        HOUSEHOLD_ID, ForeignKey("households.id"), index=True
    )
    """Empty when staff recorded what somebody said."""
    raised_by: Mapped[str] = mapped_column(Code)
    raised_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(SealedText)
    outcome: Mapped[ObjectionOutcome] = mapped_column(
        enum_column(ObjectionOutcome), server_default=text("'open'")
    )
    answer: Mapped[str | None] = mapped_column(SealedText)
    decided_by: Mapped[str | None] = mapped_column(Code)
    decided_at: Mapped[datetime | None]
