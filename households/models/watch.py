"""The tables of visits, measures, meetings, events and price warnings."""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Integer,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from households.models.register import HOUSEHOLD_ID, REGION_CODE
from households.values import (
    EventKind,
    HouseholdCategory,
    HouseholdId,
    MeasureKind,
    MeetingKind,
    VisitFinding,
    VisitorRole,
)
from kernel.orm import Base, Code, Minor, enum_column
from kernel.vault import SealedText


class CategoryTerm(Base):
    """What a category is officially called over one period."""

    __tablename__ = "category_terms"
    __table_args__ = (
        UniqueConstraint("term", "valid_from"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period_in_order"),
    )

    category: Mapped[HouseholdCategory] = mapped_column(
        enum_column(HouseholdCategory), primary_key=True
    )
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    valid_to: Mapped[date | None]
    """The last day on which a household may be put into the category under this term."""
    term: Mapped[str]
    basis: Mapped[str] = mapped_column(server_default="")


class HouseholdVisit(Base):
    """One visit to one household; a visitor's role comes once a day at most."""

    __tablename__ = "household_visits"
    __table_args__ = (UniqueConstraint("household_id", "role", "visited_on"),)

    id: Mapped[int] = mapped_column(Integer, Identity(always=True), primary_key=True)
    household_id: Mapped[HouseholdId] = mapped_column(HOUSEHOLD_ID, ForeignKey("households.id"))
    role: Mapped[VisitorRole] = mapped_column(enum_column(VisitorRole))
    visited_on: Mapped[date] = mapped_column(index=True)
    finding: Mapped[VisitFinding] = mapped_column(enum_column(VisitFinding))
    note: Mapped[str] = mapped_column(SealedText)
    recorded_by: Mapped[str] = mapped_column(Code)
    recorded_at: Mapped[datetime]


class HouseholdMeasure(Base):
    """What is done for one household, over which period."""

    __tablename__ = "household_measures"
    __table_args__ = (
        UniqueConstraint("household_id", "kind", "since"),
        CheckConstraint("until IS NULL OR until >= since", name="period_in_order"),
    )

    id: Mapped[int] = mapped_column(Integer, Identity(always=True), primary_key=True)
    household_id: Mapped[HouseholdId] = mapped_column(HOUSEHOLD_ID, ForeignKey("households.id"))
    kind: Mapped[MeasureKind] = mapped_column(enum_column(MeasureKind))
    since: Mapped[date]
    until: Mapped[date | None]
    note: Mapped[str] = mapped_column(SealedText)
    recorded_by: Mapped[str] = mapped_column(Code)
    recorded_at: Mapped[datetime]


class VillageMeeting(Base):
    """A monthly meeting or a quarterly review of risks that a village held."""

    __tablename__ = "village_meetings"
    __table_args__ = (UniqueConstraint("village_code", "kind", "held_on"),)

    id: Mapped[int] = mapped_column(Integer, Identity(always=True), primary_key=True)
    village_code: Mapped[str] = mapped_column(REGION_CODE, ForeignKey("regions.code"))
    kind: Mapped[MeetingKind] = mapped_column(enum_column(MeetingKind))
    held_on: Mapped[date]
    paper: Mapped[str] = mapped_column(server_default="")
    """Where the minutes are kept."""
    recorded_by: Mapped[str] = mapped_column(Code)
    recorded_at: Mapped[datetime]


class RiskEvent(Base):
    """Something that may throw households back: a failed project, a disaster."""

    __tablename__ = "risk_events"

    id: Mapped[int] = mapped_column(Integer, Identity(always=True), primary_key=True)
    kind: Mapped[EventKind] = mapped_column(enum_column(EventKind))
    happened_on: Mapped[date]
    note: Mapped[str]
    recorded_by: Mapped[str] = mapped_column(Code)
    recorded_at: Mapped[datetime]


class RiskEventVillage(Base):
    """A village an event touches."""

    __tablename__ = "risk_event_villages"

    event_id: Mapped[int] = mapped_column(
        Integer, ForeignKey("risk_events.id"), primary_key=True
    )
    village_code: Mapped[str] = mapped_column(
        REGION_CODE, ForeignKey("regions.code"), primary_key=True, index=True
    )


class RiskEventContract(Base):
    """A contract an event touches."""

    __tablename__ = "risk_event_contracts"

    event_id: Mapped[int] = mapped_column(
        Integer, ForeignKey("risk_events.id"), primary_key=True
    )
    contract_id: Mapped[int] = mapped_column(
        Integer, ForeignKey("linkage_contracts.id"), primary_key=True
    )


class PriceWarning(Base):
    """A product's price that fell for several weeks running; one row for one run of weeks."""

    __tablename__ = "price_warnings"
    __table_args__ = (
        UniqueConstraint("product_code", "baseline_week"),
        CheckConstraint("latest_week > baseline_week", name="weeks_in_order"),
        CheckConstraint(
            "latest_minor > 0 AND latest_minor < baseline_minor", name="price_fell"
        ),
        CheckConstraint("weeks > 0", name="fell_some_weeks"),
    )

    id: Mapped[int] = mapped_column(Integer, Identity(always=True), primary_key=True)
    product_code: Mapped[str] = mapped_column(Code, ForeignKey("products.code"))
    baseline_week: Mapped[date]
    """Monday of the last week before the price began to fall."""
    baseline_minor: Mapped[int] = mapped_column(Minor)
    latest_week: Mapped[date]
    latest_minor: Mapped[int] = mapped_column(Minor)
    weeks: Mapped[int]
    raised_at: Mapped[datetime]


class PriceWarningHousehold(Base):
    """A household with a live contract in the product when the warning was raised."""

    __tablename__ = "price_warning_households"
    __table_args__ = (Index("ix_price_warning_households_household_id", "household_id"),)

    warning_id: Mapped[int] = mapped_column(
        Integer, ForeignKey("price_warnings.id"), primary_key=True
    )
    household_id: Mapped[HouseholdId] = mapped_column(
        HOUSEHOLD_ID, ForeignKey("households.id"), primary_key=True
    )


class PriceWarningNote(Base):
    """That officials of a region, or the cooperative, have seen a warning, and what they do."""

    __tablename__ = "price_warning_notes"
    __table_args__ = (
        CheckConstraint(
            "(region_code IS NULL) <> (organisation_code IS NULL)", name="one_side"
        ),
        CheckConstraint("note <> ''", name="says_something"),
        Index(
            "uq_price_warning_notes_region",
            "warning_id",
            "region_code",
            unique=True,
            postgresql_where=text("region_code IS NOT NULL"),
        ),
        Index(
            "uq_price_warning_notes_organisation",
            "warning_id",
            "organisation_code",
            unique=True,
            postgresql_where=text("organisation_code IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Integer, Identity(always=True), primary_key=True)
    warning_id: Mapped[int] = mapped_column(Integer, ForeignKey("price_warnings.id"))
    region_code: Mapped[str | None] = mapped_column(REGION_CODE, ForeignKey("regions.code"))
    organisation_code: Mapped[str | None] = mapped_column(
        Code, ForeignKey("organisations.code")
    )
    note: Mapped[str]
    noted_by: Mapped[str] = mapped_column(Code)
    noted_at: Mapped[datetime]
