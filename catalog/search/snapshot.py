"""One state of a Whoosh index, read into arrays: matching, scoring and counting of its goods.

Whoosh keeps the postings and says which documents are deleted. Going through them one by one
in Python is what makes it slow; here the blocks of a token become arrays, read once and
remembered, and everything else is arithmetic over all goods at once.
"""

import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
from whoosh.codec.whoosh3 import W3LeafMatcher
from whoosh.reading import SegmentReader, TermNotFound

from catalog.search import columns
from catalog.search.columns import Columns, Mask, Names, Numbers
from catalog.search.port import (
    EngineUnavailableError,
    Found,
    Group,
    Hit,
    ParsedQuery,
    Phrase,
    Traits,
    Words,
)

FIELD = "tokens"
STORED = "entry"
K1 = 1.2
B = 0.75
COMMON_PERCENT = 20
CAP_SECONDS = 0.25
"""No query may take longer: what was not read by then is left out, or another engine asked."""
REMEMBERED_POSTINGS = 4_000_000

Scores = npt.NDArray[np.float32]
Postings = tuple[npt.NDArray[np.int32], Scores]

NOTHING: Postings = (np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32))


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """What is stored with a document."""

    code: str
    title: str
    length: int
    traits: Traits


_DECODER = msgspec.msgpack.Decoder(Kept)


@dataclass(slots=True)
class Segment:
    """The documents of one segment; files of a segment never change, so it is read once."""

    kept: list[Kept]
    columns: Columns
    lengths: Scores
    postings: dict[str, Postings]


@dataclass(slots=True)
class Shelf:
    """What outlives one state of an index: segments that were read, and names of values."""

    names: Names
    segments: dict[str, Segment]
    remembered: int = 0


class Snapshot:
    """One state of an index. Any number of threads may search it."""

    def __init__(self, reader: Any, words: Words, shelf: Shelf, state: str) -> None:
        """Take Whoosh's reader (Any: it has no types) and read what is new in it."""
        self.words = words
        self.state = state
        self._reader = reader
        self._shelf = shelf
        self._lock = Lock()
        # An index without a document has a reader of another kind, which knows no segment.
        leaves = [leaf for leaf, _ in reader.leaf_readers()]
        self._leaves = [leaf for leaf in leaves if isinstance(leaf, SegmentReader)]
        self._parts = [_segment(leaf, shelf) for leaf in self._leaves]
        living = {leaf.segment().segment_id() for leaf in self._leaves}
        shelf.segments = {key: one for key, one in shelf.segments.items() if key in living}
        shelf.remembered = sum(_size(part) for part in shelf.segments.values())
        self._begins = np.cumsum([0, *(len(part.kept) for part in self._parts)])
        self._kept = [one for part in self._parts for one in part.kept]
        self._columns = columns.joined([part.columns for part in self._parts])
        self._alive = _alive(self._leaves, self._begins)
        self.documents = int(np.count_nonzero(self._alive))
        lengths = _chain([part.lengths for part in self._parts])
        average = float(lengths.mean()) if len(lengths) else 1.0
        self._weighing = (K1 * (1 - B + B * lengths / (average or 1.0))).astype(np.float32)

    def search(self, query: ParsedQuery) -> Found:
        """Return what meets a query, counted over all goods."""
        until = time.monotonic() + CAP_SECONDS
        mask, scores, is_cut = self._match(query, until)
        base = mask & columns.meets(self._columns, query)
        choices = columns.chosen(self._columns, query, self._shelf.names)
        rows: Numbers = np.flatnonzero(columns.hits(base, choices))
        ordered = columns.order(self._columns, query, rows, scores[rows])
        return Found(
            tuple(self._hit(int(row), float(scores[row])) for row in ordered),
            len(rows),
            columns.count(self._columns, query, self._shelf.names, base, choices),
            state=self.state,
            is_cut=is_cut,
        )

    def frequency(self, token: str) -> int:
        """Return in how many documents a token stands; replaced ones may still be counted."""
        return int(self._reader.doc_frequency(FIELD, token))

    def beginning(self, letters: str, limit: int) -> list[str]:
        """Return some tokens that begin with these letters."""
        found = self._reader.expand_prefix(FIELD, letters)
        return [word.decode() for word, _ in zip(found, range(limit), strict=False)]

    def traits(self) -> Mapping[str, Traits]:
        """Return every document that is not deleted."""
        rows = np.flatnonzero(self._alive)
        return {self._kept[row].code: self._kept[row].traits for row in rows}

    def _hit(self, row: int, score: float) -> Hit:
        kept = self._kept[row]
        return Hit(kept.code, score, kept.title, kept.traits)

    def _match(self, query: ParsedQuery, until: float) -> tuple[Mask, Scores, bool]:
        """Return which goods meet every wish, their scores, and whether time was up."""
        mask = self._alive.copy()
        scores: Scores = np.zeros(len(self._kept), dtype=np.float32)
        is_cut = False
        for group in query.must:
            met, left_out = self._group(group, scores, until)
            mask &= met
            is_cut = is_cut or left_out
        for group in query.soft:
            rare = [phrase for phrase in group.alternatives if not self._is_common(phrase)]
            if rare and time.monotonic() < until:
                self._group(Group(tuple(rare)), scores, until)
        return mask, scores, is_cut

    def _group(self, group: Group, scores: Scores, until: float) -> tuple[Mask, bool]:
        """Add the scores of one wish; return who meets it, and whether some was left out."""
        met: Mask = np.zeros(len(self._kept), dtype=np.bool_)
        for place, phrase in enumerate(sorted(group.alternatives, key=self._cost)):
            if time.monotonic() > until:
                if not place:
                    raise EngineUnavailableError("the time of a query was up")
                return met, True
            rows, worth = self._phrase(phrase)
            met[rows] = True
            scores[rows] += worth
        return met, False

    def _cost(self, phrase: Phrase) -> int:
        return min(map(self.frequency, phrase))

    def _is_common(self, phrase: Phrase) -> bool:
        return self._cost(phrase) * 100 > max(self.documents, 1) * COMMON_PERCENT

    def _phrase(self, phrase: Phrase) -> tuple[Numbers, Scores]:
        """Return the rows that have every token, with what that is worth."""
        read = [self._token(token) for token in dict.fromkeys(phrase)]
        rows, worth = read[0]
        for others, more in read[1:]:
            rows, mine, theirs = np.intersect1d(
                rows, others, assume_unique=True, return_indices=True
            )
            worth = worth[mine] + more[theirs]
        return rows, worth

    def _token(self, token: str) -> tuple[Numbers, Scores]:
        """Return the rows a token stands in, with its BM25 score in each."""
        parts = [
            self._postings(leaf, part, token)
            for leaf, part in zip(self._leaves, self._parts, strict=True)
        ]
        rows: Numbers = np.concatenate(
            [ids + at for (ids, _), at in zip(parts, self._begins, strict=False)]
            or [np.zeros(0, dtype=np.int64)]
        ).astype(np.int64)
        weights = _chain([weights for _, weights in parts])
        rarity = math.log(max(len(self._kept), 1) / (len(rows) + 1)) + 1
        return rows, rarity * weights * (K1 + 1) / (weights + self._weighing[rows])

    def _postings(self, leaf: Any, part: Segment, token: str) -> Postings:
        found = part.postings.get(token)
        if found is not None:
            return found
        # One file has one position: two threads must not read it at once.
        with self._lock:
            found = _read(leaf, token)
        if self._shelf.remembered > REMEMBERED_POSTINGS:
            for one in self._parts:
                one.postings.clear()
            self._shelf.remembered = 0
        part.postings[token] = found
        self._shelf.remembered += len(found[0])
        return found


