"""When a value beyond a limit becomes an alarm.

A single-event rule counts one unbroken stay: the value holds from its reading until the next,
the count starts anew as soon as a value is back, and a gap breaks the stay. A cumulative rule
adds up readings, each standing for the time since the one before it (n × interval), and never
starts anew. Alarms are a pure function of the stored readings: nothing is lost in a restart.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from cold_chain.rules.gaps import is_gap
from cold_chain.rules.moments import MINUTE_US
from cold_chain.values import (
    Alarm,
    AlarmMode,
    AlarmRule,
    Excursion,
    ExcursionEnd,
    LimitSide,
    Profile,
    Sample,
    Severity,
    Span,
)


@dataclass(frozen=True, slots=True)
class Alarms:
    """What the rules of a profile say of a series."""

    alarms: tuple[Alarm, ...]
    excursions: tuple[Excursion, ...]


def find_alarms(
    samples: Sequence[Sample],
    profile: Profile,
    doors: Sequence[Span] = (),
    *,
    bridge_gaps: bool = False,
) -> Alarms:
    """Return every alarm by its time, and every excursion by its start.

    `doors` are the periods a door stood open. With `bridge_gaps` a gap between two values
    beyond the limit counts as spent beyond it: the worst case, never the verdict.
    """
    alarms: list[Alarm] = []
    excursions: list[Excursion] = []
    open_doors = door_periods(doors, profile)
    for rule in profile.rules:
        if rule.mode is AlarmMode.CUMULATIVE:
            alarms.extend(_cumulative(samples, rule, profile, bridge_gaps=bridge_gaps))
            continue
        watch = _Watch(rule, profile, open_doors)
        found = list(watch.follow(samples, bridge_gaps=bridge_gaps))
        excursions.extend(found)
        alarms.extend(_alarm_of(excursion) for excursion in found if excursion.alarm_us)
    return Alarms(
        tuple(sorted(alarms, key=lambda alarm: (alarm.alarm_us, alarm.rule))),
        tuple(sorted(excursions, key=lambda one: (one.start_us, one.rule))),
    )


def has_critical(alarms: Sequence[Alarm]) -> bool:
    """Say whether any of the alarms fails a shipment."""
    return any(alarm.severity is Severity.CRITICAL for alarm in alarms)


def is_beyond(rule: AlarmRule, centi: int) -> bool:
    """Say whether a value lies beyond the rule's limit."""
    distance = centi - rule.limit_centi
    if rule.side is LimitSide.LOWER:
        distance = -distance
    return distance >= 0 if rule.includes_limit else distance > 0


def door_periods(doors: Sequence[Span], profile: Profile) -> list[Span]:
    """Return the periods in which a reading counts as taken at the door."""
    grace_us = profile.door_grace_min * MINUTE_US
    return [Span(door.from_us, door.to_us + grace_us) for door in sorted(doors)]


