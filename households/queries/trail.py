"""Read where the fen of order lines went, and how many households they reached."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import BigInteger, case, cast, func, select, tuple_
from sqlalchemy.orm import Session

from households.models import Entitlement
from households.values import PartyKind

ORIGIN_KINDS = frozenset({PartyKind.HOUSEHOLD, PartyKind.COOPERATIVE, PartyKind.VILLAGE})
"""The parties at the place of origin, shown as one where households are too few."""


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
