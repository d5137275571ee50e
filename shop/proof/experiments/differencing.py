"""Whoever subtracts published tables from each other never gets at a single household."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kernel.disclosure import DisclosurePolicy, HouseholdGroup
from reporting.rules.disclosure import (
    TOTAL,
    DisclosedTable,
    part_of_region,
    protect,
    protect_region,
)
from reporting.rules.years import protect_year
from reporting.values import CategoryGroup, Place
from shop.proof.experiments.attacker import Cell, Known, recovered
from shop.proof.experiments.told_sources import make_books, published_books
from shop.proof.runner import Kind, Outcome, run_named
from shop.settings import Settings

DISTRICT = "500156"
CLASSES = tuple(str(group) for group in CategoryGroup)
GUARDED = DisclosurePolicy(minimum=10, dominance_percent=85)
OPEN = DisclosurePolicy(minimum=1, dominance_percent=100)
MONTHS = tuple(f"2026-{month:02}" for month in range(1, 7))
GOAL = "0 recovered with suppression, some in 95 % of districts without"
BITTEN_PERCENT = 95
"""In so many districts the attacker must succeed where nothing is withheld, or he is blind."""
DEFAULT_SEEDS, FULL_SEEDS = 60, 1_000

Incomes = dict[Cell, list[int]]


@dataclass(frozen=True, slots=True)
class Region:
    """A made-up district: incomes of households by village and class, areas of townships."""

    incomes: Incomes
    area_of: Mapping[str, str]

    @property
    def villages(self) -> list[str]:
        """Return the villages in which somebody lives."""
        return sorted({village for village, _ in self.incomes})


@run_named(Kind.EXPERIMENT, "differencing")
def differencing(settings: Settings) -> Outcome:
    """Solve every published table of a district for single households, over many districts."""
    return attack(FULL_SEEDS if settings.full_size else DEFAULT_SEEDS)


def attack(seeds: int) -> Outcome:
    """Attack so many districts: guarded, without a guard, and with each page guarded alone."""
    households = guarded = unguarded = alone = bitten = monthly = monthly_open = 0
    opened = opened_open = 0
    for seed in range(seeds):
        region = make_region(random.Random(seed))
        households += sum(len(members) for members in region.incomes.values())
        guarded += recovered(region.incomes, published(region, GUARDED))
        found = recovered(region.incomes, published(region, OPEN))
        unguarded += found
        bitten += bool(found)
        alone += recovered(region.incomes, published_alone(region, GUARDED))
        year = make_year(seed)
        monthly += recovered(year.incomes, published_year(year, GUARDED))
        monthly_open += recovered(year.incomes, published_year(year, OPEN))
        books = make_books(seed)
        opened += recovered(books.incomes, published_books(books, GUARDED))
        opened_open += recovered(books.incomes, published_books(books, OPEN))
    return Outcome(
        name="differencing",
        figure=(
            f"{guarded} of {households} households recovered within 10 % over {seeds} seeds"
            f" with suppression, {unguarded} without; by month {monthly},"
            f" {monthly_open} without; with sources {opened}, {opened_open} without"
        ),
        goal=GOAL,
        holds=guarded == 0
        and monthly == opened == 0
        and monthly_open > 0
        and opened_open > 0
        and bitten * 100 >= seeds * BITTEN_PERCENT,
        details=(
            f"without suppression the attacker succeeds in {bitten} of {seeds} districts",
            f"with every page guarded by itself only: {alone} recovered",
        ),
    )


def make_region(chance: random.Random) -> Region:
    """Make a district of few townships, in which small and lopsided groups are common."""
    incomes: Incomes = {}
    area_of: dict[str, str] = {}
    for town in range(chance.randint(2, 4)):
        township = f"{DISTRICT}{100 + town}"
        area_of[township] = chance.choice(["east", "west", ""])
        for place in range(chance.randint(1, 5)):
            for name in CLASSES:
                members = _members(chance)
                if members:
                    incomes[f"{township}{200 + place}", name] = members
    return Region(incomes, {town: area for town, area in area_of.items() if area})


def published(region: Region, policy: DisclosurePolicy) -> Iterator[Known]:
    """Yield every sum of every page: district, townships, villages, what is left over."""
    table = protect_region(
        _groups(region), area_of=region.area_of, columns=CLASSES, policy=policy
    )
    for scope in _scopes(region):
        page = part_of_region(table, scope, places=_places(region, scope))
        yield from _sums(region, page, scope, CLASSES)


def make_year(seed: int) -> Region:
    """Make a district whose households earn in some months of a year and not in others."""
    chance = random.Random(seed)
    incomes: Incomes = {}
    area_of: dict[str, str] = {}
    for town in range(chance.randint(2, 3)):
        township = f"{DISTRICT}{100 + town}"
        area_of[township] = chance.choice(["east", "west", ""])
        for place in range(chance.randint(1, 4)):
            members = _members(chance)
            for month in MONTHS:
                share = chance.choice([0, 0.3, 1, 1])
                earned = [m // chance.randint(1, 3) for m in members if chance.random() < share]
                if earned:
                    incomes[f"{township}{200 + place}", month] = sorted(earned, reverse=True)
    return Region(incomes, {town: area for town, area in area_of.items() if area})


def published_year(region: Region, policy: DisclosurePolicy) -> Iterator[Known]:
    """Yield every sum by month, and of the year, of every page."""
    groups = _groups(region)
    cells = dict(groups)
    for village in region.villages:
        # The same households earn in several months; the largest month tells how many.
        months = [group for (row, _), group in groups.items() if row == village]
        cells[village, TOTAL] = HouseholdGroup(
            max(group.households for group in months),
            sum(group.minor for group in months),
            sum(group.largest_minor for group in months),
            sum(group.second_minor for group in months),
        )
    (table,) = protect_year(
        {"income": cells}, area_of=region.area_of, months=MONTHS, policy=policy
    ).values()
    for scope in _scopes(region):
        page = part_of_region(table, scope, places=_places(region, scope))
        yield from _sums(region, page, scope, MONTHS)


def published_alone(region: Region, policy: DisclosurePolicy) -> Iterator[Known]:
    """Yield the sums of pages each of which is protected without regard to the others."""
    groups = _groups(region)
    for scope in _scopes(region):
        digits = 9 if len(scope) == len(DISTRICT) else 12
        cells: dict[Cell, HouseholdGroup] = {}
        for (village, name), group in groups.items():
            if village.startswith(scope):
                key = (village[:digits], name)
                cells[key] = cells.get(key, HouseholdGroup()) + group
        rows = sorted({row for row, _ in cells})
        page = protect(cells, tree={TOTAL: rows}, columns=CLASSES, policy=policy)
        yield from _sums(region, page, scope, CLASSES)


def _sums(
    region: Region, page: DisclosedTable, scope: str, columns: Sequence[str]
) -> Iterator[Known]:
    members = _members_of(region, page, scope)
    names = {name: (name,) for name in columns} | {TOTAL: tuple(columns)}
    for row, villages in members.items():
        for name in (*columns, TOTAL):
            group = page.find(row, name)
            if group is not None and group.households:
                yield _known(region, villages, names[name], group.minor)
    for parent, children in page.tree.items():
        hidden = page.withheld_rows(parent)
        villages = [village for row in hidden for village in members.get(row, ())]
        for name in (*columns, TOTAL):
            rest = (
                page.find_rest(parent, name) if hidden and len(hidden) < len(children) else None
            )
            if rest is not None and rest.households:
                yield _known(region, villages, names[name], rest.minor)


def _members_of(region: Region, page: DisclosedTable, scope: str) -> dict[str, list[str]]:
    """Return the villages behind each row of a page."""

    def below(row: str) -> list[str]:
        if row == TOTAL:
            return [village for village in region.villages if village.startswith(scope)]
        if row.isdigit():
            return [village for village in region.villages if village.startswith(row)]
        return [v for v in region.villages if region.area_of.get(v[:9]) == row]

    rows = {TOTAL, *page.tree, *(row for children in page.tree.values() for row in children)}
    return {row: below(row) for row in sorted(rows)}


def _known(region: Region, villages: Sequence[str], names: Sequence[str], minor: int) -> Known:
    cells = {(village, one) for village in villages for one in names}
    return Known(frozenset(cells & region.incomes.keys()), minor)


def _groups(region: Region) -> dict[Cell, HouseholdGroup]:
    return {
        cell: HouseholdGroup(
            len(members),
            sum(members),
            members[0],
            members[1] if len(members) > 1 else 0,
        )
        for cell, members in region.incomes.items()
    }


def _members(chance: random.Random) -> list[int]:
    count = chance.choice([0, 0, 1, 1, 2, 3, 6, 9, 10, 12, 18, 30])
    members = [chance.randint(50_000, 2_000_000) for _ in range(count)]
    if members and chance.random() < 0.25:  # noqa: PLR2004 -- every fourth group is lopsided
        members[0] *= chance.choice([5, 20, 100])
    return sorted(members, reverse=True)


def _scopes(region: Region) -> list[str]:
    townships = sorted({village[:9] for village in region.villages})
    return [DISTRICT, *townships, *region.villages]


def _places(region: Region, scope: str) -> list[Place]:
    digits = 9 if len(scope) == len(DISTRICT) else 12
    codes = sorted({v[:digits] for v in region.villages if v.startswith(scope)})
    return [
        Place(code, code, code, "", None, "", region.area_of.get(code, ""), None, None)
        for code in codes
    ]
