"""The tables of the register of certificates: papers, their files, their history, brands."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Integer,
    String,
    text,
)
from sqlalchemy.dialects.postgresql import BIT
from sqlalchemy.orm import Mapped, mapped_column

from catalog.values.papers import LabResult, PaperState
from kernel.orm import Base, Code, enum_column
from kernel.vault import SealedBytes

LOOK_BITS = 1024


class Document(Base):
    """A file that was handed in, cleaned and sealed; only staff it concerns opens it."""

    __tablename__ = "documents"
    __table_args__ = (
        Index("ix_documents_digest", "digest"),
        CheckConstraint("size > 0", name="holds_something"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(SealedBytes)
    media_type: Mapped[str] = mapped_column(String(32))
    size: Mapped[int]
    """Bytes of what is sealed."""
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the bytes that were handed in, before anything was cleaned."""
    look: Mapped[str | None] = mapped_column(BIT(LOOK_BITS))
    """What a picture looks like, bit by bit; re-compressed it stays nearly the same."""
    uploaded_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("people.id"))
    uploaded_at: Mapped[datetime]


class Brand(Base):
    """A brand goods may carry while they hold an authorisation for it."""

    __tablename__ = "brands"

    code: Mapped[str] = mapped_column(Code, primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    name_en: Mapped[str]
    is_regional: Mapped[bool]
    """Whether it is the public brand of the region and not of one owner."""
    sort_order: Mapped[int]
    is_sample: Mapped[bool] = mapped_column(server_default="false")


class CertificatePaper(Base):
    """One certificate as it was handed in; what it covers stands in `certificates`."""

    __tablename__ = "certificate_papers"
    __table_args__ = (
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period_in_order"),
        CheckConstraint(
            "number <> '' AND holder <> '' AND issuer <> ''", name="says_number_and_who"
        ),
        CheckConstraint(
            "(state = 'submitted') = (reviewed_at IS NULL)", name="reviewed_has_moment"
        ),
        CheckConstraint("(type_code = 'LAB') = (result IS NOT NULL)", name="lab_has_result"),
        CheckConstraint(
            "(type_code IN ('BRAND_REGION', 'BRAND_OWN')) = (brand_code IS NOT NULL)",
            name="authorises_a_brand",
        ),
        Index("ix_certificate_papers_queue", "state", "id"),
        Index("ix_certificate_papers_seller", "seller_code", "valid_to"),
        Index(
            "uq_certificate_papers_number",
            "type_code",
            "number",
            "seller_code",
            "valid_from",
            unique=True,
            postgresql_where=text("state NOT IN ('refused', 'revoked')"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(Code, unique=True)
    """Random; under it everybody may look up what the paper is worth now."""
    type_code: Mapped[str] = mapped_column(Code, ForeignKey("certificate_types.code"))
    number: Mapped[str]
    holder: Mapped[str]
    issuer: Mapped[str]
    scope: Mapped[str] = mapped_column(server_default="")
    seller_code: Mapped[str] = mapped_column(Code, ForeignKey("organisations.code"))
    brand_code: Mapped[str | None] = mapped_column(Code, ForeignKey("brands.code"))
    result: Mapped[LabResult | None] = mapped_column(enum_column(LabResult))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    """Last day of validity, in Shanghai; empty while it is unlimited."""
    state: Mapped[PaperState] = mapped_column(enum_column(PaperState))
    document_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("documents.id"))
    submitted_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("people.id"))
    submitted_at: Mapped[datetime]
    reviewed_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("people.id"))
    reviewed_at: Mapped[datetime | None]
    is_sample: Mapped[bool] = mapped_column(server_default="false")


class PaperSubject(Base):
    """A product or a lot a paper is about, as it was handed in."""

    __tablename__ = "paper_subjects"
    __table_args__ = (
        CheckConstraint("num_nonnulls(product_code, lot_id) = 1", name="one_subject"),
        Index(
            "uq_paper_subjects_product",
            "paper_id",
            "product_code",
            unique=True,
            postgresql_where=text("product_code IS NOT NULL"),
        ),
        Index(
            "uq_paper_subjects_lot",
            "paper_id",
            "lot_id",
            unique=True,
            postgresql_where=text("lot_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    paper_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("certificate_papers.id"))
    product_code: Mapped[str | None] = mapped_column(
        Code, ForeignKey("products.code"), index=True
    )
    lot_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("lots.id"), index=True)


class PaperSource(Base):
    """A paper of a lot that went into a mixed one, whose own paper points at it."""

    __tablename__ = "paper_sources"
    __table_args__ = (CheckConstraint("paper_id <> source_id", name="not_of_itself"),)

    paper_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("certificate_papers.id"), primary_key=True
    )
    source_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("certificate_papers.id"), primary_key=True, index=True
    )


class PaperEvent(Base):
    """One step of a paper; rows are added and never changed (trigger)."""

    __tablename__ = "paper_events"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    paper_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("certificate_papers.id"), index=True
    )
    state: Mapped[PaperState] = mapped_column(enum_column(PaperState))
    by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("people.id"))
    at: Mapped[datetime]
    note: Mapped[str] = mapped_column(server_default="")


class PaperReminder(Base):
    """That the holder was told, so many days before, that a paper ends; once each."""

    __tablename__ = "paper_reminders"

    paper_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("certificate_papers.id"), primary_key=True
    )
    days: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
