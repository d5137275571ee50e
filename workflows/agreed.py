"""Which terms of trade are in force: a dated row names the version, the text never changes."""

from datetime import datetime

from sqlalchemy.orm import Session

from kernel import policy
from kernel.clock import local_date

PARAM = "terms_version"
VERSIONS = ("2026-11",)
"""Every version there ever was, the newest last; a text that was in force stays as it is."""


def find_version(session: Session, *, at: datetime) -> str | None:
    """Return the version in force at a moment, or None where none is."""
    return known(policy.list_in_force(session, [PARAM], on=local_date(at)).get(PARAM))


def known(version: object) -> str | None:
    """Return a version whose text is there, else None."""
    return version if isinstance(version, str) and version in VERSIONS else None
