"""The tables of recognising a risk and ending it; migration 0005 adds the triggers."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from households.models.register import HOUSEHOLD_ID
from households.values import (
    HouseholdCategory,
    HouseholdId,
    ProcedureId,
    ProcedureKind,
    ProcedureState,
    Step,
)
from kernel.orm import Base, Code, enum_column


class Procedure(Base):
    """The recognition of one household's risk, or the end of it; steps say how far it is."""

    __tablename__ = "procedures"
    __table_args__ = (
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed_has_its_moment"),
        CheckConstraint(
            "(kind = 'recognition') = (category IS NOT NULL)", name="recognition_has_category"
        ),
        CheckConstraint("state <> 'cancelled' OR reason <> ''", name="cancelled_has_reason"),
        Index(
            "uq_procedures_one_open",
            "household_id",
            unique=True,
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_procedures_household_id", "household_id"),
    )

    id: Mapped[ProcedureId] = mapped_column(Integer, Identity(always=True), primary_key=True)
    household_id: Mapped[HouseholdId] = mapped_column(HOUSEHOLD_ID, ForeignKey("households.id"))
    kind: Mapped[ProcedureKind] = mapped_column(enum_column(ProcedureKind))
    category: Mapped[HouseholdCategory | None] = mapped_column(enum_column(HouseholdCategory))
    """The category the household is put into by the last step of a recognition."""
    risk_type: Mapped[str] = mapped_column(server_default="")
    state: Mapped[ProcedureState] = mapped_column(enum_column(ProcedureState))
    opened_by: Mapped[str] = mapped_column(Code)
    opened_at: Mapped[datetime]
    closed_by: Mapped[str | None] = mapped_column(Code)
    closed_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(server_default="")
    """Why it was cancelled."""


class ProcedureStep(Base):
    """One step that was taken; rows are added in order and never changed (trigger)."""

    __tablename__ = "procedure_steps"
    __table_args__ = (
        CheckConstraint("number BETWEEN 1 AND 6", name="number_in_range"),
        CheckConstraint(
            "(step = 'village_review') = (notice_until IS NOT NULL)", name="notice_has_its_end"
        ),
        CheckConstraint(
            "notice_until IS NULL OR notice_until >= done_on", name="notice_in_order"
        ),
        CheckConstraint("done_by <> '' AND paper <> ''", name="says_who_and_where"),
    )

    procedure_id: Mapped[ProcedureId] = mapped_column(
        Integer, ForeignKey("procedures.id"), primary_key=True
    )
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    step: Mapped[Step] = mapped_column(enum_column(Step))
    done_on: Mapped[date]
    """The day of the step; the first day of the notice where there is one."""
    notice_until: Mapped[date | None]
    done_by: Mapped[str]
    paper: Mapped[str]
    recorded_by: Mapped[str] = mapped_column(Code)
    recorded_at: Mapped[datetime]