@dataclass(frozen=True, slots=True)
class _Watch:
    """Follows one single-event rule through a series."""

    rule: AlarmRule
    profile: Profile
    doors: Sequence[Span]

    def follow(self, samples: Sequence[Sample], *, bridge_gaps: bool) -> Iterator[Excursion]:
        """Yield the excursions of a series in order."""
        factor = self.profile.gap_factor_permille
        current: Excursion | None = None
        previous: Sample | None = None
        for sample in samples:
            if current is not None and previous is not None:
                if not bridge_gaps and is_gap(previous, sample, factor):
                    yield self._close(current, previous.at_us, ExcursionEnd.GAP)
                    current = None
                elif self._ends(current, sample):
                    yield self._close(current, sample.at_us, ExcursionEnd.RETURNED)
                    current = None
            if current is not None:
                current = _prolong(current, sample)
            elif is_beyond(self.rule, sample.centi):
                current = self._start(sample)
            previous = sample
        if current is not None and previous is not None:
            yield self._close(current, previous.at_us, ExcursionEnd.OPEN)

    def _start(self, sample: Sample) -> Excursion:
        return Excursion(
            rule=self.rule.code,
            severity=self.rule.severity,
            side=self.rule.side,
            limit_centi=self.rule.limit_centi,
            start_us=sample.at_us,
            end_us=sample.at_us,
            ended=ExcursionEnd.OPEN,
            peak_centi=sample.centi,
            at_door=any(door.from_us <= sample.at_us <= door.to_us for door in self.doors),
            alarm_us=None,
        )

    def _ends(self, current: Excursion, sample: Sample) -> bool:
        """Say whether the value is back: inside the limit, or well inside once it alarmed."""
        if is_beyond(self.rule, sample.centi):
            return False
        if self._alarm_us(current, sample.at_us) is None:
            return True
        inward = self.profile.hysteresis_centi
        if self.rule.side is LimitSide.LOWER:
            inward = -inward
        return not is_beyond(self.rule, sample.centi + inward)

    def _close(self, current: Excursion, end_us: int, ended: ExcursionEnd) -> Excursion:
        alarm_us = self._alarm_us(current, end_us)
        return replace(current, end_us=end_us, ended=ended, alarm_us=alarm_us)

    def _alarm_us(self, current: Excursion, known_until_us: int) -> int | None:
        delay_min = self.rule.delay_min
        if current.at_door:
            delay_min = max(delay_min, self.profile.door_delay_min)
        alarm_us = current.start_us + delay_min * MINUTE_US
        return alarm_us if known_until_us >= alarm_us else None


def _prolong(current: Excursion, sample: Sample) -> Excursion:
    is_warmer = sample.centi > current.peak_centi
    is_upper = current.side is LimitSide.UPPER
    if sample.centi == current.peak_centi or is_warmer is not is_upper:
        return current
    return replace(current, peak_centi=sample.centi)


def _alarm_of(excursion: Excursion) -> Alarm:
    return Alarm(
        rule=excursion.rule,
        severity=excursion.severity,
        mode=AlarmMode.SINGLE,
        side=excursion.side,
        limit_centi=excursion.limit_centi,
        start_us=excursion.start_us,
        alarm_us=excursion.alarm_us or excursion.start_us,
        end_us=None if excursion.ended is ExcursionEnd.OPEN else excursion.end_us,
    )


def _cumulative(
    samples: Sequence[Sample], rule: AlarmRule, profile: Profile, *, bridge_gaps: bool
) -> list[Alarm]:
    """Return the one alarm of a cumulative rule, or none; its time is that of a reading."""
    budget_us = rule.delay_min * MINUTE_US
    spent_us = 0
    start_us = None
    previous = None
    for sample in samples:
        if is_beyond(rule, sample.centi):
            start_us = sample.at_us if start_us is None else start_us
            spent_us += _stands_for(previous, sample, rule, profile, bridge_gaps=bridge_gaps)
            if spent_us >= budget_us:
                return [_cumulative_alarm(rule, start_us, sample.at_us)]
        previous = sample
    return []


def _stands_for(
    previous: Sample | None,
    sample: Sample,
    rule: AlarmRule,
    profile: Profile,
    *,
    bridge_gaps: bool,
) -> int:
    if previous is None:
        return sample.interval_us
    if is_gap(previous, sample, profile.gap_factor_permille) and not (
        bridge_gaps and is_beyond(rule, previous.centi)
    ):
        return sample.interval_us
    return sample.at_us - previous.at_us


def _cumulative_alarm(rule: AlarmRule, start_us: int, alarm_us: int) -> Alarm:
    return Alarm(
        rule=rule.code,
        severity=rule.severity,
        mode=AlarmMode.CUMULATIVE,
        side=rule.side,
        limit_centi=rule.limit_centi,
        start_us=start_us,
        alarm_us=alarm_us,
        end_us=None,
    )
