"""What a figure of the five measures is made of: sales, receipts, allotments and payouts.

Whether a source is told is decided once for the district and all measures, by the rules of
`reporting.rules.sources`. A sale of several lots, or of a lot part bought and part on
consignment, is never told alone: two such could be subtracted. All that is not told is one
rest, which tells of enough households wherever it can be known; where it cannot be made to,
no source is told at all.

Net income is estimated household by household and has no sources; it is told by what it is
estimated from, recognised income. Months and places that add up to a figure are figures of the
same table and tell nothing new.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel.disclosure import DisclosurePolicy
from kernel.regions import DISTRICT_DIGITS
from reporting.measure_facts import INCOME, LINKED, SOURCED, Measure, together
from reporting.measures import Income, asked_of
from reporting.rules.disclosure import TOTAL
from reporting.rules.sources import MEASURES, Share, choose

PAGE_SIZE = 100
"""How many sources are told at once."""

LINE = "line"
"""The kind of a source that is the sale of a line."""

# What each household had from each source of a month, in the whole district.
SHARES = """
    WITH income AS ({income}), facts AS ({facts})
    SELECT fact.source, to_char(fact.at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM') AS month,
        household.village_code, fact.household_id,
        coalesce(sum(minor) FILTER (WHERE measure = 'M2'), 0)::bigint,
        coalesce(sum(minor) FILTER (WHERE measure = 'M3'), 0)::bigint,
        coalesce(sum(minor) FILTER (WHERE measure = 'M5'), 0)::bigint
    FROM facts AS fact
    JOIN households household ON household.id = fact.household_id
    WHERE household.village_code LIKE :district
    GROUP BY 1, 2, 3, 4
"""

SHARES_OF_ALL = text(
    SHARES.format(income=INCOME, facts=together(SOURCED, "source, household_id, at, minor"))
)

# Sales of one lot, which was bought as a whole or was on consignment as a whole.
SINGLE = text(
    """
    SELECT taken.order_line_id
    FROM lot_allocations taken
    WHERE taken.order_line_id = ANY (CAST(:lines AS bigint[]))
    GROUP BY taken.order_line_id
    HAVING count(*) = 1 AND bool_and(
        NOT EXISTS (SELECT FROM goods_receipts slip WHERE slip.lot_id = taken.lot_id)
        OR NOT EXISTS (SELECT FROM entitlements part
            WHERE part.order_line_id = taken.order_line_id
                AND part.household_id IS NOT NULL))
    """
)

ORDERS = text(
    "SELECT id, order_number FROM order_lines WHERE id = ANY (CAST(:lines AS bigint[]))"
)

# Buyers' money: no household stands in it, every line can be told.
SALES = """
    SELECT to_char(month, 'YYYY-MM') AS month, kind, order_number AS code,
        sum(minor)::bigint AS minor, NULL AS households,
        sum(sum(minor)) OVER ()::bigint AS all_minor, count(*) OVER () AS all_rows
    FROM ({linked}) AS linked
    WHERE :month IN (to_char(month, 'YYYY-MM'), 'total')
        AND (CAST(:leaves AS text[]) IS NULL OR coalesce(CASE WHEN :digits = 9
            THEN origin_township_code ELSE origin_village_code END, '-') = ANY (:leaves))
    GROUP BY month, kind, order_number, order_line_id
    ORDER BY month DESC, order_line_id DESC, kind DESC LIMIT :limit OFFSET :offset
"""


@dataclass(frozen=True, slots=True)
class Source:
    """One sale, contract's receipts of a month, allotment or settlement, and its part."""

    month: str
    kind: str
    """`line`, `contract`, `allotment`, `settlement`; for sales `paid` or `refunded`."""
    code: str
    minor: int
    households: int | None


@dataclass(frozen=True, slots=True)
class Sources:
    """A figure and what it is made of."""

    minor: int
    rows: Sequence[Source]
    rest_minor: int
    """What is not told one by one; the figure less all rows of all pages."""
    count: int = 0
    """How many rows there are on all pages."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which figure is opened: a measure at a place and in a month, both as in the table."""

    measure: Measure
    place: str
    month: str
    page: int = 0


@dataclass(frozen=True, slots=True)
class Division:
    """The months, or the places, a figure is the sum of, as the table tells them."""

    parts: Sequence[tuple[str, int]]
    rest_minor: int
    """What the withheld ones amount to together."""


def list_sources(
    session: Session,
    income: Income,
    asked: Asked,
    *,
    shown: DisclosurePolicy,
    known: datetime | None,
) -> Sources | None:
    """Return what a figure is made of, or None where the figure itself is withheld.

    At most three statements. The rows of all pages and the rest add up to the figure.
    """
    minor = income.find(asked.measure, asked.place, asked.month)
    if minor is None:
        return None
    if asked.measure is Measure.SALES:
        return _sales(session, income, asked, known=known)
    if asked.measure not in SOURCED:
        return Sources(minor, (), minor)
    told = _told(session, income, asked, shown=shown, known=known)
    begin = asked.page * PAGE_SIZE
    return Sources(
        minor,
        _named(session, told[begin : begin + PAGE_SIZE]),
        minor - sum(row.minor for row in told),
        len(told),
    )


def divide_by_month(income: Income, asked: Asked) -> Division | None:
    """Return the months a year's figure is the sum of; None where none is shown."""
    if asked.month != TOTAL:
        return None
    return _divided(
        income,
        [(month, asked.place, month) for month in income.months],
        asked,
    )


def divide_by_place(income: Income, asked: Asked) -> Division | None:
    """Return the places a figure is the sum of; None where none is shown."""
    below = income.tree.get(asked.place, ())
    return _divided(income, [(place, place, asked.month) for place in below], asked)


def _divided(
    income: Income, cells: Sequence[tuple[str, str, str]], asked: Asked
) -> Division | None:
    whole = income.find(asked.measure, asked.place, asked.month)
    found = [
        (name, minor)
        for name, place, month in cells
        if (minor := income.find(asked.measure, place, month))
    ]
    if whole is None or not found:
        return None
    return Division(found, whole - sum(minor for _, minor in found))


def _told(
    session: Session,
    income: Income,
    asked: Asked,
    *,
    shown: DisclosurePolicy,
    known: datetime | None,
) -> list[Source]:
    """Return the told sources of a figure by their plain keys, the newest first."""
    shares = _list_shares(session, income, known)
    sources = {share.unit[0] for share in shares}
    lines = {source for source in sources if source.startswith(f"{LINE}:")}
    single = session.scalars(SINGLE, {"lines": [int(one.split(":")[1]) for one in lines]})
    eligible = {*(sources - lines), *(f"{LINE}:{one}" for one in single)}
    told = choose(shares, eligible, table=income.district, policy=shown)
    parts = told.within(shares, lambda village: _is_in(income, village, asked.place))
    number = MEASURES.index(asked.measure)
    found: list[Source] = []
    for (source, month), some in parts.items():
        minors = [share.minors[number] for share in some if share.minors[number]]
        if minors and asked.month in {month, TOTAL}:
            kind, _, code = source.partition(":")
            # A household stands in one village, and so in one share of a source and month.
            found.append(Source(month, kind, code, sum(minors), len(minors)))
    return sorted(found, key=lambda row: (row.month, row.kind, row.code), reverse=True)


def _list_shares(session: Session, income: Income, known: datetime | None) -> list[Share]:
    district = f"{income.scope[:DISTRICT_DIGITS]}%"
    given = asked_of(income.scope, income.year, known) | {"district": district}
    return [
        Share((row[0], row[1]), row[2], row[3], (row[4], row[5], row[6]))
        for row in session.execute(SHARES_OF_ALL, given)
    ]


def _named(session: Session, rows: Sequence[Source]) -> Sequence[Source]:
    """Call sales by the numbers of their orders."""
    lines = [int(row.code) for row in rows if row.kind == LINE]
    if not lines:
        return rows
    found = session.execute(ORDERS, {"lines": lines})
    numbers: Mapping[int, str] = {row[0]: row[1] for row in found}
    return [
        replace(row, code=numbers[int(row.code)]) if row.kind == LINE else row for row in rows
    ]


def _sales(
    session: Session, income: Income, asked: Asked, *, known: datetime | None
) -> Sources:
    given: dict[str, Any] = asked_of(income.scope, income.year, known) | {
        "month": asked.month,
        "leaves": None if asked.place == TOTAL else _leaves(income, asked.place),
        "limit": PAGE_SIZE,
        "offset": asked.page * PAGE_SIZE,
    }
    minor = income.find(asked.measure, asked.place, asked.month) or 0
    found = session.execute(text(SALES.format(linked=LINKED)), given).all()
    if not found:
        return Sources(minor, (), minor)
    rows = [Source(*row[:5]) for row in found]
    return Sources(minor, rows, minor - found[0].all_minor, found[0].all_rows)


def _leaves(income: Income, place: str) -> list[str]:
    below = income.tree.get(place, ())
    if not below:
        return [place]
    return [leaf for child in below for leaf in _leaves(income, child)]


def _is_in(income: Income, village: str, place: str) -> bool:
    """Say whether a village is part of a row: the whole scope, an area or a code."""
    if not village.startswith(income.scope):
        return False
    return place == TOTAL or any(village.startswith(leaf) for leaf in _leaves(income, place))
