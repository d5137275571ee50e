"""What somebody may be typing: goods, shelves, places, brands and what others searched for.

Everything that can be meant stands in one sorted list under each way to begin writing it:
Chinese from any word on, full pinyin, first letters, English. A prefix is two bisections.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from catalog.search.analysis import is_latin, normalise, runs
from catalog.search.lexicon import syllables

LOOKED_AT = 400
MOST = {"product": 5, "query": 5, "category": 2, "place": 3, "brand": 2}
LAST = "\U0010ffff"


class SuggestedKind(StrEnum):
    """What is suggested."""

    QUERY = "query"
    PRODUCT = "product"
    CATEGORY = "category"
    PLACE = "place"
    BRAND = "brand"


@dataclass(frozen=True, slots=True)
class Suggested:
    """One thing that may be meant."""

    kind: SuggestedKind
    code: str
    """What its page is found by; a query is its own."""
    name: str
    name_en: str = ""
    picture: str = ""
    weight: float = 0.0
    """What is likelier meant comes first."""
    spelled: str = ""
    """Pinyin, syllables apart, where a register has it."""


class Suggester:
    """Answers prefixes; made of everything that can be suggested, and never changed."""

    def __init__(self, things: Iterable[Suggested]) -> None:
        """Sort every way to begin writing each thing."""
        self._things: Sequence[Suggested] = tuple(things)
        pairs = sorted(
            (key, place)
            for place, thing in enumerate(self._things)
            for key in dict.fromkeys(_keys(thing))
            if key
        )
        self._keys = [key for key, _ in pairs]
        self._places = [place for _, place in pairs]

    def suggest(self, typed: str) -> list[Suggested]:
        """Return what may be meant, of each kind the likeliest few."""
        prefix = "".join(runs(normalise(typed)))
        if not prefix:
            return []
        begin = bisect_left(self._keys, prefix)
        end = bisect_right(self._keys, prefix + LAST)
        found: dict[int, bool] = {}
        for at in range(begin, min(end, begin + LOOKED_AT)):
            place = self._places[at]
            found[place] = found.get(place, False) or self._keys[at] == prefix
        # What is written in full comes first, then what is likely.
        ordered = sorted(
            found, key=lambda place: (not found[place], -self._things[place].weight)
        )
        left = dict(MOST)
        kept: list[Suggested] = []
        names: set[tuple[str, str]] = set()
        for place in ordered:
            thing = self._things[place]
            if left[thing.kind] > 0 and (thing.kind, thing.name) not in names:
                left[thing.kind] -= 1
                names.add((thing.kind, thing.name))
                kept.append(thing)
        order = list(SuggestedKind)
        return sorted(kept, key=lambda thing: order.index(thing.kind))


def _keys(thing: Suggested) -> Iterable[str]:
    """Yield every beginning: each Chinese piece and what follows it, its sound, and English."""
    pieces = runs(thing.name)
    for at in range(len(pieces)):
        yield "".join(pieces[at:])
    for piece in pieces:
        if is_latin(piece):
            continue
        # From every character on, so that 羊肉 finds 碗碗羊肉.
        read = syllables(piece)
        for at in range(len(piece) - 1):
            yield piece[at:]
            yield "".join(read[at:])
            yield "".join(syllable[0] for syllable in read[at:])
    if thing.spelled:
        given = thing.spelled.split()
        yield "".join(given)
        yield "".join(syllable[0] for syllable in given)
    english = runs(thing.name_en)
    for at in range(len(english)):
        yield "".join(english[at:])