def keep(code: str, title: str, length: int, traits: Traits) -> bytes:
    """Return what is stored with a document."""
    return msgspec.msgpack.encode(Kept(code, title, length, traits))


def _segment(leaf: Any, shelf: Shelf) -> Segment:
    name = leaf.segment().segment_id()
    if name not in shelf.segments:
        rows = range(leaf.doc_count_all())
        kept = [_DECODER.decode(leaf.stored_fields(row)[STORED]) for row in rows]
        shelf.segments[name] = Segment(
            kept,
            columns.of_traits(
                [one.code for one in kept], [one.traits for one in kept], shelf.names
            ),
            np.array([one.length for one in kept], dtype=np.float32),
            {},
        )
    return shelf.segments[name]


def _alive(leaves: Sequence[Any], begins: Sequence[int] | Numbers) -> Mask:
    alive: Mask = np.ones(int(begins[-1]), dtype=np.bool_)
    for leaf, at in zip(leaves, begins, strict=False):
        deleted = list(leaf._perdoc.deleted_docs())  # noqa: SLF001 -- has no other way
        if deleted:
            alive[np.array(deleted, dtype=np.int64) + int(at)] = False
    return alive


def _read(leaf: Any, token: str) -> Postings:
    """Read the postings of a token, whole blocks at a time, deleted documents included."""
    try:
        matcher = leaf._terms.matcher(  # noqa: SLF001 -- the public way copies deletions
            FIELD, token.encode(), leaf.schema[FIELD].format
        )
    except (KeyError, TermNotFound):
        return NOTHING
    ids: list[Any] = []
    weights: list[Any] = []
    while matcher.is_active():
        if isinstance(matcher, W3LeafMatcher):
            matcher._read_ids()  # noqa: SLF001 -- a block at once
            matcher._read_weights()  # noqa: SLF001
            ids.extend(matcher._ids)  # noqa: SLF001
            weights.extend(matcher._weights)  # noqa: SLF001
            matcher._next_block()  # noqa: SLF001
        else:
            ids.append(matcher.id())
            weights.append(matcher.weight())
            matcher.next()
    return np.array(ids, dtype=np.int32), np.array(weights, dtype=np.float32)


def _size(part: Segment) -> int:
    return sum(len(ids) for ids, _ in part.postings.values())


def _chain(parts: Iterable[Scores]) -> Scores:
    given = list(parts)
    return np.concatenate(given) if given else np.zeros(0, dtype=np.float32)
