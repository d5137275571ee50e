"""Shelf life from published models: what a journey used, and what may be left.

A model says how long goods keep at a temperature; time at it uses the share time / life.
Every model is asked, and the answer is a range: no longer than any guard allows, because a
single rate of ageing is optimistic where mould takes over. Time nobody measured counts as
spent at the worst the limits allow, and is told apart.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

from cold_chain.rules.mkt import CENTI, GAS_CONSTANT, KELVIN
from cold_chain.rules.moments import MINUTE_US, SECOND_US
from cold_chain.values import (
    Life,
    LifeKind,
    LifeModel,
    LifePoint,
    LifeRole,
    LifeUse,
    LimitSide,
    Profile,
)

TEN_DEGREES = 1_000
PPM = 1_000_000

Weights = Mapping[int, int]
"""Credited microseconds by hundredths of °C."""


def life_at(model: LifeModel, centi: int) -> float | None:
    """Return the life in minutes at a temperature, or None where the model says nothing.

    A model of rates alone counts from one minute at its reference temperature.
    """
    reference = float(model.life_min or 1)
    match model.kind:
        case LifeKind.Q10:
            return reference / math.exp(_ageing(model, centi))
        case LifeKind.CURVE:
            return _on_curve(model.points, centi)
        case LifeKind.CEILING:
            told = [one.life_min for one in model.points if one.centi <= centi]
            return float(told[-1]) if told and told[-1] is not None else None
        case LifeKind.ARRHENIUS:
            slope = (model.joule_per_mole or 0) / GAS_CONSTANT
            here, there = _kelvin(centi), _kelvin(model.reference_centi)
            return reference * math.exp(slope / here - slope / there)


def worst_centi(profile: Profile, warmest_centi: int | None) -> int:
    """Return at what temperature unknown time counts as spent.

    That is the warmest limit of the profile, or what was measured if that was warmer still.
    """
    limits = [rule.limit_centi for rule in profile.rules if rule.side is LimitSide.UPPER]
    known = [] if warmest_centi is None else [warmest_centi]
    return max([*limits, profile.dose_limit_centi, *known])


def keep_centi(profile: Profile) -> int:
    """Return at what temperature remaining life is told: the warm end of the band to keep."""
    if profile.target_upper_centi is not None:
        return profile.target_upper_centi
    return profile.dose_limit_centi


def use_life(
    models: Sequence[LifeModel], profile: Profile, weights: Weights, unknown_us: int
) -> Life | None:
    """Return what known and unknown time used under every model, and what may be left."""
    if not models:
        return None
    keep = keep_centi(profile)
    worst = worst_centi(profile, max(weights, default=None))
    shares = {one.code: _share(one, weights) for one in models}
    unknown = {one.code: _share(one, {worst: unknown_us}) for one in models}
    least = {one.code: shares[one.code] + _share(one, {keep: unknown_us}) for one in models}
    most = {code: share + unknown[code] for code, share in shares.items()}
    return Life(
        keep_centi=keep,
        worst_centi=worst,
        unknown_s=unknown_us // SECOND_US,
        low_min=_left(models, most, keep, is_longest=False),
        high_min=_left(models, least, keep, is_longest=True),
        uses=tuple(
            _use(one, weights, shares[one.code], unknown[one.code], keep) for one in models
        ),
    )


def ageing_factor(
    models: Sequence[LifeModel], model: LifeModel, centi: int, keep: int
) -> float:
    """Return how many times faster than at the temperature to keep goods age, one or more.

    A model that says nothing of the temperature to keep is held against the longest life
    another tells there.
    """
    here = life_at(model, centi)
    if here is None:
        return 1.0
    there = life_at(model, keep) if model.kind is not LifeKind.CEILING else None
    if there is None:
        told = [life_at(one, keep) for one in models if tells_life(one)]
        there = max((one for one in told if one is not None), default=here)
    return max(1.0, there / here)


def tells_life(model: LifeModel) -> bool:
    """Say whether a model tells a life and not rates alone."""
    return model.life_min is not None or any(one.life_min for one in model.points)


def _share(model: LifeModel, weights: Weights) -> float:
    """Return which share of its life goods used, or minutes at the reference temperature."""
    return math.fsum(
        weight / MINUTE_US / life
        for centi, weight in sorted(weights.items())
        if (life := life_at(model, centi)) is not None
    )


def life_range(models: Sequence[LifeModel], centi: int) -> tuple[int, int] | None:
    """Return the shortest and longest life in minutes at a steady temperature."""
    lives = {one.code: life_at(one, centi) for one in models if tells_life(one)}
    told = [life for life in lives.values() if life is not None]
    longest = [
        life
        for one in models
        if one.kind is not LifeKind.CEILING and (life := lives.get(one.code)) is not None
    ]
    if not longest:
        return None
    guards = [
        life
        for one in models
        if one.role is LifeRole.GUARD and (life := lives.get(one.code)) is not None
    ]
    return math.floor(min(told)), math.floor(min([max(longest), *guards]))


def _left(
    models: Sequence[LifeModel], shares: Mapping[str, float], keep: int, *, is_longest: bool
) -> int | None:
    """Return the shortest or longest remaining life of the estimates, within every guard.

    The shortest heeds every ceiling, the longest only those that are guards.
    """
    ceilings = [
        one
        for one in models
        if one.role is LifeRole.GUARD or (one.kind is LifeKind.CEILING and not is_longest)
    ]
    capped = max((shares[one.code] for one in ceilings), default=0.0)
    lefts = [
        (1 - max(shares[one.code], capped)) * life
        for one in models
        if one not in ceilings
        and one.kind is not LifeKind.CEILING
        and tells_life(one)
        and (life := life_at(one, keep)) is not None
    ]
    if not lefts:
        return None
    caps = [
        (1 - shares[one.code]) * life
        for one in ceilings
        if (life := life_at(one, keep)) is not None
    ]
    left = max(lefts) if is_longest else min(lefts)
    return max(0, math.floor(min([left, *caps])))


def _use(
    model: LifeModel, weights: Weights, share: float, unknown: float, keep: int
) -> LifeUse:
    tells = tells_life(model)
    reference = life_at(model, model.reference_centi) or 1.0
    outside_us = sum(
        weight
        for centi, weight in weights.items()
        if not model.tested_from_centi <= centi <= model.tested_to_centi
    )
    life = life_at(model, keep)
    left = None if life is None or not tells else (1 - share - unknown) * life
    return LifeUse(
        code=model.code,
        version=model.version,
        role=model.role,
        equivalent_min=round(share * reference),
        unknown_equivalent_min=round(unknown * reference),
        used_ppm=round(share * PPM) if tells else None,
        unknown_ppm=round(unknown * PPM) if tells else None,
        remaining_min=None if left is None else max(0, math.floor(left)),
        outside_tested_s=outside_us // SECOND_US,
    )


def _ageing(model: LifeModel, centi: int) -> float:
    """Return the logarithm of how much faster than at its reference a Q10 model ages."""
    sign = 1 if centi >= model.reference_centi else -1
    low, high = sorted((centi, model.reference_centi))
    bounds = [one.centi for one in model.points]
    whole = 0.0
    for place, one in enumerate(model.points):
        begins = low if place == 0 else max(low, bounds[place])
        ends = high if place == len(bounds) - 1 else min(high, bounds[place + 1])
        if ends > begins:
            whole += math.log((one.q10_permille or 1000) / 1000) * (ends - begins) / TEN_DEGREES
    return sign * whole


def _on_curve(points: Sequence[LifePoint], centi: int) -> float | None:
    """Return a life between measured ones, evenly in its logarithm.

    Colder than measured it is no longer; warmer it goes on as between the two warmest.
    """
    known = [(one.centi, float(one.life_min or 1)) for one in points]
    if not known:
        return None
    if centi <= known[0][0] or len(known) == 1:
        return known[0][1]
    for (cold, longer), (warm, shorter) in pairwise(known):
        if centi <= warm or warm == known[-1][0]:
            reach = (centi - cold) / (warm - cold)
            return float(longer * (shorter / longer) ** reach)
    return None


def _kelvin(centi: int) -> float:
    return centi / CENTI + KELVIN


def weigh(centis: Sequence[int], credits_us: Sequence[int]) -> Weights:
    """Return credited time by temperature."""
    weights: Counter[int] = Counter()
    for centi, credit_us in zip(centis, credits_us, strict=True):
        weights[centi] += credit_us
    return weights
