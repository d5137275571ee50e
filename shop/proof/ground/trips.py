"""Journeys with breaches planted by hand, so that what must be found is known beforehand."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial
from random import Random

from cold_chain.life_catalogue import LIFE_MODELS, LIFE_POINTS
from cold_chain.profile_catalogue import PROFILES, RULES
from cold_chain.rules.moments import MINUTE_US, SECOND_US, to_us
from cold_chain.simulator import Trip, set_point, simulate
from cold_chain.values import (
    AlarmRule,
    LifeModel,
    LifePoint,
    LimitSide,
    Measured,
    Profile,
    Sample,
    Span,
)

EVERY_S = 300
EVERY_US = EVERY_S * SECOND_US
DEPARTED = datetime(2026, 7, 1, tzinfo=UTC)
ASIDE_CENTI = 60
"""How far inside the limits an undisturbed journey is held: beyond the hysteresis."""
BEYOND_CENTI = 150


class Plant(StrEnum):
    """What is done to a journey."""

    NOTHING = "nothing"
    SHORT = "short"
    """Beyond the limit, but not for long enough."""
    LONG = "long"
    LONGEST = "longest"
    """Long enough for the cumulative alarm as well."""
    TOTAL = "total"
    """Stays that are too short each and too long together."""
    HARD = "hard"
    COLD = "cold"
    GAP = "gap"
    """More than the longest gap is lost."""
    STRADDLE = "straddle"
    """Beyond the limit before and after a shorter gap: nobody knows what was between."""
    LONG_AND_GAP = "long_and_gap"


@dataclass(frozen=True, slots=True)
class Planted:
    """One journey, and what must be said of it."""

    plant: Plant
    profile: Profile
    samples: tuple[Sample, ...]
    custody: Span
    alarms: tuple[tuple[str, int], ...]
    """Rule and moment of every alarm."""
    may_pass: bool


def profiles() -> list[Profile]:
    """Return the limits the product starts with, as the rules read them."""
    return [
        Profile(
            rules=tuple(
                AlarmRule(
                    **{
                        name: rule[name]
                        for name in (
                            *("code", "side", "limit_centi", "mode", "delay_min"),
                            *("includes_limit", "severity"),
                        )
                    }
                )
                for rule in RULES
                if rule["profile_code"] == row["code"]
            ),
            **{
                name: row[name]
                for name in (
                    *("code", "version", "dose_limit_centi", "target_lower_centi"),
                    *("target_upper_centi", "precool_centi", "refuse_above_centi"),
                    *("startup_ignore_min", "hysteresis_centi", "gap_factor_permille"),
                    *("max_gap_min", "min_coverage_permille", "door_grace_min"),
                    *("door_delay_min", "mkt_joule_per_mole"),
                )
            },
        )
        for row in PROFILES
    ]


def life_models(profile_code: str) -> list[LifeModel]:
    """Return the models of shelf life for goods of a profile."""
    return [
        LifeModel(
            points=tuple(
                LifePoint(one["centi"], one["q10_permille"], one["life_min"])
                for one in LIFE_POINTS
                if one["model_code"] == row["code"]
            ),
            **{
                name: row[name]
                for name in (
                    *("code", "version", "kind", "role", "reference_centi", "life_min"),
                    *("joule_per_mole", "tested_from_centi", "tested_to_centi"),
                )
            },
        )
        for row in LIFE_MODELS
        if row["profile_code"] == profile_code
    ]


def as_samples(readings: Sequence[Measured], *, every_s: int = EVERY_S) -> list[Sample]:
    """Return readings as the rules see them."""
    return [Sample(to_us(one.at), one.centi, every_s * SECOND_US) for one in readings]


def a_trip(seed: str, profile: Profile, chance: Random) -> Trip:
    """Return a journey of some hours with doors and defrosts."""
    return Trip(
        seed=seed,
        device_code="PROOF",
        departed_at=DEPARTED,
        arrived_at=DEPARTED + timedelta(minutes=5 * chance.randint(120, 420)),
        set_point_centi=set_point(profile.target_lower_centi, profile.target_upper_centi),
        ambient_centi=chance.randint(1500, 3500),
        every_s=EVERY_S,
        stops=chance.randint(0, 6),
    )


def plant(number: int, *, seed: str) -> Planted:
    """Return the journey of a number; the same seed gives the same journey."""
    chance = Random(f"{seed}:{number}")
    known = profiles()
    profile = known[number // len(Plant) % len(known)]
    kind = list(Plant)[number % len(Plant)]
    if kind.value in {"hard", "cold"} and kind.value not in _codes(profile):
        kind = Plant.LONG
    trip = a_trip(f"{seed}:{number}", profile, chance)
    calm = _calm(as_samples(simulate(trip).readings), profile)
    custody = Span(to_us(trip.departed_at), to_us(trip.arrived_at))
    at = chance.randint(12, len(calm) - 40)
    samples, expected = GROWS[kind](_Bed(calm, profile, at, chance))
    holes = {Plant.GAP, Plant.STRADDLE, Plant.LONG_AND_GAP}
    return Planted(
        kind,
        profile,
        tuple(samples),
        custody,
        tuple(sorted(expected)),
        may_pass=kind not in holes and not expected,
    )


def _codes(profile: Profile) -> set[str]:
    return {rule.code for rule in profile.rules}


def _calm(samples: Sequence[Sample], profile: Profile) -> list[Sample]:
    upper = min(r.limit_centi for r in profile.rules if r.side is LimitSide.UPPER)
    lowers = [r.limit_centi for r in profile.rules if r.side is LimitSide.LOWER]
    lower = max(lowers) + ASIDE_CENTI if lowers else -10_000
    return [
        one._replace(centi=max(lower, min(upper - ASIDE_CENTI, one.centi))) for one in samples
    ]


@dataclass(frozen=True, slots=True)
class _Bed:
    """An undisturbed journey, and where something is planted in it."""

    calm: list[Sample]
    profile: Profile
    at: int
    chance: Random

    @property
    def rules(self) -> dict[str, AlarmRule]:
        """Return the rules by their codes."""
        return {rule.code: rule for rule in self.profile.rules}

    @property
    def needed(self) -> int:
        """Return how many readings make a single alarm."""
        return self.rules["warm"].delay_min // 5

    @property
    def in_all(self) -> int:
        """Return how many readings make a cumulative alarm."""
        return self.rules["warm_total"].delay_min // 5

    def warm(self, length: int) -> list[Sample]:
        """Return the journey with so many readings too warm."""
        return _beyond(self.calm, self.rules["warm"], self.at, length)

    def alarm(self, code: str = "warm") -> tuple[str, int]:
        """Return the single alarm that begins here."""
        rule = self.rules[code]
        return code, self.calm[self.at].at_us + rule.delay_min * MINUTE_US


Grown = tuple[list[Sample], list[tuple[str, int]]]
"""The readings with the breach in them, and the alarms it must raise."""


def _short(bed: _Bed) -> Grown:
    return bed.warm(bed.chance.randint(1, bed.needed - 1)), []


def _long(bed: _Bed) -> Grown:
    return bed.warm(bed.chance.randint(bed.needed, bed.in_all - 1)), [bed.alarm()]


def _longest(bed: _Bed) -> Grown:
    total = ("warm_total", bed.calm[bed.at + bed.in_all - 1].at_us)
    return bed.warm(bed.chance.randint(bed.in_all, 30)), [bed.alarm(), total]


def _total(bed: _Bed) -> Grown:
    """Plant stays of three readings with two between: none long, together too long."""
    samples = bed.calm
    stays = -(-bed.in_all // 3)
    for stay in range(stays):
        samples = _beyond(samples, bed.rules["warm"], bed.at + stay * 5, 3)
    last = bed.at + (stays - 1) * 5 + (bed.in_all - 1) % 3
    return samples, [("warm_total", bed.calm[last].at_us)]


def _of_rule(code: str, bed: _Bed) -> Grown:
    rule = bed.rules[code]
    return _beyond(bed.calm, rule, bed.at, rule.delay_min // 5), [bed.alarm(code)]


def _gap(bed: _Bed) -> Grown:
    lost = bed.profile.max_gap_min // 5 + bed.chance.randint(1, 12)
    return bed.calm[: bed.at] + bed.calm[bed.at + lost :], []


def _straddle(bed: _Bed) -> Grown:
    beyond = bed.warm(8)
    return beyond[: bed.at + 2] + beyond[bed.at + 6 :], []


def _long_and_gap(bed: _Bed) -> Grown:
    beyond = bed.warm(bed.needed)
    later = bed.at + bed.needed + 4
    return beyond[:later] + beyond[later + 9 :], [bed.alarm()]


GROWS: Mapping[Plant, Callable[[_Bed], Grown]] = {
    Plant.NOTHING: lambda bed: (bed.calm, []),
    Plant.SHORT: _short,
    Plant.LONG: _long,
    Plant.LONGEST: _longest,
    Plant.TOTAL: _total,
    Plant.HARD: partial(_of_rule, "hard"),
    Plant.COLD: partial(_of_rule, "cold"),
    Plant.GAP: _gap,
    Plant.STRADDLE: _straddle,
    Plant.LONG_AND_GAP: _long_and_gap,
}


def _beyond(calm: Sequence[Sample], rule: AlarmRule, at: int, length: int) -> list[Sample]:
    """Return readings of which some lie beyond a rule's limit."""
    away = BEYOND_CENTI if rule.side is LimitSide.UPPER else -BEYOND_CENTI
    return [
        one._replace(centi=rule.limit_centi + away) if at <= place < at + length else one
        for place, one in enumerate(calm)
    ]
