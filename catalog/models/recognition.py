"""The tables of recognising assistance products (认定): applications, steps, objections."""

from datetime import date, datetime
from typing import Any

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
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from catalog.values.recognition import ApplicationState, Linkage
from kernel.orm import Base, Code, Minor, enum_column
from kernel.vault import SealedText


class RecognitionApplication(Base):
    """That a seller asks for a product to be recognised; its steps say how far it is."""

    __tablename__ = "recognition_applications"
    __table_args__ = (
        CheckConstraint(
            "unit_price_minor > 0 AND yearly_output_kg > 0 AND product_value_minor > 0",
            name="sums_are_positive",
        ),
        CheckConstraint(
            "households_lifted >= 0 AND households_monitored >= 0 AND average_gain_minor >= 0"
            " AND households_lifted + households_monitored > 0",
            name="drives_households",
        ),
        CheckConstraint(
            "num_nulls(notice_from, notice_until) <> 1 AND notice_until >= notice_from",
            name="notice_is_whole",
        ),
        CheckConstraint(
            "state NOT IN ('publicity', 'approved') OR notice_until IS NOT NULL",
            name="notice_was_given",
        ),
        CheckConstraint(
            "state NOT IN ('approved', 'suspended', 'expired') OR paper_id IS NOT NULL",
            name="recognised_has_paper",
        ),
        Index(
            "uq_recognition_applications_one_open",
            "product_code",
            unique=True,
            postgresql_where=text("state IN ('township', 'county', 'city', 'publicity')"),
        ),
        Index("ix_recognition_applications_queue", "state", "township_code"),
        Index("ix_recognition_applications_seller", "seller_code", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(Code, unique=True)
    """Random; under it the public notice is read."""
    product_code: Mapped[str] = mapped_column(Code, ForeignKey("products.code"))
    seller_code: Mapped[str] = mapped_column(Code, ForeignKey("organisations.code"))
    district_code: Mapped[str] = mapped_column(String(12), ForeignKey("regions.code"))
    township_code: Mapped[str | None] = mapped_column(String(12), ForeignKey("regions.code"))
    """Empty where no township of the district is known; the county looks first then."""
    state: Mapped[ApplicationState] = mapped_column(enum_column(ApplicationState))
    offices: Mapped[list[str]] = mapped_column(ARRAY(String(32)))
    """Who has to look at it, by the policy of the day it was handed in."""
    round: Mapped[int] = mapped_column(server_default="1")
    """How often it was handed in."""
    applied_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("people.id"))
    applied_at: Mapped[datetime]
    moved_at: Mapped[datetime]
    spec: Mapped[str]
    unit_price_minor: Mapped[int] = mapped_column(Minor)
    yearly_output_kg: Mapped[int] = mapped_column(BigInteger)
    product_value_minor: Mapped[int] = mapped_column(Minor)
    """What the goods of a year are worth, in fen."""
    supply_period: Mapped[str]
    licence_number: Mapped[str]
    test_report_number: Mapped[str]
    linkage: Mapped[Linkage] = mapped_column(enum_column(Linkage))
    households_lifted: Mapped[int]
    households_monitored: Mapped[int]
    average_gain_minor: Mapped[int] = mapped_column(Minor)
    """What a household gains in a year on average, in fen."""
    notice_from: Mapped[date | None]
    notice_until: Mapped[date | None]
    """Last day on which objections are taken."""
    paper_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("certificate_papers.id"), unique=True
    )
    """The recognition that came of it."""
    is_sample: Mapped[bool] = mapped_column(server_default="false")


class RecognitionStep(Base):
    """One step of an application; rows are added and never changed (trigger)."""

    __tablename__ = "recognition_steps"
    __table_args__ = (
        CheckConstraint("state <> 'rejected' OR note <> ''", name="rejected_has_reason"),
    )

    application_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("recognition_applications.id"), primary_key=True
    )
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    round: Mapped[int]
    before: Mapped[ApplicationState | None] = mapped_column(String(32))
    """Where it stood; empty when it was handed in."""
    state: Mapped[ApplicationState] = mapped_column(enum_column(ApplicationState))
    by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("people.id"))
    """Empty where the clock took the step."""
    at: Mapped[datetime]
    note: Mapped[str] = mapped_column(server_default="")
    document_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("documents.id"))
    said: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """What the applicant said, where it was handed in or handed in again."""


class RecognitionObjection(Base):
    """What somebody holds against a recognition while its notice runs, and the answer."""

    __tablename__ = "recognition_objections"
    __table_args__ = (
        CheckConstraint(
            "(answered_at IS NULL) = (answer IS NULL)"
            " AND (answered_at IS NULL) = (answered_by IS NULL)"
            " AND (answered_at IS NULL) = (is_upheld IS NULL)",
            name="answer_is_whole",
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    application_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("recognition_applications.id"), index=True
    )
    round: Mapped[int]
    words: Mapped[str] = mapped_column(SealedText)
    contact: Mapped[str | None] = mapped_column(SealedText)
    """How to reach whoever objects, if they wish to be."""
    received_at: Mapped[datetime]
    answered_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("people.id"))
    answered_at: Mapped[datetime | None]
    is_upheld: Mapped[bool | None]
    answer: Mapped[str | None]


class RecognitionSerial(Base):
    """The last serial of a district's recognitions in a year; taken with the approval."""

    __tablename__ = "recognition_serials"

    district_code: Mapped[str] = mapped_column(
        String(12), ForeignKey("regions.code"), primary_key=True
    )
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last: Mapped[int]
