"""From a query to goods: understood, asked of an engine, put right or relaxed, and ranked.

The same above every engine. A query that has hits is never changed. One that has none is put
right if a near word is known, and says so; then filters, then all but its last noun are given
up, and it says that too. Words that stand in very many goods are never enough on their own.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from threading import Lock

from catalog.listing.filters import Sort
from catalog.search import lexicon
from catalog.search.correcting import Corrector
from catalog.search.documents import weight_token
from catalog.search.port import (
    Engine,
    EngineUnavailableError,
    Facet,
    Filters,
    Found,
    Group,
    ParsedQuery,
    merged,
)
from catalog.search.ranking import Weights, rerank
from catalog.search.understanding import ChipKind, Reader, Understood
from catalog.search.vocabulary import Vocabulary

RERANKED = 200
MAX_UNWANTED = 1_000
MAX_PREFIXED = 20
COMMON_PERCENT = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked beside the words."""

    on: date
    """The day in Shanghai."""
    filters: Filters = field(default_factory=Filters)
    facets: tuple[Facet, ...] = ()
    sort: Sort = Sort.RELEVANCE
    paired_with: frozenset[str] = frozenset()
    """Places the organisation of who asks has promised to help."""
    is_literal: bool = False
    """Whether the words are to be searched for as they stand, nothing put right."""
    grams: int | None = None
    """What a pack has to weigh."""
    limit: int = RERANKED


@dataclass(frozen=True, slots=True)
class Answer:
    """Goods, and how they were come by."""

    found: Found
    understood: Understood
    corrected: str = ""
    """What was searched for instead, as there was nothing for the words themselves."""
    is_relaxed: bool = False
    """Whether nothing meets everything, so that these meet a part of it."""
    engine: str = ""
    """Who answered."""

    @property
    def codes(self) -> tuple[str, ...]:
        """Return the codes of the goods, the best first."""
        return tuple(hit.code for hit in self.found.hits)


class Adviser:
    """Keeps the reader of an engine's words and a vocabulary; made anew when either changes."""

    def __init__(self, engine: Engine) -> None:
        """Answer with an engine; nothing is read before the first question."""
        self.engine = engine
        self._lock = Lock()
        self._made: tuple[str, Vocabulary, Reader, Corrector | None] | None = None

    def reader(self, vocabulary: Vocabulary) -> Reader:
        """Return the reader for the words in use."""
        return self._current(vocabulary)[2]

    def corrector(self, vocabulary: Vocabulary) -> Corrector:
        """Return who puts queries right, made when first needed."""
        version, used, reader, corrector = self._current(vocabulary)
        if corrector is None:
            corrector = Corrector(reader)
            with self._lock:
                self._made = (version, used, reader, corrector)
        return corrector

    def _current(
        self, vocabulary: Vocabulary
    ) -> tuple[str, Vocabulary, Reader, Corrector | None]:
        words = self.engine.words()
        with self._lock:
            made = self._made
            if made is None or made[0] != words.version or made[1] is not vocabulary:
                try:
                    body = lexicon.decode(words.body)
                except Exception as error:
                    # Damage of any kind is for another engine to make good.
                    raise EngineUnavailableError(repr(error)) from error
                reader = Reader(
                    body,
                    vocabulary,
                    frequency=self.engine.frequency,
                    beginning=self._beginning,
                )
                self._made = made = (words.version, vocabulary, reader, None)
            return made

    def _beginning(self, letters: str) -> list[str]:
        return self.engine.beginning(letters, limit=MAX_PREFIXED)


def answer(
    adviser: Adviser,
    query: str,
    vocabulary: Vocabulary,
    *,
    weights: Weights,
    wanted: Wanted,
) -> Answer:
    """Answer a query; raises `EngineUnavailableError` of the engine."""
    asker = _Asker(adviser, weights, wanted)
    understood = adviser.reader(vocabulary).read(query)
    if found := asker.ask(understood):
        return asker.answered(found, understood)
    if not wanted.is_literal and (put := _corrected(adviser, query, vocabulary, asker)):
        return put
    for less, keeps in _relaxed(understood, asker):
        if found := asker.ask(less, keeps_filters=keeps, is_anything=True):
            return replace(asker.answered(found, understood), is_relaxed=True)
    return Answer(Found((), 0), understood, engine=adviser.engine.name)


def browse(adviser: Adviser, wanted: Wanted) -> Answer:
    """Return all goods that meet the filters; raises `EngineUnavailableError` of the engine."""
    query = ParsedQuery(
        must=_packs(wanted.grams),
        filters=wanted.filters,
        facets=wanted.facets,
        sort=wanted.sort,
        limit=wanted.limit,
        on=wanted.on,
    )
    return Answer(adviser.engine.search(query), Understood("", ()), engine=adviser.engine.name)


def _corrected(
    adviser: Adviser, query: str, vocabulary: Vocabulary, asker: "_Asker"
) -> Answer | None:
    put = adviser.corrector(vocabulary).correct(query)
    if put is None:
        return None
    meant = adviser.reader(vocabulary).read(put.text)
    found = asker.ask(meant)
    return replace(asker.answered(found, meant), corrected=put.text) if found else None


