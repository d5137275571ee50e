"""What each holder of a custody answers for: every moment belongs to one of them."""

import math
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

from cold_chain.rules.degree_minutes import to_milli
from cold_chain.rules.life import Weights, ageing_factor, keep_centi, tells_life, worst_centi
from cold_chain.rules.moments import MINUTE_US, SECOND_US
from cold_chain.values import Holding, LifeModel, Loss, Profile, Sample

Stretch = tuple[int, int, int]
"""From, up to, and the value in hundredths of °C that held."""


def book(
    samples: Sequence[Sample],
    credits_us: Sequence[int],
    holdings: Sequence[Holding],
    profile: Profile,
    models: Sequence[LifeModel] = (),
) -> tuple[Loss, ...]:
    """Split degree-minutes and lost life among the holders, by the moment.

    A value that holds beyond a hand-over is split there. What the last reading vouches for
    beyond the end falls to the last holder, so that the parts make up the whole exactly.
    """
    stretches = [
        (one.at_us, one.at_us + credit_us, one.centi)
        for one, credit_us in zip(samples, credits_us, strict=True)
        if credit_us > 0
    ]
    worst = worst_centi(profile, max((one.centi for one in samples), default=None))
    telling = _telling(models)
    losses = []
    booked = whole = 0
    for place, holding in enumerate(holdings):
        is_last = place == len(holdings) - 1
        mine = _cut(stretches, holding, is_last=is_last)
        whole += sum(
            max(0, centi - profile.dose_limit_centi) * (to - start) for start, to, centi in mine
        )
        losses.append(_loss(holding, mine, to_milli(whole) - booked, profile, (telling, worst)))
        booked = to_milli(whole)
    return tuple(losses)


def _telling(models: Sequence[LifeModel]) -> Sequence[LifeModel]:
    return models if any(tells_life(one) for one in models) else ()


def _cut(stretches: Sequence[Stretch], holding: Holding, *, is_last: bool) -> list[Stretch]:
    ends_us = (
        holding.to_us
        if not is_last
        else max([holding.to_us, *(to_us for _, to_us, _ in stretches)])
    )
    return [
        (max(start, holding.from_us), min(to, ends_us), centi)
        for start, to, centi in stretches
        if to > holding.from_us and start < ends_us
    ]


def _loss(
    holding: Holding,
    mine: Sequence[Stretch],
    dose_hold_milli: int,
    profile: Profile,
    life: tuple[Sequence[LifeModel], int],
) -> Loss:
    models, worst = life
    length_us = holding.to_us - holding.from_us
    weights: Counter[int] = Counter()
    for start, to, centi in mine:
        weights[centi] += to - start
    known_us = min(length_us, sum(weights.values()))
    keep = keep_centi(profile)
    lost = [_lost_min(models, one, weights, keep) for one in models]
    unknown = [_lost_min(models, one, {worst: length_us - known_us}, keep) for one in models]
    return Loss(
        holder=holding.holder,
        from_us=holding.from_us,
        to_us=holding.to_us,
        known_s=known_us // SECOND_US,
        unknown_s=(length_us - known_us) // SECOND_US,
        dose_hold_milli=dose_hold_milli,
        lost_low_min=min(lost, default=None),
        lost_high_min=max(lost, default=None),
        lost_unknown_min=max(unknown, default=None),
    )


def _lost_min(
    models: Sequence[LifeModel], model: LifeModel, weights: Weights, keep: int
) -> int:
    """Return the minutes of life at the temperature to keep that warmth took besides."""
    lost = math.fsum(
        float(Fraction(weight, MINUTE_US)) * (ageing_factor(models, model, centi, keep) - 1)
        for centi, weight in sorted(weights.items())
    )
    return math.floor(lost)
