"""The table of joining and leaving: who proposed it, who answered, why."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from households.models.register import HOUSEHOLD_ID
from households.values import Answerer, HouseholdId, MoveKind, MoveState
from kernel.orm import Base, Code, enum_column
from kernel.vault import SealedText


class MembershipMove(Base):
    """One household asked to join, or that left; closed ones are never changed (trigger)."""

    __tablename__ = "membership_moves"
    __table_args__ = (
        CheckConstraint(
            "(state = 'open') = (closed_at IS NULL) AND (state = 'open') = (closed_by IS NULL)"
            " AND (state = 'open') = (answered_as IS NULL)",
            name="closed_has_its_moment",
        ),
        CheckConstraint(
            "kind = 'joining'"
            " OR (state = 'agreed' AND answered_as IN ('household', 'manager'))",
            name="leaving_holds_at_once",
        ),
        CheckConstraint(
            "kind = 'leaving' OR answered_as <> 'manager' OR state = 'withdrawn'",
            name="nobody_joins_unasked",
        ),
        CheckConstraint(
            "answered_as NOT IN ('official', 'clerk')"
            " OR (reason IS NOT NULL AND closed_by <> proposed_by)",
            name="on_behalf_by_another_with_reason",
        ),
        Index(
            "uq_membership_moves_one_open",
            "household_id",
            "organisation_code",
            unique=True,
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_membership_moves_household_id", "household_id"),
        Index("ix_membership_moves_organisation", "organisation_code", "state"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    household_id: Mapped[HouseholdId] = mapped_column(HOUSEHOLD_ID, ForeignKey("households.id"))
    organisation_code: Mapped[str] = mapped_column(Code, ForeignKey("organisations.code"))
    kind: Mapped[MoveKind] = mapped_column(enum_column(MoveKind))
    state: Mapped[MoveState] = mapped_column(enum_column(MoveState))
    day: Mapped[date]
    """The first day as proposed, or the last day; the membership says what came of it."""
    proposed_by: Mapped[str] = mapped_column(Code)
    proposed_at: Mapped[datetime]
    closed_by: Mapped[str | None] = mapped_column(Code)
    closed_at: Mapped[datetime | None]
    answered_as: Mapped[Answerer | None] = mapped_column(enum_column(Answerer))
    reason: Mapped[str | None] = mapped_column(SealedText)
    """How an answer on behalf was given, or why somebody leaves; sealed."""
