"""Up to which moment everything that will ever be recorded has been recorded.

A posting carries the moment at which its transaction began and appears when it ends. Figures as
known at a moment are only final once no transaction that began before it is still open.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

SETTLED = text(
    """
    SELECT coalesce(min(xact_start), clock_timestamp()),
        (SELECT min(recorded_at) FROM (
            SELECT recorded_at FROM ledger_txs ORDER BY id LIMIT 100) AS first)
    FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
    """
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """From when on the books know anything, and up to when they know everything."""

    begun: datetime | None
    settled: datetime


def find_recorded(session: Session) -> Recorded:
    """Return when the first posting was recorded, and when the oldest open transaction began.

    Nothing more can be recorded before the latter. Read it before the figures. Both by the
    database's own clock, as in the postings.
    """
    settled, begun = session.execute(SETTLED).one()
    return Recorded(begun, settled)
