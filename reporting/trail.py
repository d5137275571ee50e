"""Where the money of an order goes, in figures fit for the buyer: places, never persons."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, TextClause, text
from sqlalchemy.orm import Session

from households.values import HouseholdId, PartyKind, Stage
from kernel.disclosure import DisclosurePolicy, rounded
from reporting.rules.disclosure import DISTRICT_DIGITS, TOWNSHIP_DIGITS
from reporting.rules.trails import CellTable, Claim, tell_apart

# The place is where a household lives, the village a share or a fund belongs to, or where the
# lot comes from.
PLACES = """
    LEFT JOIN regions village ON village.code = of.place
    LEFT JOIN regions township ON township.code = left(of.place, 9)
    LEFT JOIN regions district ON district.code = left(of.place, 6)
"""
NAMES = """
    of.place, village.name AS village, village.pinyin AS village_en,
    township.name AS township, township.pinyin AS township_en,
    district.name AS district, district.pinyin AS district_en
"""

SHARES = text(
    f"""
    WITH of AS (
        SELECT line.order_number, part.lot_id, part.party_kind, part.party_code,
            part.household_id, lots.village_code AS origin,
            CASE part.party_kind WHEN 'household' THEN home.village_code
                WHEN 'village' THEN split_part(part.party_code, '.', 1)
                ELSE lots.village_code END AS place,
            max(part.weight) AS weight, CAST(sum(part.amount_minor) AS bigint) AS minor,
            CAST(sum(part.reversed_minor) AS bigint) AS reversed_minor,
            array_agg(DISTINCT part.stage) AS stages
        FROM entitlements part
        JOIN order_lines line ON line.id = part.order_line_id
        JOIN lots ON lots.id = part.lot_id
        LEFT JOIN households home ON home.id = part.household_id
        WHERE line.order_number = ANY (CAST(:numbers AS text[]))
        GROUP BY line.order_number, part.lot_id, part.party_kind, part.party_code,
            part.household_id, home.village_code, lots.village_code
    )
    SELECT of.*, coalesce(organisation.name, '') AS organisation, {NAMES}
    FROM of
    LEFT JOIN organisations organisation ON organisation.code = of.party_code
    {PLACES}
    ORDER BY of.order_number, of.party_kind, of.party_code, of.lot_id
    """  # noqa: S608 -- assembled from constants
)

# Goods that their seller had bought from households before: what these earned by them.
BOUGHT = text(
    f"""
    WITH of AS (
        SELECT line.order_number, issue.lot_id, receipt.household_id,
            home.village_code AS place, CAST(sum(receipt.pay_minor) AS bigint) AS weight,
            CAST(coalesce(sum(part.minor), 0) AS bigint) AS minor,
            CAST(coalesce(sum(part.minor) FILTER (WHERE issue.returned_at IS NOT NULL), 0)
                AS bigint) AS reversed_minor
        FROM goods_issues issue
        JOIN order_lines line ON line.id = issue.order_line_id
        JOIN goods_receipts receipt ON receipt.lot_id = issue.lot_id
            AND receipt.reverses_id IS NULL AND NOT EXISTS (
                SELECT 1 FROM goods_receipts back WHERE back.reverses_id = receipt.id)
        JOIN households home ON home.id = receipt.household_id
        LEFT JOIN goods_issue_parts part ON part.issue_id = issue.id
            AND part.receipt_id = receipt.id
        WHERE issue.kind = 'sold' AND line.order_number = ANY (CAST(:numbers AS text[]))
        GROUP BY line.order_number, issue.lot_id, receipt.household_id, home.village_code
    )
    SELECT of.*, {NAMES} FROM of {PLACES}
    ORDER BY of.order_number, of.lot_id, of.household_id
    """  # noqa: S608 -- assembled from constants
)

FUND = "fund"
ORIGIN = "origin"
MERGED = frozenset({PartyKind.COOPERATIVE.value, PartyKind.VILLAGE.value})
"""What stands in the origin together with households that cannot be told apart."""
ORDER_OF_KINDS = ("households", ORIGIN, "cooperative", "village", FUND, "logistics", "platform")


@dataclass(frozen=True, slots=True)
class TrailPart:
    """One party's part of an order in fen; households are counted, never named."""

    kind: str
    """`households`, `origin` (merged), `cooperative`, `village`, `fund` (a premium the village
    keeps), `logistics` or `platform`."""
    name: str
    """The place where households live, which a village's money belongs to, or the party."""
    gross_minor: int
    reversed_minor: int = 0
    """What of it refunds took back."""
    households: int | None = None
    """To base 5 below a hundred, so that two orders cannot be subtracted to a household."""
    name_en: str = ""
    """Places in pinyin; organisations have one name only."""
    is_rest: bool = False
    """Households of the place beside those whose village is shown."""

    @property
    def minor(self) -> int:
        """Return what the party has after refunds."""
        return self.gross_minor - self.reversed_minor


