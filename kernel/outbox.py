"""The table of facts whose consequences are still to be delivered."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Identity, Index, func, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel import masking, vault
from kernel.facts import Fact
from kernel.orm import Base

RECORD = text(
    """
    INSERT INTO outbox (fact, payload, occurred_at)
    SELECT fact, CAST(payload AS jsonb), occurred_at
    FROM unnest(CAST(:facts AS text[]), CAST(:payloads AS text[]),
        CAST(:moments AS timestamptz[]))
        WITH ORDINALITY AS told (fact, payload, occurred_at, place)
    ORDER BY place
    """
)

MAX_BACKOFF = timedelta(minutes=10)


class OutboxRow(Base):
    """One fact waiting for, or done with, its reactions."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "ix_outbox_undelivered",
            "next_try_at",
            postgresql_where=text("delivered_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    fact: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    next_try_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    delivered_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    last_error: Mapped[str | None]


RECORDED = "facts_recorded"
"""Marks a session whose transaction recorded facts."""


def record(session: Session, *facts: Fact) -> None:
    """Write facts in the caller's transaction, so that none is told that did not happen."""
    if not facts:
        return
    session.info[RECORDED] = True
    session.execute(
        RECORD,
        {
            "facts": [type(item).__name__ for item in facts],
            "payloads": [json.dumps(item.payload()) for item in facts],
            "moments": [item.occurred_at for item in facts],
        },
    )


def take_batch(session: Session, *, at: datetime, limit: int = 100) -> Sequence[OutboxRow]:
    """Lock and return due facts, oldest first, skipping those another relay holds."""
    return session.scalars(
        select(OutboxRow)
        .where(OutboxRow.delivered_at.is_(None), OutboxRow.next_try_at <= at)
        .order_by(OutboxRow.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def mark_delivered(session: Session, row_ids: Sequence[int], *, at: datetime) -> None:
    """Close facts whose reactions have all been done; repeating changes nothing."""
    session.execute(
        update(OutboxRow)
        .where(OutboxRow.id.in_(row_ids), OutboxRow.delivered_at.is_(None))
        .values(delivered_at=at, last_error=None)
    )


def mark_failed(row: OutboxRow, *, error: str, at: datetime) -> None:
    """Note a failed try and put the next one off, doubling up to ten minutes."""
    row.attempts += 1
    row.last_error = masking.scrub(error, vault.seen())[:2000]
    row.next_try_at = at + min(timedelta(seconds=2 ** min(row.attempts, 10)), MAX_BACKOFF)


def retry_now(session: Session, row_ids: Sequence[int], *, at: datetime) -> int:
    """Make undelivered facts due at once; return how many there were."""
    rows = session.scalars(
        update(OutboxRow)
        .where(OutboxRow.id.in_(row_ids), OutboxRow.delivered_at.is_(None))
        .values(next_try_at=at)
        .returning(OutboxRow.id)
    )
    return len(rows.all())


def count_undelivered(session: Session) -> int:
    """Return how many facts still wait for a reaction."""
    return (
        session.scalar(
            select(func.count()).select_from(OutboxRow).where(OutboxRow.delivered_at.is_(None))
        )
        or 0
    )
