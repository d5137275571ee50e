"""Searching the index in use: opens a new one when it takes over, and never refreshes one.

Whoosh 2.7.4 and no other: its forks return documents that were replaced long ago after
`Searcher.refresh()`. Queries are built from terms; Whoosh's own query language is not used.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from whoosh import index
from whoosh.query import And, Or, Term

from catalog.search import generations, lexicon
from catalog.search.analysis import Analyser
from catalog.search.port import Group
from catalog.search.understanding import Reader, Understood

FIELD = "tokens"
LOOK_EVERY_SECONDS = 0.5
MAX_HITS = 1_000
RERANKED = 200
COMMON_PERCENT = 20
MAX_PREFIXED = 20
WHOLE_QUERY_BONUS = 6.0
IN_TITLE_BONUS = 3.0
SYNONYM = 0.5


class IndexUnavailableError(Exception):
    """There is no index, or it cannot be read; the caller searches names in the database."""


@dataclass(frozen=True, slots=True)
class Hits:
    """Codes of products, the best first."""

    codes: tuple[str, ...]
    understood: Understood
    is_relaxed: bool
    """Whether nothing had everything, so that these have a part of it."""


class Desk:
    """Searches whatever index is in use; one for each process, shared by its threads."""

    def __init__(self, folder: Path) -> None:
        """Look for indexes in a folder; nothing is opened before the first search."""
        self._folder = folder
        self._lock = Lock()
        self._name: str | None = None
        self._opened: _Opened | None = None
        self._looked = float("-inf")

    def search(self, query: str) -> Hits:
        """Return the hits of a query; raises `IndexUnavailableError`."""
        try:
            return self._current().search(query)
        except IndexUnavailableError:
            raise
        except Exception as error:
            # A damaged file can fail anywhere inside the engine.
            raise IndexUnavailableError(str(error)) from error

    def _current(self) -> "_Opened":
        now = time.monotonic()
        with self._lock:
            if now - self._looked >= LOOK_EVERY_SECONDS:
                self._looked = now
                self._look()
            if self._opened is None:
                raise IndexUnavailableError("no search index")
            return self._opened

    def _look(self) -> None:
        name = generations.find_current(self._folder)
        if name == self._name and self._opened is not None:
            return
        # A search under way keeps the old one; it closes when the last of them is done.
        self._name, self._opened = name, None
        if name is not None:
            self._opened = _Opened(self._folder / name)


class _Opened:
    """One index with the words it was built from."""

    def __init__(self, folder: Path) -> None:
        spellings, words = lexicon.decode((folder / generations.LEXICON).read_bytes())
        self._searcher = index.open_dir(folder).searcher()
        self._terms = self._searcher.reader()
        self._count: int = self._searcher.doc_count()
        self._reader = Reader(
            Analyser(words),
            lexicon.Lexicon(spellings),
            is_known=self._is_known,
            beginning=self._beginning,
        )

    def search(self, query: str) -> Hits:
        understood = self._reader.read(query)
        groups = understood.groups
        hard = tuple(group for group in groups if not group.is_soft)
        for wanted in dict.fromkeys((groups, hard, hard[-1:])):
            if wanted and (codes := self._run(And(_queries(wanted)), understood)):
                return Hits(codes, understood, is_relaxed=len(wanted) < len(groups))
        rare = [group for group in hard if not self._is_common(group)]
        codes = self._run(Or(_queries(rare)), understood) if rare else ()
        return Hits(codes, understood, is_relaxed=True)

    def _run(self, query: Any, understood: Understood) -> tuple[str, ...]:
        hits = self._searcher.search(query, limit=MAX_HITS)
        scored = [
            (-hit.score - (_bonus(hit, understood) if place < RERANKED else 0), hit["code"])
            for place, hit in enumerate(hits)
        ]
        return tuple(code for _, code in sorted(scored))

    def _is_known(self, token: str) -> bool:
        return self._frequency(token) > 0

    def _is_common(self, group: Group) -> bool:
        """Say whether a wish is met by so many products that alone it says nothing."""
        phrases = group.alternatives
        count: int = max(min(map(self._frequency, phrase)) for phrase in phrases)
        return count * 100 > max(self._count, COMMON_PERCENT) * COMMON_PERCENT

    def _frequency(self, token: str) -> int:
        return int(self._terms.doc_frequency(FIELD, token))

    def _beginning(self, letters: str) -> list[str]:
        found = self._terms.expand_prefix(FIELD, letters)
        words = [word.decode() for word, _ in zip(found, range(MAX_PREFIXED), strict=False)]
        return [word for word in words if word.isascii() and word.isalpha()]


def _queries(groups: Sequence[Group]) -> list[Any]:
    return [
        Or(
            [
                And([Term(FIELD, token) for token in phrase])
                if len(phrase) > 1
                else Term(FIELD, phrase[0])
                for phrase in group.alternatives
            ]
        )
        for group in groups
    ]


def _bonus(hit: Any, understood: Understood) -> float:
    """Return what a title is worth that has the query as it stands, or its words."""
    title = str(hit["title"])
    if understood.text and understood.text.replace(" ", "") in title.replace(" ", ""):
        return WHOLE_QUERY_BONUS
    met = sum(_met(title, group) for group in understood.groups)
    return IN_TITLE_BONUS * met / max(len(understood.groups), 1)


def _met(title: str, group: Group) -> float:
    """Return 1 for the word that was asked for, less for one that means the same."""
    word, *others = group.alternatives
    if all(token in title for token in word):
        return 1
    return SYNONYM if any(all(token in title for token in phrase) for phrase in others) else 0
