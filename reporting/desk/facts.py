"""Recorded facts and whether they have been told to everybody they concern."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.outbox import OutboxRow
from kernel.rows import fill_all


@dataclass(frozen=True, slots=True)
class FactRow:
    """One fact that still waits for a reaction; its payload is not shown."""

    row_id: int
    fact: str
    occurred_at: datetime
    recorded_at: datetime
    next_try_at: datetime
    attempts: int
    last_error: str | None


@dataclass(frozen=True, slots=True)
class FactCounts:
    """How many facts are done, wait, and have failed at least once."""

    delivered: int
    waiting: int
    failed: int
    oldest_waiting_at: datetime | None
    last_delivered_at: datetime | None


def list_waiting(session: Session, *, after_id: int, limit: int) -> Sequence[FactRow]:
    """Return undelivered facts, the oldest first, beyond a row number."""
    rows = session.execute(
        select(
            OutboxRow.id,
            OutboxRow.fact,
            OutboxRow.occurred_at,
            OutboxRow.recorded_at,
            OutboxRow.next_try_at,
            OutboxRow.attempts,
            OutboxRow.last_error,
        )
        .where(OutboxRow.delivered_at.is_(None), OutboxRow.id > after_id)
        .order_by(OutboxRow.id)
        .limit(limit)
    )
    return fill_all(FactRow, rows)


def count_facts(session: Session) -> FactCounts:
    """Return how the telling of facts stands, in one statement."""
    waiting = OutboxRow.delivered_at.is_(None)
    row = session.execute(
        select(
            func.count().filter(OutboxRow.delivered_at.is_not(None)),
            func.count().filter(waiting),
            func.count().filter(waiting, OutboxRow.attempts > 0),
            func.min(OutboxRow.recorded_at).filter(waiting),
            func.max(OutboxRow.delivered_at),
        )
    ).one()
    return FactCounts(*row)
