"""From one paid line to the fen of every party, and back again for a refund."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from households.rules.terms import (
    COOPERATIVE_SHARE,
    HOUSEHOLD_POT,
    PREMIUM_FUND,
    VILLAGE_SHARE,
)
from households.values import (
    BASIS_POINTS,
    Contribution,
    LineShare,
    LotShare,
    PartyKind,
    Remaining,
    Share,
)
from kernel.errors import InvalidError
from kernel.money import allot, reverse, round_half_up

PLATFORM = "platform"
"""The party code of the platform itself."""


def attribute(line: LineShare) -> list[Share]:
    """Divide a line's gross over its lots, then each lot's part over its parties.

    Fee, logistics and the premium for the village of origin are rounded once for the line,
    then divided over the lots; goods without a village bear no premium. What is left of a lot
    goes to the contract's ratios, and the household pot to its contributors by grams and grade;
    what of a lot was bought before goes to the cooperative. The parts sum to the gross exactly.
    Raises `InvalidError` for a lot with a household pot and nobody who contributed, or a
    village share and no village.
    """
    lots = {_lot_key(lot.lot_id): lot for lot in line.lots}
    gross = allot(line.gross_minor, [(key, lot.quantity) for key, lot in lots.items()])
    fee = round_half_up(Fraction(line.gross_minor * line.terms.fee_bp, BASIS_POINTS))
    logistics = min(
        round_half_up(Fraction(line.gross_minor * line.terms.logistics_bp, BASIS_POINTS)),
        line.gross_minor - fee,
    )
    fees = allot(fee, list(gross.items()))
    carried = allot(logistics, [(key, gross[key] - fees[key]) for key in gross])
    funds = _premiums(
        line, {key: gross[key] - fees[key] - carried[key] for key in gross}, gross
    )
    shares: list[Share] = []
    for key, lot in lots.items():
        net = gross[key] - fees[key] - carried[key] - funds[key]
        taken = {PartyKind.PLATFORM: fees[key], PartyKind.LOGISTICS: carried[key]}
        shares += _deductions(line, lot, taken)
        shares += _fund(line, lot, funds[key])
        shares += _pots(line, lot, net)
    return shares


def take_back(minor: int, remaining: Sequence[Remaining]) -> dict[int, int]:
    """Return the fen a refund takes from each entitlement of a line, by entitlement id.

    Takes from what is left, never more than is left; a series of refunds that reaches the
    full amount leaves exactly zero everywhere. Raises `InvalidError` when more is asked for.
    """
    codes = {
        f"{split_code(part.party_kind, part.party_code)}#{_lot_key(part.lot_id)}": part
        for part in remaining
    }
    taken = reverse(minor, {code: part.minor for code, part in codes.items()})
    return {codes[code].entitlement_id: part for code, part in taken.items()}


def split_code(kind: PartyKind, party_code: str) -> str:
    """Return the code by which a party stands in a split; it settles ties."""
    if kind is PartyKind.HOUSEHOLD:
        return party_code
    if kind is PartyKind.VILLAGE:
        _, _, fund = party_code.partition(".")
        return fund.upper() or VILLAGE_SHARE
    return _SPLIT_CODES[kind]


def account_of(kind: PartyKind, party_code: str) -> str:
    """Return the ledger account on which a party's earned money stands."""
    if kind is PartyKind.PLATFORM:
        return "I:commission"
    return f"L:payable:{_ACCOUNT_GROUPS[kind]}:{party_code}"


_SPLIT_CODES = {
    PartyKind.PLATFORM: "FEE",
    PartyKind.LOGISTICS: "LOGISTICS",
    PartyKind.COOPERATIVE: COOPERATIVE_SHARE,
}
_ACCOUNT_GROUPS = {
    PartyKind.HOUSEHOLD: "hh",
    PartyKind.COOPERATIVE: "coop",
    PartyKind.VILLAGE: "village",
    PartyKind.LOGISTICS: "logistics",
}


def _lot_key(lot_id: int) -> str:
    """Write a lot's number so that bytewise order is the order of the numbers."""
    return f"{lot_id:019d}"


