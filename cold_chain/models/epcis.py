"""Events of the supply chain as partners exchange them, each kept whole."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    LargeBinary,
    Numeric,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from cold_chain.values.epcis import Checks, ErrorBehaviour, EventType, ThingRole
from kernel.orm import Base, Code, enum_column
from kernel.vault import SealedText


class EpcisEvent(Base):
    """One event, whoever reported it; append-only (trigger).

    A report that was wrong is declared so by a second row with the same id, never changed.
    """

    __tablename__ = "epcis_events"
    __table_args__ = (
        UniqueConstraint("owner_code", "event_id", "declares_error"),
        CheckConstraint("length(event_id) BETWEEN 1 AND 1024", name="event_id_in_bounds"),
        CheckConstraint("(shipment_id IS NULL) = (slot IS NULL)", name="slot_of_a_shipment"),
        Index("ix_epcis_events_hash", "hash"),
        Index("ix_epcis_events_event_time", "event_time"),
        Index("ix_epcis_events_biz_step", "biz_step", "event_time"),
        Index(
            "ix_epcis_events_biz_location",
            "biz_location",
            postgresql_where=text("biz_location IS NOT NULL"),
        ),
        Index(
            "ix_epcis_events_shipment_id",
            "shipment_id",
            postgresql_where=text("shipment_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    owner_code: Mapped[str] = mapped_column(Code, ForeignKey("organisations.code"))
    """Who reported it, and may read it whatever it is about."""
    event_id: Mapped[str]
    """As given by the reporter, or else the hash."""
    hash: Mapped[str]
    """The event hash of the standard, as a name `ni:///sha-256;…?ver=CBV2.0`."""
    declares_error: Mapped[bool]
    """Whether it says that an earlier report under the same id was wrong."""
    event_type: Mapped[EventType] = mapped_column(enum_column(EventType))
    action: Mapped[str | None]
    event_time: Mapped[datetime]
    record_time: Mapped[datetime]
    """When it was stored here."""
    biz_step: Mapped[str | None]
    disposition: Mapped[str | None]
    read_point: Mapped[str | None]
    """Canonical, as are all names of places and things that are searched."""
    biz_location: Mapped[str | None]
    context: Mapped[list[Any]] = mapped_column(JSONB)
    """What the document said its own words mean."""
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """The whole event as it came."""
    shipment_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("shipments.id"))
    slot: Mapped[str | None]
    """Which moment of the shipment it tells, for events of the house's own."""
    capture_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("epcis_captures.id"), index=True
    )


class EpcisEventThing(Base):
    """A thing an event speaks of, by its canonical name; append-only (trigger)."""

    __tablename__ = "epcis_event_things"
    __table_args__ = (
        CheckConstraint("length(name) BETWEEN 1 AND 1024", name="name_in_bounds"),
        Index("ix_epcis_event_things_name", "name", "event_id"),
    )

    event_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("epcis_events.id"), primary_key=True
    )
    role: Mapped[ThingRole] = mapped_column(enum_column(ThingRole), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    quantity: Mapped[Decimal | None] = mapped_column(Numeric)
    unit: Mapped[str | None]


class EpcisSensorFigure(Base):
    """A figure a sensor reported, in the base unit of what it measures; append-only."""

    __tablename__ = "epcis_sensor_figures"
    __table_args__ = (Index("ix_epcis_sensor_figures_type", "measurement_type", "event_id"),)

    event_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("epcis_events.id"), primary_key=True
    )
    element: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    measurement_type: Mapped[str | None]
    exception: Mapped[str | None]
    device_id: Mapped[str | None]
    from_at: Mapped[datetime | None]
    to_at: Mapped[datetime | None]
    """Both the same when it was one moment."""
    unit: Mapped[str | None]
    """Code of the unit the figures are in: the base unit where it is known."""
    value: Mapped[Decimal | None] = mapped_column(Numeric)
    min_value: Mapped[Decimal | None] = mapped_column(Numeric)
    max_value: Mapped[Decimal | None] = mapped_column(Numeric)
    mean_value: Mapped[Decimal | None] = mapped_column(Numeric)


