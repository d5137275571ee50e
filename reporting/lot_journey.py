"""How the packs of one lot travelled, counted over all parcels so that none stands out."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from kernel.rows import fill


@dataclass(frozen=True, slots=True)
class LotJourney:
    """Parcels with packs of one lot, and what the readings of those that arrived say."""

    sent: int
    under_way: int
    accepted: int
    """Taken at the door; those refused or lost are in none of these two."""
    first_sent_at: datetime | None
    last_accepted_at: datetime | None
    measured: int
    """Of those taken at the door how many travelled under limits of temperature."""
    passed: int
    failed: int
    unknown: int
    """Too few readings to tell, or none that were looked at yet."""


_STATEMENT = text("""
    WITH sent AS (
        SELECT DISTINCT sh.id, sh.profile_code, sh.departed_at, sh.accepted_at, sh.state
        FROM lots l
        JOIN lot_allocations taken ON taken.lot_id = l.id
        JOIN order_lines line ON line.id = taken.order_line_id
        JOIN shipments sh ON sh.order_number = line.order_number
            AND sh.parcel_group = line.parcel_number
        WHERE l.code = :code AND sh.departed_at IS NOT NULL AND sh.state <> 'cancelled'
    ), judged AS (
        SELECT sent.*, valid.verdict,
               sent.accepted_at IS NOT NULL AND sent.profile_code IS NOT NULL AS is_measured
        FROM sent LEFT JOIN LATERAL (
            SELECT e.verdict FROM evaluations e
            WHERE e.shipment_id = sent.id ORDER BY e.version DESC LIMIT 1
        ) valid ON true
    )
    SELECT count(*)::int,
           count(*) FILTER (
               WHERE state IN ('in_transit', 'at_stop', 'arrived', 'inspected')
           )::int,
           count(*) FILTER (WHERE accepted_at IS NOT NULL)::int,
           min(departed_at), max(accepted_at),
           count(*) FILTER (WHERE is_measured)::int,
           count(*) FILTER (WHERE is_measured AND verdict = 'pass')::int,
           count(*) FILTER (WHERE is_measured AND verdict = 'fail')::int,
           count(*) FILTER (
               WHERE is_measured AND coalesce(verdict, 'inconclusive') = 'inconclusive'
           )::int
    FROM judged
""").bindparams(bindparam("code"))


def find_journey(session: Session, code: str) -> LotJourney:
    """Return how the packs of a lot travelled; one statement."""
    return fill(LotJourney, session.execute(_STATEMENT, {"code": code}).one())
