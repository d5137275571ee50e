"""Judged queries: which goods answer, which must not stand in front, and how well hits do."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib import resources

import msgspec

from catalog.search.entries import Goods
from catalog.search.port import Facet

FIRST = 3
RANKED = 10
FEN = 100
ANY_COLD = "cold"


class Clause(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What goods are meant: everything that is given has to hold."""

    kinds: tuple[str, ...] = ()
    name: str = ""
    place: str = ""
    """The name of a village, township or district."""
    cert: str = ""
    storage: str = ""
    """A code, the beginning of codes before a star, or `cold`."""
    min: float | None = None
    max: float | None = None
    """Yuan of the cheapest pack."""
    grams: int = 0
    """What one of the packs weighs."""
    brand: str = ""
    """The code of a brand the goods may carry."""
    recognised: bool = False
    seasonal: bool = False


class Judged(msgspec.Struct, frozen=True, rename={"klass": "class", "refused": "not"}):
    """One query with what answers it."""

    klass: str
    query: str
    want: Clause
    refused: Clause | None = None


class Kind(msgspec.Struct, frozen=True):
    """Goods of a kind, told by their names."""

    any: tuple[str, ...]
    none: tuple[str, ...] = ()
    category: str = ""


class _File(msgspec.Struct):
    queries: tuple[Judged, ...]


@dataclass(slots=True)
class Tally:
    """How one class of queries did."""

    queries: int = 0
    passed: int = 0
    gain: float = 0.0
    empty: int = 0
    failed: list[str] = field(default_factory=list)

    @property
    def pass_rate(self) -> float:
        """Return the share of queries that passed."""
        return self.passed / self.queries if self.queries else 0.0

    @property
    def ndcg(self) -> float:
        """Return the mean NDCG of the first ten."""
        return self.gain / self.queries if self.queries else 0.0

    def add(self, other: "Tally") -> None:
        """Add another class."""
        self.queries += other.queries
        self.passed += other.passed
        self.gain += other.gain
        self.empty += other.empty
        self.failed += other.failed


@cache
def suite() -> tuple[Judged, ...]:
    """Return every judged query, those written before the code first."""
    folder = resources.files("shop.proof").joinpath("queries")
    return tuple(
        judged
        for name in ("before.json", "after.json")
        for judged in msgspec.json.decode(
            folder.joinpath(name).read_bytes(), type=_File
        ).queries
    )


@cache
def kinds() -> Mapping[str, Kind]:
    """Return the kinds of goods that judgements speak of."""
    path = resources.files("shop.proof").joinpath("queries", "kinds.json")
    raw = msgspec.json.decode(path.read_bytes(), type=dict[str, msgspec.Raw])
    raw.pop("_readme")
    return {name: msgspec.json.decode(text, type=Kind) for name, text in raw.items()}


def meets(goods: Goods, clause: Clause, *, on: date) -> bool:
    """Say whether a product is what a clause means."""
    document, traits = goods.document, goods.traits
    yuan = traits.price_minor / FEN
    keywords = traits.keywords
    checks = (
        not clause.kinds or any(_is_kind(goods, kinds()[name]) for name in clause.kinds),
        clause.name in document.names[0],
        not clause.place or any(_is_place(one, clause.place) for one in document.places),
        not clause.cert or _starred(clause.cert, keywords.get(Facet.CERTIFICATE, ())),
        _stored(goods, clause.storage),
        not clause.grams or clause.grams in document.grams,
        not clause.brand or clause.brand in keywords.get(Facet.BRAND, ()),
        clause.min is None or yuan >= clause.min,
        clause.max is None or yuan <= clause.max,
        not clause.recognised
        or traits.recognised_from <= on.toordinal() <= traits.recognised_to,
        not clause.seasonal or _is_seasonal(goods, on),
    )
    return all(checks)


def judge(
    judgements: Iterable[Judged],
    goods: Mapping[str, Goods],
    ask: Callable[[str], Sequence[str]],
    *,
    on: date,
) -> dict[str, Tally]:
    """Ask every query that goods on sale can answer; return how each class did."""
    tallies: defaultdict[str, Tally] = defaultdict(Tally)
    for judged in judgements:
        codes = ask(judged.query)
        answers = {code for code, one in goods.items() if meets(one, judged.want, on=on)}
        if not answers:
            # Nothing on sale could answer, so that nothing is shown by what is found.
            continue
        refused = judged.refused
        is_passed = any(code in answers for code in codes[:FIRST]) and not (
            refused and any(meets(goods[code], refused, on=on) for code in codes[:FIRST])
        )
        tally = tallies[judged.klass]
        tally.queries += 1
        tally.passed += is_passed
        tally.gain += _ndcg(codes, answers)
        tally.empty += not codes
        if not is_passed:
            tally.failed.append(judged.query)
    return dict(tallies)


def together(tallies: Mapping[str, Tally]) -> Tally:
    """Return all classes added up."""
    total = Tally()
    for tally in tallies.values():
        total.add(tally)
    return total


def _ndcg(codes: Sequence[str], answers: set[str]) -> float:
    if not answers:
        return 0.0
    gained = sum(
        1 / math.log2(at + 2) for at, code in enumerate(codes[:RANKED]) if code in answers
    )
    return gained / sum(1 / math.log2(at + 2) for at in range(min(len(answers), RANKED)))


def _is_place(name: str, wanted: str) -> bool:
    """Say whether a place is called so, in full or without the peoples of its county."""
    return bool(name) and name.startswith(wanted[:-1]) and name[-1] == wanted[-1]


def _is_kind(goods: Goods, kind: Kind) -> bool:
    name = goods.document.names[0]
    category = goods.traits.keywords.get(Facet.CATEGORY, ())
    return (
        any(part in name for part in kind.any)
        and not any(part in name for part in kind.none)
        and (not kind.category or kind.category in category)
    )


def _stored(goods: Goods, wanted: str) -> bool:
    if wanted == ANY_COLD:
        return goods.traits.is_cold
    return not wanted or _starred(wanted, goods.traits.keywords.get(Facet.STORAGE, ()))


def _starred(wanted: str, codes: Iterable[str]) -> bool:
    if wanted.endswith("*"):
        return any(code.startswith(wanted[:-1]) for code in codes)
    return wanted in codes


def _is_seasonal(goods: Goods, on: date) -> bool:
    traits = goods.traits
    return not traits.is_year_round and bool(traits.season >> (on.month - 1) & 1)