def _premiums(
    line: LineShare, rest: Mapping[str, int], gross: Mapping[str, int]
) -> dict[str, int]:
    """Take the premium of the lots that have a village, never more than is left of them."""
    premium = line.terms.premium
    bases = {
        _lot_key(lot.lot_id): gross[_lot_key(lot.lot_id)] if lot.village_code else 0
        for lot in line.lots
    }
    base = sum(bases.values())
    if premium is None or base == 0:
        return dict.fromkeys(bases, 0)
    parts = allot(
        round_half_up(Fraction(base * premium.fund_bp, BASIS_POINTS)), list(bases.items())
    )
    return {key: min(part, rest[key]) for key, part in parts.items()}


def _fund(line: LineShare, lot: LotShare, minor: int) -> Iterator[Share]:
    premium = line.terms.premium
    if premium is not None and premium.fund_bp > 0 and lot.village_code:
        holder = (PartyKind.VILLAGE, f"{lot.village_code}.{PREMIUM_FUND.lower()}")
        yield replace(
            _share(line, lot, holder, weight=premium.fund_bp, minor=minor),
            contract_version_id=premium.contract_version_id,
        )


def _deductions(
    line: LineShare, lot: LotShare, taken: Mapping[PartyKind, int]
) -> Iterator[Share]:
    parties = {
        PartyKind.PLATFORM: (PLATFORM, line.terms.fee_bp),
        PartyKind.LOGISTICS: (lot.logistics_code, line.terms.logistics_bp),
    }
    for kind, (code, weight) in parties.items():
        if weight > 0:
            yield _share(line, lot, (kind, code), weight=weight, minor=taken[kind])


def _pots(line: LineShare, lot: LotShare, net: int) -> Iterator[Share]:
    halves = allot(net, [("BOUGHT", lot.bought), ("SHARED", 1 - lot.bought)])
    ratios = line.terms.ratios if lot.bought < 1 else {COOPERATIVE_SHARE: Fraction(1)}
    pots = allot(halves["SHARED"], list(ratios.items()))
    pots[COOPERATIVE_SHARE] = pots.get(COOPERATIVE_SHARE, 0) + halves["BOUGHT"]
    denominator = math.lcm(*(ratio.denominator for ratio in ratios.values()))
    for code, minor in pots.items():
        if code == HOUSEHOLD_POT:
            yield from _households(line, lot, minor)
        elif code in ratios or minor > 0:
            weight = int(ratios.get(code, Fraction(0)) * denominator)
            yield _share(line, lot, _holder(code, lot), weight=weight, minor=minor)


def _households(line: LineShare, lot: LotShare, pot: int) -> Iterator[Share]:
    if not lot.contributions:
        raise InvalidError(
            "lot_without_contributors",
            f"nobody contributed to lot {lot.lot_id}",
            lot=lot.lot_id,
        )
    weights = [(part.household_id, _weight(part)) for part in lot.contributions]
    amounts = allot(pot, weights)
    for household_id, weight in weights:
        party = (PartyKind.HOUSEHOLD, household_id)
        yield _share(line, lot, party, weight=weight, minor=amounts[household_id])


def _weight(part: Contribution) -> int:
    return part.weight_g * part.grade_percent


def _holder(code: str, lot: LotShare) -> tuple[PartyKind, str]:
    if code == COOPERATIVE_SHARE:
        return PartyKind.COOPERATIVE, lot.cooperative_code
    if not lot.village_code:
        raise InvalidError(
            "lot_without_village", f"lot {lot.lot_id} names no village", lot=lot.lot_id
        )
    if code == VILLAGE_SHARE:
        return PartyKind.VILLAGE, lot.village_code
    return PartyKind.VILLAGE, f"{lot.village_code}.{code.lower()}"


def _share(
    line: LineShare, lot: LotShare, party: tuple[PartyKind, str], *, weight: int, minor: int
) -> Share:
    return Share(
        order_line_id=line.order_line_id,
        lot_id=lot.lot_id,
        party_kind=party[0],
        party_code=party[1],
        contract_version_id=line.contract_version_id,
        weight=weight,
        minor=minor,
    )
