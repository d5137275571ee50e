"""The tables of consents, of requests about own data, and of passwords asked for again."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.orm import Base, Code, enum_column
from kernel.vault import SealedText
from parties.values import ConsentChannel, ConsentScope, RequestKind, RequestState

ONE_SUBJECT = "(person_id IS NULL) <> (household_id IS NULL)"


class Reauthentication(Base):
    """That a signed-in person proved their password once more, and for how long it counts."""

    __tablename__ = "reauthentications"
    __table_args__ = (
        CheckConstraint("expires_at > at", name="period_in_order"),
        Index("ix_reauthentications_person", "person_id", "expires_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    person_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("people.id"))
    at: Mapped[datetime]
    expires_at: Mapped[datetime]


class Consent(Base):
    """One consent of one subject; it can be withdrawn and never changed (trigger)."""

    __tablename__ = "consents"
    __table_args__ = (
        CheckConstraint(ONE_SUBJECT, name="one_subject"),
        CheckConstraint(
            "withdrawn_at IS NULL OR withdrawn_at >= given_at", name="period_in_order"
        ),
        Index(
            "uq_consents_active_of_person",
            "person_id",
            "scope",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL AND person_id IS NOT NULL"),
        ),
        Index(
            "uq_consents_active_of_household",
            "household_id",
            "scope",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL AND household_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    person_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("people.id"))
    household_id: Mapped[str | None] = mapped_column(Code, ForeignKey("households.id"))
    scope: Mapped[ConsentScope] = mapped_column(enum_column(ConsentScope))
    version: Mapped[str] = mapped_column(Code)
    """Which notice was agreed to."""
    channel: Mapped[ConsentChannel] = mapped_column(enum_column(ConsentChannel))
    given_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(Code)
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None] = mapped_column(Code)


class SubjectRequest(Base):
    """What a person or household asked for about their own data, and until when it is due."""

    __tablename__ = "subject_requests"
    __table_args__ = (
        CheckConstraint(ONE_SUBJECT, name="one_subject"),
        CheckConstraint(
            "(request_state IN ('received', 'held')) = (closed_at IS NULL)",
            name="closed_has_moment",
        ),
        CheckConstraint(
            "(request_state = 'held') = (hold_reason IS NOT NULL)", name="held_has_reason"
        ),
        Index("ix_subject_requests_queue", "request_state", "due_on"),
        Index(
            "uq_subject_requests_open_of_person",
            "person_id",
            "kind",
            unique=True,
            postgresql_where=text("closed_at IS NULL AND person_id IS NOT NULL"),
        ),
        Index(
            "uq_subject_requests_open_of_household",
            "household_id",
            "kind",
            unique=True,
            postgresql_where=text("closed_at IS NULL AND household_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    person_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("people.id"), index=True
    )
    household_id: Mapped[str | None] = mapped_column(
        Code, ForeignKey("households.id"), index=True
    )
    kind: Mapped[RequestKind] = mapped_column(enum_column(RequestKind))
    request_state: Mapped[RequestState] = mapped_column(enum_column(RequestState))
    words: Mapped[str | None] = mapped_column(SealedText)
    """What is to be corrected, or why; sealed, emptied by an erasure."""
    received_at: Mapped[datetime]
    due_on: Mapped[date]
    """Last day of the answer, counted in working days."""
    granted_at: Mapped[datetime | None]
    """When an operator said yes, where one has to."""
    handled_by: Mapped[str | None] = mapped_column(Code)
    hold_reason: Mapped[str | None] = mapped_column(Code)
    closed_at: Mapped[datetime | None]
    answer: Mapped[str | None] = mapped_column(SealedText)
    """What the subject was told, sealed."""