class _Asker:
    """One question put to an engine in different ways."""

    def __init__(self, adviser: Adviser, weights: Weights, wanted: Wanted) -> None:
        self.engine = adviser.engine
        self.wanted = wanted
        self._on = wanted.on
        self._weights = weights

    def ask(
        self, understood: Understood, *, keeps_filters: bool = True, is_anything: bool = False
    ) -> Found | None:
        """Return what meets everything understood, or None where nothing does."""
        chips = [chip.filters for chip in understood.chips] if keeps_filters else []
        filters = merged((*chips, self.wanted.filters))
        hard = understood.hard
        asks = bool(hard or chips or understood.soft or understood.grams)
        packs = (*_packs(understood.grams), *_packs(self.wanted.grams))
        if not asks and not is_anything:
            return None
        soft = understood.soft
        if not keeps_filters:
            packs = _packs(self.wanted.grams)
        if not (hard or packs) and soft and not any(_narrows(chip) for chip in chips):
            # Only soft words: they are all there is to go by.
            hard = (Group(tuple(p for group in soft for p in group.alternatives)),)
        query = ParsedQuery(
            must=(*hard, *packs),
            soft=soft,
            filters=replace(filters, way_hours=self.wanted.filters.way_hours),
            facets=self.wanted.facets,
            sort=self.wanted.sort,
            limit=max(self.wanted.limit, RERANKED),
            on=self._on,
        )
        without = (*self.wanted.filters.without, *self._unwanted(understood))
        query = replace(query, filters=replace(query.filters, without=without))
        found = self.engine.search(query)
        if found.total:
            return found
        if self.wanted.filters == Filters() and not self.wanted.grams:
            return None
        # Nothing meets the shopper's own filters: that is an answer, as long as there are
        # such goods at all.
        others = replace(merged(chips), without=query.filters.without)
        must = (*hard, *_packs(understood.grams if keeps_filters else None))
        bare = replace(query, must=must, filters=others, facets=(), limit=1)
        return found if self.engine.search(bare).total else None

    def answered(self, found: Found, understood: Understood) -> Answer:
        """Return the answer with its first hits ranked."""
        hits = list(found.hits)
        if self.wanted.sort is Sort.RELEVANCE:
            first = rerank(
                hits[:RERANKED],
                understood,
                on=self._on,
                weights=self._weights,
                paired_with=self.wanted.paired_with,
            )
            hits = [*first, *hits[RERANKED:]]
        ranked = replace(found, hits=tuple(hits[: self.wanted.limit]))
        return Answer(ranked, understood, engine=self.engine.name)

    def is_common(self, group: Group) -> bool:
        """Say whether a wish is met by so many goods that alone it says nothing."""
        count = max(
            (min(map(self.engine.frequency, phrase)) for phrase in group.alternatives),
            default=0,
        )
        return count * 100 > max(self.engine.size(), COMMON_PERCENT) * COMMON_PERCENT

    def is_alive(self, group: Group) -> bool:
        """Say whether any goods meet a wish at all."""
        return any(min(map(self.engine.frequency, phrase)) for phrase in group.alternatives)

    def _unwanted(self, understood: Understood) -> Iterator[str]:
        for group in understood.unwanted:
            query = ParsedQuery(must=(group,), limit=MAX_UNWANTED, on=self._on)
            yield from (hit.code for hit in self.engine.search(query).hits)


def _relaxed(understood: Understood, asker: _Asker) -> Iterator[tuple[Understood, bool]]:
    """Yield what is asked with less and less, and whether filters still hold."""
    if understood.grams:
        yield replace(understood, grams=None), True
    if any(chip.said for chip in understood.chips):
        yield _said(understood), True
    hard = understood.hard
    if not hard:
        yield from _without_goods(understood)
        return
    alive = tuple(group for group in hard if asker.is_alive(group))
    if alive and len(alive) < len(hard):
        yield replace(understood, groups=(*alive, *understood.soft)), True
    if understood.chips:
        yield understood, False
    if len(hard) > 1:
        for group in (group for group in reversed(hard) if not asker.is_common(group)):
            less = replace(understood, groups=(group, *understood.soft))
            yield less, True
            yield less, False


def _said(understood: Understood) -> Understood:
    """Return a query in which brands are words like others: none of their goods met it."""
    kept = tuple(chip for chip in understood.chips if chip.said is None)
    said = tuple(chip.said for chip in understood.chips if chip.said is not None)
    return replace(understood, chips=kept, groups=(*said, *understood.groups), grams=None)


def _without_goods(understood: Understood) -> Iterator[tuple[Understood, bool]]:
    """Yield less of a query that names no goods."""
    if not understood.chips and understood.soft:
        # Nothing but praise was asked for: everything there is answers that.
        yield replace(understood, groups=()), True
    if len(understood.chips) > 1:
        for chip in understood.chips:
            if chip.kind is not ChipKind.UNWANTED:
                grams = understood.grams if chip.kind is ChipKind.WEIGHT else None
                yield replace(understood, chips=(chip,), grams=grams), True


def _narrows(filters: Filters) -> bool:
    bounds = (filters.min_minor, filters.max_minor)
    return bool(filters.chosen or filters.switches or any(x is not None for x in bounds))


def _packs(grams: int | None) -> tuple[Group, ...]:
    """Return the wish for packs of a weight, where one is asked for."""
    return (Group(((weight_token(grams),),)),) if grams else ()
