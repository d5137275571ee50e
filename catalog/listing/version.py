"""Which state of the catalogue pages are made of: a number that counts its changes."""

from datetime import datetime

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from kernel.orm import UtcDateTime

# Campaigns, presales, events, blocks begin and end by the clock alone; nothing is written.
_VERSION = text("""
    SELECT (SELECT last_value FROM catalogue_version),
           (SELECT count(*) FROM campaigns WHERE starts_at <= :at),
           (SELECT count(*) FROM campaigns WHERE ends_at <= :at),
           (SELECT count(*) FROM presales WHERE opens_at <= :at),
           (SELECT count(*) FROM presales WHERE closes_at <= :at),
           (SELECT count(*) FROM editorial_revisions WHERE starts_at <= :at),
           (SELECT count(*) FROM editorial_revisions WHERE ends_at <= :at)
""").bindparams(bindparam("at", type_=UtcDateTime))

Version = tuple[int, ...]


def find_version(session: Session, *, at: datetime) -> Version:
    """Return the version of the catalogue at a moment; what only sales change is left out."""
    return tuple(session.execute(_VERSION, {"at": at}).one())