@dataclass(frozen=True, slots=True)
class Trail:
    """How the goods of one order are split; the parts sum to the goods less refunds."""

    order_number: str
    parts: tuple[TrailPart, ...]
    is_earned: bool
    """False while the parts are expected only."""
    is_reversed: bool
    bought: tuple[TrailPart, ...] = ()
    """What households had earned for these goods before, when the seller bought them. It stands
    beside the parts and is no part of the price."""
    is_bought_withheld: bool = False
    """Some of the goods were bought from too few households to tell what they earned."""

    @property
    def gross_minor(self) -> int:
        """Return the price of the goods in fen."""
        return sum(part.gross_minor for part in self.parts)

    @property
    def reversed_minor(self) -> int:
        """Return what refunds took back in fen."""
        return sum(part.reversed_minor for part in self.parts)

    @property
    def total_minor(self) -> int:
        """Return the sum of the parts in fen."""
        return sum(part.minor for part in self.parts)


def list_trails(
    session: Session, order_numbers: Sequence[str], *, disclosure: DisclosurePolicy
) -> Mapping[str, Trail]:
    """Return the split of each order's goods, in two statements.

    One reads the shares of the sale, one what its goods had brought households before.

    Households stand under the village, township or district they live in. Where a lot has too
    few, their part is merged with the cooperative's and the village's of that lot, so that no
    difference gives it away.
    """
    bought = _by_order(session, BOUGHT, order_numbers)
    return {
        number: _trail(number, rows, bought.get(number, []), disclosure)
        for number, rows in _by_order(session, SHARES, order_numbers).items()
    }


def _by_order(
    session: Session, statement: TextClause, numbers: Sequence[str]
) -> dict[str, list[Row[Any]]]:
    found: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in session.execute(statement, {"numbers": list(numbers)}):
        found[row.order_number].append(row)
    return found


def _trail(
    number: str,
    rows: Sequence[Row[Any]],
    bought: Sequence[Row[Any]],
    disclosure: DisclosurePolicy,
) -> Trail:
    names = _names([*rows, *bought])
    stages = {stage for row in rows for stage in row.stages}
    told = tell_apart([_claim(row) for row in rows if row.household_id], disclosure)
    before = tell_apart([_claim(row) for row in bought], disclosure)
    parts = [*_households(told, names), *_others(rows, told.withheld, names)]
    return Trail(
        order_number=number,
        parts=tuple(sorted(parts, key=_place_in_order)),
        is_earned=Stage.EARNED in stages,
        is_reversed=stages == {Stage.REVERSED},
        bought=tuple(sorted(_households(before, names), key=_place_in_order)),
        is_bought_withheld=bool(before.withheld),
    )


def _place_in_order(part: TrailPart) -> tuple[int, bool]:
    return (ORDER_OF_KINDS.index(part.kind), part.is_rest)


def _claim(row: Row[Any]) -> Claim:
    return Claim(
        row.lot_id,
        HouseholdId(row.household_id),
        row.place,
        int(row.weight),
        row.minor,
        row.reversed_minor,
    )


def _names(rows: Iterable[Row[Any]]) -> dict[str, tuple[str, str]]:
    """Return the names of all places of some rows, in Chinese and in Latin letters."""
    names: dict[str, tuple[str, str]] = {}
    for row in rows:
        if not row.place:
            continue
        for code, name, pinyin in (
            (row.place, row.village, row.village_en),
            (row.place[:TOWNSHIP_DIGITS], row.township, row.township_en),
            (row.place[:DISTRICT_DIGITS], row.district, row.district_en),
        ):
            names[code] = (name or "", (pinyin or "").replace(" ", "").capitalize())
    return names


def _households(told: CellTable, names: Mapping[str, tuple[str, str]]) -> Iterable[TrailPart]:
    for row in told.rows:
        name, name_en = names.get(row.cell.code, ("", ""))
        yield TrailPart(
            "households",
            name,
            row.minor,
            row.reversed_minor,
            rounded(row.households),
            name_en,
            is_rest=row.cell.is_rest,
        )


def _others(
    rows: Sequence[Row[Any]],
    withheld: frozenset[int],
    names: Mapping[str, tuple[str, str]],
) -> list[TrailPart]:
    """Add up whoever is no household, and the origin of lots whose households are too few."""
    sums: dict[tuple[str, str, str], tuple[int, int]] = {}
    origins = {row.origin for row in rows if row.lot_id in withheld}
    for row in rows:
        key = _party(row, names, is_merged=row.lot_id in withheld)
        if key is not None:
            minor, taken = sums.get(key, (0, 0))
            sums[key] = (minor + row.minor, taken + row.reversed_minor)
    found = []
    for (kind, name, name_en), (minor, taken) in sums.items():
        part = TrailPart(kind, name, minor, taken, name_en=name_en)
        if kind == ORIGIN:
            places = [names[code] for code in sorted(filter(None, origins)) if code in names]
            part = TrailPart(
                kind,
                "、".join(place for place, _ in places),
                minor,
                taken,
                name_en=", ".join(place_en for _, place_en in places),
            )
        found.append(part)
    return found


def _party(
    row: Row[Any], names: Mapping[str, tuple[str, str]], *, is_merged: bool
) -> tuple[str, str, str] | None:
    """Return kind, name and English name of a row's party; None for households told apart."""
    is_fund = row.party_kind == PartyKind.VILLAGE and "." in row.party_code
    if is_merged and not is_fund and (row.household_id or row.party_kind in MERGED):
        return (ORIGIN, "", "")
    if row.household_id:
        return None
    if row.party_kind == PartyKind.VILLAGE:
        place, place_en = names.get(row.place, ("", ""))
        return (FUND if is_fund else "village", place, place_en)
    return (str(row.party_kind), row.organisation, "")