class EpcisCapture(Base):
    """A document handed in, to be read by a task; what came of it stays to be asked for."""

    __tablename__ = "epcis_captures"
    __table_args__ = (
        CheckConstraint("octet_length(sha256) = 32", name="sha256_length"),
        CheckConstraint("sha256 = sha256(body)", name="sha256_of_body"),
        CheckConstraint(
            "finished_at IS NULL OR finished_at >= created_at", name="moments_in_order"
        ),
        CheckConstraint(
            "finished_at IS NOT NULL OR (stored = 0 AND errors = '[]'::jsonb)",
            name="outcome_comes_at_the_end",
        ),
        CheckConstraint(
            "error_behaviour <> 'rollback' OR errors = '[]'::jsonb OR stored = 0",
            name="rollback_stores_all_or_none",
        ),
        Index("ix_epcis_captures_open", "id", postgresql_where=text("finished_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(Code, unique=True)
    """Its public name, which nobody can guess."""
    owner_code: Mapped[str] = mapped_column(Code, ForeignKey("organisations.code"), index=True)
    actor: Mapped[str] = mapped_column(Code)
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    error_behaviour: Mapped[ErrorBehaviour] = mapped_column(enum_column(ErrorBehaviour))
    checks: Mapped[Checks] = mapped_column(enum_column(Checks), server_default="strict")
    """Whether events that contradict themselves are refused or taken with their doubts."""
    body: Mapped[bytes] = mapped_column(LargeBinary)
    """The document as received."""
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    stored: Mapped[int] = mapped_column(server_default="0")
    """Events it added; those that were there already do not count."""
    known: Mapped[int] = mapped_column(server_default="0")
    errors: Mapped[list[Any]] = mapped_column(JSONB, server_default="[]")
    """A problem for each event that was refused."""
    doubts: Mapped[list[Any]] = mapped_column(JSONB, server_default="[]")
    """What is doubtful about events that were taken all the same."""


class EpcisQuery(Base):
    """A question a partner has given a name, to ask it again or to be told the answers."""

    __tablename__ = "epcis_queries"
    __table_args__ = (CheckConstraint("length(name) BETWEEN 1 AND 64", name="name_in_bounds"),)

    owner_code: Mapped[str] = mapped_column(
        Code, ForeignKey("organisations.code"), primary_key=True
    )
    name: Mapped[str] = mapped_column(Code, primary_key=True)
    question: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime]


class EpcisSubscription(Base):
    """Where the answers to a named question are sent as events come in."""

    __tablename__ = "epcis_subscriptions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["owner_code", "query_name"], ["epcis_queries.owner_code", "epcis_queries.name"]
        ),
        CheckConstraint("last_event_id >= 0 AND failures >= 0", name="not_negative"),
        Index("ix_epcis_subscriptions_query", "owner_code", "query_name"),
        Index(
            "ix_epcis_subscriptions_due", "next_at", postgresql_where=text("ended_at IS NULL")
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(Code, unique=True)
    owner_code: Mapped[str] = mapped_column(Code)
    query_name: Mapped[str] = mapped_column(Code)
    address: Mapped[str]
    """Where to send; https, never an address of the house."""
    secret: Mapped[str | None] = mapped_column(SealedText)
    """What the receiver asked each message to be signed with."""
    every_s: Mapped[int]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    next_at: Mapped[datetime]
    last_event_id: Mapped[int] = mapped_column(BigInteger)
    """The newest event the receiver has confirmed."""
    failures: Mapped[int] = mapped_column(server_default="0")
    """Attempts in a row that were not confirmed."""
    last_problem: Mapped[str] = mapped_column(server_default="")


class EpcisClient(Base):
    """A key with which a partner's machine hands in or asks for events."""

    __tablename__ = "epcis_clients"
    __table_args__ = (
        CheckConstraint("octet_length(secret_sha256) = 32", name="secret_is_hashed"),
        CheckConstraint("revoked_at IS NULL OR revoked_at >= created_at", name="period"),
    )

    code: Mapped[str] = mapped_column(Code, primary_key=True)
    """The public half of the key."""
    organisation_code: Mapped[str] = mapped_column(
        Code, ForeignKey("organisations.code"), index=True
    )
    label: Mapped[str]
    secret_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    """Of the secret half, which is long and random; the secret itself is kept nowhere."""
    may_capture: Mapped[bool]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(Code)
    revoked_at: Mapped[datetime | None]


class EpcisPublished(Base):
    """Up to which step and evaluation a shipment's own events tell its journey."""

    __tablename__ = "epcis_published"

    shipment_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("shipments.id"), primary_key=True
    )
    step_id: Mapped[int] = mapped_column(BigInteger)
    evaluation_id: Mapped[int] = mapped_column(BigInteger)
    """0 while no evaluation is told."""
    at: Mapped[datetime]
