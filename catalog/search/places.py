"""Places in queries: by full or short name, by what they were called before, or in pinyin."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from catalog.search.analysis import Analyser
from catalog.search.lexicon import PlaceForm
from catalog.search.port import Facet, Filters
from kernel.regions import DISTRICT_DIGITS, TOWNSHIP_DIGITS

HOME_SUFFIXES = ("村", "社区", "镇", "乡", "街道", "县", "区")


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """A place as goods are narrowed to it."""

    form: str
    filters: Filters


class Gazetteer:
    """Knows what places are called."""

    def __init__(self, forms: Iterable[PlaceForm], plain: Analyser) -> None:
        """Sort the forms; a village's bare name that is a common word is not its name."""
        codes: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self._townships: defaultdict[str, dict[str, None]] = defaultdict(dict)
        for place in forms:
            if len(place.code) == TOWNSHIP_DIGITS:
                self._townships[place.code[:DISTRICT_DIGITS]].setdefault(place.code)
            is_bare = not place.form.endswith(HOME_SUFFIXES)
            is_village = len(place.code) > TOWNSHIP_DIGITS
            if is_bare and is_village and plain.is_common(place.form):
                continue
            codes[place.form].setdefault(place.code)
        self._codes = codes

    def __contains__(self, word: str) -> bool:
        """Say whether a place bears the word."""
        return word in self._codes

    @property
    def forms(self) -> Iterable[str]:
        """Return everything a place is called."""
        return self._codes.keys()

    def find(self, word: str) -> FoundPlace | None:
        """Return the place of a name; of a township and a village the township."""
        codes = self._codes.get(word)
        if not codes:
            return None
        size = min(map(len, codes))
        widest = tuple(code for code in codes if len(code) == size)
        if size > TOWNSHIP_DIGITS:
            return FoundPlace(word, Filters(chosen={Facet.VILLAGE: widest}))
        if size < TOWNSHIP_DIGITS:
            inside = (code for district in widest for code in self._townships[district])
            widest = (*widest, *inside)
        return FoundPlace(word, Filters(chosen={Facet.PLACE: widest}))
