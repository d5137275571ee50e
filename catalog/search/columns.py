"""What is known of the goods of an index, as columns of numbers: filter, count, sort."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from catalog.listing.filters import PRICE_STEPS, Sort
from catalog.search.port import (
    KEPT,
    YES,
    Facet,
    ParsedQuery,
    Switch,
    Traits,
    attribute_of,
    by_attribute,
)

Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]

NO_LIMIT = 2**31
SHUFFLE_DIGITS = 15


def shuffle(code: str) -> int:
    """Return a number that puts equals into an order that is mixed and always the same."""
    digest = hashlib.md5(code.encode(), usedforsecurity=False).hexdigest()
    return int(digest[:SHUFFLE_DIGITS], 16)


class Names:
    """Numbers for the values of facets; grows as values are met and forgets none."""

    def __init__(self) -> None:
        """Know no value yet."""
        self._numbers: dict[Facet, dict[str, int]] = {facet: {} for facet in KEPT}
        self._values: dict[Facet, list[str]] = {facet: [] for facet in KEPT}

    def number(self, facet: Facet, value: str) -> int:
        """Return the number of a value, a new one for a new value."""
        numbers = self._numbers[facet]
        if value not in numbers:
            # The list first: whoever sees a number can look its value up.
            self._values[facet].append(value)
            numbers[value] = len(numbers)
        return numbers[value]

    def find(self, facet: Facet, values: Sequence[str]) -> list[int]:
        """Return the numbers of those values that any of the goods has."""
        numbers = self._numbers[facet]
        return [numbers[value] for value in values if value in numbers]

    def value(self, facet: Facet, number: int) -> str:
        """Return the value of a number."""
        return self._values[facet][number]


@dataclass(frozen=True, slots=True)
class Columns:
    """The traits of some goods; row by row in the order they were given."""

    size: int
    numbers: Mapping[str, Numbers]
    owners: Mapping[Facet, Numbers]
    """Facet → rows that have a value, each as often as it has one."""
    values: Mapping[Facet, Numbers]
    """Facet → the number of that value."""


def of_traits(codes: Sequence[str], traits: Sequence[Traits], names: Names) -> Columns:
    """Return the columns of some goods."""
    rows = [(*_numbers(one), shuffle(code)) for code, one in zip(codes, traits, strict=True)]
    table = np.array(rows, dtype=np.int64).reshape(len(rows), len(_ORDER)).T
    owners: dict[Facet, Numbers] = {}
    values: dict[Facet, Numbers] = {}
    for facet in KEPT:
        pairs = [
            (row, names.number(facet, value))
            for row, one in enumerate(traits)
            for value in one.keywords.get(facet, ())
        ]
        both = np.array(pairs, dtype=np.int64).reshape(len(pairs), 2).T
        owners[facet], values[facet] = both[0].copy(), both[1].copy()
    return Columns(
        len(rows),
        dict(zip(_ORDER, (column.copy() for column in table), strict=True)),
        owners,
        values,
    )


def joined(parts: Sequence[Columns]) -> Columns:
    """Return the columns of the goods of several parts, one part after the other."""
    begins = np.cumsum([0, *(part.size for part in parts)])
    shifted = list(zip(parts, begins, strict=False))
    return Columns(
        int(begins[-1]),
        {name: _chain([part.numbers[name] for part in parts]) for name in _ORDER},
        {facet: _chain([part.owners[facet] + at for part, at in shifted]) for facet in KEPT},
        {facet: _chain([part.values[facet] for part in parts]) for facet in KEPT},
    )


def meets(columns: Columns, query: ParsedQuery) -> Mask:
    """Return which goods meet everything of the filters but the choices in facets."""
    filters = query.filters
    numbers = columns.numbers
    mask = np.ones(columns.size, dtype=np.bool_)
    if Switch.COLD in filters.switches:
        mask &= numbers["cold"] > 0
    if Switch.SEASONAL in filters.switches:
        mask &= _in_season(columns, query) & (numbers["year_round"] == 0)
    if filters.way_hours is not None:
        mask &= numbers["limit_hours"] >= filters.way_hours
    if filters.without:
        mask &= ~np.isin(numbers["shuffle"], [shuffle(code) for code in filters.without])
    return mask


def chosen(columns: Columns, query: ParsedQuery, names: Names) -> dict[Facet, Mask]:
    """Return for each facet something was chosen in which goods meet that choice."""
    filters, numbers = query.filters, columns.numbers
    choices = {
        facet: _has(columns, query, names, facet, values)
        for facet, values in filters.chosen.items()
        if values
    }
    if Switch.IN_STOCK in filters.switches:
        choices[Facet.STOCK] = numbers["in_stock"] > 0
    low, high = filters.min_minor, filters.max_minor
    if low is not None or high is not None:
        prices = numbers["price_minor"]
        choices[Facet.PRICE] = (prices >= (low or 0)) & (
            prices <= (np.iinfo(np.int64).max if high is None else high)
        )
    return choices


def count(
    columns: Columns,
    query: ParsedQuery,
    names: Names,
    base: Mask,
    choices: Mapping[Facet, Mask],
) -> dict[Facet, dict[str, int]]:
    """Return the counts of every facet asked for, over all goods that meet the rest."""
    everything = _all(base, choices.values())
    found: dict[Facet, dict[str, int]] = {}
    for facet in query.facets:
        rest = everything
        if facet in choices:
            rest = _all(base, [mask for other, mask in choices.items() if other is not facet])
        if facet is Facet.TAG and facet in choices:
            found[facet] = _count_tags(columns, query, names, rest)
        else:
            found[facet] = _count(columns, query, names, facet, rest)
    return found


def hits(base: Mask, choices: Mapping[Facet, Mask]) -> Mask:
    """Return which goods meet everything."""
    return _all(base, choices.values())


def order(columns: Columns, query: ParsedQuery, rows: Numbers, scores: Any) -> Numbers:
    """Return the first rows of a page and all before it in the order asked for.

    Any: scores are the floats of these rows.
    """
    numbers = columns.numbers
    key = _key(columns, query, rows, scores)
    wanted = query.offset + query.limit
    if wanted < len(rows):
        # Only what can stand on the page is sorted: the best, and what equals the last of it.
        last = np.partition(key, wanted - 1)[wanted - 1] if wanted else key.min()
        near = key <= last
        rows, key = rows[near], key[near]
    return rows[np.lexsort((numbers["shuffle"][rows], key))][query.offset : wanted]


def _key(columns: Columns, query: ParsedQuery, rows: Numbers, scores: Any) -> Any:
    """Return a number for every row, the smallest first. Any: whole numbers or floats."""
    numbers = columns.numbers
    if query.sort is Sort.RELEVANCE:
        return -scores
    if query.sort is Sort.NEWEST:
        return -numbers["listed_us"][rows]
    if query.sort is Sort.RECOMMENDED:
        return _rank(columns, query)[rows]
    prices = numbers["price_minor"][rows]
    return prices if query.sort is Sort.PRICE_UP else -prices


_ORDER = (
    *("price_minor", "listed_us", "season", "recognised_from", "recognised_to", "limit_hours"),
    *("in_stock", "on_presale", "cold", "year_round", "shuffle"),
)


def _numbers(traits: Traits) -> tuple[int, ...]:
    return (
        *(traits.price_minor, traits.listed_us, traits.season),
        *(traits.recognised_from, traits.recognised_to),
        NO_LIMIT if traits.limit_hours is None else traits.limit_hours,
        *(traits.is_in_stock, traits.is_on_presale, traits.is_cold, traits.is_year_round),
    )


def _chain(parts: Sequence[Numbers]) -> Numbers:
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)


def _all(base: Mask, masks: Any) -> Mask:
    """Any: whatever masks of the same goods."""
    result = base.copy()
    for mask in masks:
        result &= mask
    return result


def _in_season(columns: Columns, query: ParsedQuery) -> Mask:
    return (columns.numbers["season"] & (1 << (query.on.month - 1))) > 0


def _recognised(columns: Columns, query: ParsedQuery) -> Mask:
    day = query.on.toordinal()
    return (columns.numbers["recognised_from"] <= day) & (
        columns.numbers["recognised_to"] >= day
    )


def _has(
    columns: Columns, query: ParsedQuery, names: Names, facet: Facet, values: Sequence[str]
) -> Mask:
    if facet is Facet.RECOGNISED:
        recognised = _recognised(columns, query)
        return recognised if YES in values else np.zeros_like(recognised)
    if facet is Facet.TAG:
        groups = by_attribute(values).values()
        met = (_has_any(columns, names, facet, group) for group in groups)
        return _all(np.ones(columns.size, dtype=np.bool_), met)
    return _has_any(columns, names, facet, values)


def _has_any(columns: Columns, names: Names, facet: Facet, values: Sequence[str]) -> Mask:
    mask = np.zeros(columns.size, dtype=np.bool_)
    for number in names.find(facet, values):
        mask[columns.owners[facet][columns.values[facet] == number]] = True
    return mask


def _count(
    columns: Columns, query: ParsedQuery, names: Names, facet: Facet, mask: Mask
) -> dict[str, int]:
    if facet is Facet.PRICE:
        bands = np.searchsorted(
            np.array(PRICE_STEPS), columns.numbers["price_minor"][mask], side="right"
        )
        return {str(band): int(n) for band, n in enumerate(np.bincount(bands)) if n}
    if facet in (Facet.RECOGNISED, Facet.STOCK):
        is_so = (
            _recognised(columns, query)
            if facet is Facet.RECOGNISED
            else columns.numbers["in_stock"] > 0
        )
        number = int(np.count_nonzero(mask & is_so))
        return {YES: number} if number else {}
    counted = np.bincount(columns.values[facet][mask[columns.owners[facet]]])
    return {
        names.value(facet, int(number)): int(counted[number])
        for number in np.flatnonzero(counted)
    }


def _count_tags(
    columns: Columns, query: ParsedQuery, names: Names, rest: Mask
) -> dict[str, int]:
    """Count tags where some are chosen: each attribute over what meets the others' choices."""
    groups = by_attribute(query.filters.chosen[Facet.TAG])
    masks = {name: _has_any(columns, names, Facet.TAG, group) for name, group in groups.items()}
    counted = _count(columns, query, names, Facet.TAG, _all(rest, masks.values()))
    found = {tag: n for tag, n in counted.items() if attribute_of(tag) not in masks}
    for name in masks:
        others = _all(rest, [mask for other, mask in masks.items() if other != name])
        own = _count(columns, query, names, Facet.TAG, others)
        found |= {tag: n for tag, n in own.items() if attribute_of(tag) == name}
    return found


def _rank(columns: Columns, query: ParsedQuery) -> Numbers:
    """Return the rank by which the shop recommends: in stock before not, the season first."""
    numbers = columns.numbers
    in_season = _in_season(columns, query) | (numbers["year_round"] > 0)
    seasonal = in_season & (numbers["year_round"] == 0)
    stocked = np.where(seasonal, 0, np.where(in_season, 1, 2))
    sold_out = np.where(numbers["on_presale"] > 0, 2, np.where(in_season, 3, 4))
    ranked: Numbers = np.where(numbers["in_stock"] > 0, stocked, sold_out)
    return ranked
