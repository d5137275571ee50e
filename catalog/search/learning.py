"""The shop's words: made from everything on sale, and grown by what comes to it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from catalog.search import lexicon
from catalog.search.analysis import Analyser, is_latin
from catalog.search.documents import Corpus, Document, Places, nouns_of
from catalog.search.lexicon import Body, BrandForm, PlaceForm, Spelling


@dataclass(frozen=True, slots=True)
class Learned:
    """Nouns the segmenter must know, words with their spelling, and the segmenter."""

    nouns: tuple[str, ...]
    spellings: tuple[Spelling, ...]
    analyser: Analyser
    places: tuple[PlaceForm, ...] = ()
    english: tuple[str, ...] = ()
    """The Latin words in names of goods."""
    brands: tuple[BrandForm, ...] = ()

    @property
    def body(self) -> bytes:
        """Return the words as they are kept beside an index."""
        return lexicon.encode(
            Body(self.nouns, self.spellings, self.places, self.english, self.brands)
        )


def learn(corpus: Corpus) -> Learned:
    """Learn every word of the goods on sale."""
    nouns = tuple(corpus.nouns)
    analyser = Analyser(nouns)
    words = _words(nouns, corpus.documents, analyser)
    return Learned(
        nouns,
        _spell(words, corpus.spelled),
        analyser,
        tuple(corpus.places),
        tuple(dict.fromkeys(_english(corpus.documents, analyser))),
        tuple(corpus.brands),
    )


def recall(body: bytes) -> Learned:
    """Take up words as they were kept."""
    kept = lexicon.decode(body)
    return Learned(
        kept.nouns,
        kept.spellings,
        Analyser(kept.nouns),
        kept.places,
        kept.english,
        kept.brands,
    )


def grow(learned: Learned, documents: Sequence[Document], places: Places) -> Learned:
    """Learn what is new in some goods; the same words are returned when nothing is.

    Words nobody uses any more stay until the index is built anew.
    """
    known = set(learned.nouns)
    fresh = dict.fromkeys(
        noun
        for document in documents
        for noun in nouns_of(document, places)
        if noun not in known
    )
    nouns = (*learned.nouns, *fresh)
    analyser = Analyser(nouns) if fresh else learned.analyser
    spelled = {spelling.word for spelling in learned.spellings}
    words = [word for word in _words(fresh, documents, analyser) if word not in spelled]
    english = dict.fromkeys((*learned.english, *_english(documents, analyser)))
    brands = tuple(places.brands)
    is_same = len(english) == len(learned.english) and brands == learned.brands
    if not fresh and not words and is_same:
        return learned
    return Learned(
        nouns,
        (*learned.spellings, *_spell(words, places.spelled)),
        analyser,
        tuple(places.named),
        tuple(english),
        brands,
    )


def _words(
    nouns: Iterable[str], documents: Iterable[Document], analyser: Analyser
) -> list[str]:
    """Return the words that can be spelled: nouns, and Chinese words of names."""
    words = dict.fromkeys(nouns)
    for document in documents:
        for name in document.names:
            words.update(dict.fromkeys(analyser.text_tokens(name)))
    return [word for word in words if word[0] > "z"]


def _english(documents: Iterable[Document], analyser: Analyser) -> Iterator[str]:
    for document in documents:
        for name in document.names:
            yield from filter(is_latin, analyser.text_tokens(name))


def _spell(words: Iterable[str], spelled: dict[str, str]) -> tuple[Spelling, ...]:
    return tuple(lexicon.spell(word, spelled.get(word, "")) for word in words)
