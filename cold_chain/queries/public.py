"""What everybody may read of the cold chain: what travels today, where goods are kept cold."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from cold_chain.values import SiteKind
from kernel.clock import at_local_midnight, local_date
from kernel.orm import UtcDateTime
from kernel.rows import fill, fill_all


@dataclass(frozen=True, slots=True)
class DispatchRow:
    """Chilled and frozen shipments of the day, counted; which ones they are is nobody's."""

    under_way: int
    """On the road now, or at the door and not yet handed over."""
    cities: int
    """How many cities these go to."""
    departed: int
    """Left since midnight in Shanghai."""
    accepted: int
    """Handed over since then."""


@dataclass(frozen=True, slots=True)
class PublicSiteRow:
    """A place where goods are kept cold, by its township or district."""

    name: str
    name_en: str
    kind: SiteKind
    region_code: str
    cold_chain_area: str
    is_sample: bool


_DISPATCH = text("""
    SELECT count(*) FILTER (WHERE is_under_way)::int,
           count(DISTINCT destination_city) FILTER (WHERE is_under_way)::int,
           count(*) FILTER (WHERE departed_at >= :midnight)::int,
           count(*) FILTER (WHERE accepted_at >= :midnight)::int
    FROM (
        SELECT s.destination_city, s.departed_at, s.accepted_at,
               s.state IN ('in_transit', 'at_stop', 'arrived') AS is_under_way
        FROM shipments s
        WHERE s.profile_code IS NOT NULL
          AND s.departed_at <= :at
          AND (
              s.state IN ('in_transit', 'at_stop', 'arrived')
              OR s.departed_at >= :midnight OR s.accepted_at >= :midnight
          )
    ) today
""").bindparams(bindparam("at", type_=UtcDateTime), bindparam("midnight", type_=UtcDateTime))

_SITES = text("""
    SELECT name, name_en, kind, region_code, cold_chain_area, is_sample
    FROM cold_sites ORDER BY region_code, kind, code
""")


def count_dispatch(session: Session, *, at: datetime) -> DispatchRow:
    """Return what leaves, travels and arrives cold on the day of a moment."""
    midnight = at_local_midnight(local_date(at))
    return fill(DispatchRow, session.execute(_DISPATCH, {"at": at, "midnight": midnight}).one())


def list_sites(session: Session) -> list[PublicSiteRow]:
    """Return every place where goods are kept cold, by region."""
    rows = session.execute(_SITES)
    return fill_all(PublicSiteRow, [(*row[:2], SiteKind(row[2]), *row[3:]) for row in rows])
