"""What stores have, and who booked it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from kernel.orm import UtcDateTime
from kernel.rows import fill_all

_UNTIL = "least(b.to_at, coalesce(b.released_at, b.to_at))"

# What is taken at most rises only where a booking begins, and at the first moment asked for.
_ZONES = text(f"""
    SELECT z.code, z.name, z.name_en, z.kind, z.lower_centi, z.upper_centi, z.volume_l,
           s.code, s.name, s.name_en, coalesce(nullif(s.cold_chain_area, ''), ''),
           o.name, z.is_sample,
           (SELECT coalesce(sum(b.volume_l), 0) FROM store_bookings b
            WHERE b.zone_code = z.code AND b.from_at <= :at AND {_UNTIL} > :at)::bigint,
           (SELECT coalesce(max(taken.volume_l), 0) FROM (
                SELECT (SELECT coalesce(sum(b.volume_l), 0) FROM store_bookings b
                        WHERE b.zone_code = z.code AND b.from_at <= begins.moment
                          AND {_UNTIL} > begins.moment) AS volume_l
                FROM (
                    SELECT CAST(:at AS timestamptz) AS moment
                    UNION SELECT b.from_at FROM store_bookings b
                    WHERE b.zone_code = z.code AND b.from_at > :at AND b.from_at < :until
                ) begins
            ) taken)::bigint
    FROM store_zones z
    JOIN cold_sites s ON s.code = z.site_code
    JOIN organisations o ON o.code = s.organisation_code
    WHERE z.is_shared OR s.organisation_code = :organisation
    ORDER BY s.code, z.kind, z.code
""").bindparams(  # noqa: S608 -- assembled from constants
    bindparam("at", type_=UtcDateTime()), bindparam("until", type_=UtcDateTime())
)

_BOOKINGS = text(f"""
    SELECT b.id, z.code, z.name, z.name_en, s.name, s.name_en, b.goods, b.volume_l,
           b.from_at, b.to_at, b.released_at, {_UNTIL} > :at
    FROM store_bookings b
    JOIN store_zones z ON z.code = b.zone_code
    JOIN cold_sites s ON s.code = z.site_code
    WHERE b.organisation_code = :organisation AND b.to_at > :since
    ORDER BY {_UNTIL} > :at DESC, b.from_at DESC, b.id DESC LIMIT :most
""").bindparams(  # noqa: S608 -- assembled from constants
    bindparam("at", type_=UtcDateTime()), bindparam("since", type_=UtcDateTime())
)


@dataclass(frozen=True, slots=True)
class ZoneRow:
    """A zone somebody may book, with what is taken of it."""

    code: str
    name: str
    name_en: str
    kind: str
    lower_centi: int | None
    upper_centi: int | None
    volume_l: int
    site_code: str
    site_name: str
    site_name_en: str
    area: str
    organisation_name: str
    is_sample: bool
    taken_l: int
    """Litres taken now."""
    most_l: int
    """Litres taken at most up to the end of the time asked for."""

    @property
    def free_l(self) -> int:
        """Return what is free throughout the time asked for, litres."""
        return self.volume_l - self.most_l


@dataclass(frozen=True, slots=True)
class BookingRow:
    """A booking as who made it sees it."""

    booking_id: int
    zone_code: str
    zone_name: str
    zone_name_en: str
    site_name: str
    site_name_en: str
    goods: str
    volume_l: int
    from_at: datetime
    to_at: datetime
    released_at: datetime | None
    is_running: bool
    """Whether it still takes volume, now or later."""


def list_zones(
    session: Session, organisation_code: str, *, at: datetime, until: datetime
) -> list[ZoneRow]:
    """Return the zones an organisation may book, with what is taken up to a moment."""
    rows = session.execute(
        _ZONES, {"organisation": organisation_code, "at": at, "until": until}
    )
    return fill_all(ZoneRow, rows)


def list_bookings(
    session: Session,
    organisation_code: str,
    *,
    since: datetime,
    at: datetime,
    most: int = 100,
) -> list[BookingRow]:
    """Return an organisation's bookings that end after a moment, those that run first."""
    rows = session.execute(
        _BOOKINGS,
        {"organisation": organisation_code, "since": since, "at": at, "most": most},
    )
    return fill_all(BookingRow, rows)
