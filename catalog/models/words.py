"""The tables of what people call goods, and of what they search for."""

from datetime import date, datetime

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Identity,
    Index,
    Integer,
    String,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from catalog.values import WordKind
from kernel.orm import Base, Code, enum_column

QUERY_LENGTH = 40


class SearchWord(Base):
    """One thing the search knows of words; a change withdraws a row and adds another."""

    __tablename__ = "search_words"
    __table_args__ = (
        CheckConstraint("cardinality(forms) > 0", name="has_forms"),
        CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name="withdrawn_by_somebody"
        ),
        CheckConstraint("withdrawn_at >= added_at", name="withdrawn_later"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    kind: Mapped[WordKind] = mapped_column(enum_column(WordKind))
    forms: Mapped[list[str]] = mapped_column(ARRAY(String))
    """What people write, in the form that is compared."""
    means: Mapped[list[str]] = mapped_column(ARRAY(String), server_default=text("'{}'"))
    """What is searched for instead or as well; for a choice `facet:value`."""
    added_at: Mapped[datetime]
    added_by: Mapped[str] = mapped_column(Code)
    """The actor of the audit record."""
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None] = mapped_column(Code)


class SearchCount(Base):
    """How often something was searched for on one day, by whom is nowhere kept."""

    __tablename__ = "search_counts"
    __table_args__ = (
        CheckConstraint(
            "asked >= 0 AND empty BETWEEN 0 AND asked AND corrected BETWEEN 0 AND asked"
            " AND picked >= 0 AND picked_places >= picked",
            name="counts_fit",
        ),
        Index("ix_search_counts_query", "query"),
    )

    day: Mapped[date] = mapped_column(primary_key=True)
    query: Mapped[str] = mapped_column(String(QUERY_LENGTH), primary_key=True)
    """The words as they are compared; never one with a long number in it."""
    asked: Mapped[int] = mapped_column(Integer, server_default="0")
    empty: Mapped[int] = mapped_column(Integer, server_default="0")
    """How often nothing at all was found."""
    corrected: Mapped[int] = mapped_column(Integer, server_default="0")
    picked: Mapped[int] = mapped_column(Integer, server_default="0")
    """How often somebody went on to a product of the list."""
    picked_places: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """The places in the list these stood at, from 1, added up."""
