"""The engine in the database: the same tokens in a table of its own, for many machines.

It also answers while the index of the shop's own process is missing or damaged. One statement
finds, counts and sorts. Candidates are ranked by `ts_rank`; `ts_rank_cd` ranks far worse.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from threading import Lock
from typing import Any

import msgspec
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from catalog.search import generations, postgres_sql
from catalog.search.columns import shuffle
from catalog.search.port import (
    KEPT,
    Batch,
    EngineUnavailableError,
    Entry,
    Facet,
    Found,
    Health,
    Hit,
    ParsedQuery,
    Stats,
    Traits,
    Words,
)

LOOK_EVERY_SECONDS = 5.0
AT_ONCE = 500
CAP_MILLISECONDS = 1000

Work = Callable[[], AbstractContextManager[Session]]
"""Gives a session for one piece of work, and ends its transaction."""


class PostgresEngine:
    """Searches the copy of the goods in the database; one for each process."""

    name = "postgres"

    def __init__(self, work: Work) -> None:
        """Take what opens a session; nothing is asked before the first search."""
        self._work = work
        self._lock = Lock()
        self._looked = float("-inf")
        self._changes = ("", -1)
        self._words: Words | None = None
        self._terms: dict[str, int] = {}
        self._size = 0

    def search(self, query: ParsedQuery) -> Found:
        """Return what meets a query, in one statement; raises `EngineUnavailableError`."""
        with _failure(), self._work() as session:
            session.execute(_CAP)
            rows = session.execute(
                postgres_sql.statement(query.sort, query.facets),
                postgres_sql.parameters(query),
            ).all()
        return _found(rows, query)

    def size(self) -> int:
        """Return how many goods there are, as of some seconds ago."""
        self._look()
        return self._size

    def frequency(self, token: str) -> int:
        """Return in how many goods a token stands, as of some seconds ago."""
        self._look()
        return self._terms.get(token, 0)

    def beginning(self, letters: str, *, limit: int) -> list[str]:
        """Return some tokens that begin with these letters."""
        self._look()
        found = (token for token in self._terms if token.startswith(letters))
        return [token for token, _ in zip(found, range(limit), strict=False)]

    def words(self) -> Words:
        """Return the words the copy was made with."""
        self._look()
        if self._words is None:
            raise EngineUnavailableError("no copy of the goods in the database")
        return self._words

    def apply(self, batch: Batch) -> None:
        """Carry out changes in one transaction."""
        with _failure(), self._work() as session:
            _change(session, batch)
        self._looked = float("-inf")

    def rebuild(self, entries: Iterable[Entry], *, words: bytes, at: datetime) -> Stats:
        """Replace everything in one transaction; readers see the old until it is committed."""
        with _failure(), self._work() as session:
            session.execute(text("DELETE FROM search_documents"))
            session.execute(text("DELETE FROM search_terms"))
            counted: Counter[str] = Counter()
            for some in _chunks(entries):
                _write(session, some)
                counted.update(token for one in some for token in set(one.tokens))
            _count(session, counted)
            session.execute(
                _SHELVE,
                {
                    "generation": generations.name_of(at),
                    "words": words,
                    "version": generations.version_of(words),
                },
            )
        self._looked = float("-inf")
        return self.stats()

    def codes(self) -> Mapping[str, Traits]:
        """Return everything the copy holds."""
        with _failure(), self._work() as session:
            rows = session.execute(text("SELECT code, traits FROM search_documents")).all()
        return {code: msgspec.convert(traits, Traits) for code, traits in rows}

    def stats(self) -> Stats:
        """Return how large the copy is."""
        with _failure(), self._work() as session:
            row = session.execute(_STATS).one_or_none()
        if row is None:
            raise EngineUnavailableError("no copy of the goods in the database")
        return Stats(row.documents, row.generation, row.size_bytes)

    def health(self) -> Health:
        """Say whether a search would be answered."""
        try:
            with _failure(), self._work() as session:
                row = session.execute(_SHELF).one_or_none()
        except EngineUnavailableError as error:
            return Health(is_ready=False, problem=str(error))
        if row is None:
            return Health(
                is_ready=False,
                is_missing=True,
                problem="no copy of the goods in the database",
            )
        if not generations.is_readable(row.generation):
            return Health(is_ready=False, problem="a copy of another format")
        return Health(is_ready=True)

    def _look(self) -> None:
        """Read the words and the tokens anew when something was applied since the last look."""
        with self._lock:
            now = time.monotonic()
            if now - self._looked < LOOK_EVERY_SECONDS:
                return
            with _failure(), self._work() as session:
                row = session.execute(_SHELF).one_or_none()
                if row is None:
                    self._words, self._terms = None, {}
                elif (row.generation, row.changes) != self._changes:
                    self._terms = {row.token: row.documents for row in session.execute(_TERMS)}
                    self._size = int(session.scalar(_SIZE) or 0)
                    version, body = session.execute(_WORDS).one()
                    self._words = Words(version, bytes(body))
                    self._changes = row.generation, row.changes
            self._looked = now


_CAP = text(f"SET LOCAL statement_timeout = {CAP_MILLISECONDS}")
_SHELF = text("SELECT generation, changes, words_version FROM search_shelf WHERE id = 1")
_WORDS = text("SELECT words_version, words FROM search_shelf WHERE id = 1")
_TERMS = text("SELECT token, documents FROM search_terms WHERE documents > 0 ORDER BY token")
_SHELVE = text("""
    INSERT INTO search_shelf (id, generation, words_version, words)
    VALUES (1, :generation, :version, :words)
    ON CONFLICT (id) DO UPDATE SET generation = excluded.generation, changes = 0,
        words_version = excluded.words_version, words = excluded.words
