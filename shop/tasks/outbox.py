"""Tells every recorded fact to its reactions, again and again until all of them succeed."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pkgutil import resolve_name
from typing import Any

import structlog
from celery import shared_task
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel import clock, idempotency, outbox
from kernel.db import unit_of_work
from kernel.idempotency import CommandId, CommandKey
from kernel.outbox import OutboxRow
from shop.reactions import REACTIONS

LEASE = timedelta(seconds=60)
"""How long a relay keeps a fact to itself; after a killed worker the next relay takes it."""

BUDGET_SECONDS = 20
CALLER = "reaction"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Taken:
    """One fact this relay holds for the length of the lease."""

    row_id: int
    name: str
    payload: dict[str, Any]
    attempts: int


@shared_task(name="shop.tasks.outbox.relay")
def relay() -> int:
    """Deliver what is due, oldest first, for up to 20 seconds; return how many facts are done.

    Any number of relays work side by side without telling a fact twice at once. A fact whose
    reaction fails is put off and stands in nobody's way.
    """
    stop = time.monotonic() + BUDGET_SECONDS
    done = 0
    while time.monotonic() < stop:
        taken = _take()
        if taken is None:
            break
        done += _deliver(taken)
    return done


def _take() -> Taken | None:
    at = clock.now()
    with unit_of_work() as session:
        for row in outbox.take_batch(session, at=at, limit=1):
            row.next_try_at = at + LEASE
            return Taken(row.id, row.fact, row.payload, row.attempts)
    return None


def _deliver(taken: Taken) -> bool:
    """Run every reaction that has not succeeded yet and note what came of it."""
    done_before = _list_done(taken) if taken.attempts else frozenset()
    succeeded, errors = _react(taken, done_before)
    at = clock.now()
    with unit_of_work() as session:
        if not errors:
            outbox.mark_delivered(session, [taken.row_id], at=at)
            return True
        _remember_done(session, taken, succeeded)
        row = session.get(OutboxRow, taken.row_id, with_for_update=True)
        if row is not None and row.delivered_at is None:
            outbox.mark_failed(row, error="; ".join(errors), at=at)
    return False


def _react(taken: Taken, done_before: frozenset[str]) -> tuple[list[str], list[str]]:
    """Return the reactions that succeeded and a sentence for each that did not."""
    if taken.name not in REACTIONS:
        return [], [f"shop/reactions.py has no row for {taken.name}"]
    succeeded: list[str] = []
    errors: list[str] = []
    for name in REACTIONS[taken.name]:
        if name in done_before:
            continue
        try:
            resolve_name(name).run(taken.payload)
        except Exception as error:
            log.warning(
                "reaction_failed",
                fact=taken.name,
                row_id=taken.row_id,
                reaction=name,
                exc_info=error,
            )
            errors.append(f"{name}: {error!r}")
        else:
            succeeded.append(name)
    return succeeded, errors


def _list_done(taken: Taken) -> frozenset[str]:
    """Return the reactions an earlier, partly failed delivery already carried out."""
    with unit_of_work() as session:
        done = session.scalars(
            select(CommandKey.endpoint).where(
                CommandKey.caller == CALLER, CommandKey.key == str(taken.row_id)
            )
        )
        return frozenset(done)


def _remember_done(session: Session, taken: Taken, succeeded: Sequence[str]) -> None:
    """Keep a letter from being sent twice because another reaction to the fact failed."""
    for name in succeeded:
        command = CommandId(CALLER, name, str(taken.row_id))
        if idempotency.begin(session, command, {}, at=clock.now()) is None:
            idempotency.finish(session, command, status=200, body={})
