"""Where the money of an order goes, in figures fit for the buyer: parties, never persons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Select, case, cast, func, select
from sqlalchemy.orm import Session

from catalog.models import Lot
from households.models import Entitlement
from households.values import PartyKind, Stage
from kernel.disclosure import HouseholdCell, disclose
from kernel.regions import Region
from kernel.rows import fill_all
from orders.models import OrderLine
from parties.models import Organisation


@dataclass(frozen=True, slots=True)
class TrailPart:
    """One party's part of an order in fen; households are counted, never named."""

    kind: str
    """`cooperative`, `village`, `households`, `origin` (merged), `logistics` or `platform`."""
    name: str
    minor: int
    households: int | None = None
    name_en: str = ""
    """Places in pinyin; organisations have one name only."""


@dataclass(frozen=True, slots=True)
class Trail:
    """How the goods of one order are split; the parts sum to the goods less refunds."""

    order_number: str
    parts: tuple[TrailPart, ...]
    is_earned: bool
    """False while the parts are expected only."""
    is_reversed: bool

    @property
    def total_minor(self) -> int:
        """Return the sum of the parts in fen."""
        return sum(part.minor for part in self.parts)


ORIGIN = frozenset({PartyKind.COOPERATIVE, PartyKind.VILLAGE, PartyKind.HOUSEHOLD})
ORDER_OF_KINDS = {
    PartyKind.HOUSEHOLD: 0,
    PartyKind.COOPERATIVE: 1,
    PartyKind.VILLAGE: 2,
    PartyKind.LOGISTICS: 3,
    PartyKind.PLATFORM: 4,
}


@dataclass(frozen=True, slots=True)
class _Piece:
    order_number: str
    kind: PartyKind
    name: str
    places: str
    places_en: str
    minor: int
    households: int
    stages: tuple[str, ...]


def list_trails(
    session: Session, order_numbers: Sequence[str], *, minimum: int
) -> Mapping[str, Trail]:
    """Return the split of each order's goods, in one statement.

    With fewer than `minimum` households their part is merged with the cooperative's and the
    village's, so that no difference gives it away.
    """
    pieces: dict[str, list[_Piece]] = {}
    for piece in fill_all(_Piece, session.execute(_pieces_of(order_numbers))):
        pieces.setdefault(piece.order_number, []).append(piece)
    return {number: _trail(number, found, minimum) for number, found in pieces.items()}


def _pieces_of(order_numbers: Sequence[str]) -> Select[*tuple[Any, ...]]:
    is_household = Entitlement.party_kind == PartyKind.HOUSEHOLD
    party = case((is_household, ""), else_=Entitlement.party_code)
    place = func.string_agg(Region.name.distinct(), "、")
    pinyin = func.initcap(func.replace(Region.pinyin, " ", ""))
    place_en = func.string_agg(
        func.coalesce(func.nullif(pinyin, ""), Region.name).distinct(), ", "
    )
    return (
        select(
            OrderLine.order_number,
            Entitlement.party_kind,
            func.coalesce(Organisation.name, place, ""),
            func.coalesce(place, ""),
            func.coalesce(place_en, ""),
            cast(func.sum(Entitlement.amount_minor - Entitlement.reversed_minor), BigInteger),
            func.count(Entitlement.household_id.distinct()),
            func.array_agg(Entitlement.stage.distinct()),
        )
        .join(OrderLine, OrderLine.id == Entitlement.order_line_id)
        .join(Lot, Lot.id == Entitlement.lot_id)
        .outerjoin(Organisation, Organisation.code == Entitlement.party_code)
        .outerjoin(Region, Region.code == Lot.village_code)
        .where(OrderLine.order_number.in_(order_numbers))
        .group_by(OrderLine.order_number, Entitlement.party_kind, party, Organisation.name)
        .order_by(OrderLine.order_number, Entitlement.party_kind, party)
    )


def _trail(number: str, pieces: Sequence[_Piece], minimum: int) -> Trail:
    stages = {stage for piece in pieces for stage in piece.stages}
    return Trail(
        order_number=number,
        parts=tuple(_parts(pieces, minimum)),
        is_earned=Stage.EARNED in stages,
        is_reversed=stages == {Stage.REVERSED},
    )


def _parts(pieces: Sequence[_Piece], minimum: int) -> list[TrailPart]:
    ordered = sorted(pieces, key=lambda piece: ORDER_OF_KINDS[piece.kind])
    households = sum(piece.households for piece in ordered)
    cell = disclose(HouseholdCell(households, 0), minimum=minimum)
    if not cell.is_withheld:
        return [_part(piece) for piece in ordered]
    origin = [piece for piece in ordered if piece.kind in ORIGIN]
    merged = TrailPart(
        kind="origin",
        name="、".join(dict.fromkeys(piece.places for piece in origin if piece.places)),
        minor=sum(piece.minor for piece in origin),
        name_en=", ".join(
            dict.fromkeys(piece.places_en for piece in origin if piece.places_en)
        ),
    )
    return [merged, *(_part(piece) for piece in ordered if piece.kind not in ORIGIN)]


def _part(piece: _Piece) -> TrailPart:
    if piece.kind is PartyKind.HOUSEHOLD:
        return TrailPart(
            "households", piece.places, piece.minor, piece.households, piece.places_en
        )
    name_en = piece.places_en if piece.name == piece.places else ""
    return TrailPart(piece.kind.value, piece.name, piece.minor, name_en=name_en)
