"""Zones of stores and the volume booked of them; a zone is never booked over."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cold_chain.errors import (
    BookingNotFoundError,
    BookingPeriodError,
    BookingVolumeError,
    BookingWordsError,
    ZoneFullError,
    ZoneNotFoundError,
)
from cold_chain.models import Site, StoreBooking, StoreZone
from cold_chain.rules.stores import peak
from cold_chain.values.stores import Held, NewBooking, NewZone

UNTIL = func.least(
    StoreBooking.to_at, func.coalesce(StoreBooking.released_at, StoreBooking.to_at)
)


def register_zones(session: Session, *zones: NewZone) -> None:
    """Enter zones by their codes; a zone that is there already stays as it is."""
    if zones:
        session.execute(
            insert(StoreZone).on_conflict_do_nothing(), [asdict(zone) for zone in zones]
        )


def book_zone(session: Session, new: NewBooking, *, at: datetime) -> int:
    """Keep volume of a zone and return the booking's id; the same key books once.

    Raises `BookingPeriodError` for a term that is over or none, `BookingVolumeError`,
    `BookingWordsError`, `ZoneNotFoundError` for zones others may not book, and
    `ZoneFullError` where at some moment of the term less is free than is wanted.
    """
    _check(new, at=at)
    volume_l = _lock(session, new)
    known = _find_same(session, new)
    if known is not None:
        return known
    held = session.execute(
        select(StoreBooking.from_at, UNTIL, StoreBooking.volume_l).where(
            StoreBooking.zone_code == new.zone_code,
            StoreBooking.from_at < new.to_at,
            new.from_at < UNTIL,
        )
    )
    free_l = volume_l - peak((Held(*row) for row in held), new.from_at, new.to_at)
    if new.volume_l > free_l:
        raise ZoneFullError(max(free_l, 0))
    booking = StoreBooking(**asdict(new), booked_at=at)
    session.add(booking)
    session.flush()
    return booking.id


def release_booking(
    session: Session, booking_id: int, *, organisation_code: str, at: datetime
) -> None:
    """Give volume back from now on; repeating changes nothing.

    Raises `BookingNotFoundError`, for bookings of others too.
    """
    found = session.scalar(
        select(StoreBooking.id).where(
            StoreBooking.id == booking_id, StoreBooking.organisation_code == organisation_code
        )
    )
    if found is None:
        raise BookingNotFoundError(booking_id)
    session.execute(
        update(StoreBooking)
        .where(
            StoreBooking.id == booking_id,
            StoreBooking.released_at.is_(None),
            StoreBooking.to_at > at,
        )
        .values(released_at=at)
    )


def _check(new: NewBooking, *, at: datetime) -> None:
    if new.to_at <= new.from_at or new.to_at <= at:
        raise BookingPeriodError
    if new.volume_l <= 0:
        raise BookingVolumeError
    if not new.goods.strip():
        raise BookingWordsError


def _lock(session: Session, new: NewBooking) -> int:
    """Return what can be booked of a zone; others who book it wait until this one is done."""
    zone = session.execute(
        select(StoreZone.volume_l, StoreZone.is_shared, Site.organisation_code)
        .join(Site, Site.code == StoreZone.site_code)
        .where(StoreZone.code == new.zone_code)
        .with_for_update(of=StoreZone)
    ).one_or_none()
    if zone is None or not (zone.is_shared or zone.organisation_code == new.organisation_code):
        raise ZoneNotFoundError(new.zone_code)
    return int(zone.volume_l)


def _find_same(session: Session, new: NewBooking) -> int | None:
    return session.scalar(
        select(StoreBooking.id).where(
            StoreBooking.zone_code == new.zone_code,
            StoreBooking.organisation_code == new.organisation_code,
            StoreBooking.key == new.key,
        )
    )
