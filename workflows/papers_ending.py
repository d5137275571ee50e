"""What the calendar does to certificates: reminders before the end, recognitions that ended.

Nothing here stops a sale: that is the clock's, in `catalog.listing.sellable`, with no worker.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from catalog.events import PaperEnding
from catalog.service import papers, recognition
from kernel import outbox


def remind(session: Session, *, at: datetime) -> int:
    """Note whom to remind, once for each dated mark, and let letters follow the commit."""
    due = papers.remind(session, at=at)
    outbox.record(
        session,
        *(PaperEnding(occurred_at=at, paper_id=paper, days=days) for paper, days in due),
    )
    return len(due)


def write_down_ended(session: Session, *, at: datetime) -> int:
    """Write into the history which recognitions have ended."""
    return recognition.expire_due(session, at=at)
