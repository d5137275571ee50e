"""The search desk: understands a query once and asks the first engine that can answer.

Whatever engine stands behind it, a query is understood, relaxed and ranked in the same way.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from threading import Lock

from catalog.listing.filters import Sort
from catalog.search import lexicon
from catalog.search.analysis import Analyser
from catalog.search.port import (
    Engine,
    EngineUnavailableError,
    Facet,
    Filters,
    Found,
    Group,
    Hit,
    ParsedQuery,
)
from catalog.search.understanding import Reader, Understood

RERANKED = 200
COMMON_PERCENT = 20
MAX_PREFIXED = 20
WHOLE_QUERY_BONUS = 6.0
IN_TITLE_BONUS = 3.0
SYNONYM = 0.5


class IndexUnavailableError(Exception):
    """No engine can answer; the caller searches names in the database."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked beside the words."""

    on: date
    """The day in Shanghai."""
    filters: Filters = field(default_factory=Filters)
    facets: tuple[Facet, ...] = ()
    sort: Sort = Sort.RELEVANCE
    limit: int = RERANKED


@dataclass(frozen=True, slots=True)
class Hits:
    """What was found, the best first."""

    found: Found
    understood: Understood
    is_relaxed: bool
    """Whether nothing had everything, so that these have a part of it."""
    engine: str
    """Who answered."""

    @property
    def codes(self) -> tuple[str, ...]:
        """Return the codes of the goods."""
        return tuple(hit.code for hit in self.found.hits)


class Desk:
    """Searches; one for each process, shared by its threads."""

    def __init__(
        self,
        engines: Sequence[Engine],
        *,
        tell: Callable[[str, EngineUnavailableError], None] = lambda *_: None,
    ) -> None:
        """Take engines, the preferred first; `tell` hears which of them could not answer."""
        self._counters = [_Counter(engine) for engine in engines]
        self._tell = tell

    def search(self, query: str, wanted: Wanted) -> Hits:
        """Return the hits of a query; raises `IndexUnavailableError`."""
        for counter in self._counters:
            try:
                return counter.search(query, wanted)
            except EngineUnavailableError as error:
                self._tell(counter.name, error)
        raise IndexUnavailableError("no engine answers")


class _Counter:
    """One engine with the words its index was built from."""

    def __init__(self, engine: Engine) -> None:
        self.name = engine.name
        self._engine = engine
        self._lock = Lock()
        self._version = ""
        self._reader: Reader | None = None

    def search(self, query: str, wanted: Wanted) -> Hits:
        understood = self._read().read(query)
        groups = understood.groups
        hard = tuple(group for group in groups if not group.is_soft)
        tries = [one for one in dict.fromkeys((groups, hard, hard[-1:])) if one]
        rare = tuple(group for group in hard if not self._is_common(group))
        if rare:
            anything = Group(tuple(phrase for group in rare for phrase in group.alternatives))
            tries.append((anything,))
        for must in tries:
            found = self._find(must, groups, wanted, understood)
            if found is not None:
                is_relaxed = must != groups
                return Hits(found, understood, is_relaxed, self.name)
        return Hits(Found((), 0), understood, is_relaxed=bool(tries), engine=self.name)

    def _find(
        self,
        must: tuple[Group, ...],
        groups: tuple[Group, ...],
        wanted: Wanted,
        understood: Understood,
    ) -> Found | None:
        """Return what meets some wishes; None where nothing does, filtered or not."""
        asked = ParsedQuery(
            must=must,
            soft=tuple(group for group in groups if group not in must),
            filters=wanted.filters,
            facets=wanted.facets,
            sort=wanted.sort,
            limit=max(wanted.limit, RERANKED),
            on=wanted.on,
        )
        found = self._engine.search(asked)
        if found.total:
            return _ranked(found, understood, wanted)
        if wanted.filters == Filters():
            return None
        # Nothing meets the filters: that is an answer, as long as there are such goods at all.
        bare = replace(asked, filters=Filters(), facets=(), limit=1)
        return found if self._engine.search(bare).total else None

    def _read(self) -> Reader:
        words = self._engine.words()
        with self._lock:
            if self._reader is None or words.version != self._version:
                try:
                    spellings, nouns = lexicon.decode(words.body)
                except Exception as error:
                    # Damage of any kind is for another engine to make good.
                    raise EngineUnavailableError(repr(error)) from error
                self._reader = Reader(
                    Analyser(nouns),
                    lexicon.Lexicon(spellings),
                    is_known=lambda token: self._engine.frequency(token) > 0,
                    beginning=self._beginning,
                )
                self._version = words.version
            return self._reader

    def _is_common(self, group: Group) -> bool:
        """Say whether a wish is met by so many products that alone it says nothing."""
        frequency = self._engine.frequency
        phrases = group.alternatives
        count = max(min(map(frequency, phrase)) for phrase in phrases)
        return count * 100 > max(self._engine.size(), COMMON_PERCENT) * COMMON_PERCENT

    def _beginning(self, letters: str) -> list[str]:
        words = self._engine.beginning(letters, limit=MAX_PREFIXED)
        return [word for word in words if word.isascii() and word.isalpha()]


def _ranked(found: Found, understood: Understood, wanted: Wanted) -> Found:
    """Put the best hits into the order of the shop; those far behind keep the engine's."""
    if wanted.sort is not Sort.RELEVANCE:
        return replace(found, hits=found.hits[: wanted.limit])
    scores = {hit.code: hit.score + _bonus(hit, understood) for hit in found.hits[:RERANKED]}
    best = sorted(found.hits[:RERANKED], key=lambda hit: (-scores[hit.code], hit.code))
    return replace(found, hits=(*best, *found.hits[RERANKED:])[: wanted.limit])


def _bonus(hit: Hit, understood: Understood) -> float:
    """Return what a title is worth that has the query as it stands, or its words."""
    title = hit.title
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
