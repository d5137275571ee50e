"""Documents handed in: taken at once, read by a task, and each event stored once or refused."""

import hashlib
import secrets
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cold_chain.epcis import reading
from cold_chain.epcis.errors import DocumentRefusedError, DocumentUnreadableError
from cold_chain.epcis.problems import Problem
from cold_chain.epcis.reading import Document, Found
from cold_chain.models import EpcisCapture
from cold_chain.service.event_store import store_events
from cold_chain.values.epcis import Checks, ErrorBehaviour, HandedIn, NewEvent

MAX_EVENTS = 2_000
MAX_PROBLEMS = 200
TAKEN = "another event has this id already"


class _ClashError(Exception):
    """Ids are taken, and all events are to be stored or none."""

    def __init__(self, problems: list[Problem]) -> None:
        """Remember which."""
        super().__init__(TAKEN)
        self.problems = problems


def hand_in(session: Session, given: HandedIn, *, at: datetime) -> str:
    """Keep a document to be read by a task and return the code under which to ask for it.

    Raises `DocumentUnreadableError` for what is no document, and `DocumentRefusedError` where
    nothing of it could ever be stored.
    """
    document = read_document(given.body)
    if given.error_behaviour is ErrorBehaviour.ROLLBACK:
        refuse_bad(document.events, given.checks)
    capture = EpcisCapture(
        code=f"c-{secrets.token_urlsafe(24)}",
        owner_code=given.owner_code,
        actor=given.actor,
        created_at=at,
        error_behaviour=given.error_behaviour,
        checks=given.checks,
        body=given.body,
        sha256=hashlib.sha256(given.body).digest(),
    )
    session.add(capture)
    session.flush()
    return capture.code


def read_document(body: bytes) -> Document:
    """Take a document apart; raises for what is none or has too many events."""
    try:
        document = reading.read(reading.parse(body))
    except reading.UnreadableError as error:
        raise DocumentUnreadableError(str(error)) from error
    if document.problems:
        raise DocumentRefusedError(document.problems)
    if len(document.events) > MAX_EVENTS:
        raise DocumentRefusedError(
            [Problem("/epcisBody/eventList", "too_many", f"has more than {MAX_EVENTS} events")]
        )
    return document


def refuse_bad(events: Iterable[Found], checks: Checks) -> None:
    """Raise `DocumentRefusedError` with everything that is wrong with events."""
    wrong = [problem for one in events for problem in wrong_with(one, checks)]
    if wrong:
        raise DocumentRefusedError(wrong[:MAX_PROBLEMS])


def wrong_with(one: Found, checks: Checks) -> tuple[Problem, ...]:
    """Return why an event is refused: its form, or under strict checks its contradictions."""
    return one.problems or (one.doubts if checks is Checks.STRICT else ())


def take_captures(session: Session, *, at: datetime, limit: int = 1) -> int:
    """Read the oldest waiting documents and return how many there were.

    Another worker's are left to it. A document is read in one transaction with what it stores:
    after a crash it waits as before.
    """
    waiting = session.scalars(
        select(EpcisCapture)
        .where(EpcisCapture.finished_at.is_(None))
        .order_by(EpcisCapture.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for capture in waiting:
        _take(session, capture, at)
    session.flush()
    return len(waiting)


def _take(session: Session, capture: EpcisCapture, at: datetime) -> None:
    document = read_document(capture.body)
    good = [one for one in document.events if not wrong_with(one, capture.checks)]
    errors = [problem for one in document.events for problem in wrong_with(one, capture.checks)]
    doubts = [problem for one in good for problem in one.doubts]
    is_all_or_none = capture.error_behaviour is ErrorBehaviour.ROLLBACK
    stored = known = 0
    if not (errors and is_all_or_none):
        stored, known, clashes = _store(session, capture, good, at)
        errors += clashes
    capture.stored, capture.known = stored, known
    capture.errors = _told(errors)
    capture.doubts = _told(doubts)
    capture.finished_at = max(at, capture.created_at)


def _store(
    session: Session, capture: EpcisCapture, good: Sequence[Found], at: datetime
) -> tuple[int, int, list[Problem]]:
    """Store events, or none of them where one clashes and all or none is wanted."""
    try:
        with session.begin_nested():
            outcomes = store_events(session, *_new(capture, good), at=at)
            clashes = [
                Problem(f"{one.pointer}/eventID", "event_id_taken", TAKEN)
                for one, outcome in zip(good, outcomes, strict=True)
                if outcome.conflicts
            ]
            _check_whole(capture, clashes)
    except _ClashError as clash:
        return 0, 0, clash.problems
    new = sum(one.is_new for one in outcomes)
    return new, len(outcomes) - new - len(clashes), clashes


def _check_whole(capture: EpcisCapture, clashes: list[Problem]) -> None:
    if clashes and capture.error_behaviour is ErrorBehaviour.ROLLBACK:
        raise _ClashError(clashes)


def _new(capture: EpcisCapture, good: Iterable[Found]) -> Iterator[NewEvent]:
    for one in good:
        yield NewEvent(
            owner_code=capture.owner_code,
            event=one.event,
            context=one.context,
            pointer=one.pointer,
            capture_id=capture.id,
        )


def _told(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    return [one._asdict() for one in problems][:MAX_PROBLEMS]
