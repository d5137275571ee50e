"""The five measures of a year by month and place, each on its own and never added together.

M1 linked sales, M2 traced receipts, M3 recognised household income, M4 household net income,
M5 paid. Every one stands in the month of its own event: payment or refund, delivery, receipt or
final allotment, the bank's confirmation. A refund leaves in the month of the refund, so past
months never change; what was recorded late is told apart by `known`. M2 to M5 are figures of
households: they pass the disclosure gate together, one pattern for all four and for the whole
district, so that neither another measure nor another page gives away what one withholds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from kernel.disclosure import DisclosurePolicy, HouseholdGroup
from kernel.regions import DISTRICT_DIGITS, TOWNSHIP_DIGITS, Region, RegionLevel
from reporting.benefits import VILLAGE_DIGITS, Year
from reporting.measure_facts import (
    ALWAYS,
    FACTS,
    INCOME,
    LINKED,
    OF_HOUSEHOLDS,
    Measure,
    together,
)
from reporting.rules.disclosure import TOTAL, DisclosedTable, part_of_region
from reporting.rules.inference import Key
from reporting.rules.tables import months_between
from reporting.rules.years import protect_year
from reporting.values import Place
from reporting.volumes import level_of

DEFINITION = "household-income/1"
"""The written definition these figures are counted by; `measure_facts` is its text."""

# Besides the measures, the differences that the same households tell in one cell: what is
# recognised and not traced, and what is declared as cost.
CELLS = """
    WITH income AS ({income}), facts AS ({facts}), people AS (
        SELECT left(household.village_code, :digits) AS place, coalesce(
                to_char(fact.at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM'), 'total') AS month,
            fact.household_id,
            coalesce(sum(minor) FILTER (WHERE measure = 'M2'), 0)::bigint AS traced,
            coalesce(sum(minor) FILTER (WHERE measure = 'M3'), 0)::bigint AS recognised,
            coalesce(sum(minor) FILTER (WHERE measure = 'M4'), 0)::bigint AS net,
            coalesce(sum(minor) FILTER (WHERE measure = 'M5'), 0)::bigint AS paid
        FROM facts AS fact
        JOIN households household ON household.id = fact.household_id
        WHERE household.village_code LIKE :scope
        GROUP BY GROUPING SETS (
            (1, to_char(fact.at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM'), household_id),
            (1, household_id))
    ), ranked AS (
        SELECT told.name, place, month, told.minor, row_number() OVER (
            PARTITION BY told.name, place, month ORDER BY abs(told.minor) DESC) AS rank
        FROM people CROSS JOIN LATERAL (
            VALUES ('M2', traced), ('M3', recognised), ('M4', net), ('M5', paid),
                ('M3-M2', abs(recognised - traced)), ('M3-M4', abs(recognised - net))
        ) AS told (name, minor)
        WHERE told.minor <> 0
    )
    SELECT name, place, month, count(*), sum(minor)::bigint,
        coalesce(max(abs(minor)) FILTER (WHERE rank = 1), 0),
        coalesce(max(abs(minor)) FILTER (WHERE rank = 2), 0)
    FROM ranked GROUP BY name, place, month
"""

SALES = """
    SELECT coalesce(CASE WHEN :digits = 9 THEN origin_township_code
            ELSE origin_village_code END, '-') AS place,
        to_char(month, 'YYYY-MM') AS month, sum(minor)::bigint AS minor
    FROM ({linked}) AS linked
    GROUP BY 1, 2
"""


APART = ("M3-M2", "M3-M4")
"""What anybody can subtract in one cell; it must be large enough itself, whatever its sign."""

CELLS_OF_ALL = text(
    CELLS.format(income=INCOME, facts=together(FACTS, "household_id, at, minor"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Income:
    """The five measures of a scope and a year, safe to show."""

    scope: str
    year: Year
    months: Sequence[str]
    """Every month of the year up to now as `2026-11`."""
    tree: Mapping[str, Sequence[str]]
    sales: Mapping[Key, int]
    """M1 by place and month; sums under `total`. Buyers' money: no household stands in it."""
    tables: Mapping[Measure, DisclosedTable]
    """M2 to M5 by place and month."""
    district: DisclosedTable
    """M3 of the whole district; what it withholds, every measure and page withholds."""

    def find(self, measure: Measure, place: str, month: str) -> int | None:
        """Return one figure in fen, or None where it is withheld."""
        if measure is Measure.SALES:
            return self.sales.get((place, month), 0)
        group = self.tables[measure].find(place, month)
        return None if group is None else group.minor

    def find_households(self, place: str, month: str) -> int | None:
        """Return how many households the recognised income is of; None where withheld."""
        group = self.tables[Measure.RECOGNISED].find(place, month)
        return None if group is None else group.households

    @property
    def places(self) -> Sequence[str]:
        """Return every row below the total in its printed order."""
        rows: list[str] = []
        for row in self.tree[TOTAL]:
            rows += [row, *self.tree.get(row, ())]
        return rows


def count(
    session: Session,
    scope: str,
    year: Year,
    *,
    places: list[Place],
    shown: DisclosurePolicy,
    known: datetime | None = None,
) -> Income:
    """Return the measures of a scope and a calendar year; three statements.

    `places` are those below the scope as `volumes.list_places` gives them. What was recorded
    from `known` on is not counted; without it, everything recorded is.
    """
    asked = asked_of(scope, year, known)
    # Households are counted by village over the whole district, whatever part is shown.
    district = f"{scope[:DISTRICT_DIGITS]}%"
    cells: dict[str, dict[Key, HouseholdGroup]] = {
        name: {} for name in (*OF_HOUSEHOLDS, *APART)
    }
    found = session.execute(CELLS_OF_ALL, asked | {"scope": district, "digits": VILLAGE_DIGITS})
    for row in found:
        cells[row[0]][row[1], row[2]] = HouseholdGroup(*row[3:])
    months = months_between(date(year.year, 1, 1), year.last_day)
    tables = protect_year(cells, area_of=_areas(session, district), months=months, policy=shown)
    parts = {
        measure: part_of_region(tables[measure], scope, places=places)
        for measure in OF_HOUSEHOLDS
    }
    sales = {
        (row.place, row.month): row.minor
        for row in session.execute(text(SALES.format(linked=LINKED)), asked)
    }
    tree = parts[Measure.RECOGNISED].tree
    return Income(
        scope=scope,
        year=year,
        months=months,
        tree=tree,
        sales=_with_sums(sales, tree),
        tables=parts,
        district=tables[Measure.RECOGNISED],
    )


def _areas(session: Session, scope: str) -> Mapping[str, str]:
    """Return the cold-chain areas of the townships of a district."""
    found = session.execute(
        select(Region.code, Region.cold_chain_area).where(
            Region.level == RegionLevel.TOWNSHIP, Region.code.like(scope)
        )
    )
    return {row[0]: row[1] for row in found if row[1]}


def asked_of(scope: str, year: Year, known: datetime | None) -> dict[str, Any]:
    """Return the parameters of every statement over the facts of a scope and a year."""
    is_district = level_of(scope) is RegionLevel.DISTRICT
    return {
        "scope": f"{scope}%",
        "digits": TOWNSHIP_DIGITS if is_district else VILLAGE_DIGITS,
        "since": year.begin,
        "until": year.end,
        "year": year.year,
        "known": known or ALWAYS,
    }


def _with_sums(
    sales: Mapping[Key, int], tree: Mapping[str, Sequence[str]]
) -> Mapping[Key, int]:
    """Add up rows and columns; goods whose place is no row count in the total only."""
    sums: dict[Key, int] = {}
    parents = {child: row for row, children in tree.items() for child in children}
    for (place, month), minor in sales.items():
        row: str | None = place if place in parents else TOTAL
        while row is not None:
            for column in (month, TOTAL):
                sums[row, column] = sums.get((row, column), 0) + minor
            row = None if row == TOTAL else parents[row]
    return sums
