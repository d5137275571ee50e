"""People, organisations, memberships and the purchase channels of assistance consumption."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from kernel.orm import Base, Code, Minor, enum_column
from kernel.vault import SealedText
from parties.values import OrganisationKind, Role


class Channel(Base):
    """One purchase channel of assistance consumption, with what counts in it."""

    __tablename__ = "channels"

    code: Mapped[str] = mapped_column(Code, primary_key=True)
    name: Mapped[str]
    name_en: Mapped[str]
    who: Mapped[str]
    counts: Mapped[str]
    published_2021_minor: Mapped[int | None] = mapped_column(Minor)
    """The published figure of 2021 for the whole city, fen; empty where none was published."""
    sort_order: Mapped[int]


class Organisation(Base):
    """A seller, buyer, carrier, authority or the platform itself."""

    __tablename__ = "organisations"

    code: Mapped[str] = mapped_column(Code, primary_key=True)
    name: Mapped[str]
    kind: Mapped[OrganisationKind] = mapped_column(enum_column(OrganisationKind))
    uscc: Mapped[str] = mapped_column(server_default="")
    """Unified social credit code; samples carry codes that are invalid on purpose."""
    region_code: Mapped[str | None] = mapped_column(
        String(12), ForeignKey("regions.code"), index=True
    )
    """Township (sellers) or district the organisation sits in."""
    village_code: Mapped[str | None] = mapped_column(String(12), ForeignKey("regions.code"))
    city: Mapped[str] = mapped_column(server_default="")
    channel_code: Mapped[str | None] = mapped_column(Code, ForeignKey("channels.code"))
    """Primary purchase channel of a buyer."""
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))
    """Facts of the register (licences, cold store).

    `canteen_mode` and `has_canteen` say whether a buyer cooks; one that does
    is sold no herbs that are no food.
    """
    is_sample: Mapped[bool] = mapped_column(server_default="false")
    suspended_at: Mapped[datetime | None]
    notice_email: Mapped[str | None] = mapped_column(SealedText)
    """Where it wants to be told of certificates that run out."""


class Person(Base):
    """Somebody who can sign in."""

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    login: Mapped[str] = mapped_column(Code, unique=True)
    display_name: Mapped[str] = mapped_column(SealedText)
    password_hash: Mapped[str]
    locale: Mapped[str] = mapped_column(String(8), server_default="zh_CN")
    session_epoch: Mapped[int] = mapped_column(server_default="1")
    """Raised at sign-out and password change; sessions of an older epoch are dead."""
    household_id: Mapped[str | None] = mapped_column(Code, ForeignKey("households.id"))
    registered_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    """When the person's name and login were destroyed at their request."""


class Membership(Base):
    """One role of one person in one organisation, or in one region for officials."""

    __tablename__ = "memberships"
    __table_args__ = (
        UniqueConstraint("person_id", "role", "organisation_code", "region_code", "valid_from"),
        CheckConstraint(
            "(role IN ('official', 'city_reviewer')) = (region_code IS NOT NULL)"
            " AND (region_code IS NULL) = (organisation_code IS NOT NULL)",
            name="one_scope",
        ),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period_in_order"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    person_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("people.id"), index=True)
    role: Mapped[Role] = mapped_column(enum_column(Role))
    organisation_code: Mapped[str | None] = mapped_column(
        Code, ForeignKey("organisations.code"), index=True
    )
    region_code: Mapped[str | None] = mapped_column(String(12), ForeignKey("regions.code"))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
