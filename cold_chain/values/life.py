"""Shelf life: what a published model says, and what a journey used up of it."""

from dataclasses import dataclass
from enum import StrEnum


class LifeKind(StrEnum):
    """How a model turns a temperature into a life."""

    Q10 = "q10"
    """Each ten degrees multiply the rate of ageing; the factor may differ by band."""
    CURVE = "curve"
    """Measured lives, joined evenly between: time-temperature tolerance."""
    CEILING = "ceiling"
    """From a temperature on no longer than measured; says nothing of colder goods."""
    ARRHENIUS = "arrhenius"
    """An energy of activation."""


class LifeRole(StrEnum):
    """Whether a model tells a life or only forbids telling a longer one."""

    ESTIMATE = "estimate"
    GUARD = "guard"


@dataclass(frozen=True, slots=True)
class LifePoint:
    """One band or one measured life of a model."""

    centi: int
    """Hundredths of °C: where a band begins, or where the life was measured."""
    q10_permille: int | None = None
    life_min: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeModel:
    """One version of a published model; see the table `life_models`."""

    code: str
    version: int
    kind: LifeKind
    role: LifeRole
    reference_centi: int
    life_min: int | None = None
    """Life at the reference temperature in minutes; empty if only rates were published."""
    joule_per_mole: int | None = None
    tested_from_centi: int
    tested_to_centi: int
    points: tuple[LifePoint, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeUse:
    """What a journey used up under one model."""

    code: str
    version: int
    role: LifeRole
    equivalent_min: int
    """Known time, as minutes at the model's reference temperature."""
    unknown_equivalent_min: int
    """Unknown time at the worst the limits allow, in the same measure."""
    used_ppm: int | None
    """Known part of the life used, millionths; empty if the model tells no life."""
    unknown_ppm: int | None
    remaining_min: int | None
    """Left at the temperature to keep, the unknown at its worst; empty if not told."""
    outside_tested_s: int
    """Known time at temperatures nobody tested the model at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """Shelf life after a journey, as a range over the models."""

    keep_centi: int
    """Remaining life is told at this temperature, the warm end of the band to keep."""
    worst_centi: int
    """Unknown time counts as spent at this temperature."""
    unknown_s: int
    low_min: int | None
    high_min: int | None
    """Never longer than any guard allows; empty if no model tells a life."""
    uses: tuple[LifeUse, ...]
