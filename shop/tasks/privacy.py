"""Carries out what people decided about their data, and removes what is past its term."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import structlog
from celery import shared_task
from sqlalchemy.exc import DBAPIError

from kernel import clock
from kernel.db import unit_of_work
from kernel.errors import ShanjiError
from parties import queries
from parties.events import SubjectErased
from shop import operations
from shop.tasks.post import FOLDER
from shop.tasks.reacting import reaction
from shop.tasks.search import rebuild_index
from workflows import retention, subject_erased

BATCH = 100

log = structlog.get_logger()


@shared_task(name="shop.tasks.privacy.carry_out_requests")
def carry_out_requests() -> int:
    """Go on with every granted deletion, each in a transaction of its own."""
    with unit_of_work() as session:
        granted = queries.list_granted(session, limit=BATCH)
    return sum(_carry_out(request.request_id) for request in granted)


@shared_task(name="shop.tasks.privacy.sweep")
def sweep() -> dict[str, int]:
    """Remove what is past its term, in the folder of letters and in the database."""
    at = clock.now()
    with unit_of_work() as session:
        before = retention.letters_before(session, at=at)
    letters = {} if before is None else {retention.LETTER_DAYS: _drop_letters_before(before)}
    with unit_of_work() as session:
        return dict(retention.sweep(session, at=at, elsewhere=letters))


@reaction(SubjectErased)
def forget_copies(fact: SubjectErased) -> None:
    """Remove letters that name the erased, and build the search index anew."""
    for letter in _letters():
        text = message_from_bytes(letter.read_bytes(), policy=default).as_string()
        body = message_from_bytes(letter.read_bytes(), policy=default).get_body()
        content = body.get_content() if body is not None else ""
        if any(number in content or number in text for number in fact.group_numbers):
            letter.unlink(missing_ok=True)
    rebuild_index(at=clock.now())


def _carry_out(request_id: int) -> bool:
    try:
        with unit_of_work() as session:
            return subject_erased.carry_out(session, request_id, at=clock.now()) is None
    except (ShanjiError, DBAPIError):
        # The next run tries again; one request must not keep the others.
        log.exception("erasure_failed", request=request_id)
        return False


def _drop_letters_before(before: datetime) -> int:
    stale = [
        letter
        for letter in _letters()
        if datetime.fromtimestamp(letter.stat().st_mtime, UTC) < before
    ]
    for letter in stale:
        letter.unlink(missing_ok=True)
    return len(stale)


def _letters() -> list[Path]:
    return sorted((operations.settings().data_dir / FOLDER).glob("*.eml"))
