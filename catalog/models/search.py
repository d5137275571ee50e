"""The tables of the search: copies of the goods on sale, and what has to be copied anew."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, SmallInteger, Text, func
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from kernel.orm import Base, Code, Minor


class SearchDocument(Base):
    """One product on sale as the engine of the database keeps it; only a copy."""

    __tablename__ = "search_documents"
    __table_args__ = (Index("ix_search_documents_tokens", "tokens", postgresql_using="gin"),)

    code: Mapped[str] = mapped_column(Code, primary_key=True)
    title: Mapped[str]
    tokens: Mapped[Any] = mapped_column(TSVECTOR)
    """Any: a vector of the shop's own tokens, made and read by PostgreSQL only."""
    traits: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """What is known of it, whole; what is filtered by stands in columns as well."""
    category: Mapped[list[str]] = mapped_column(ARRAY(Text))
    kind: Mapped[list[str]] = mapped_column(ARRAY(Text))
    place: Mapped[list[str]] = mapped_column(ARRAY(Text))
    village: Mapped[list[str]] = mapped_column(ARRAY(Text))
    storage: Mapped[list[str]] = mapped_column(ARRAY(Text))
    certificate: Mapped[list[str]] = mapped_column(ARRAY(Text))
    brand: Mapped[list[str]] = mapped_column(ARRAY(Text))
    seller: Mapped[list[str]] = mapped_column(ARRAY(Text))
    tag: Mapped[list[str]] = mapped_column(ARRAY(Text))
    mark: Mapped[list[str]] = mapped_column(ARRAY(Text))
    price_minor: Mapped[int] = mapped_column(Minor)
    listed_us: Mapped[int] = mapped_column(BigInteger)
    shuffle: Mapped[int] = mapped_column(BigInteger)
    """Puts equals into an order that is mixed and always the same."""
    is_in_stock: Mapped[bool]
    is_on_presale: Mapped[bool]
    is_cold: Mapped[bool]
    is_year_round: Mapped[bool]
    season: Mapped[int]
    """Bit 0 for January to bit 11 for December."""
    recognised_from: Mapped[int]
    recognised_to: Mapped[int]
    """Day numbers between which the recognition is valid."""
    limit_hours: Mapped[int | None]


class SearchTerm(Base):
    """In how many documents a token stands."""

    __tablename__ = "search_terms"

    token: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    documents: Mapped[int]


class SearchShelf(Base):
    """The one row that says which build of the copy is in use, with its words."""

    __tablename__ = "search_shelf"
    __table_args__ = (CheckConstraint("id = 1", name="stands_once"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    generation: Mapped[str]
    words_version: Mapped[str]
    words: Mapped[bytes]
    changes: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """Counts what was applied since, so that a reader knows whether it looked already."""


class SearchMark(Base):
    """What the indexes hold of a product, and when the clock alone will change it."""

    __tablename__ = "search_marks"

    product_code: Mapped[str] = mapped_column(Code, primary_key=True)
    digest: Mapped[str]
    due_at: Mapped[datetime | None] = mapped_column(index=True)


class SearchChange(Base):
    """A product something was changed about; written by triggers, taken by the one writer."""

    __tablename__ = "search_changes"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    product_code: Mapped[str] = mapped_column(Code)
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
