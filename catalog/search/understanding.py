"""What a query means: wishes a product should meet, and what narrows the goods."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from catalog.search import amounts
from catalog.search.amounts import Amounts
from catalog.search.analysis import (
    MAX_QUERY,
    Analyser,
    is_latin,
    normalise,
    pairs,
    runs,
    singular,
)
from catalog.search.brands import BrandNames
from catalog.search.lexicon import Body, Lexicon, Spelling, extended
from catalog.search.places import Gazetteer
from catalog.search.port import Filters, Group, Phrase
from catalog.search.vocabulary import Choice, Vocabulary

LONGEST_PAIR = 2
MIN_PREFIX = 3
MAX_INITIALS = 8
MAX_GROUP = 24


class ChipKind(StrEnum):
    """What part of a query was understood as."""

    PRICE = "price"
    WEIGHT = "weight"
    PLACE = "place"
    BRAND = "brand"
    CHOICE = "choice"
    UNWANTED = "unwanted"


@dataclass(frozen=True, slots=True)
class Chip:
    """One thing a query was understood to ask for; without its words it is not asked."""

    kind: ChipKind
    words: str
    """As they stand in the query."""
    label: str
    filters: Filters = field(default_factory=Filters)
    said: Group | None = None
    """The wish its words are besides, where no goods are narrowed to it."""


@dataclass(frozen=True, slots=True)
class Understood:
    """A query as the engine is asked."""

    text: str
    """The query in the form that is compared."""
    groups: tuple[Group, ...]
    """Wishes; the soft ones only raise what meets them."""
    readings: tuple[str, ...] = ()
    """Words that pinyin or initials were read as, to tell the reader."""
    chips: tuple[Chip, ...] = ()
    unwanted: tuple[Group, ...] = ()
    """What a product should not be."""
    grams: int | None = None

    @property
    def hard(self) -> tuple[Group, ...]:
        """Return the wishes a product has to meet."""
        return tuple(group for group in self.groups if not group.is_soft)

    @property
    def soft(self) -> tuple[Group, ...]:
        """Return the wishes that only raise."""
        return tuple(group for group in self.groups if group.is_soft)


@dataclass(slots=True)
class _Reading:
    """What has been made of a query so far."""

    groups: list[Group]
    readings: list[str]
    chips: list[Chip]
    unwanted: list[Group]
    negated: str = ""
    """A word before, after which something is not wanted."""


class Reader:
    """Reads queries with the words of one index and of one vocabulary."""

    def __init__(
        self,
        body: Body,
        vocabulary: Vocabulary,
        *,
        frequency: Callable[[str], int],
        beginning: Callable[[str], list[str]],
    ) -> None:
        """Take the words; `frequency` says in how many goods of the index a token stands."""
        self.vocabulary = vocabulary
        self.frequency = frequency
        self._beginning = beginning
        self.brands = BrandNames(body.brands)
        nouns = (*body.nouns, *vocabulary.nouns(), *self.brands.nouns)
        self.analyser = Analyser((*nouns, *vocabulary.negations))
        self.lexicon = Lexicon(body.spellings)
        self.places = Gazetteer(body.places, self.analyser)
        self.english = frozenset(body.english)
        self._readable = extended(self.lexicon, (*vocabulary.nouns(), *self.brands.nouns))
        # A brand in Latin letters that reads otherwise word for word is not meant: Baima Tea.
        self._phrases = frozenset(
            phrase
            for phrase in self.brands.phrases
            if not all(map(self._is_spelled, phrase.split(" ")))
        )

    def read(self, query: str) -> Understood:
        """Return what a query means; unknown letters and words stay as they are."""
        text = normalise(query[:MAX_QUERY])
        found = amounts.read(text)
        state = _Reading([], [], _amount_chips(found), [])
        letters: list[str] = []
        for piece in (*runs(found.rest), ""):
            if piece and is_latin(piece):
                letters.append(piece)
                continue
            self._of_letters(letters, state)
            letters = []
            for word in self.words(piece):
                self._take(word, word, state)
        groups = tuple(dict.fromkeys(state.groups))
        return Understood(
            " ".join(runs(text)),
            groups,
            tuple(dict.fromkeys(state.readings)),
            _unique(state.chips),
            tuple(state.unwanted),
            found.grams,
        )

    @property
    def known(self) -> Iterable[Spelling]:
        """Return every word that can be read, with how it is spelled."""
        return self._readable.spellings

    @property
    def keys(self) -> Sequence[str]:
        """Return every full spelling."""
        return self._readable.keys

    def is_found(self, word: str) -> bool:
        """Say whether goods are found by a word, by another for it, or at its place."""
        if self.frequency(word) or word in self.places or word in self.brands:
            return True
        if word in self.vocabulary.choices or word in self.vocabulary.noise:
            return True
        return any(map(self.frequency, self.vocabulary.synonyms(word)))

    def is_word(self, word: str) -> bool:
        """Say whether somebody knows the word, sold or not, so that it was meant."""
        words = self.vocabulary
        known = (words.same, words.leads, words.choices, words.noise)
        return self.frequency(word) > 0 or any(word in one for one in known)

    def is_english(self, piece: str) -> bool:
        """Say whether a piece is an English word that is known."""
        return bool(self._known([piece], 0))

    def is_read(self, piece: str) -> bool:
        """Say whether Latin letters are understood as they stand."""
        return bool(self._known([piece], 0)) or self._is_spelled(piece)

    def _is_spelled(self, piece: str) -> bool:
        """Say whether letters are pinyin, or English the shop has words for."""
        words = self.vocabulary
        known = (words.leads, words.choices, words.noise, words.soft)
        if any(piece in one for one in known) or self._readings(piece):
            return True
        return bool(self._readable.divide(piece))

    def words(self, piece: str) -> list[str]:
        """Return the words of a Chinese piece, known compounds taken apart."""
        return [
            part
            for word in (self.analyser.query_words(piece) if piece else [])
            for part in self._parts(word)
        ]

    def group(self, word: str, *, is_soft: bool = False) -> Group:
        """Return the wish a Chinese word stands for: the word first, then what it means too."""
        others = self.vocabulary.synonyms(word)
        if len(word) > 1:
            # One character of a word stands in much else: 桃 in 核桃.
            others = tuple(other for other in others if len(other) > 1)
        known = [other for other in others if self.frequency(other)]
        # A single character means the goods it leads to before whatever else has it.
        first = [*known, word] if len(word) == 1 and known else [word, *known]
        tokens = first[:MAX_GROUP]
        alternatives: list[Phrase] = [(token,) for token in tokens]
        if len(word) > LONGEST_PAIR or not any(map(self.frequency, tokens)):
            # A longer word may stand in a title that was divided otherwise.
            alternatives.append(tuple(pairs(word)) or (word,))
        alternatives.extend(
            tuple(pairs(other))
            for other in others
            if len(other) > LONGEST_PAIR and not self.frequency(other)
        )
        return Group(tuple(dict.fromkeys(alternatives)), is_soft)

    def _parts(self, word: str) -> list[str]:
        """Take a soft word or a place off the front of a longer word, where a noun is left."""
        if not self.frequency(word) or word not in self.places:
            for end in range(len(word) - LONGEST_PAIR, 1, -1):
                head, rest = word[:end], word[end:]
                if head in self.vocabulary.soft and self._is_noun(rest):
                    return [head, *self._parts(rest)]
        return [word]

    def _is_noun(self, word: str) -> bool:
        return word in self.lexicon or word in self.vocabulary.same

    def _take(self, word: str, written: str, state: _Reading) -> None:
        """Add what one Chinese word asks for."""
        if word in self.vocabulary.negations and len(word) < len(written) + 1:
            state.negated = word
            return
        if state.negated:
            self._refuse(word, state)
        elif word in self.vocabulary.noise:
            return
        elif choice := self.vocabulary.choices.get(word):
            state.chips.append(_choice_chip(choice, word, written))
        elif (place := self.places.find(word)) and not self._is_goods(word):
            state.chips.append(Chip(ChipKind.PLACE, written, place.form, place.filters))
        elif (brand := self.brands.find(word)) and not self._is_goods(word):
            state.chips.append(
                Chip(ChipKind.BRAND, written, word, brand, said=self.group(word))
            )
        elif word in self.vocabulary.soft:
            state.groups.append(self.group(word, is_soft=True))
        else:
            state.groups.append(self.group(word))

    def _is_goods(self, word: str) -> bool:
        """Say whether a word is goods first, whatever place bears it too."""
        return word in self.vocabulary.same or word in self.vocabulary.leads

    def _refuse(self, word: str, state: _Reading) -> None:
        whole = f"{state.negated}{word}"
        if self.frequency(whole):
            # 无糖 is what goods are called, not a wish to be without.
            state.groups.append(self.group(whole))
        else:
            state.unwanted.append(self.group(word))
            state.chips.append(Chip(ChipKind.UNWANTED, whole, whole))
        state.negated = ""

    def _of_letters(self, letters: Sequence[str], state: _Reading) -> None:
        """Read neighbouring pieces in Latin letters: phrases and English first, then pinyin."""
        unknown: list[str] = []
        at = 0
        while at < len(letters):
            length = self._known(letters, at)
            if not length:
                unknown.append(letters[at])
                at += 1
                continue
            self._of_pinyin(unknown, state)
            unknown = []
            self._of_english(letters[at : at + length], state)
            at += length
        self._of_pinyin(unknown, state)

    def _known(self, letters: Sequence[str], at: int) -> int:
        """Return how many pieces from here on are English that is known; 0 for none."""
        words = self.vocabulary
        longest = max(words.longest_phrase, self.brands.longest)
        for length in range(min(longest, len(letters) - at), 0, -1):
            phrase = self._phrase(letters[at : at + length])
            if any(phrase in known for known in (words.leads, words.choices, self._phrases)):
                return length
        piece = letters[at]
        base = singular(piece)
        known = words.noise | words.soft
        if {piece, base} & known or piece in words.negations:
            return 1
        is_english = bool({piece, base} & self.english) or piece.isdigit()
        return int(is_english and not self.lexicon.spelled(piece))

    def _phrase(self, letters: Sequence[str]) -> str:
        return " ".join(singular(piece) for piece in letters)

    def _of_english(self, letters: Sequence[str], state: _Reading) -> None:
        phrase, written = self._phrase(letters), " ".join(letters)
        words = self.vocabulary
        if written in words.negations:
            state.negated = written
        elif state.negated:
            state.unwanted.append(self._translated(phrase))
            state.chips.append(
                Chip(
                    ChipKind.UNWANTED,
                    f"{state.negated} {written}",
                    f"{state.negated} {written}",
                )
            )
            state.negated = ""
        elif phrase in words.noise or written in words.noise:
            return
        elif choice := words.choices.get(phrase):
            state.chips.append(_choice_chip(choice, written, written))
        elif phrase in self._phrases and (brand := self.brands.find(phrase)):
            said = self._translated(phrase)
            state.chips.append(Chip(ChipKind.BRAND, written, written, brand, said=said))
        else:
            is_soft = phrase in words.soft or written in words.soft or written.isdigit()
            state.groups.append(replace(self._translated(phrase), is_soft=is_soft))

    def _translated(self, phrase: str) -> Group:
        """Return the Chinese words of an English phrase; itself where it has none here."""
        means = self.vocabulary.leads.get(phrase, ())
        near = (other for word in means for other in self.vocabulary.same.get(word, ()))
        known = [word for word in dict.fromkeys((*means, *near)) if self.frequency(word)]
        if known:
            return Group(tuple((word,) for word in known[:MAX_GROUP]))
        tokens = tuple(dict.fromkeys(phrase.split(" ")))
        return Group((tokens,) if tokens else ())

    def _of_pinyin(self, pieces: Sequence[str], state: _Reading) -> None:
        if not pieces:
            return
        joined = "".join(pieces)
        if self._readings(joined):
            parts: Sequence[str] = [joined]
        else:
            parts = self._readable.divide(joined) or pieces
        for part in parts:
            words = self._readings(part) or self._guesses(part)
            self._take_any(words, part, state)

    def _take_any(self, words: Sequence[str], part: str, state: _Reading) -> None:
        """Add the wish for any of the words some letters can be read as."""
        if not words:
            state.groups.append(Group(((part,),)))
            return
        if len(words) == 1:
            state.readings.append(words[0])
            for word in self._parts(words[0]):
                self._take(word, part, state)
            return
        groups = [self.group(word) for word in words]
        tokens = dict.fromkeys(phrase for group in groups for phrase in group.alternatives)
        is_soft = all(word in self.vocabulary.soft for word in words)
        state.groups.append(Group(tuple(tokens)[:MAX_GROUP], is_soft))

    def _readings(self, part: str) -> list[str]:
        """Return the words a piece spells out, in full or by first letters; goods first."""
        found = self._readable.spelled(part)
        if not found and 1 < len(part) <= MAX_INITIALS:
            found = self._readable.initialled(part)
        return self._sold(found)

    def _sold(self, words: Sequence[str]) -> list[str]:
        """Return those of the words that goods have, else all."""
        sold = [word for word in words if self.frequency(word)]
        return sold or list(words)

    def _guesses(self, part: str) -> list[str]:
        """Return words that begin the way an unfinished piece does."""
        if len(part) < MIN_PREFIX:
            return []
        words = self._sold(self._readable.beginning(part))
        shortest = words[:1] if not self.frequency(part) else []
        return shortest or [word for word in self._beginning(part) if is_latin(word)]


def _unique(chips: Iterable[Chip]) -> tuple[Chip, ...]:
    return tuple({(chip.kind, chip.words): chip for chip in chips}.values())


def _amount_chips(found: Amounts) -> list[Chip]:
    chips = []
    if found.price:
        bounds = Filters(min_minor=found.min_minor, max_minor=found.max_minor)
        chips.append(Chip(ChipKind.PRICE, found.price, found.price, bounds))
    if found.weight:
        chips.append(Chip(ChipKind.WEIGHT, found.weight, found.weight))
    return chips


def _choice_chip(choice: Choice, word: str, written: str) -> Chip:
    filters = Filters(chosen=dict(choice.chosen), switches=frozenset(choice.switches))
    return Chip(ChipKind.CHOICE, written, word, filters)
