"""The one port of search engines: what is asked of them, and what they are given to keep.

Analysis and understanding stand above it, re-ranking too: whoever calls gives tokens and gets
codes of goods with what is known of them. Every engine behind it finds the same goods and
counts the same facets; only the order of what matches equally well may differ between them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from catalog.listing.filters import Sort

Phrase = tuple[str, ...]
"""Tokens that must all stand in a product."""


@dataclass(frozen=True, slots=True)
class Group:
    """One wish of a query; any of its alternatives fulfils it."""

    alternatives: tuple[Phrase, ...]
    is_soft: bool = False
    """Whether the wish may be dropped when nothing fulfils them all."""


class Facet(StrEnum):
    """What goods are told apart by; the values are codes, those of a tag `name:value`."""

    CATEGORY = "category"
    KIND = "kind"
    """The kind on the shelf, and every kind above it."""
    PLACE = "place"
    """The township, or the district where a product's township is unknown."""
    VILLAGE = "village"
    STORAGE = "storage"
    CERTIFICATE = "certificate"
    """Types of certificates that are valid today."""
    BRAND = "brand"
    """Brands of the register with an authorisation that is valid today."""
    SELLER = "seller"
    TAG = "tag"
    """Words of attributes as `attribute:word`: a grade, a gift, a level of processing. Those of
    one attribute are alternatives; of several attributes a product has to meet each, and each
    leaves only its own choice out of its counts."""
    MARK = "mark"
    """Lists on which the district of origin stands today."""
    RECOGNISED = "recognised"
    """One value, `YES`, of goods whose recognition is valid today."""
    STOCK = "stock"
    """One value, `YES`, of goods there are now; counted only, chosen by `Switch.IN_STOCK`."""
    PRICE = "price"
    """Bands of `PRICE_STEPS` by number; counted only, chosen by bounds."""


RECKONED = frozenset({Facet.RECOGNISED, Facet.STOCK, Facet.PRICE})
"""Facets whose values are reckoned from traits and not kept as keywords."""
KEPT = tuple(facet for facet in Facet if facet not in RECKONED)


def attribute_of(tag: str) -> str:
    """Return the attribute of a tag `attribute:word`."""
    return tag.partition(":")[0]


