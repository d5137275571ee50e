"""How far a sum may be told apart by the kind of party it goes to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from households.values import PartyKind
from kernel.disclosure import DisclosurePolicy, HouseholdGroup, count_shown

ORIGIN_KINDS = frozenset({PartyKind.HOUSEHOLD, PartyKind.COOPERATIVE, PartyKind.VILLAGE})
"""The parties at the place of origin, shown as one where households cannot be told."""


@dataclass(frozen=True, slots=True)
class DisclosedShare:
    """A part of a sum as everybody may see it, in fen."""

    party_kind: PartyKind | None
    """None for the place of origin as a whole: households, cooperative and village."""
    minor: int


@dataclass(frozen=True, slots=True)
class DisclosedFlow:
    """Where a sum goes; `households` is None where nothing may be told of them."""

    shares: Sequence[DisclosedShare]
    households: int | None


def disclose_flow(
    parts: Mapping[PartyKind, int], households: HouseholdGroup, policy: DisclosurePolicy
) -> DisclosedFlow:
    """Return the parts of a sum as everybody may see them; they add up to it.

    `households` are those behind the part of households. Where they may not be told, their part
    is merged with those of the cooperative and the village.
    """
    told = count_shown(households, policy)
    if told is not None:
        shares = [DisclosedShare(kind, minor) for kind, minor in parts.items()]
        return DisclosedFlow(shares, told)
    origin = sum(minor for kind, minor in parts.items() if kind in ORIGIN_KINDS)
    others = [
        DisclosedShare(kind, minor) for kind, minor in parts.items() if kind not in ORIGIN_KINDS
    ]
    return DisclosedFlow([DisclosedShare(None, origin), *others], None)
