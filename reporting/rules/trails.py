"""How far the households of an order are told apart by where they live.

Each lot is divided once and for all by what its households brought in, never by one order's
fen: any two orders of a lot then show the same groups or all of them as one, so that no
difference of two orders singles out a smaller one. Every group shown, and every rest, stands
for enough households of which no two hold nearly all. A village with too few goes to its
township, that to its district; where even the lot has too few, nothing is told of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from households.values import HouseholdId
from kernel.disclosure import DisclosurePolicy, HouseholdGroup, is_safe
from reporting.rules.disclosure import DISTRICT_DIGITS, TOWNSHIP_DIGITS

VILLAGE_DIGITS = 12
LEVELS = (DISTRICT_DIGITS, TOWNSHIP_DIGITS, VILLAGE_DIGITS)
EVERYWHERE = ""
"""The place of households of several districts."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What one household of a lot has of an order, in fen."""

    lot_id: int
    household_id: HouseholdId
    village_code: str
    weight: int
    """Its part of the lot; the same in every order."""
    minor: int
    reversed_minor: int


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """A village, township or district, or what is left of it beside the places shown."""

    code: str
    is_rest: bool


@dataclass(frozen=True, slots=True)
class CellRow:
    """What the households of a cell have of an order, in fen."""

    cell: Cell
    households: int
    minor: int
    reversed_minor: int


@dataclass(frozen=True, slots=True)
class CellTable:
    """The rows that may be shown, and the lots of whose households nothing may be told."""

    rows: Sequence[CellRow]
    withheld: frozenset[int]


def tell_apart(claims: Iterable[Claim], policy: DisclosurePolicy) -> CellTable:
    """Return what may be told of the households of one order."""
    lots: dict[int, list[Claim]] = {}
    for claim in claims:
        lots.setdefault(claim.lot_id, []).append(claim)
    cells: dict[Cell, list[Claim]] = {}
    withheld = set()
    for lot_id, members in lots.items():
        parts = _divide(members, policy)
        if parts is None:
            withheld.add(lot_id)
            continue
        for cell, found in parts.items():
            cells.setdefault(cell, []).extend(found)
    rows = [_row(cell, found) for cell, found in sorted(cells.items(), key=lambda one: one[0])]
    return CellTable(rows, frozenset(withheld))


def _divide(
    claims: Sequence[Claim], policy: DisclosurePolicy
) -> Mapping[Cell, Sequence[Claim]] | None:
    if not is_safe(_by_weight(claims), policy):
        return None
    parts = dict(_split(EVERYWHERE, claims, policy))
    # So few packs that not every household got a fen.
    if all(is_safe(_by_fen(found), policy) for found in parts.values()):
        return parts
    whole = Cell(_common(claims), is_rest=False)
    return {whole: claims} if is_safe(_by_fen(claims), policy) else None


def _split(
    code: str, claims: Sequence[Claim], policy: DisclosurePolicy
) -> list[tuple[Cell, Sequence[Claim]]]:
    """Divide a place that may be shown into those of its places that may, and the rest."""
    digits = next((level for level in LEVELS if level > len(code)), None)
    if digits is None:
        return [(Cell(code, is_rest=False), claims)]
    places: dict[str, list[Claim]] = {}
    for claim in claims:
        places.setdefault(claim.village_code[:digits], []).append(claim)
    shown = {one: found for one, found in places.items() if is_safe(_by_weight(found), policy)}
    rest = [claim for one, found in places.items() if one not in shown for claim in found]
    while rest and shown and not is_safe(_by_weight(rest), policy):
        rest += shown.pop(min(shown, key=lambda one: (len(places[one]), one)))
    if not shown:
        return [(Cell(code, is_rest=False), claims)]
    parts = [part for one in sorted(shown) for part in _split(one, shown[one], policy)]
    return [*parts, (Cell(code, is_rest=True), rest)] if rest else parts


def _common(claims: Sequence[Claim]) -> str:
    """Return the smallest place all of them live in."""
    for digits in reversed(LEVELS):
        places = {claim.village_code[:digits] for claim in claims}
        if len(places) == 1:
            return places.pop()
    return EVERYWHERE


def _by_weight(claims: Sequence[Claim]) -> HouseholdGroup:
    return _group(claim.weight for claim in claims)


def _by_fen(claims: Sequence[Claim]) -> HouseholdGroup:
    return _group(claim.minor for claim in claims)


def _group(parts: Iterable[int]) -> HouseholdGroup:
    """Join households of one lot, each of which has one part."""
    found = sorted((part for part in parts if part), reverse=True)
    first, second, *_ = (*found, 0, 0)
    return HouseholdGroup(len(found), sum(found), first, second)


def _row(cell: Cell, claims: Sequence[Claim]) -> CellRow:
    return CellRow(
        cell,
        len({claim.household_id for claim in claims if claim.minor}),
        sum(claim.minor for claim in claims),
        sum(claim.reversed_minor for claim in claims),
    )
