"""What the search knows of words: synonyms, translations, choices; the rows of an editor."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import msgspec

from catalog.search.analysis import is_latin, runs, singular
from catalog.search.port import Facet, Switch
from catalog.values import WordKind


class WordRow(msgspec.Struct, frozen=True):
    """One row of words: what people write, and what that means."""

    kind: WordKind
    forms: tuple[str, ...]
    means: tuple[str, ...] = ()


class _Shipped(msgspec.Struct, frozen=True):
    heads: tuple[str, ...]
    negations: tuple[str, ...]
    words: tuple[WordRow, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Values of facets, or a switch, that a word chooses."""

    chosen: tuple[tuple[Facet, tuple[str, ...]], ...] = ()
    switches: tuple[Switch, ...] = ()


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words in use, ready to be asked; the same for every process that read the rows."""

    same: Mapping[str, tuple[str, ...]]
    """Word → other words for the same goods."""
    leads: Mapping[str, tuple[str, ...]]
    """Word or English phrase → what else it finds."""
    choices: Mapping[str, Choice]
    soft: frozenset[str]
    noise: frozenset[str]
    heads: tuple[str, ...]
    negations: tuple[str, ...]
    longest_phrase: int
    """How many Latin words the longest phrase has."""

    def synonyms(self, word: str) -> tuple[str, ...]:
        """Return words for the same goods, then what the word leads to; without itself."""
        near = self.same.get(word, ())
        far = (other for one in (word, *near) for other in self.leads.get(one, ()))
        further = (
            other for one in self.leads.get(word, ()) for other in self.same.get(one, ())
        )
        found = dict.fromkeys((*near, *far, *further))
        found.pop(word, None)
        return tuple(found)

    def nouns(self) -> list[str]:
        """Return every Chinese word, for the segmenter."""
        known: dict[str, None] = {}
        for words in (self.same, self.leads, self.choices):
            known.update(dict.fromkeys(words))
        for means in self.leads.values():
            known.update(dict.fromkeys(means))
        known.update(dict.fromkeys((*self.soft, *self.noise, *self.heads)))
        return [word for word in known if word and not is_latin(word.replace(" ", ""))]


def of_rows(rows: Iterable[WordRow]) -> Vocabulary:
    """Make the vocabulary of rows; heads and negations belong to the language."""
    by_kind: defaultdict[WordKind, list[WordRow]] = defaultdict(list)
    for row in rows:
        by_kind[row.kind].append(row)
    leads = _leads(by_kind[WordKind.LEADS])
    choices = {
        compared(form): _choice(row.means)
        for row in by_kind[WordKind.CHOICE]
        for form in row.forms
    }
    phrases = (*leads, *choices)
    return Vocabulary(
        same=_same(by_kind[WordKind.SAME]),
        leads=leads,
        choices=choices,
        soft=_forms(by_kind[WordKind.SOFT]),
        noise=_forms(by_kind[WordKind.NOISE]),
        heads=_shipped().heads,
        negations=_shipped().negations,
        longest_phrase=max((phrase.count(" ") + 1 for phrase in phrases), default=1),
    )


def shipped_rows() -> tuple[WordRow, ...]:
    """Return the rows the shop is delivered with."""
    return _shipped().words


@cache
def shipped() -> Vocabulary:
    """Return the vocabulary the shop is delivered with."""
    return of_rows(shipped_rows())


def compared(form: str) -> str:
    """Return a form as it is looked up: simplified, pieces apart, English in the singular."""
    pieces = runs(form)
    return " ".join(singular(piece) if is_latin(piece) else piece for piece in pieces)


def read_choice(means: Sequence[str]) -> Choice | None:
    """Return what `facet:value` and `switch:name` choose; None where one is not known."""
    try:
        return _choice(means)
    except ValueError:
        return None


def _choice(means: Sequence[str]) -> Choice:
    chosen: defaultdict[Facet, list[str]] = defaultdict(list)
    switches: list[Switch] = []
    for meaning in means:
        name, _, value = meaning.partition(":")
        if name == "switch":
            switches.append(Switch(value))
        else:
            chosen[Facet(name)].append(value)
    return Choice(
        tuple((facet, tuple(values)) for facet, values in chosen.items()), tuple(switches)
    )


def _same(rows: Iterable[WordRow]) -> dict[str, tuple[str, ...]]:
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for row in rows:
        forms = [compared(form) for form in row.forms]
        for form in forms:
            found[form].update((other, None) for other in forms if other != form)
    return {word: tuple(others) for word, others in found.items()}


def _leads(rows: Iterable[WordRow]) -> dict[str, tuple[str, ...]]:
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for row in rows:
        for form in row.forms:
            found[compared(form)].update((compared(word), None) for word in row.means)
    return {form: tuple(means) for form, means in found.items()}


def _forms(rows: Iterable[WordRow]) -> frozenset[str]:
    return frozenset(compared(form) for row in rows for form in row.forms)


@cache
def _shipped() -> _Shipped:
    text = resources.files("catalog.search").joinpath("words.json").read_bytes()
    return msgspec.json.decode(text, type=_Shipped)
