"""What the address of a list asks for: filters, order, page; and addresses that ask otherwise.

A filter that makes no sense is left out rather than refused: addresses are shared and mistyped,
and a list without one wish is still an answer.
"""

import re
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from catalog.listing.filters import Filter, Sort
from kernel.paging import decode_key

SIZES = (24, 48)
MAX_VALUES = 40
PLACE = "@"
"""How the key of a page of hits begins; those of the database's own lists never do."""
CODE = re.compile(r"[\w()（）·.:\-]{1,64}")
YUAN = re.compile(r"(\d{1,7})(?:\.(\d{1,2}))?")

# Name in the address → field of `Filter`.
FACETS = {
    "category": "categories",
    "kind": "kinds",
    "township": "places",
    "village": "villages",
    "brand": "brands",
    "origin": "marks",
    "attr": "tags",
    "storage": "storages",
    "certificate": "certificates",
}
SWITCHES = {
    "recognised": "is_recognised",
    "season": "is_seasonal",
    "stock": "is_in_stock",
    "cold": "is_cold",
    "reach": "is_reachable",
}
SINGLES = ("seller",)
BOUNDS = {"min": "min_minor", "max": "max_minor"}
WEIGHT = "weight"
"""In the address: what a pack has to weigh, in grams."""
GRAMS = re.compile(r"[1-9]\d{0,5}")

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One list as its address asks for it."""

    path: str
    wanted: Filter
    sort: Sort
    size: int
    key: str | None
    pairs: Pairs
    """Everything understood, as it stands in the address; without the key of the page."""

    def address(self, *, key: str | None = None) -> str:
        """Return the address of this list, on its first page or behind a key."""
        return _address(self.path, (*self.pairs, *((("key", key),) if key else ())))

    def without(self, name: str, value: str | None = None) -> str:
        """Return the address of the list with one choice, or all of a name, taken back."""
        kept = [pair for pair in self.pairs if pair[0] != name or value not in {None, pair[1]}]
        return _address(self.path, tuple(kept))

    def having(self, name: str, value: str) -> str:
        """Return the address of the list with a name set to one value."""
        others = [pair for pair in self.pairs if pair[0] != name]
        return _address(self.path, (*others, (name, value)))

    def between(self, low: str, high: str) -> str:
        """Return the address of the list with other bounds of the price; empty for none."""
        others = [pair for pair in self.pairs if pair[0] not in BOUNDS]
        bounds = [(name, value) for name, value in (("min", low), ("max", high)) if value]
        return _address(self.path, (*others, *bounds))

    def bare(self) -> str:
        """Return the address without any filter; what was searched for stays."""
        return _address(self.path, tuple(pair for pair in self.pairs if pair[0] == "q"))

    def is_filtered(self) -> bool:
        """Say whether anything narrows the list."""
        return any(name not in {"q", "sort", "per"} for name, _ in self.pairs)

    def unplaced(self) -> "Asked":
        """Return the same list from its beginning, where its key is a place among hits."""
        return replace(self, key=None) if is_place(self.key) else self

    def restricted(self, codes: tuple[str, ...]) -> "Asked":
        """Return the same list over the hits of a search."""
        return replace(self, wanted=replace(self.wanted, codes=codes))


def is_place(key: str | None) -> bool:
    """Say whether the key of a page is a place among an engine's hits, and no key of a table.

    Raises `InvalidError` for a key that is none.
    """
    return bool(key) and decode_key(str(key), int, str)[1].startswith(PLACE)


def read(
    path: str, arguments: MultiDict[str, str], *, default: Sort = Sort.RECOMMENDED
) -> Asked:
    """Understand the arguments of a list's address."""
    pairs: list[tuple[str, str]] = []
    if text := arguments.get("q", "").strip():
        pairs.append(("q", text))
    fields: dict[str, object] = {}
    fields |= _facets(arguments, pairs)
    fields |= _others(arguments, pairs)
    sort = _sort(arguments.get("sort", ""), default)
    if sort is not default:
        pairs.append(("sort", sort))
    size = SIZES[1] if arguments.get("per") == str(SIZES[1]) else SIZES[0]
    if size != SIZES[0]:
        pairs.append(("per", str(size)))
    return Asked(
        path=path,
        wanted=Filter(**fields),  # type: ignore[arg-type]  # built by field name above
        sort=sort,
        size=size,
        key=arguments.get("key") or None,
        pairs=tuple(pairs),
    )


def _facets(
    arguments: MultiDict[str, str], pairs: list[tuple[str, str]]
) -> dict[str, tuple[str, ...]]:
    fields = {}
    for name, attribute in FACETS.items():
        given = dict.fromkeys(arguments.getlist(name)[:MAX_VALUES])
        values = tuple(value for value in given if CODE.fullmatch(value))
        fields[attribute] = values
        pairs.extend((name, value) for value in values)
    return fields


def _others(arguments: MultiDict[str, str], pairs: list[tuple[str, str]]) -> dict[str, object]:
    fields: dict[str, object] = {}
    for name, attribute in SWITCHES.items():
        if arguments.get(name) == "1":
            fields[attribute] = True
            pairs.append((name, "1"))
    for name in SINGLES:
        value = arguments.get(name, "")
        if CODE.fullmatch(value):
            fields[name] = value
            pairs.append((name, value))
    for name, attribute in BOUNDS.items():
        minor = _minor(arguments.get(name, ""))
        if minor is not None:
            fields[attribute] = minor
            pairs.append((name, arguments[name].strip()))
    if GRAMS.fullmatch(weight := arguments.get(WEIGHT, "").strip()):
        fields["grams"] = int(weight)
        pairs.append((WEIGHT, weight))
    return fields


def _minor(text: str) -> int | None:
    """Read yuan a person typed as fen; None for anything else."""
    match = YUAN.fullmatch(text.strip())
    if match is None:
        return None
    yuan, cents = match.groups()
    return int(yuan) * 100 + int((cents or "0").ljust(2, "0"))


def _sort(text: str, default: Sort) -> Sort:
    if text in set(Sort) and (text != Sort.RELEVANCE or default is Sort.RELEVANCE):
        return Sort(text)
    return default


def _address(path: str, pairs: Pairs) -> str:
    return f"{path}?{urlencode(pairs)}" if pairs else path
