"""The words of the shop with how they are spelled in pinyin, kept beside each index."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import product

import msgspec
from pypinyin import Style, lazy_pinyin, load_single_dict, pinyin

# Read otherwise than the general dictionary has it: 苕 is the sweet potato here.
load_single_dict({ord("苕"): "sháo"})

MAX_PREFIXED = 30
MAX_READINGS = 4
MAX_HETERONYM = 6
MAX_WAYS = 64


class Spelling(msgspec.Struct, frozen=True):
    """A word with its pinyin without tones, the first letters, and other ways to read it."""

    word: str
    pinyin: str
    initials: str
    others: tuple[str, ...] = ()


class PlaceForm(msgspec.Struct, frozen=True):
    """What a place is called, with its code."""

    form: str
    code: str


class BrandForm(msgspec.Struct, frozen=True):
    """What a brand is called, with its code."""

    form: str
    code: str


class Body(msgspec.Struct, frozen=True):
    """What is kept beside an index: engines hand it back as it was."""

    nouns: tuple[str, ...]
    """Names of goods, brands, categories and places, for the segmenter."""
    spellings: tuple[Spelling, ...]
    places: tuple[PlaceForm, ...] = ()
    english: tuple[str, ...] = ()
    """The Latin words in names of goods."""
    brands: tuple[BrandForm, ...] = ()
    """What the brands are called that goods may carry."""


@lru_cache(maxsize=200_000)
def syllables(word: str) -> tuple[str, ...]:
    """Return how each Chinese character of a word is read there; all else is left out."""
    return tuple(lazy_pinyin(word, style=Style.NORMAL, errors="ignore"))


@lru_cache(maxsize=200_000)
def spell(word: str, given: str = "") -> Spelling:
    """Return how a word is spelled; `given`, syllables apart, where the register has it."""
    read = given.split() or syllables(word)
    full = "".join(read)
    return Spelling(
        word,
        full,
        "".join(part[0] for part in read),
        () if given else _other_readings(word, full),
    )


def _other_readings(word: str, full: str) -> tuple[str, ...]:
    """Return further readings of characters that have several: 茄 is qie and jia."""
    # One by one: in a word it knows the dictionary gives a character a single reading.
    read = (
        pinyin(one, style=Style.NORMAL, heteronym=True, errors="ignore")
        for one in word[:MAX_HETERONYM]
    )
    ways = [list(dict.fromkeys(ways[0]))[:MAX_READINGS] for ways in read if ways]
    readings = ("".join(way) for way, _ in zip(product(*ways), range(MAX_WAYS), strict=False))
    found = dict.fromkeys(reading.replace("ü", "v") for reading in readings)
    found.pop(full, None)
    return tuple(found)[: MAX_READINGS * 2]


class Lexicon:
    """Finds words by how they are spelled."""

    def __init__(self, spellings: Iterable[Spelling]) -> None:
        """Sort the words by spelling."""
        self._by_pinyin: defaultdict[str, list[str]] = defaultdict(list)
        self._by_initials: defaultdict[str, list[str]] = defaultdict(list)
        self._words: dict[str, Spelling] = {}
        for spelling in spellings:
            self._words[spelling.word] = spelling
            self._by_pinyin[spelling.pinyin].append(spelling.word)
            if len(spelling.initials) > 1:
                self._by_initials[spelling.initials].append(spelling.word)
        self.other_readings: defaultdict[str, list[str]] = defaultdict(list)
        for spelling in self._words.values():
            for other in spelling.others:
                self.other_readings[other].append(spelling.word)
        self._keys = sorted(key for key in self._by_pinyin if key)
        self._longest = max(map(len, self._keys), default=0)

    def __contains__(self, word: str) -> bool:
        """Say whether the shop has the word."""
        return word in self._words

    @property
    def keys(self) -> Sequence[str]:
        """Return every full spelling, in order."""
        return self._keys

    @property
    def spellings(self) -> Iterable[Spelling]:
        """Return every word with how it is spelled."""
        return self._words.values()

    @property
    def words(self) -> Iterable[str]:
        """Return every word."""
        return self._words.keys()

    def spelled(self, letters: str) -> list[str]:
        """Return the words whose full pinyin this is."""
        return self._by_pinyin.get(letters, [])

    def initialled(self, letters: str) -> list[str]:
        """Return the words whose syllables begin with these letters."""
        return self._by_initials.get(letters, [])

    def beginning(self, letters: str) -> list[str]:
        """Return some words whose full pinyin begins with these letters, shortest first."""
        found: list[str] = []
        for at in range(bisect_left(self._keys, letters), len(self._keys)):
            if not self._keys[at].startswith(letters):
                break
            found.append(self._keys[at])
        found.sort(key=len)
        return [word for key in found for word in self._by_pinyin[key]][:MAX_PREFIXED]

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


def extended(lexicon: Lexicon, nouns: Iterable[str]) -> Lexicon:
    """Return the lexicon with more words, so that these are read in pinyin too."""
    words = dict.fromkeys(nouns)
    return Lexicon(
        (*lexicon.spellings, *(spell(word) for word in words if word not in lexicon))
    )


def encode(body: Body) -> bytes:
    """Write what is kept beside an index."""
    return msgspec.json.encode(body)


def decode(text: bytes) -> Body:
    """Read it back."""
    return msgspec.json.decode(text, type=Body)
