"""Read where the fen of order lines went, and how many households they reached."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import BigInteger, case, cast, func, select, text, tuple_
from sqlalchemy.orm import Session

from households.models import Entitlement
from households.values import PartyKind
from kernel.clock import at_local_midnight
from kernel.disclosure import HouseholdCell

ORIGIN_KINDS = frozenset({PartyKind.HOUSEHOLD, PartyKind.COOPERATIVE, PartyKind.VILLAGE})
"""The parties at the place of origin, shown as one where households are too few."""

# What was earned in a period less what refunds took back in it, household by household.
NET_OF_HOUSEHOLDS = """
    SELECT household_id, sum(minor) AS minor FROM (
        SELECT part.household_id, part.amount_minor - coalesce((
            SELECT sum(before.minor) FROM entitlement_reversals before
            WHERE before.entitlement_id = part.id AND before.at < part.earned_at), 0) AS minor
        FROM entitlements part
        WHERE part.party_kind = 'household'
            AND part.earned_at >= :since AND part.earned_at < :until
        UNION ALL
        SELECT part.household_id, -taken.minor
        FROM entitlement_reversals taken
        JOIN entitlements part ON part.id = taken.entitlement_id
        WHERE part.party_kind = 'household' AND part.earned_at <= taken.at
            AND taken.at >= :since AND taken.at < :until
    ) AS moved GROUP BY household_id HAVING sum(minor) > 0
"""

BENEFITED_BY_REGION = text(
    f"""
    SELECT left(household.village_code, :digits) AS region, count(*) AS households,
        CAST(sum(net.minor) AS bigint) AS minor
    FROM ({NET_OF_HOUSEHOLDS}) net
    JOIN households household ON household.id = net.household_id
    WHERE starts_with(household.village_code, :scope)
    GROUP BY region ORDER BY region
    """  # noqa: S608 -- joins two constants of this module
)


@dataclass(frozen=True, slots=True)
class TrailRow:
    """What the parties of one kind have of some lines, net of refunds, in fen."""

    lot_id: int | None
    """None for the row over every lot."""
    party_kind: PartyKind
    minor: int
    households: int
    """Distinct households that have anything; zero for other kinds."""


@dataclass(frozen=True, slots=True)
class Trail:
    """Where the fen of some order lines went: by lot, and over all lots."""

    lots: Mapping[int, Sequence[TrailRow]]
    total: Sequence[TrailRow]

    @property
    def households(self) -> int:
        """Return how many distinct households the lines reached."""
        return _households(self.total)


@dataclass(frozen=True, slots=True)
class DisclosedShare:
    """A part of the trail as everybody may see it, in fen."""

    party_kind: PartyKind | None
    """None for the place of origin as a whole: households, cooperative and village."""
    minor: int


@dataclass(frozen=True, slots=True)
class DisclosedPart:
    """What everybody may know of some lots; `households` is None where they are too few."""

    shares: Sequence[DisclosedShare]
    households: int | None


@dataclass(frozen=True, slots=True)
class DisclosedTrail:
    """A trail without persons, by lot and over all lots."""

    lots: Mapping[int, DisclosedPart]
    total: DisclosedPart


def trail_of_lines(session: Session, order_line_ids: Iterable[int]) -> Trail:
    """Return where the fen of order lines went, net of refunds, with one statement."""
    net = Entitlement.amount_minor - Entitlement.reversed_minor
    rows = session.execute(
        select(
            Entitlement.lot_id,
            Entitlement.party_kind,
            cast(func.sum(net), BigInteger).label("minor"),
            func.count(func.distinct(case((net > 0, Entitlement.household_id)))).label(
                "households"
            ),
        )
        .where(Entitlement.order_line_id.in_(list(order_line_ids)))
        .group_by(
            func.grouping_sets(
                tuple_(Entitlement.lot_id, Entitlement.party_kind),
                tuple_(Entitlement.party_kind),
            )
        )
        .order_by(Entitlement.lot_id, Entitlement.party_kind)
    )
    lots: dict[int, list[TrailRow]] = {}
    total: list[TrailRow] = []
    for row in rows:
        share = TrailRow(row.lot_id, row.party_kind, row.minor, row.households)
        (total if row.lot_id is None else lots.setdefault(row.lot_id, [])).append(share)
    return Trail(lots, total)


def disclosed_trail(trail: Trail, *, minimum: int) -> DisclosedTrail:
    """Return a trail as the public may see it.

    Where fewer than `minimum` households stand behind an amount, their share is merged with
    those of the cooperative and the village. If that befalls one lot it is done to every lot,
    because the total less the other lots would give the one away.
    """
    tells = all(_tells(rows, minimum) for rows in trail.lots.values())
    lots = {
        lot_id: _whole(rows) if tells else _merged(rows) for lot_id, rows in trail.lots.items()
    }
    total = trail.total
    return DisclosedTrail(lots, _whole(total) if _tells(total, minimum) else _merged(total))


def benefited(session: Session, *, scope: str, since: date, until: date) -> HouseholdCell:
    """Return how many households of a region earned in a period, and how much, in fen.

    A household counts when what it earned exceeds what refunds took back in the period. The
    figures are exact; a page passes them through `kernel.disclosure` before it shows them.
    """
    cells = benefited_by_region(session, scope=scope, digits=12, since=since, until=until)
    return HouseholdCell(
        sum(cell.households for cell in cells.values()),
        sum(cell.minor for cell in cells.values()),
    )


def benefited_by_region(
    session: Session, *, scope: str, digits: int, since: date, until: date
) -> dict[str, HouseholdCell]:
    """Return the same by region code cut to `digits`: 9 for townships, 12 for villages."""
    rows = session.execute(
        BENEFITED_BY_REGION,
        {
            "scope": scope,
            "digits": digits,
            "since": at_local_midnight(since),
            "until": at_local_midnight(until),
        },
    )
    return {row.region: HouseholdCell(row.households, row.minor) for row in rows}


def _tells(rows: Sequence[TrailRow], minimum: int) -> bool:
    return not 0 < _households(rows) < minimum


def _whole(rows: Sequence[TrailRow]) -> DisclosedPart:
    shares = [DisclosedShare(row.party_kind, row.minor) for row in rows]
    return DisclosedPart(shares, _households(rows))


def _merged(rows: Sequence[TrailRow]) -> DisclosedPart:
    origin = sum(row.minor for row in rows if row.party_kind in ORIGIN_KINDS)
    others = [
        DisclosedShare(row.party_kind, row.minor)
        for row in rows
        if row.party_kind not in ORIGIN_KINDS
    ]
    return DisclosedPart([DisclosedShare(None, origin), *others], None)


def _households(rows: Sequence[TrailRow]) -> int:
    return max((row.households for row in rows), default=0)
