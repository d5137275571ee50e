"""The search desk: asks the first engine that can answer, in the words in use.

Whatever engine stands behind it, a query is understood, put right, relaxed and ranked in the
same way (`answering`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from catalog.search.answering import Adviser, Answer, Wanted, answer, browse
from catalog.search.port import Engine, EngineUnavailableError
from catalog.search.ranking import Weights
from catalog.search.understanding import Reader
from catalog.search.vocabulary import Vocabulary, shipped

T = TypeVar("T")


class IndexUnavailableError(Exception):
    """No engine can answer; the caller searches names in the database."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What an editor and the policy lay down: words, and weights of the order."""

    vocabulary: Vocabulary = field(default_factory=shipped)
    weights: Weights = field(default_factory=Weights)


class Desk:
    """Searches; one for each process, shared by its threads."""

    def __init__(
        self,
        engines: Sequence[Engine],
        *,
        tell: Callable[[str, EngineUnavailableError], None] = lambda *_: None,
    ) -> None:
        """Take engines, the preferred first; `tell` hears which of them could not answer."""
        self._advisers = [Adviser(engine) for engine in engines]
        self._tell = tell

    def search(self, query: str, wanted: Wanted, terms: Terms | None = None) -> Answer:
        """Return the hits of a query; raises `IndexUnavailableError`."""
        held = terms or Terms()
        return self._first(
            lambda adviser: answer(
                adviser, query, held.vocabulary, weights=held.weights, wanted=wanted
            )
        )

    def browse(self, wanted: Wanted) -> Answer:
        """Return all goods that meet the filters; raises `IndexUnavailableError`."""
        return self._first(lambda adviser: browse(adviser, wanted))

    def reader(self, terms: Terms) -> Reader:
        """Return who reads queries now; raises `IndexUnavailableError`."""
        return self._first(lambda adviser: adviser.reader(terms.vocabulary))

    def _first(self, ask: Callable[[Adviser], T]) -> T:
        """Return what the first engine answers that can; tell of those that cannot."""
        for adviser in self._advisers:
            try:
                return ask(adviser)
            except EngineUnavailableError as error:
                self._tell(adviser.engine.name, error)
        raise IndexUnavailableError("no engine answers")
