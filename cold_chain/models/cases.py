"""What people do about excursions and gaps, and what each holder answers for."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from cold_chain.values import (
    AlarmMode,
    ExcursionCause,
    ExcursionState,
    GapState,
    LimitSide,
    Severity,
)
from kernel.orm import Base, Code, enum_column


class ExcursionCase(Base):
    """One excursion of a shipment from the first suspicion to the last word.

    Figures follow the valid evaluation; the state follows the steps.
    """

    __tablename__ = "excursion_cases"
    __table_args__ = (
        UniqueConstraint("shipment_id", "rule", "start_at"),
        CheckConstraint("end_at IS NULL OR end_at >= start_at", name="period_in_order"),
        CheckConstraint("used_s >= 0 AND budget_s >= 0", name="not_negative"),
        CheckConstraint(
            "state NOT IN ('assessed', 'resolved', 'upheld') OR cause IS NOT NULL",
            name="assessed_has_cause",
        ),
        CheckConstraint(
            "NOT is_added_back OR state IN ('resolved', 'closed')",
            name="added_back_if_resolved",
        ),
        Index(
            "ix_excursion_cases_open",
            "start_at",
            postgresql_where=text("state NOT IN ('suspected', 'closed')"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    shipment_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("shipments.id"))
    rule: Mapped[str] = mapped_column(Code)
    mode: Mapped[AlarmMode] = mapped_column(enum_column(AlarmMode))
    severity: Mapped[Severity] = mapped_column(enum_column(Severity))
    side: Mapped[LimitSide] = mapped_column(enum_column(LimitSide))
    limit_centi: Mapped[int]
    start_at: Mapped[datetime]
    """When the value first went beyond the limit."""
    alarm_at: Mapped[datetime | None]
    end_at: Mapped[datetime | None]
    """Empty for a cumulative alarm, which has no end."""
    peak_centi: Mapped[int | None]
    used_s: Mapped[int]
    """Time beyond the limit, each value held until the next reading, seconds."""
    budget_s: Mapped[int | None]
    """What the cumulative rule of the side allows in all, seconds; empty without one."""
    holder_code: Mapped[str] = mapped_column(Code, ForeignKey("organisations.code"), index=True)
    """Who had the goods when it began."""
    is_over: Mapped[bool]
    """Whether the value is back, or the journey over."""
    in_record: Mapped[bool]
    """Whether the valid evaluation still finds it."""
    evaluation_version: Mapped[int]
    state: Mapped[ExcursionState] = mapped_column(enum_column(ExcursionState))
    cause: Mapped[ExcursionCause | None] = mapped_column(enum_column(ExcursionCause))
    is_added_back: Mapped[bool] = mapped_column(server_default="false")
    """Whether its time was given back to the budget when it was resolved."""
    opened_at: Mapped[datetime]


class ExcursionStep(Base):
    """One change of an excursion's state; append-only (trigger)."""

    __tablename__ = "excursion_steps"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    case_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("excursion_cases.id"), index=True
    )
    state: Mapped[ExcursionState] = mapped_column(enum_column(ExcursionState))
    cause: Mapped[ExcursionCause | None] = mapped_column(enum_column(ExcursionCause))
    evaluation_version: Mapped[int]
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(Code)
    """`person:<id>` or `task:<name>`."""
    note: Mapped[str] = mapped_column(server_default="")


class GapCase(Base):
    """One stretch of a custody without readings, until it is filled or decided."""

    __tablename__ = "gap_cases"
    __table_args__ = (
        UniqueConstraint("shipment_id", "from_at"),
        CheckConstraint("to_at > from_at AND unknown_s >= 0", name="period_in_order"),
        Index("ix_gap_cases_open", "from_at", postgresql_where=text("state = 'open'")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    shipment_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("shipments.id"))
    from_at: Mapped[datetime]
    to_at: Mapped[datetime]
    unknown_s: Mapped[int]
    is_too_long: Mapped[bool]
    """Whether it is longer than the limits allow for a pass."""
    holder_code: Mapped[str] = mapped_column(Code, ForeignKey("organisations.code"), index=True)
    evaluation_version: Mapped[int]
    state: Mapped[GapState] = mapped_column(enum_column(GapState))
    opened_at: Mapped[datetime]


class GapStep(Base):
    """One change of a gap's state; append-only (trigger)."""

    __tablename__ = "gap_steps"
    __table_args__ = (
        CheckConstraint(
            "state <> 'accepted' OR (proposed_by <> '' AND proposed_by <> actor)",
            name="accepted_by_two",
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    case_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("gap_cases.id"), index=True)
    state: Mapped[GapState] = mapped_column(enum_column(GapState))
    evaluation_version: Mapped[int]
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(Code)
    """`person:<id>` or `task:<name>`."""
    proposed_by: Mapped[str] = mapped_column(Code, server_default="")
    """Who asked for it to be accepted; another person than the actor."""
    note: Mapped[str] = mapped_column(server_default="")


class CustodyLoss(Base):
    """What one holder answers for under one evaluation; append-only (trigger)."""

    __tablename__ = "custody_losses"
    __table_args__ = (
        CheckConstraint("to_at > from_at", name="period_in_order"),
        CheckConstraint(
            "known_s >= 0 AND unknown_s >= 0 AND dose_hold_milli >= 0", name="not_negative"
        ),
    )

    evaluation_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("evaluations.id"), primary_key=True, autoincrement=False
    )
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """1, 2, 3 … in the order of custody."""
    holder_code: Mapped[str] = mapped_column(Code, ForeignKey("organisations.code"), index=True)
    from_at: Mapped[datetime]
    to_at: Mapped[datetime]
    known_s: Mapped[int]
    unknown_s: Mapped[int]
    dose_hold_milli: Mapped[int] = mapped_column(BigInteger)
    lost_low_min: Mapped[int | None]
    lost_high_min: Mapped[int | None]
    lost_unknown_min: Mapped[int | None]
