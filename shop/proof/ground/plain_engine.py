"""The plainest search engine there can be: every product looked at, by the port's own words.

Nothing is clever here, so that what other engines find can be held against it.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import sha256

from catalog.search.port import (
    YES,
    Batch,
    Entry,
    Facet,
    Filters,
    Found,
    Group,
    Health,
    Hit,
    ParsedQuery,
    Stats,
    Switch,
    Traits,
    Words,
    by_attribute,
)

K1 = 1.2


class PlainEngine:
    """Keeps everything in memory and looks at all of it."""

    name = "plain"

    def __init__(self) -> None:
        """Begin empty."""
        self._entries: dict[str, Entry] = {}
        self._counts: dict[str, Counter[str]] = {}
        self._having: defaultdict[str, set[str]] = defaultdict(set)
        self._body = b""
        self._rebuilt = 0

    def search(self, query: ParsedQuery) -> Found:
        """Return what meets a query, the best first."""
        hits = sorted(
            (
                Hit(code, self._score(code, query), entry.title, entry.traits)
                for code, entry in self._entries.items()
                if all(self._meets(code, group) for group in query.must)
                and _passes(code, entry.traits, query)
            ),
            key=lambda hit: (-hit.score, hit.code),
        )
        page = hits[query.offset : query.offset + query.limit]
        return Found(tuple(page), len(hits))

    def frequency(self, token: str) -> int:
        """Return in how many goods a token stands."""
        return len(self._having.get(token, ()))

    def beginning(self, letters: str, *, limit: int) -> list[str]:
        """Return some tokens that begin with these letters."""
        return sorted(token for token in self._having if token.startswith(letters))[:limit]

    def words(self) -> Words:
        """Return the words it was built with."""
        return Words(sha256(self._body).hexdigest(), self._body)

    def apply(self, batch: Batch) -> None:
        """Carry out changes."""
        for code in (*batch.deletes, *(entry.code for entry in batch.upserts)):
            self._remove(code)
        for entry in batch.upserts:
            self._add(entry)
        if batch.words is not None:
            self._body = batch.words

    def size(self) -> int:
        """Return how many goods there are."""
        return len(self._entries)

    def rebuild(self, entries: Iterable[Entry], *, words: bytes, at: datetime) -> Stats:
        """Begin anew with these goods."""
        del at
        self._entries.clear()
        self._counts.clear()
        self._having.clear()
        for entry in entries:
            self._add(entry)
        self._body = words
        self._rebuilt += 1
        return self.stats()

    def codes(self) -> Mapping[str, Traits]:
        """Return everything it holds."""
        return {code: entry.traits for code, entry in self._entries.items()}

    def stats(self) -> Stats:
        """Return how large it is."""
        return Stats(len(self._entries), str(self._rebuilt), len(self._body))

    def health(self) -> Health:
        """Say that it answers."""
        return Health(is_ready=True)

    def _add(self, entry: Entry) -> None:
        self._entries[entry.code] = entry
        self._counts[entry.code] = Counter(entry.tokens)
        for token in self._counts[entry.code]:
            self._having[token].add(entry.code)

    def _remove(self, code: str) -> None:
        self._entries.pop(code, None)
        for token in self._counts.pop(code, ()):
            self._having[token].discard(code)

    def _meets(self, code: str, group: Group) -> bool:
        has = self._counts[code]
        return any(all(token in has for token in phrase) for phrase in group.alternatives)

    def _score(self, code: str, query: ParsedQuery) -> float:
        has = self._counts[code]
        tokens = {
            token
            for group in (*query.must, *query.soft)
            for phrase in group.alternatives
            for token in phrase
        }
        return sum(self._weight(token) * has[token] / (has[token] + K1) for token in tokens)

    def _weight(self, token: str) -> float:
        count = self.frequency(token)
        return math.log(1 + (len(self._entries) - count + 0.5) / (count + 0.5))


def _passes(code: str, traits: Traits, query: ParsedQuery) -> bool:
    wanted = query.filters
    return (
        code not in wanted.without
        and all(
            _has(traits, facet, set(values), query) for facet, values in wanted.chosen.items()
        )
        and all(_is(traits, switch, query.on.month) for switch in wanted.switches)
        and _costs(traits, wanted)
    )


def _has(traits: Traits, facet: Facet, values: set[str], query: ParsedQuery) -> bool:
    if facet is Facet.RECOGNISED:
        day = query.on.toordinal()
        is_valid = bool(traits.recognised_from) and (
            traits.recognised_from <= day <= traits.recognised_to
        )
        return is_valid == (YES in values)
    held = set(traits.keywords.get(facet, ()))
    if facet is Facet.TAG:
        return all(held & set(group) for group in by_attribute(sorted(values)).values())
    return bool(values & held)


def _is(traits: Traits, switch: Switch, month: int) -> bool:
    if switch is Switch.IN_STOCK:
        return traits.is_in_stock
    if switch is Switch.COLD:
        return traits.is_cold
    return not traits.is_year_round and bool(traits.season >> (month - 1) & 1)


def _costs(traits: Traits, wanted: Filters) -> bool:
    price = traits.price_minor
    low, high = wanted.min_minor, wanted.max_minor
    return (low is None or price >= low) and (high is None or price <= high)
