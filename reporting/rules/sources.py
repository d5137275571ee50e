"""Which sources of a year's figures may be told one by one, so that the rest tells of nobody.

A source is a sale, a contract's receipts, an allotment or a settlement, with its part in a
month. It is told only where its sum may be shown, in every measure it stands in; on all pages
or on none. Blocks are the smallest groups of places whose figures can be known: where every
block's part of a source may be shown, each is told by itself; else the source is told as one,
and only where all of it belongs to what is looked at.

All that is not told is the rest. Every sum of it that can be known – of a place shown, of those
withheld beside it, by month and by the year – must be large enough as well, and where a source
that is told as one lies across the border of such a sum, there must be such a rest: else the
part on one side of the border would be left over. Sources are given up until it is so.

Whoever adds and subtracts figures and sources, in whatever way, is left with told sums, or with
all of a rest that is large enough and more.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from kernel.disclosure import DisclosurePolicy, HouseholdGroup, is_safe
from reporting.rules.disclosure import NOBODY, TOTAL, DisclosedTable
from reporting.rules.years import blocks_of, list_knowable, smaller_sides

Unit = tuple[str, str]
"""A source and the month of its part."""

MEASURES = ("M2", "M3", "M5")
APART = "M3-M2"
"""What anybody can subtract; see `reporting.measures.APART`."""

Sums = defaultdict[str, int]
"""Fen by household."""


@dataclass(frozen=True, slots=True)
class Share:
    """What one household had from one source in a month: traced, recognised and paid."""

    unit: Unit
    village: str
    household_id: str
    minors: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Told:
    """The sources that are told, and by which blocks."""

    blocks: Mapping[str, str]
    """The block of each village whose figures can be known."""
    is_split: Mapping[Unit, bool]
    """Every told source, and whether it is told block by block."""

    def within(
        self, shares: Iterable[Share], is_in: Callable[[str], bool]
    ) -> Mapping[Unit, Sequence[Share]]:
        """Return what is told about some of the villages, source by source.

        A source that is told as one is left out where part of it belongs to other villages.
        """
        found: defaultdict[Unit, list[Share]] = defaultdict(list)
        beyond: set[Unit] = set()
        for share in shares:
            if share.unit not in self.is_split or share.village not in self.blocks:
                continue
            if is_in(share.village):
                found[share.unit].append(share)
            elif not self.is_split[share.unit]:
                beyond.add(share.unit)
        return {unit: some for unit, some in found.items() if unit not in beyond}


@dataclass(slots=True)
class _Source:
    """A source by measure and block, household by household."""

    sums: defaultdict[tuple[str, str], Sums] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(int))
    )

    def blocks(self, name: str) -> set[str]:
        return {block for one, block in self.sums if one == name}

    def names(self) -> set[str]:
        return {name for name, _ in self.sums}


def choose(
    shares: Iterable[Share],
    eligible: Collection[str],
    *,
    table: DisclosedTable,
    policy: DisclosurePolicy,
) -> Told:
    """Return which sources are told beside the figures of a table of the whole district.

    `eligible` are the sources that may be told on their own account.
    """
    blocks = blocks_of(table)
    sources = _collected(shares, blocks)
    choice = _Choice(sources, policy)
    for (source, month), found in sources.items():
        if source in eligible and (TOTAL, month) not in table.withheld:
            choice.offer((source, month), found)
    choice.settle(_knowable(table, blocks))
    return Told(blocks, choice.told)


def _collected(shares: Iterable[Share], blocks: Mapping[str, str]) -> dict[Unit, _Source]:
    found: defaultdict[Unit, _Source] = defaultdict(_Source)
    for share in shares:
        block = blocks.get(share.village)
        if block is None:
            continue
        traced, recognised, _ = share.minors
        for name, minor in (
            *zip(MEASURES, share.minors, strict=True),
            (APART, recognised - traced),
        ):
            if minor:
                found[share.unit].sums[name, block][share.household_id] += minor
    return dict(found)


def _knowable(
    table: DisclosedTable, blocks: Mapping[str, str]
) -> Sequence[tuple[frozenset[str], str]]:
    found = {
        (frozenset(blocks[one] for one in villages if one in blocks), column): None
        for villages, column in list_knowable(table)
    }
    return [(some, column) for some, column in found if some]


class _Choice:
    """The sources that are told as far as is known by now, and the rest beside them."""

    def __init__(self, sources: Mapping[Unit, _Source], policy: DisclosurePolicy) -> None:
        self.sources = sources
        self.policy = policy
        self.told: dict[Unit, bool] = {}
        self.rests: defaultdict[tuple[str, str, str], Sums] = defaultdict(
            lambda: defaultdict(int)
        )
        self.groups: dict[tuple[str, str, str], HouseholdGroup] = {}
        self.near: defaultdict[tuple[str, str, str], list[Unit]] = defaultdict(list)

    def offer(self, unit: Unit, found: _Source) -> None:
        """Take a source in where its sum may be shown, as one or block by block."""
        parts = {key: _group(key[0], sums) for key, sums in found.sums.items()}
        for name in found.names():
            joined = (group for (one, _), group in parts.items() if one == name)
            if not is_safe(sum(joined, NOBODY), self.policy):
                return
        self.told[unit] = all(is_safe(group, self.policy) for group in parts.values())
        for name, block in parts:
            for column in (unit[1], TOTAL):
                self.near[name, block, column].append(unit)

    def settle(self, knowable: Sequence[tuple[frozenset[str], str]]) -> None:
        """Give up sources until the rest is large enough wherever it can be known."""
        self.by_month = [one for one in knowable if one[1] != TOTAL]
        self.months = sorted({month for _, month in self.sources})
        for unit, found in self.sources.items():
            if unit not in self.told:
                self._leave(unit, found)
        names = (*MEASURES, APART)
        waiting = [(name, *one) for name in names for one in knowable]
        while waiting:
            has_given = [self._make_safe(*one) for one in waiting]
            waiting = waiting if any(has_given) else []

    def _make_safe(self, name: str, some: frozenset[str], column: str) -> bool:
        """Give up sources until one sum of the rest is large enough; say whether any was."""
        has_given = False
        while not (
            self._is_safe(name, some, column)
            and (column != TOTAL or self._is_apart_from_months(name, some))
        ):
            unit = self._next(name, some, column)
            has_given = True
            del self.told[unit]
            self._leave(unit, self.sources[unit])
        return has_given

    def _is_safe(self, name: str, some: frozenset[str], column: str) -> bool:
        group = self._sum(name, some, column)
        if group.households:
            # Without a source left to be told there is nothing to subtract from the figure.
            return is_safe(group, self.policy) or not self._near(name, some, column)
        return not any(
            self._lies_across(unit, name, some) for unit in self._near(name, some, column)
        )

    def _is_apart_from_months(self, name: str, some: frozenset[str]) -> bool:
        """Say whether months of what lies around cannot be subtracted from a year's rest."""
        wider = [(around, month) for around, month in self.by_month if some < around]
        if not wider or any(around == some for around, _ in self.by_month):
            return True
        months = {month for around, month in wider}
        around = {
            month: min((one for one, at in wider if at == month), key=len) for month in months
        }
        left = smaller_sides(
            (
                self._sum(name, some, month),
                self._sum(name, around[month] - some, month) if month in months else None,
            )
            for month in self.months
        )
        near = self._near(name, some, TOTAL)
        if left.households:
            return is_safe(left, self.policy) or not near
        return not any(self._lies_across(unit, name, some) for unit in near)

    def _lies_across(self, unit: Unit, name: str, some: frozenset[str]) -> bool:
        return not self.told[unit] and not self.sources[unit].blocks(name) <= some

    def _sum(self, name: str, some: Iterable[str], column: str) -> HouseholdGroup:
        return sum((self._rest(name, block, column) for block in some), NOBODY)

    def _near(self, name: str, some: frozenset[str], column: str) -> list[Unit]:
        return [
            unit
            for block in some
            for unit in self.near.get((name, block, column), ())
            if unit in self.told
        ]

    def _next(self, name: str, some: frozenset[str], column: str) -> Unit:
        """Return the smallest source that alone makes the rest large enough, or nearly."""

        def size(unit: Unit) -> tuple[bool, int, Unit]:
            sums = self.sources[unit].sums
            minor = abs(sum(sum(one.values()) for key, one in sums.items() if key[0] == name))
            households = sum(len(sums[name, block]) for block in some if (name, block) in sums)
            return households < self.policy.minimum, minor, unit

        return min(self._near(name, some, column), key=size)

    def _leave(self, unit: Unit, found: _Source) -> None:
        for (name, block), sums in found.sums.items():
            for column in (unit[1], TOTAL):
                rest = self.rests[name, block, column]
                for household_id, minor in sums.items():
                    rest[household_id] += minor
                self.groups.pop((name, block, column), None)

    def _rest(self, name: str, block: str, column: str) -> HouseholdGroup:
        key = name, block, column
        if key not in self.groups:
            self.groups[key] = _group(name, self.rests.get(key, {}))
        return self.groups[key]


def _group(name: str, sums: Mapping[str, int]) -> HouseholdGroup:
    minors = [minor for minor in sums.values() if minor]
    if name == APART:
        minors = [abs(minor) for minor in minors]
    largest = sorted((abs(minor) for minor in minors), reverse=True)[:2]
    first, second = [*largest, 0, 0][:2]
    return HouseholdGroup(len(minors), sum(minors), first, second)
