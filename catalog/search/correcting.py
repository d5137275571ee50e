"""Mistyped words: corrected only for a query that finds nothing, and never silently.

In Chinese a window is looked at that has a word no goods have, or a single character; it is
replaced by a word of the shop that sounds the same or nearly so. In Latin letters the nearest
English word or pinyin is taken, by how much a slip of the fingers changes.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from catalog.search.analysis import is_latin, normalise, runs
from catalog.search.lexicon import Spelling, spell
from catalog.search.understanding import Reader

LONGEST = 6
SHORT_LATIN, MIN_LATIN = 7, 4
SOUNDS, NEARLY, SHAPE = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Correction:
    """A query put right: what is searched for instead."""

    text: str


class Corrector:
    """Puts queries right with the words of one reader; made when first needed."""

    def __init__(self, reader: Reader) -> None:
        """Sort the words by how they are spelled and by their shapes."""
        self._reader = reader
        self._by_sound: defaultdict[str, list[str]] = defaultdict(list)
        self._near: defaultdict[str, list[str]] = defaultdict(list)
        self._by_length: defaultdict[int, list[str]] = defaultdict(list)
        for spelling in reader.known:
            self._add(spelling)
        phrases = (*reader.vocabulary.leads, *reader.vocabulary.choices, *reader.english)
        words = {word for phrase in phrases for word in phrase.split(" ") if is_latin(word)}
        self._english = sorted(word for word in words if len(word) >= MIN_LATIN)

    def correct(self, query: str) -> Correction | None:
        """Return the query put right, or None where no word is near."""
        changed, pieces = False, []
        for is_letters, together in groupby(runs(normalise(query)), key=is_latin):
            given = list(together)
            put = self._letters(given) if is_letters else [self._chinese(one) for one in given]
            changed = changed or put != given
            pieces.extend(put)
        return Correction(" ".join(pieces)) if changed else None

    def _letters(self, pieces: Sequence[str]) -> list[str]:
        """Correct letters as one spelling written apart, or each piece on its own."""
        joined = "".join(pieces)
        if len(pieces) > 1 and not all(map(self._reader.is_english, pieces)):
            whole = self._latin(joined)
            if whole != joined:
                return [whole]
        return [self._latin(piece) for piece in pieces]

    def _add(self, spelling: Spelling) -> None:
        word = spelling.word
        if not 1 < len(word) <= LONGEST or not self._reader.is_found(word):
            return
        self._by_length[len(word)].append(word)
        for sound in (spelling.pinyin, *spelling.others):
            self._by_sound[sound].append(word)
            for key in _shortened(sound):
                self._near[key].append(word)

    def _chinese(self, piece: str) -> str:
        """Correct the best window of a piece, then what stands before and behind it."""
        words = self._reader.words(piece)
        best: tuple[int, int, int, str] | None = None
        bounds = [0]
        for word in words:
            bounds.append(bounds[-1] + len(word))
        doubtful = [len(word) == 1 or not self._reader.is_found(word) for word in words]
        for begin, end in _windows(words):
            if not any(doubtful[begin:end]):
                continue
            at, till = bounds[begin], bounds[end]
            found = self._nearest(piece[at:till])
            if found and (best is None or (found[0], at - till) < (best[0], best[1] - best[2])):
                best = (found[0], at, till, found[1])
        if best is None:
            return piece
        _, at, till, word = best
        before, behind = piece[:at], piece[till:]
        return self._rest(before) + word + self._rest(behind)

    def _rest(self, piece: str) -> str:
        return self._chinese(piece) if len(piece) > 1 else piece

    def _nearest(self, window: str) -> tuple[int, str] | None:
        """Return how far the nearest word is, and the word."""
        if not 1 < len(window) <= LONGEST or self._reader.is_word(window):
            return None
        ranked = sorted(
            (
                rank,
                not self._reader.frequency(word),
                -_shared(window, word),
                -self._reader.frequency(word),
                word,
            )
            for rank, word in self._candidates(window)
        )
        return (ranked[0][0], ranked[0][-1]) if ranked else None

    def _candidates(self, window: str) -> Iterator[tuple[int, str]]:
        spelling = spell(window)
        length = len(window)
        sounds = (spelling.pinyin, *spelling.others)
        for word in (word for sound in sounds for word in self._by_sound[sound]):
            if len(word) == length:
                yield SOUNDS, word
        # A word of the language was meant as it stands, unless it sounds just like goods.
        if not self._reader.analyser.is_common(window):
            yield from ((NEARLY, word) for word in self._nearly(window, sounds))
            yield from ((SHAPE, word) for word in self._shaped(window))

    def _nearly(self, window: str, sounds: Sequence[str]) -> Iterator[str]:
        for sound in sounds:
            near = {word for key in _shortened(sound) for word in self._near[key]}
            for word in near:
                is_near = len(word) == len(window) and self._is_near(sound, word)
                if is_near and self._is_like(window, word):
                    yield word

    def _shaped(self, window: str) -> Iterator[str]:
        """Yield words one character off; of two characters, one wrong says too little."""
        length = len(window)
        if length > 2:  # noqa: PLR2004 -- as said
            for word in (*self._by_length[length], *self._by_length[length - 1]):
                if _edited(window, word, 1) <= 1 and self._is_like(window, word):
                    yield word

    def _is_like(self, window: str, word: str) -> bool:
        """Say whether a word that does not sound the same may be meant: goods have it."""
        return bool(_shared(window, word) and self._reader.frequency(word))

    def _is_near(self, sound: str, word: str) -> bool:
        other = spell(word)
        return any(_edited(sound, one, 1) <= 1 for one in (other.pinyin, *other.others))

    def _latin(self, piece: str) -> str:
        if len(piece) < MIN_LATIN or piece.isdigit() or self._reader.is_read(piece):
            return piece
        most = 1 if len(piece) < SHORT_LATIN else 2
        near = [
            (_edited(piece, word, most), word)
            for word in (*self._english, *self._reader.keys)
            if abs(len(word) - len(piece)) <= most and word[0] == piece[0]
        ]
        best = min((one for one in near if one[0] <= most), default=None)
        return best[1] if best else piece


def _windows(words: Sequence[str]) -> Iterable[tuple[int, int]]:
    """Yield windows of whole words, up to six characters."""
    for begin in range(len(words)):
        for end in range(begin + 1, len(words) + 1):
            if sum(map(len, words[begin:end])) > LONGEST:
                break
            yield begin, end


def _shortened(sound: str) -> Iterator[str]:
    """Yield a spelling and everything it is with one letter less."""
    yield sound
    for at in range(len(sound)):
        yield sound[:at] + sound[at + 1 :]


def _shared(window: str, word: str) -> int:
    return sum(one == other for one, other in zip(window, word, strict=False))


def _edited(one: str, other: str, most: int) -> int:
    """Return how many letters differ, neighbours swapped counting once; `most` + 1 for more."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        older, before, row = before, row, [at]
        for to, wanted in enumerate(other, 1):
            cost = min(before[to] + 1, row[-1] + 1, before[to - 1] + (letter != wanted))
            if at > 1 and to > 1 and letter == other[to - 2] and one[at - 2] == wanted:
                cost = min(cost, older[to - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]
