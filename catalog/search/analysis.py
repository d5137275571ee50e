"""From text to tokens: one analysis for documents and queries, the same for every engine.

NFKC, lower case, simplified characters; then words without guessing new ones (HMM off), with
the shop's own nouns added. Titles also give every pair and every single character, so that a
word the dictionary does not know is still found.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

import opencc
import rjieba

MAX_QUERY = 80
RUNS = re.compile(r"[㐀-䶿一-鿿〇]+|[a-z0-9]+")
LATIN = re.compile(r"[a-z0-9]+")
# Common words have frequencies far below; the shop's nouns must win against their parts.
FREQUENCY = 2_000_000
PLURAL = 4

_PLAIN: Final = rjieba.Jieba()
_TO_SIMPLIFIED = opencc.OpenCC("t2s")


def normalise(text: str) -> str:
    """Return text in the one form that is compared: half width, lower case, simplified."""
    simplified: str = _TO_SIMPLIFIED.convert(unicodedata.normalize("NFKC", text).lower())
    return simplified


def runs(text: str) -> list[str]:
    """Return the unbroken pieces of Chinese and of Latin letters and digits, in order."""
    return RUNS.findall(normalise(text))


def is_latin(run: str) -> bool:
    """Say whether a piece is written in Latin letters or digits."""
    return LATIN.fullmatch(run) is not None


class Analyser:
    """A segmenter that knows the shop's nouns."""

    def __init__(self, words: Iterable[str]) -> None:
        """Add nouns to the general dictionary; takes some hundredths of a second."""
        self._segmenter = rjieba.Jieba()
        for word in words:
            self._segmenter.add_word(word, FREQUENCY, "n")

    def title_tokens(self, text: str) -> list[str]:
        """Return words, pairs and single characters of a title, each once a piece."""
        return [token for run in runs(text) for token in self._of_title(run)]

    def text_tokens(self, text: str) -> list[str]:
        """Return the words of a description; single characters say too little there."""
        return [token for run in runs(text) for token in self._of_text(run)]

    def query_words(self, run: str) -> list[str]:
        """Return the words of one Chinese piece of a query, none inside another."""
        words: list[str] = self._segmenter.cut(run, hmm=False)
        return words

    def is_common(self, word: str) -> bool:
        """Say whether the general dictionary has the word, without the shop's nouns."""
        return list(_PLAIN.cut(word, hmm=False)) == [word]

    def _of_title(self, run: str) -> Iterable[str]:
        if is_latin(run):
            return _english(run)
        words: list[str] = self._segmenter.cut_for_search(run, hmm=False)
        return dict.fromkeys([*words, *pairs(run), *run])

    def _of_text(self, run: str) -> Iterable[str]:
        if is_latin(run):
            return _english(run)
        words: list[str] = self._segmenter.cut_for_search(run, hmm=False)
        return (word for word in words if len(word) > 1)


def pairs(run: str) -> list[str]:
    """Return the overlapping pairs of characters of a Chinese piece."""
    return [run[at : at + 2] for at in range(len(run) - 1)]


def singular(word: str) -> str:
    """Return an English word without the plural's ending, where it plainly has one."""
    if len(word) < PLURAL or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > PLURAL:
        return f"{word[:-3]}y"
    return word[:-2] if word.endswith(("toes", "shes", "ches", "xes")) else word[:-1]


def _english(word: str) -> Iterator[str]:
    yield word
    if singular(word) != word:
        yield singular(word)
