"""The tables by which a household says that its money has arrived."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from kernel.orm import Base, Code, enum_column
from kernel.vault import SealedText
from payments.values import AcknowledgedBy


class PayoutCode(Base):
    """A one-time code sent to a household's phone; only its hash is kept once it was sent."""

    __tablename__ = "payout_codes"
    __table_args__ = (
        CheckConstraint("tries_left >= 0", name="tries_not_negative"),
        Index(
            "uq_payout_codes_one_valid",
            "line_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    line_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("settlement_lines.id"))
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary)
    unsent_code: Mapped[str | None] = mapped_column(SealedText)
    """Sealed, and wiped as soon as the message is handed over."""
    requested_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    tries_left: Mapped[int]
    sent_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    """Used, replaced, run out of tries or of time."""


class PayoutAcknowledgement(Base):
    """That one payment has arrived, and who says so (append-only)."""

    __tablename__ = "payout_acknowledgements"
    __table_args__ = (
        CheckConstraint(
            "acknowledged_by <> 'clerk' OR reason <> ''", name="clerk_gives_a_reason"
        ),
    )

    line_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("settlement_lines.id"), primary_key=True, autoincrement=False
    )
    acknowledged_by: Mapped[AcknowledgedBy] = mapped_column(enum_column(AcknowledgedBy))
    person_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("people.id"))
    reason: Mapped[str] = mapped_column(server_default="")
    at: Mapped[datetime]


class DemoNotice(Base):
    """A message the demo's gateway pretends to have sent; sealed like every phone number."""

    __tablename__ = "demo_notices"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    key: Mapped[str] = mapped_column(Code, unique=True)
    phone: Mapped[str] = mapped_column(SealedText)
    body: Mapped[str] = mapped_column(SealedText)
    at: Mapped[datetime]
