"""As known when: a moment that officials can quote, and at which a page can be read again.

A page tells the moment up to which it knows, and the address that gives the same page again.
Two kinds of moments can be asked for: the end of a month, and a moment that a page has told
before, which carries our signature. Anybody free to choose two moments could subtract the pages
and be left with the one household whose goods were weighed between them.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from flask import current_app, request
from sqlalchemy.orm import Session

from kernel.clock import at_local_midnight, local_date, local_month, next_month
from kernel.errors import InvalidError
from reporting.known import find_recorded

SALT = "shop.oversight.as_known"
STAMP = "%Y%m%dT%H%M%S%fZ"
MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class AsKnown:
    """Up to when a page knows: everything recorded before `until`, nothing from it on."""

    until: datetime
    asked: str
    """What the address asked for; empty for now."""
    quote: str
    """What gives the same page again."""
    ends: Sequence[date]
    """The last days of months that can be asked for, the newest first."""
    begun: datetime | None = None
    """When the first posting was recorded; None for books without any."""

    @property
    def is_before_books(self) -> bool:
        """Say whether nothing had been recorded yet, whatever day it is dated to."""
        return self.begun is not None and self.until <= self.begun

    @property
    def last(self) -> datetime:
        """Return the last moment that is known."""
        return self.until - MOMENT


def read(session: Session, *, since: date) -> AsKnown:
    """Return what the address asks for; now without it. Months end from `since` on.

    Raises `InvalidError` for a moment that no page has told and a month that has not ended.
    """
    recorded = find_recorded(session)
    asked = request.args.get("known", "")
    ends = _ends(since, recorded.settled)
    if not asked:
        until, quote = recorded.settled, _signed(_stamp(recorded.settled))
    elif asked in {end.isoformat() for end in ends}:
        until, quote = at_local_midnight(date.fromisoformat(asked) + timedelta(days=1)), asked
    else:
        until, quote = _told(asked, since), asked
    return AsKnown(until, asked, quote, ends, recorded.begun)


def _ends(since: date, settled: datetime) -> Sequence[date]:
    found: list[date] = []
    first = since.replace(day=1)
    while (following := next_month(first)) <= local_month(settled):
        found.append(following - timedelta(days=1))
        first = following
    return found[::-1]


def _told(asked: str, since: date) -> datetime:
    stamp, _, _signature = asked.partition(".")
    if not hmac.compare_digest(_signed(stamp).encode(), asked.encode()):
        raise _refused()
    # Only we sign, and we sign nothing but moments.
    until = datetime.strptime(stamp, STAMP).replace(tzinfo=UTC)
    if local_date(until) < since:
        raise _refused()
    return until


def _refused() -> InvalidError:
    return InvalidError("known_moment_not_told", "no page has told this moment", field="known")


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime(STAMP)


def _signed(stamp: str) -> str:
    key = f"{SALT}:{current_app.config['SECRET_KEY']}".encode()
    return f"{stamp}.{hmac.new(key, stamp.encode(), hashlib.sha256).hexdigest()[:32]}"
