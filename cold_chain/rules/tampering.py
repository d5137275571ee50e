"""Whether the logger of the goods travelled with the goods at all.

Goods follow the air of the box with a lag between some and some hours. The probe of the truck
tells the air; a logger that stays colder than even the quickest and the slowest goods could,
for long enough, lay somewhere else: in a cool box. Doors and the unit's power are evidence
besides. A pure function; it suspects, people decide.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from cold_chain.rules.gaps import PERMILLE
from cold_chain.rules.moments import MINUTE_US
from cold_chain.values import Sample, Span

LAGS_MIN = (30.0, 60.0, 120.0, 240.0)
"""How slowly goods follow the air: product lag 60 to 240 minutes, and one quicker."""
SETTLE_MIN = 60
"""From the first hour of both series it is told by how much the sensors are off."""
OFFSET_CENTI = 100
"""As much of a first difference is put down to the sensors; the rest is goods loaded warm."""
MARGIN_CENTI = 200
LASTING_MIN = 30
GAP_FACTOR_PERMILLE = 1900


@dataclass(frozen=True, slots=True, kw_only=True)
class CoolBox:
    """A stretch in which the logger was colder than goods could be."""

    from_us: int
    to_us: int
    short_centi: int
    """How much warmer goods would have been at least, at the worst moment."""
    had_open_door: bool
    was_unit_off: bool


def find_cool_box(
    logger: Sequence[Sample],
    probe: Sequence[Sample],
    doors: Sequence[Span] = (),
    unit_off: Sequence[Span] = (),
) -> CoolBox | None:
    """Return the first lasting stretch in which the logger cannot have been with the goods.

    Both series are in order. Where either is silent nothing is held against it.
    """
    started_us = current_us = None
    worst = 0
    for at_us, short in _shortfalls(logger, probe):
        if short is None or short < MARGIN_CENTI:
            if _has_lasted(started_us, current_us):
                break
            started_us, worst = None, 0
            continue
        started_us = at_us if started_us is None else started_us
        current_us = at_us
        worst = max(worst, round(short))
    if started_us is None or current_us is None or not _has_lasted(started_us, current_us):
        return None
    # Warmth that cannot be seen in the goods began before it could be told.
    about = Span(started_us - SETTLE_MIN * MINUTE_US, current_us)
    return CoolBox(
        from_us=started_us,
        to_us=current_us,
        short_centi=worst,
        had_open_door=any(_overlap(one, about) for one in doors),
        was_unit_off=any(_overlap(one, about) for one in unit_off),
    )


def _has_lasted(started_us: int | None, current_us: int | None) -> bool:
    if started_us is None or current_us is None:
        return False
    return current_us - started_us >= LASTING_MIN * MINUTE_US


def _overlap(one: Span, other: Span) -> bool:
    return one.from_us < other.to_us and other.from_us < one.to_us


def _shortfalls(
    logger: Sequence[Sample], probe: Sequence[Sample]
) -> Iterator[tuple[int, float | None]]:
    """Yield how much colder than any goods the logger is; None where nothing is known."""
    at_start = _first_hour(logger), _first_hour(probe)
    if at_start[0] is None or at_start[1] is None:
        return
    warmer = max(-OFFSET_CENTI, min(OFFSET_CENTI, at_start[0] - at_start[1]))
    goods = [at_start[0]] * len(LAGS_MIN)
    place = 0
    for earlier, later in pairwise(probe):
        step_us = later.at_us - earlier.at_us
        is_gap = step_us * PERMILLE > earlier.interval_us * GAP_FACTOR_PERMILLE
        for slot, lag_min in enumerate(LAGS_MIN):
            follows = 1 - math.exp(-step_us / MINUTE_US / lag_min)
            goods[slot] += (earlier.centi + warmer - goods[slot]) * follows
        while place + 1 < len(logger) and logger[place + 1].at_us <= later.at_us:
            place += 1
        said = logger[place]
        silent_us = later.at_us - said.at_us
        if (
            is_gap
            or silent_us < 0
            or silent_us * PERMILLE > (said.interval_us * GAP_FACTOR_PERMILLE)
        ):
            yield later.at_us, None
        else:
            yield later.at_us, min(goods) - said.centi


def _first_hour(series: Sequence[Sample]) -> float | None:
    if not series:
        return None
    until_us = series[0].at_us + SETTLE_MIN * MINUTE_US
    return median(one.centi for one in series if one.at_us <= until_us)
