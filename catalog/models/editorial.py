"""The tables of what an operator writes for buyers: pieces, their revisions, their steps.

Rows are only ever added: the last step of a piece says which revision buyers see.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from catalog.values.editorial import PieceKind, PieceStep
from kernel.orm import Base, Code, enum_column


class Piece(Base):
    """A themed event, or a block on a page; the code of an event stands in its address."""

    __tablename__ = "editorial_pieces"

    code: Mapped[str] = mapped_column(Code, primary_key=True)
    kind: Mapped[PieceKind] = mapped_column(enum_column(PieceKind))
    is_sample: Mapped[bool] = mapped_column(server_default="false")


class Revision(Base):
    """What a piece said at one time; never changed, never taken away (trigger)."""

    __tablename__ = "editorial_revisions"
    __table_args__ = (
        UniqueConstraint("piece_code", "number"),
        UniqueConstraint("id", "piece_code"),
        CheckConstraint("number > 0", name="number_is_positive"),
        CheckConstraint("ends_at > starts_at", name="period_in_order"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    piece_code: Mapped[str] = mapped_column(Code, ForeignKey("editorial_pieces.code"))
    number: Mapped[int]
    """Counts the revisions of one piece."""
    place_code: Mapped[str | None] = mapped_column(
        Code, ForeignKey("editorial_pieces.code"), index=True
    )
    """The event on whose page a block stands; empty for the first page."""
    position: Mapped[int]
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    plan: Mapped[dict[str, Any]] = mapped_column(JSONB)
    actor: Mapped[str]
    at: Mapped[datetime]


class EditorialStep(Base):
    """A piece was published or withdrawn; rows are added and never changed (trigger)."""

    __tablename__ = "editorial_steps"
    __table_args__ = (
        CheckConstraint(
            "(step = 'published') = (revision_id IS NOT NULL)", name="published_is_a_revision"
        ),
        ForeignKeyConstraint(
            ["revision_id", "piece_code"],
            ["editorial_revisions.id", "editorial_revisions.piece_code"],
        ),
        Index("ix_editorial_steps_piece_code_id", "piece_code", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    piece_code: Mapped[str] = mapped_column(Code, ForeignKey("editorial_pieces.code"))
    step: Mapped[PieceStep] = mapped_column(enum_column(PieceStep))
    revision_id: Mapped[int | None] = mapped_column(BigInteger)
    actor: Mapped[str]
    at: Mapped[datetime]