def by_attribute(tags: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return tags by their attribute; those of one are alternatives."""
    found: dict[str, tuple[str, ...]] = {}
    for tag in tags:
        name = attribute_of(tag)
        found[name] = (*found.get(name, ()), tag)
    return found


YES = "yes"


class Switch(StrEnum):
    """What goods are or are not."""

    IN_STOCK = "in_stock"
    COLD = "cold"
    SEASONAL = "seasonal"
    """In season in the month of the query, and not all the year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What narrows the goods; empty means all.

    Values of one facet are alternatives; of tags those of one attribute.
    """

    chosen: Mapping[Facet, tuple[str, ...]] = field(default_factory=dict)
    switches: frozenset[Switch] = frozenset()
    min_minor: int | None = None
    max_minor: int | None = None
    """Bounds of the price of a pack, both included."""
    way_hours: int | None = None
    """Only what may travel so long; goods without a limit may."""
    without: tuple[str, ...] = ()
    """Codes of goods that are not wanted."""


def merged(filters: Iterable[Filters]) -> Filters:
    """Return filters all of which hold; values chosen twice in one facet must agree."""
    chosen: dict[Facet, tuple[str, ...]] = {}
    switches: set[Switch] = set()
    low: int | None = None
    high: int | None = None
    for one in filters:
        for facet, values in one.chosen.items():
            before = chosen.get(facet)
            both = tuple(value for value in values if before is None or value in before)
            chosen[facet] = both or values
        switches |= one.switches
        low = max((x for x in (low, one.min_minor) if x is not None), default=None)
        high = min((x for x in (high, one.max_minor) if x is not None), default=None)
    return Filters(chosen=chosen, switches=frozenset(switches), min_minor=low, max_minor=high)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedQuery:
    """A query as engines are asked; without any wish all goods that meet the filters."""

    must: tuple[Group, ...] = ()
    """Wishes all of which a product meets."""
    soft: tuple[Group, ...] = ()
    """Wishes that only raise the score of what meets them."""
    filters: Filters = Filters()
    facets: tuple[Facet, ...] = ()
    """What to count. A facet's own choice is left out of its counts."""
    sort: Sort = Sort.RELEVANCE
    limit: int = 200
    offset: int = 0
    on: date
    """The day in Shanghai: recognition and the season are judged by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What is known of a product beside its words: to filter, count, sort and rank by."""

    keywords: Mapping[Facet, tuple[str, ...]] = field(default_factory=dict)
    """Facet → the values the product has; `RECOGNISED` is judged by the dates below."""
    price_minor: int = 0
    """What a pack of the cheapest SKU costs whoever looks."""
    listed_us: int = 0
    """When it was listed, in microseconds since 1970."""
    is_in_stock: bool = False
    is_on_presale: bool = False
    is_cold: bool = False
    is_year_round: bool = False
    season: int = 0
    """Bit 0 for January to bit 11 for December."""
    recognised_from: int = 0
    recognised_to: int = 0
    """Day numbers (`date.toordinal`) between which the recognition is valid; 0 to 0 never."""
    limit_hours: int | None = None
    """How long it may be on its way; None without a limit."""
    sold_packs: int = 0
    """Packs sold in the last ninety days."""
    stock_packs: int = 0
    best_before: int | None = None
    """Day number of the last day of the lot that is sold first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One product as engines keep it."""

    code: str
    title: str
    """Its names in the form that is compared, for ranking."""
    tokens: tuple[str, ...]
    """What it can be found by; a token that stands there twice weighs more."""
    traits: Traits


@dataclass(frozen=True, slots=True)
class Hit:
    """One product that was found."""

    code: str
    score: float
    title: str
    traits: Traits


@dataclass(frozen=True, slots=True)
class Found:
    """What an engine answers."""

    hits: tuple[Hit, ...]
    """In the order asked for, from `offset` on, at most `limit`."""
    total: int
    """How many goods meet the query, on this page or not."""
    counts: Mapping[Facet, Mapping[str, int]] = field(default_factory=dict)
    """Facet → value → how many goods choosing it would leave; empty values are left out."""
    state: str = ""
    """Which state of the index answered; another one after every change."""
    is_cut: bool = False
    """Whether the time was up before all goods were looked at, so that there may be more."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Changes that become visible together; a code stands in it once."""

    upserts: tuple[Entry, ...] = ()
    deletes: tuple[str, ...] = ()
    words: bytes | None = None
    """The shop's words as they are from now on, where they changed; see `Words`."""


@dataclass(frozen=True, slots=True)
class Words:
    """The shop's words as they were kept beside the goods; engines do not look into them."""

    version: str
    """Another one whenever the body is another one."""
    body: bytes


@dataclass(frozen=True, slots=True)
class Stats:
    """How large an index is."""

    documents: int
    generation: str
    """Another one after every rebuild."""
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Health:
    """Whether an engine can answer."""

    is_ready: bool
    is_missing: bool = False
    """Whether there is nothing at all yet, rather than something that cannot be read."""
    problem: str = ""


class EngineUnavailableError(Exception):
    """The engine cannot answer: no index, a damaged one, or too slow; ask another one."""


class Engine(Protocol):
    """One search engine. Any number of threads may search; one writer at a time applies."""

    @property
    def name(self) -> str:
        """Return what the setting calls it."""

    def search(self, query: ParsedQuery) -> Found:
        """Return what meets a query; raises `EngineUnavailableError`."""

    def size(self) -> int:
        """Return how many goods there are, within what was replaced a moment ago."""

    def frequency(self, token: str) -> int:
        """Return in how many goods a token stands, within what was replaced a moment ago."""

    def beginning(self, letters: str, *, limit: int) -> list[str]:
        """Return some tokens that begin with these letters."""

    def words(self) -> Words:
        """Return the shop's words the index was built with; raises `EngineUnavailableError`."""

    def apply(self, batch: Batch) -> None:
        """Carry out changes; repeating them changes nothing."""

    def rebuild(self, entries: Iterable[Entry], *, words: bytes, at: datetime) -> Stats:
        """Build everything anew beside what is there and let it take over in one step."""

    def codes(self) -> Mapping[str, Traits]:
        """Return everything the index holds, for comparison with the goods on sale."""

    def stats(self) -> Stats:
        """Return how large the index is; raises `EngineUnavailableError`."""

    def health(self) -> Health:
        """Say whether a search would be answered."""
