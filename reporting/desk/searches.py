"""The words of the search with who taught them, and what people search for, by words alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from catalog.models import SearchWord
from catalog.values import WordKind

TOP = 20
PERCENT = 100


@dataclass(frozen=True, slots=True)
class WordLine:
    """One row of words in use."""

    row_id: int
    kind: WordKind
    forms: Sequence[str]
    means: Sequence[str]
    added_at: datetime
    added_by: str


@dataclass(frozen=True, slots=True)
class QueryLine:
    """One query over some days."""

    query: str
    asked: int
    empty: int
    picked: int
    picked_places: int

    @property
    def picked_percent(self) -> int:
        """Return how often of a hundred times somebody went on to a product."""
        return min(self.picked * PERCENT // self.asked, PERCENT) if self.asked else 0

    @property
    def mean_place(self) -> float | None:
        """Return the place, from 1, at which what people went on to stood."""
        return round(self.picked_places / self.picked, 1) if self.picked else None


@dataclass(frozen=True, slots=True)
class Figures:
    """What was searched for over some days."""

    asked: int
    empty: int
    corrected: int
    picked: int
    top: Sequence[QueryLine]
    nothing: Sequence[QueryLine]


def list_words(
    session: Session, *, kind: WordKind | None, wanted: str, limit: int
) -> Sequence[WordLine]:
    """Return words in use, the newest first."""
    statement = (
        select(
            SearchWord.id,
            SearchWord.kind,
            SearchWord.forms,
            SearchWord.means,
            SearchWord.added_at,
            SearchWord.added_by,
        )
        .where(SearchWord.withdrawn_at.is_(None))
        .order_by(SearchWord.id.desc())
        .limit(limit)
    )
    if kind is not None:
        statement = statement.where(SearchWord.kind == kind)
    if wanted:
        every = func.array_to_string(SearchWord.forms + SearchWord.means, " ")
        statement = statement.where(func.strpos(every, wanted.lower()) > 0)
    return [WordLine(*row) for row in session.execute(statement)]


def count_words(session: Session) -> Mapping[WordKind, int]:
    """Return how many rows of each kind are in use."""
    rows = session.execute(
        select(SearchWord.kind, func.count())
        .where(SearchWord.withdrawn_at.is_(None))
        .group_by(SearchWord.kind)
    )
    return {row[0]: row[1] for row in rows}


def find_figures(session: Session, *, since: date) -> Figures:
    """Return what was searched for since a day; three statements."""
    asked, empty, corrected, picked = session.execute(_TOTAL, {"since": since}).one()
    top = session.execute(_TOP, {"since": since, "limit": TOP})
    nothing = session.execute(_NOTHING, {"since": since, "limit": TOP})
    return Figures(
        asked,
        empty,
        corrected,
        picked,
        top=[QueryLine(*row) for row in top],
        nothing=[QueryLine(*row) for row in nothing],
    )


_TOTAL = text("""
    SELECT coalesce(sum(asked), 0)::int, coalesce(sum(empty), 0)::int,
           coalesce(sum(corrected), 0)::int, coalesce(sum(picked), 0)::int
    FROM search_counts WHERE day >= :since
""")
_LINES = """
    SELECT query, sum(asked)::int AS asked, sum(empty)::int AS empty, sum(picked)::int,
           sum(picked_places)::int
    FROM search_counts WHERE day >= :since GROUP BY query
"""
_TOP = text(f"{_LINES} HAVING sum(asked) > 0 ORDER BY 2 DESC, 1 LIMIT :limit")
_NOTHING = text(f"{_LINES} HAVING sum(empty) > 0 ORDER BY 3 DESC, 1 LIMIT :limit")
