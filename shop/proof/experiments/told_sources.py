"""Made-up years with the sources of their figures, as every page would tell them."""

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kernel.disclosure import DisclosurePolicy, HouseholdGroup
from reporting.rules.disclosure import TOTAL, DisclosedTable, part_of_region
from reporting.rules.inference import Key
from reporting.rules.sources import APART, MEASURES, Share, Told, choose
from reporting.rules.years import protect_year
from reporting.values import Place
from shop.proof.experiments.attacker import Cell, Known

DISTRICT = "500156"
MONTHS = ("2026-01", "2026-02", "2026-03")
TRACED, RECOGNISED = MEASURES[0], MEASURES[1]
PEOPLE = (2, 6, 9, 10, 12, 18)
"""How many households live in a village."""
SHARED = (0.0, 0.2, 0.6, 1.0)
"""How many of a village's households have a part in a source."""


@dataclass(frozen=True, slots=True)
class Books:
    """What households of a district had from single sources in a year."""

    shares: Sequence[Share]
    area_of: Mapping[str, str]

    @property
    def incomes(self) -> dict[Cell, list[int]]:
        """Return the parts of a source in a village, which nobody should find out."""
        found: defaultdict[Cell, list[int]] = defaultdict(list)
        for share in self.shares:
            found[_cell(share)].append(share.minors[1])
        return dict(found)

    @property
    def villages(self) -> list[str]:
        """Return the villages in which somebody earned."""
        return sorted({share.village for share in self.shares})


def make_books(seed: int) -> Books:
    """Make a district whose sales and allotments reach some villages and not others."""
    chance = random.Random(seed)
    area_of: dict[str, str] = {}
    people: dict[str, list[int]] = {}
    for town in range(chance.randint(1, 3)):
        township = f"{DISTRICT}{100 + town}"
        area_of[township] = chance.choice(["east", "west", ""])
        for place in range(chance.randint(1, 3)):
            sizes = [chance.randint(50, 2_000) for _ in range(chance.choice(PEOPLE))]
            people[f"{township}{200 + place}"] = sizes
    shares: list[Share] = []
    for month in MONTHS:
        for number in range(chance.randint(1, 4)):
            kind = chance.choice(["line", "line", "line", "allotment"])
            for village, sizes in people.items():
                part = chance.choice(SHARED)
                for household, size in enumerate(sizes):
                    if chance.random() < part:
                        minor = size * chance.randint(1, 30)
                        traced = minor if kind == "line" else 0
                        shares.append(
                            Share(
                                (f"{kind}:{number}", month),
                                village,
                                f"{village}{household}",
                                (traced, minor, 0),
                            )
                        )
    return Books(shares, {town: area for town, area in area_of.items() if area})


def published_books(books: Books, policy: DisclosurePolicy) -> Iterator[Known]:
    """Yield every figure of every page in both measures, and every source that is told."""
    tables = protect_year(
        {name: cells_of(books.shares, name) for name in (TRACED, RECOGNISED, APART)},
        area_of=books.area_of,
        months=MONTHS,
        policy=policy,
    )
    eligible = {share.unit[0] for share in books.shares}
    told = choose(books.shares, eligible, table=tables[RECOGNISED], policy=policy)
    for scope in _scopes(books):
        pages = {
            name: part_of_region(tables[name], scope, places=_places(books, scope))
            for name in (TRACED, RECOGNISED)
        }
        for row, villages in _rows(books, pages[RECOGNISED], scope).items():
            for name, page in pages.items():
                yield from _figures(books, page, name, (row, villages))
            if pages[RECOGNISED].find(row, TOTAL) is not None:
                yield from _sources(books, told, villages)


def _figures(
    books: Books, page: DisclosedTable, name: str, found: tuple[str, set[str]]
) -> Iterator[Known]:
    row, villages = found
    for column in (*MONTHS, TOTAL):
        group = page.find(row, column)
        if group is None or not group.households:
            continue
        behind = [
            share
            for share in books.shares
            if share.village in villages and column in {share.unit[1], TOTAL}
            if share.minors[MEASURES.index(name)]
        ]
        yield Known(frozenset(map(_cell, behind)), group.minor)


def _sources(books: Books, told: Told, villages: set[str]) -> Iterator[Known]:
    for some in told.within(books.shares, villages.__contains__).values():
        yield Known(frozenset(map(_cell, some)), sum(share.minors[1] for share in some))


def cells_of(shares: Iterable[Share], name: str) -> dict[Key, HouseholdGroup]:
    """Return what stands in villages and months in one measure, or in a difference of two."""
    sums: defaultdict[Key, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for share in shares:
        traced, recognised, _ = share.minors
        minor = {TRACED: traced, RECOGNISED: recognised, APART: recognised - traced}[name]
        for column in (share.unit[1], TOTAL):
            sums[share.village, column][share.household_id] += minor
    found: dict[Key, HouseholdGroup] = {}
    for key, people in sums.items():
        minors = sorted((minor for minor in people.values() if minor), reverse=True)
        if minors:
            second = minors[1] if len(minors) > 1 else 0
            found[key] = HouseholdGroup(len(minors), sum(minors), minors[0], second)
    return found


def _rows(books: Books, page: DisclosedTable, scope: str) -> dict[str, set[str]]:
    """Return the villages behind each row of a page."""
    rows = {TOTAL, *page.tree, *(row for children in page.tree.values() for row in children)}
    here = [village for village in books.villages if village.startswith(scope)]

    def is_in(village: str, row: str) -> bool:
        if row.isdigit():
            return village.startswith(row)
        return row == TOTAL or books.area_of.get(village[:9]) == row

    return {row: {one for one in here if is_in(one, row)} for row in sorted(rows)}


def _cell(share: Share) -> Cell:
    source, month = share.unit
    return share.village, f"{month} {source}"


def _scopes(books: Books) -> list[str]:
    townships = sorted({village[:9] for village in books.villages})
    return [DISTRICT, *townships, *books.villages]


def _places(books: Books, scope: str) -> list[Place]:
    digits = 9 if len(scope) == len(DISTRICT) else 12
    codes = sorted({v[:digits] for v in books.villages if v.startswith(scope)})
    return [
        Place(code, code, code, "", None, "", books.area_of.get(code, ""), None, None)
        for code in codes
    ]
