"""What a query means: groups of alternatives, all of which a product should meet."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from catalog.search.analysis import MAX_QUERY, Analyser, is_latin, pairs, runs, singular
from catalog.search.lexicon import Lexicon, vocabulary
from catalog.search.port import Group, Phrase

LONGEST_PAIR = 2
MIN_PREFIX = 2
MIN_ENGLISH_PREFIX = 3
MAX_INITIALS = 8


@dataclass(frozen=True, slots=True)
class Understood:
    """A query as the engine is asked."""

    text: str
    """The query in the form that is compared."""
    groups: tuple[Group, ...]
    readings: tuple[str, ...]
    """Words that pinyin or initials were read as, to tell the reader."""


class Reader:
    """Reads queries with the words of one index."""

    def __init__(
        self,
        analyser: Analyser,
        lexicon: Lexicon,
        *,
        is_known: Callable[[str], bool],
        beginning: Callable[[str], list[str]],
    ) -> None:
        """Take the words of an index; `is_known` says whether a token stands in it."""
        self._analyser = analyser
        self._lexicon = lexicon
        self._is_known = is_known
        self._beginning = beginning

    def read(self, query: str) -> Understood:
        """Return what a query means; unknown letters and words stay as they are."""
        pieces = runs(query[:MAX_QUERY])
        groups: list[Group] = []
        readings: list[str] = []
        letters: list[str] = []
        for piece in (*pieces, ""):
            if piece and is_latin(piece):
                letters.append(piece)
                continue
            groups.extend(self._of_letters(letters, readings))
            letters = []
            groups.extend(self._of_word(word) for word in self._words(piece))
        unique = tuple(dict.fromkeys(groups))
        return Understood(" ".join(pieces), unique, tuple(dict.fromkeys(readings)))

    def _words(self, piece: str) -> list[str]:
        return self._analyser.query_words(piece) if piece else []

    def _of_word(self, word: str) -> Group:
        tokens = (word, *self._lexicon.synonyms(word))
        alternatives: list[Phrase] = [(token,) for token in tokens]
        if len(word) > LONGEST_PAIR or not any(map(self._is_known, tokens)):
            # A longer word may stand in a title that was divided otherwise.
            alternatives.append(tuple(pairs(word)) or (word,))
        return Group(tuple(alternatives), word in vocabulary().soft)

    def _of_letters(self, letters: Sequence[str], readings: list[str]) -> Iterable[Group]:
        """Read neighbouring pieces in Latin letters: English first, the rest as pinyin."""
        unknown: list[str] = []
        for piece in (*letters, ""):
            if piece and not self._is_english(piece):
                unknown.append(piece)
                continue
            yield from self._of_pinyin(unknown, readings)
            unknown = []
            if piece:
                yield self._of_english(piece)

    def _is_english(self, piece: str) -> bool:
        forms = (piece, singular(piece), *self._lexicon.synonyms(singular(piece)))
        return any(self._is_known(form) for form in forms)

    def _of_english(self, piece: str) -> Group:
        base = singular(piece)
        tokens = dict.fromkeys((piece, base, *self._lexicon.synonyms(base)))
        spelled = dict.fromkeys(self._lexicon.spelled(piece))
        alternatives = tuple((token,) for token in (*tokens, *spelled))
        return Group(alternatives, base in vocabulary().soft)

    def _of_pinyin(self, pieces: Sequence[str], readings: list[str]) -> Iterable[Group]:
        if not pieces:
            return
        joined = "".join(pieces)
        parts = [joined] if self._readings(joined) else self._lexicon.divide(joined)
        for part in parts or pieces:
            words = self._readings(part) or self._guesses(part)
            readings.extend(words if len(words) == 1 else [])
            tokens = dict.fromkeys(
                (token for word in words for token in (word, *self._lexicon.synonyms(word)))
                if words
                else (part,)
            )
            is_soft = bool(words) and all(word in vocabulary().soft for word in words)
            yield Group(tuple((token,) for token in tokens), is_soft)

    def _readings(self, part: str) -> list[str]:
        """Return the words a piece spells out, in full or by first letters."""
        spelled = self._lexicon.spelled(part)
        if spelled or not 1 < len(part) <= MAX_INITIALS:
            return spelled
        return self._lexicon.initialled(part)

    def _guesses(self, part: str) -> list[str]:
        """Return words that begin the way an unfinished piece does."""
        words = self._lexicon.beginning(part) if len(part) >= MIN_PREFIX else []
        if len(part) >= MIN_ENGLISH_PREFIX:
            words = [*words, *self._beginning(part)]
        return words