""")
_CHANGED = text("""
    UPDATE search_shelf SET changes = changes + 1,
        words = coalesce(CAST(:words AS bytea), words),
        words_version = coalesce(CAST(:version AS text), words_version)
    WHERE id = 1 RETURNING id
""")
_SIZE = text("SELECT count(*) FROM search_documents")
_STATS = text("""
    SELECT shelf.generation, (SELECT count(*) FROM search_documents) AS documents,
           pg_total_relation_size('search_documents') + pg_total_relation_size('search_terms')
               AS size_bytes
    FROM search_shelf shelf WHERE shelf.id = 1
""")
_TOKENS_OF = text("""
    SELECT tsvector_to_array(tokens) FROM search_documents WHERE code = ANY(:codes)
""")
_DELETE = text("DELETE FROM search_documents WHERE code = ANY(:codes)")
_COUNT = text("""
    INSERT INTO search_terms (token, documents)
    SELECT * FROM unnest(CAST(:tokens AS text[]), CAST(:numbers AS integer[]))
    ON CONFLICT (token)
    DO UPDATE SET documents = search_terms.documents + excluded.documents
""")


@contextmanager
def _failure() -> Iterator[None]:
    """Tell a database that does not answer, or answers too late, as an engine that cannot."""
    try:
        yield
    except DBAPIError as error:
        raise EngineUnavailableError(type(error.orig).__name__) from error


def _change(session: Session, batch: Batch) -> None:
    changed = session.execute(
        _CHANGED,
        {
            "words": batch.words,
            "version": None if batch.words is None else generations.version_of(batch.words),
        },
    ).one_or_none()
    if changed is None:
        raise EngineUnavailableError("no copy of the goods in the database")
    codes = [*batch.deletes, *(entry.code for entry in batch.upserts)]
    counted: Counter[str] = Counter()
    for tokens in session.scalars(_TOKENS_OF, {"codes": codes}):
        counted.subtract(tokens)
    session.execute(_DELETE, {"codes": codes})
    for some in _chunks(batch.upserts):
        _write(session, some)
    for entry in batch.upserts:
        counted.update(set(entry.tokens))
    _count(session, counted)


def _count(session: Session, counted: Counter[str]) -> None:
    """Add to how many goods tokens stand in; in one order, so that two never wait crosswise."""
    changed = sorted((token, number) for token, number in counted.items() if number)
    if changed:
        session.execute(
            _COUNT,
            {
                "tokens": [token for token, _ in changed],
                "numbers": [number for _, number in changed],
            },
        )


def _write(session: Session, entries: Sequence[Entry]) -> None:
    session.execute(postgres_sql.INSERT, [_row(entry) for entry in entries])


def _row(entry: Entry) -> dict[str, Any]:
    """Any: the values of the columns, as the driver takes them."""
    traits = entry.traits
    return {
        "code": entry.code,
        "title": entry.title,
        "tokens": postgres_sql.vector(entry.tokens),
        "traits": msgspec.json.encode(traits).decode(),
        **{name: list(traits.keywords.get(name, ())) for name in KEPT},
        "price_minor": traits.price_minor,
        "listed_us": traits.listed_us,
        "shuffle": shuffle(entry.code),
        "is_in_stock": traits.is_in_stock,
        "is_on_presale": traits.is_on_presale,
        "is_cold": traits.is_cold,
        "is_year_round": traits.is_year_round,
        "season": traits.season,
        "recognised_from": traits.recognised_from,
        "recognised_to": traits.recognised_to,
        "limit_hours": traits.limit_hours,
    }


def _chunks(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    some: list[Entry] = []
    for entry in entries:
        some.append(entry)
        if len(some) == AT_ONCE:
            yield some
            some = []
    if some:
        yield some


def _found(rows: Sequence[Any], query: ParsedQuery) -> Found:
    """Any: rows of the one statement, hits and counts below one another."""
    hits: list[tuple[int, Hit]] = []
    counts: dict[Facet, dict[str, int]] = {facet: {} for facet in query.facets}
    total, state = 0, ""
    for kind, value, number, score, title, traits in rows:
        if kind == "total":
            total = number
        elif kind == "state":
            state = value
        elif kind == "hit":
            hits.append((number, Hit(value, score, title, msgspec.convert(traits, Traits))))
        elif number:
            counts[Facet(kind)][value] = number
    hits.sort(key=lambda placed: placed[0])
    if not state:
        raise EngineUnavailableError("no copy of the goods in the database")
    return Found(tuple(hit for _, hit in hits), total, counts, state)
