"""How long beyond a limit, by each of the four ways that are in use, each under its name.

Loggers print n × interval, some programs the time from the first to the last reading of a
stay, others hold each value until the next, and mathematics asks where straight lines between
the readings cross the limit. None counts across a gap.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from cold_chain.rules.alarms import is_beyond
from cold_chain.rules.degree_minutes import dose_linear
from cold_chain.rules.gaps import is_gap
from cold_chain.rules.moments import SECOND_US
from cold_chain.values import AlarmRule, Beyond, LimitSide, Profile, Sample


def measure_beyond(
    samples: Sequence[Sample], credits_us: Sequence[int], profile: Profile
) -> tuple[Beyond, ...]:
    """Return the time beyond every limit of a profile; rules with one limit make one row."""
    limits = {
        (rule.side, rule.limit_centi, rule.includes_limit): rule for rule in profile.rules
    }
    return tuple(
        _measure(samples, credits_us, rule, profile) for _, rule in sorted(limits.items())
    )


def _measure(
    samples: Sequence[Sample], credits_us: Sequence[int], rule: AlarmRule, profile: Profile
) -> Beyond:
    outside = [is_beyond(rule, one.centi) for one in samples]
    factor = profile.gap_factor_permille
    return Beyond(
        side=rule.side,
        limit_centi=rule.limit_centi,
        n_interval_s=_seconds(
            one.interval_us for one, is_out in zip(samples, outside, strict=True) if is_out
        ),
        last_first_s=_seconds(
            later.at_us - earlier.at_us
            for place, (earlier, later) in enumerate(pairwise(samples))
            if outside[place] and outside[place + 1] and not is_gap(earlier, later, factor)
        ),
        left_hold_s=_seconds(
            credit_us for credit_us, is_out in zip(credits_us, outside, strict=True) if is_out
        ),
        interpolated_s=_interpolated_s(samples, rule, factor),
    )


def _interpolated_s(samples: Sequence[Sample], rule: AlarmRule, factor: int) -> int:
    if rule.side is LimitSide.UPPER:
        above_us = dose_linear(samples, rule.limit_centi, factor).above_us
    else:
        mirrored = [one._replace(centi=-one.centi) for one in samples]
        above_us = dose_linear(mirrored, -rule.limit_centi, factor).above_us
    return round(above_us / SECOND_US)


def _seconds(parts: Iterable[int]) -> int:
    return sum(parts) // SECOND_US
