"""Addresses a signed-in buyer keeps to have goods sent to."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.orm import Base
from kernel.vault import SealedText


class SavedAddress(Base):
    """One address of one buyer's book; gone at once when deleted."""

    __tablename__ = "saved_addresses"
    __table_args__ = (
        Index(
            "ux_saved_addresses_default",
            "person_id",
            unique=True,
            postgresql_where=text("is_default"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    person_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("people.id"), index=True)
    recipient: Mapped[str] = mapped_column(SealedText)
    """JSON of `Recipient`, sealed."""
    is_default: Mapped[bool]
    saved_at: Mapped[datetime]
