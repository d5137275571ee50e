"""The tables of looks: who opened whose identity, why, and when somebody looked too often."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from households.models.register import HOUSEHOLD_ID
from households.values import HouseholdId, LookerKind
from kernel.orm import Base, Code, enum_column
from kernel.vault import SealedText


class IdentityLook(Base):
    """One opening of one household's identity; rows are added and never changed (trigger)."""

    __tablename__ = "identity_looks"
    __table_args__ = (Index("ix_identity_looks_looker", "looker", "at"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    household_id: Mapped[HouseholdId] = mapped_column(
        HOUSEHOLD_ID, ForeignKey("households.id"), index=True
    )
    looker: Mapped[str] = mapped_column(Code)
    """`person:<id>` of who looked."""
    looker_kind: Mapped[LookerKind] = mapped_column(enum_column(LookerKind))
    office: Mapped[str] = mapped_column(Code)
    """Region, organisation or `platform` in whose name was looked."""
    purpose: Mapped[str] = mapped_column(Code)
    """A code of the dated list `look_purposes`."""
    words: Mapped[str] = mapped_column(SealedText)
    """What the looker gave as reason; sealed, because reasons name people."""
    fields: Mapped[list[str]] = mapped_column(JSONB)
    """Which fields were shown in full; the others were masked."""
    is_counted: Mapped[bool] = mapped_column(server_default=text("true"))
    """Whether the look counts towards the hour's limit; a payout batch does not."""
    at: Mapped[datetime]


class LookAlert(Base):
    """That somebody reached the number of looks one hour allows."""

    __tablename__ = "look_alerts"
    __table_args__ = (
        CheckConstraint("looks > 0", name="has_looks"),
        CheckConstraint(
            "(reviewed_at IS NULL) = (reviewed_by IS NULL)", name="review_has_reviewer"
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    looker: Mapped[str] = mapped_column(Code, index=True)
    looker_kind: Mapped[LookerKind] = mapped_column(enum_column(LookerKind))
    office: Mapped[str] = mapped_column(Code)
    looks: Mapped[int]
    raised_at: Mapped[datetime] = mapped_column(index=True)
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[str | None] = mapped_column(Code)
    """`person:<id>` of who looked into it; never the looker."""
    finding: Mapped[str | None] = mapped_column(SealedText)
    """What the reviewer found, sealed."""
