"""What a process knows of the search beside its index: the words in use, and what was asked.

The words are asked for by one small statement every other second, so that what an editor
changes holds everywhere within seconds. What is searched for is counted in memory and told to
the database now and then, in one statement; whose question it was is nowhere known.
"""

import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from threading import Lock
from typing import Any

import structlog
from flask import current_app
from flask.sansio.app import App
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from catalog.search import editing as words
from catalog.search import ranking, vocabulary
from catalog.search.answering import Answer
from catalog.search.editing import Asked
from catalog.search.engine import Terms
from kernel import policy
from kernel.access import find_actor
from kernel.clock import local_date
from kernel.db import unit_of_work
from kernel.regions import TOWNSHIP_DIGITS
from pairing import queries as pairings

EXTENSION = "search_terms"
LOOK_SECONDS = 2.0
TELL_SECONDS = 5.0
MOST_COUNTED = 2_000

log = structlog.get_logger()


@dataclass(slots=True)
class _Kept:
    """The terms in use with what they were made of."""

    version: Any
    """Any: compared, never looked into."""
    terms: Terms


class Searching:
    """The words in use and the counts; one for each process, shared by its threads."""

    def __init__(
        self,
        look_seconds: float,
        tell_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Look and tell so often."""
        self._look_seconds = look_seconds
        self._tell_seconds = tell_seconds
        self._clock = clock
        self._lock = Lock()
        self._kept: _Kept | None = None
        self._looked = float("-inf")
        self._counts: dict[str, Asked] = {}
        self._told = clock()

    def terms(self, session: Callable[[], Any], *, at: datetime) -> Terms:
        """Return the words and weights in use; asks the database when it is time again."""
        now = self._clock()
        with self._lock:
            kept = self._kept
            if kept is not None and now - self._looked < self._look_seconds:
                return kept.terms
            self._looked = now
        with session() as opened:
            return self._looked_up(opened, kept, at=at)

    def count(self, query: str, asked: Asked) -> None:
        """Count a question, or a product somebody went on to."""
        form = words.counted_form(query)
        with self._lock:
            if form and (form in self._counts or len(self._counts) < MOST_COUNTED):
                self._counts[form] = self._counts.get(form, Asked()) + asked

    def tell(self, session: Callable[[], Any], *, at: datetime, always: bool = False) -> None:
        """Add what was counted to the day's counts, when it is time."""
        now = self._clock()
        with self._lock:
            if not self._counts or not (always or now - self._told >= self._tell_seconds):
                return
            counts, self._counts, self._told = self._counts, {}, now
        try:
            with session() as opened:
                words.count_searches(opened, counts, on=local_date(at))
        except SQLAlchemyError as error:
            # Counts are worth less than the page that carries them.
            log.warning("search_counts_lost", error=type(error).__name__, queries=len(counts))

    def _looked_up(self, session: Session, kept: _Kept | None, *, at: datetime) -> Terms:
        today = local_date(at)
        version = (words.version(session), today)
        if kept is not None and kept.version == version:
            return kept.terms
        weights = policy.list_in_force(session, list(ranking.POLICIES), on=today)
        made = Terms(
            vocabulary.of_rows(words.list_in_use(session)), ranking.weights_of(weights)
        )
        with self._lock:
            self._kept = _Kept(version, made)
        return made


def init_app(app: App) -> None:
    """Give the application its words."""
    app.extensions[EXTENSION] = Searching(LOOK_SECONDS, TELL_SECONDS)


def terms(*, at: datetime, session: Session | None = None) -> Terms:
    """Return the words and weights in use; within a piece of work take its session."""
    opened = unit_of_work if session is None else partial(nullcontext, session)
    return _searching().terms(opened, at=at)


def paired_places(*, at: datetime) -> frozenset[str]:
    """Return the places the organisation of who asks has promised to help."""
    actor = find_actor()
    grants = actor.grants if actor else ()
    codes = {grant.organisation_code for grant in grants if grant.organisation_code}
    if not codes:
        return frozenset()
    with unit_of_work() as session:
        rows = [
            row
            for code in codes
            for row in pairings.list_pairings(session, organisation_code=code)
        ]
    today = local_date(at)
    return frozenset(
        place
        for row in rows
        if row.since <= today
        for place in (row.village_code, row.village_code[:TOWNSHIP_DIGITS])
    )


def count(query: str, answer: Answer | None, *, at: datetime) -> None:
    """Count a question and how it was answered."""
    is_empty = answer is None or not answer.codes
    is_corrected = answer is not None and bool(answer.corrected)
    asked = Asked(asked=1, empty=int(is_empty), corrected=int(is_corrected))
    _searching().count(query, asked)
    _searching().tell(unit_of_work, at=at)


def count_picked(query: str, place: int, *, at: datetime) -> None:
    """Count that somebody went on to the product at a place of the list."""
    _searching().count(query, Asked(picked=1, picked_places=place))
    _searching().tell(unit_of_work, at=at)


def _searching() -> Searching:
    held: Searching = current_app.extensions[EXTENSION]
    return held
