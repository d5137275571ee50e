"""The tables of claims: what buyers ask for after a sale, with photos and every step."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    String,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from kernel.orm import Base, Code, Minor, enum_column
from kernel.vault import SealedText
from orders.values import ClaimCause, ClaimKind, ClaimState, Condition, FreightBearer
from payments.values import Bearer


class Claim(Base):
    """What a buyer asks for after a sale, of one seller order."""

    __tablename__ = "claims"
    __table_args__ = (
        CheckConstraint("percent BETWEEN 1 AND 100", name="percent_in_bounds"),
        CheckConstraint(
            "(state IN ('settled', 'exchanged')) = (refund_id IS NOT NULL)",
            name="settled_has_refund",
        ),
        CheckConstraint(
            "(state = 'exchanged') = (replacement_number IS NOT NULL)",
            name="exchanged_has_replacement",
        ),
        CheckConstraint(
            "bearer = 'seller' OR kind IN ('spoiled', 'exchange')",
            name="only_spoiled_goods_cost_others",
        ),
        CheckConstraint("(kind = 'return') = (freight_bearer IS NOT NULL)", name="freight"),
        CheckConstraint(
            "state NOT IN ('offered') OR offered_percent IS NOT NULL", name="offer_is_told"
        ),
        CheckConstraint("offered_percent BETWEEN 1 AND 100", name="offer_in_bounds"),
        CheckConstraint(
            "(waybill_number IS NULL) = (waybill_carrier IS NULL)", name="waybill_is_whole"
        ),
        Index("ix_claims_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
        Index("ix_claims_queue", "state", "id"),
        Index("ix_claims_of_buyer", "person_id", "created_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    order_number: Mapped[str] = mapped_column(
        Code, ForeignKey("seller_orders.number"), index=True
    )
    kind: Mapped[ClaimKind] = mapped_column(enum_column(ClaimKind))
    state: Mapped[ClaimState] = mapped_column(enum_column(ClaimState))
    key: Mapped[str] = mapped_column(Code, unique=True)
    words: Mapped[str] = mapped_column(SealedText)
    """What the buyer wrote, sealed."""
    percent: Mapped[int]
    """What of the price of the packs is asked for, or was decided on."""
    bearer: Mapped[Bearer] = mapped_column(enum_column(Bearer))
    person_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("people.id"))
    """The signed-in buyer; empty for a guest."""
    is_automatic: Mapped[bool] = mapped_column(server_default="false")
    """Whether it was granted at once, within the dated limits."""
    refund_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("refunds.id"), unique=True
    )
    created_at: Mapped[datetime]
    cause: Mapped[ClaimCause] = mapped_column(
        enum_column(ClaimCause), server_default=ClaimCause.NO_REASON.value
    )
    freight_bearer: Mapped[FreightBearer | None] = mapped_column(enum_column(FreightBearer))
    """Who pays for sending goods back, as the rule of the day it was asked said."""
    offered_percent: Mapped[int | None]
    """What of the packs' price the seller offers, or had offered."""
    waybill_carrier: Mapped[str | None] = mapped_column(String(40))
    waybill_number: Mapped[str | None] = mapped_column(String(40))
    """Under which number the buyer sent the goods back."""
    condition: Mapped[Condition | None] = mapped_column(enum_column(Condition))
    """How the seller found them."""
    replacement_number: Mapped[str | None] = mapped_column(
        Code, ForeignKey("order_groups.number"), unique=True
    )
    """The order of the same goods its money paid."""
    due_at: Mapped[datetime | None]
    """Until when somebody must act before the clock does."""


class ClaimLine(Base):
    """Packs of one order line a claim is about."""

    __tablename__ = "claim_lines"
    __table_args__ = (
        CheckConstraint("packs > 0", name="packs_are_positive"),
        CheckConstraint("minor BETWEEN 0 AND share_minor", name="minor_in_bounds"),
    )

    claim_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("claims.id"), primary_key=True)
    order_line_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("order_lines.id"), primary_key=True, index=True
    )
    packs: Mapped[int]
    share_minor: Mapped[int] = mapped_column(Minor)
    """What the packs come to, in fen of the line's gross."""
    minor: Mapped[int] = mapped_column(Minor)
    """What of it is asked for, or was paid."""


class ClaimPhoto(Base):
    """A picture of spoiled goods, kept in the database for those who may see the claim."""

    __tablename__ = "claim_photos"
    __table_args__ = (Index("ix_claim_photos_claim", "claim_id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    claim_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("claims.id"))
    jpeg: Mapped[bytes] = mapped_column(LargeBinary)
    width: Mapped[int]
    height: Mapped[int]


class ClaimUpload(Base):
    """A picture that was handed in for an order and stands in no claim yet."""

    __tablename__ = "claim_uploads"

    reference: Mapped[str] = mapped_column(Code, primary_key=True)
    """Random; only of use to whoever may see the order."""
    group_number: Mapped[str] = mapped_column(
        Code, ForeignKey("order_groups.number"), index=True
    )
    jpeg: Mapped[bytes] = mapped_column(LargeBinary)
    width: Mapped[int]
    height: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(index=True)


class ClaimEvent(Base):
    """One step of a claim; rows are added and never changed (trigger)."""

    __tablename__ = "claim_events"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    claim_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("claims.id"), index=True)
    state: Mapped[ClaimState] = mapped_column(enum_column(ClaimState))
    actor: Mapped[str]
    reason: Mapped[str] = mapped_column(server_default=text("''"))
    at: Mapped[datetime]
