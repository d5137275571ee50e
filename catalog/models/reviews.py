"""The tables of what buyers say of goods they received, and of goods they keep in mind."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from catalog.values.reviews import ReviewState, ReviewStep
from kernel.orm import Base, Code, enum_column


class Review(Base):
    """What a buyer says of one order line that was paid and received; never more than one."""

    __tablename__ = "reviews"
    __table_args__ = (
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating_in_bounds"),
        CheckConstraint("(state = 'hidden') = (hidden_reason <> '')", name="hidden_has_reason"),
        CheckConstraint("(answer <> '') = (answered_at IS NOT NULL)", name="answer_has_moment"),
        CheckConstraint(
            "state <> 'withdrawn' OR (words = '' AND person_id IS NULL AND shown_as = '')",
            name="withdrawn_is_empty",
        ),
        Index(
            "ix_reviews_visible",
            "product_code",
            "written_at",
            postgresql_where=text("state = 'visible'"),
        ),
        Index("ix_reviews_desk", "state", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    order_line_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("order_lines.id"), unique=True
    )
    product_code: Mapped[str] = mapped_column(Code, ForeignKey("products.code"), index=True)
    person_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("people.id"), index=True
    )
    """The signed-in buyer; empty for a guest and after the review was withdrawn."""
    shown_as: Mapped[str]
    """The buyer's name as everybody reads it: masked before it is kept; empty for a guest."""
    rating: Mapped[int] = mapped_column(SmallInteger)
    words: Mapped[str]
    state: Mapped[ReviewState] = mapped_column(enum_column(ReviewState))
    hidden_reason: Mapped[str] = mapped_column(server_default=text("''"))
    """Why the operator took it off the page, as its writer reads it."""
    written_at: Mapped[datetime]
    changed_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(server_default=text("''"))
    """What the seller answered, once."""
    answered_at: Mapped[datetime | None]


class ReviewPhoto(Base):
    """A picture in a review, written anew and in two sizes."""

    __tablename__ = "review_photos"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    review_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("reviews.id"), index=True)
    webp: Mapped[bytes] = mapped_column(LargeBinary)
    thumb: Mapped[bytes] = mapped_column(LargeBinary)
    width: Mapped[int]
    height: Mapped[int]


class ReviewEvent(Base):
    """One step of a review; rows are added and never changed (trigger)."""

    __tablename__ = "review_events"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    review_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("reviews.id"), index=True)
    step: Mapped[ReviewStep] = mapped_column(enum_column(ReviewStep))
    actor: Mapped[str]
    reason: Mapped[str] = mapped_column(server_default=text("''"))
    at: Mapped[datetime]


class Favourite(Base):
    """A product somebody keeps in mind."""

    __tablename__ = "favourites"

    person_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("people.id"), primary_key=True
    )
    product_code: Mapped[str] = mapped_column(
        Code, ForeignKey("products.code"), primary_key=True, index=True
    )
    since: Mapped[datetime]
