"""The words of the shop with how they are spelled in pinyin, made once for each index."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import msgspec
from pypinyin import Style, lazy_pinyin, load_single_dict

# Read otherwise than the general dictionary has it: 苕 is the sweet potato here.
load_single_dict({ord("苕"): "sháo"})

MAX_PREFIXED = 30


class Vocabulary(msgspec.Struct, frozen=True):
    """The words of the trade, as words.json has them."""

    soft: frozenset[str]
    heads: list[str]
    groups: list[list[str]]


@cache
def vocabulary() -> Vocabulary:
    """Return the words of the trade."""
    text = resources.files("catalog.search").joinpath("words.json").read_bytes()
    return msgspec.json.decode(text, type=Vocabulary)


@dataclass(frozen=True, slots=True)
class Spelling:
    """A word with its pinyin without tones, and the first letters of it."""

    word: str
    pinyin: str
    initials: str


def spell(word: str, pinyin: str = "") -> Spelling:
    """Return how a word is spelled; `pinyin`, syllables apart, where the register has it."""
    syllables = pinyin.split() or lazy_pinyin(word, style=Style.NORMAL, errors="ignore")
    return Spelling(word, "".join(syllables), "".join(part[0] for part in syllables))


class Lexicon:
    """Finds words by how they are spelled, and words that mean the same."""

    def __init__(self, spellings: Iterable[Spelling]) -> None:
        """Sort the words by spelling."""
        self._by_pinyin: defaultdict[str, list[str]] = defaultdict(list)
        self._by_initials: defaultdict[str, list[str]] = defaultdict(list)
        for spelling in spellings:
            self._by_pinyin[spelling.pinyin].append(spelling.word)
            if len(spelling.initials) > 1:
                self._by_initials[spelling.initials].append(spelling.word)
        self._keys = sorted(self._by_pinyin)
        self._longest = max(map(len, self._keys), default=0)
        self._synonyms = _synonyms(vocabulary().groups)

    def synonyms(self, word: str) -> Sequence[str]:
        """Return words that mean the same goods, without the word itself."""
        return self._synonyms.get(word, ())

    def spelled(self, letters: str) -> list[str]:
        """Return the words whose full pinyin this is."""
        return self._by_pinyin.get(letters, [])

    def initialled(self, letters: str) -> list[str]:
        """Return the words whose syllables begin with these letters."""
        return self._by_initials.get(letters, [])

    def beginning(self, letters: str) -> list[str]:
        """Return some words whose full pinyin begins with these letters, shortest first."""
        keys = sorted((key for key in self._keys if key.startswith(letters)), key=len)
        return [word for key in keys for word in self._by_pinyin[key]][:MAX_PREFIXED]

    def divide(self, letters: str) -> list[str]:
        """Divide letters into as few full spellings as possible; empty if that cannot be."""
        best: list[list[str] | None] = [[], *[None] * len(letters)]
        for end in range(1, len(letters) + 1):
            for begin in range(max(0, end - self._longest), end):
                head, part = best[begin], letters[begin:end]
                found = best[end]
                if head is None or part not in self._by_pinyin:
                    continue
                if found is None or len(head) + 1 < len(found):
                    best[end] = [*head, part]
        return best[-1] or []


def encode(spellings: Sequence[Spelling], words: Sequence[str]) -> bytes:
    """Write a lexicon, with the nouns the segmenter must know, beside its index."""
    return msgspec.json.encode({"spellings": spellings, "words": words})


def decode(text: bytes) -> tuple[list[Spelling], list[str]]:
    """Read a lexicon back."""
    kept: Mapping[str, Any] = msgspec.json.decode(text)
    return msgspec.convert(kept["spellings"], list[Spelling]), list(kept["words"])


def _synonyms(groups: Sequence[Sequence[str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for group in groups:
        for word in group:
            others = tuple(other for other in group if other != word)
            found[word] = found.get(word, ()) + others
    return found
