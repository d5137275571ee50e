"""Up to which moment everything that will ever be recorded has been recorded.

A posting carries the moment at which its transaction began and appears when it ends. Figures as
known at a moment are only final once no transaction that began before it is still open.
"""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

SETTLED = text(
    """
    SELECT coalesce(min(xact_start), clock_timestamp()) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
    """
)


def find_settled(session: Session) -> datetime:
    """Return the moment before which nothing more can be recorded: the oldest open transaction.

    Read it before the figures. The database's own clock, as in the postings.
    """
    settled: datetime = session.execute(SETTLED).scalar_one()
    return settled
