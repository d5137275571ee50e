"""The words of the search as an editor changes them, and how often what is searched for."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from catalog.errors import SearchWordInvalidError, SearchWordNotFoundError
from catalog.models import SearchWord
from catalog.models.words import QUERY_LENGTH
from catalog.search import vocabulary
from catalog.search.analysis import runs
from catalog.search.vocabulary import WordRow
from catalog.values import WordKind

MAX_FORMS = 60
MAX_FORM = 40
LONG_NUMBER = re.compile(r"\d{5,}|@")
"""What could be a telephone, an identity or an address: not counted at all."""


@dataclass(frozen=True, slots=True)
class Asked:
    """How often something was searched for, and what came of it."""

    asked: int = 0
    empty: int = 0
    corrected: int = 0
    picked: int = 0
    picked_places: int = 0

    def __add__(self, other: "Asked") -> "Asked":
        """Add up two countings of the same query."""
        return Asked(
            self.asked + other.asked,
            self.empty + other.empty,
            self.corrected + other.corrected,
            self.picked + other.picked,
            self.picked_places + other.picked_places,
        )


def version(session: Session) -> tuple[int, datetime | None, datetime | None]:
    """Return what tells one state of the words from another; one small statement."""
    row = session.execute(
        select(
            func.count(),
            func.max(SearchWord.added_at),
            func.max(SearchWord.withdrawn_at),
        )
    ).one()
    return row[0], row[1], row[2]


def list_in_use(session: Session) -> list[WordRow]:
    """Return the words in use; those the shop is delivered with while there are none."""
    found = session.execute(
        select(SearchWord.kind, SearchWord.forms, SearchWord.means)
        .where(SearchWord.withdrawn_at.is_(None))
        .order_by(SearchWord.id)
    ).all()
    if not found and not session.scalar(select(func.count()).select_from(SearchWord)):
        return list(vocabulary.shipped_rows())
    return [WordRow(row.kind, tuple(row.forms), tuple(row.means)) for row in found]


def put_shipped(session: Session, *, actor: str, at: datetime) -> int:
    """Add the delivered words that were never there; what was withdrawn stays withdrawn."""
    known = {
        (row.kind, tuple(row.forms))
        for row in session.execute(select(SearchWord.kind, SearchWord.forms))
    }
    fresh = [
        row
        for row in vocabulary.shipped_rows()
        if (row.kind, _compared(row.forms)) not in known
    ]
    session.add_all(_row(row.kind, row.forms, row.means, actor=actor, at=at) for row in fresh)
    session.flush()
    return len(fresh)


def add_word(
    session: Session,
    kind: WordKind,
    forms: Sequence[str],
    means: Sequence[str],
    *,
    actor: str,
    at: datetime,
) -> SearchWord:
    """Teach the search a word; raises `SearchWordInvalidError`."""
    row = _row(kind, forms, means, actor=actor, at=at)
    _check(row)
    session.add(row)
    session.flush()
    return row


def withdraw_word(session: Session, word_id: int, *, actor: str, at: datetime) -> SearchWord:
    """Let a word be used no longer; raises `SearchWordNotFoundError`. The row stays."""
    row = session.get(SearchWord, word_id, with_for_update=True)
    if row is None or row.withdrawn_at is not None:
        raise SearchWordNotFoundError(word_id)
    row.withdrawn_at, row.withdrawn_by = at, actor
    session.flush()
    return row


def counted_form(query: str) -> str:
    """Return a query as it is counted; empty for what may be somebody's number."""
    if LONG_NUMBER.search(query):
        return ""
    return " ".join(runs(query))[:QUERY_LENGTH]


def count_searches(session: Session, counts: Mapping[str, Asked], *, on: date) -> None:
    """Add to the counts of a day; one statement."""
    rows = [
        {"day": on, "query": query, **_numbers(asked)}
        for query, asked in sorted(counts.items())
        if query
    ]
    if rows:
        session.execute(_COUNT, rows)


def forget_counts(session: Session, *, before: date) -> int:
    """Remove the counts of days past their term; return how many rows went."""
    gone = session.execute(_FORGET, {"before": before})
    return int(gone.rowcount)  # type: ignore[attr-defined]  # a DELETE has a count


def list_popular(session: Session, *, on: date, days: int, least: int, limit: int) -> list[str]:
    """Return what was searched for most and found, asked at least so often."""
    given = {"since": on - timedelta(days=days), "least": least, "limit": limit}
    return list(session.scalars(_POPULAR, given))


def _numbers(asked: Asked) -> dict[str, int]:
    return {
        "asked": asked.asked,
        "empty": asked.empty,
        "corrected": asked.corrected,
        "picked": asked.picked,
        "picked_places": asked.picked_places,
    }


def _row(
    kind: WordKind,
    forms: Iterable[str],
    means: Iterable[str],
    *,
    actor: str,
    at: datetime,
) -> SearchWord:
    is_choice = kind is WordKind.CHOICE
    return SearchWord(
        kind=kind,
        forms=list(_compared(forms)),
        means=[one.strip() for one in means] if is_choice else list(_compared(means)),
        added_at=at,
        added_by=actor,
    )


def _compared(forms: Iterable[str]) -> tuple[str, ...]:
    found = dict.fromkeys(vocabulary.compared(form) for form in forms)
    found.pop("", None)
    return tuple(found)


def _check(row: SearchWord) -> None:
    """Refuse what would teach nothing, or what no facet is called."""
    least = 2 if row.kind is WordKind.SAME else 1
    if not least <= len(row.forms) <= MAX_FORMS or any(len(x) > MAX_FORM for x in row.forms):
        raise SearchWordInvalidError("forms")
    needs_means = row.kind in {WordKind.LEADS, WordKind.CHOICE}
    if needs_means != bool(row.means) or len(row.means) > MAX_FORMS:
        raise SearchWordInvalidError("means")
    if row.kind is WordKind.CHOICE and vocabulary.read_choice(row.means) is None:
        raise SearchWordInvalidError("means")


_COUNT = text("""
    INSERT INTO search_counts AS held
        (day, query, asked, empty, corrected, picked, picked_places)
    VALUES (:day, :query, :asked, :empty, :corrected, :picked, :picked_places)
    ON CONFLICT (day, query) DO UPDATE SET
        asked = held.asked + excluded.asked, empty = held.empty + excluded.empty,
        corrected = held.corrected + excluded.corrected,
        picked = held.picked + excluded.picked,
        picked_places = held.picked_places + excluded.picked_places
""")
_FORGET = text("DELETE FROM search_counts WHERE day < :before")
_POPULAR = text("""
    SELECT query FROM search_counts WHERE day >= :since
    GROUP BY query HAVING sum(asked) >= :least AND sum(empty) = 0
    ORDER BY sum(asked) DESC, query LIMIT :limit
""")
