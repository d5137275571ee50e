"""Breaches planted in generated journeys: all found, none false, no gap passed, fraud seen."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from random import Random

from cold_chain.rules.moments import MINUTE_US
from cold_chain.rules.tampering import find_cool_box
from cold_chain.rules.verdict import evaluate
from cold_chain.simulator import Flaw, cool_box, ride_along, simulate
from cold_chain.values import Assessment, Profile, Sample, Verdict
from shop.proof.ground import trips
from shop.proof.ground.trips import Plant, Planted
from shop.proof.runner import Kind, Outcome, run_named
from shop.settings import Settings

GOAL = "all found, 0 false, 0 gaps passed, at least 95 % of frauds at 1 % false alarms at most"
SEED = "planted-breaches"
FRAUDS_FOUND = 0.95
FALSE_ALARMS = 0.01


@dataclass(frozen=True, slots=True)
class Size:
    """How many journeys are planted with breaches, and how many drivers cheat."""

    trips: int
    frauds: int


DEFAULT = Size(trips=500, frauds=200)
FULL = Size(trips=10_000, frauds=2_000)


@run_named(Kind.EXPERIMENT, "planted-breaches")
def planted_breaches(settings: Settings) -> Outcome:
    """Judge journeys whose breaches are known, and look for loggers in cool boxes."""
    return judge(FULL if settings.full_size else DEFAULT)


def judge(size: Size) -> Outcome:
    """Hold what the rules find against what was planted."""
    tally: Counter[str] = Counter()
    wrong = []
    for number in range(size.trips):
        planted = trips.plant(number, seed=SEED)
        found = evaluate(planted.samples, planted.custody, planted.profile)
        tally[f"{planted.plant}: {found.verdict}"] += 1
        tally.update(_count(planted, found))
        if not _is_right(planted, found):
            wrong.append(_tell(number, planted, found))
    seen = _hunt(size.frauds)
    found_share = seen["found"] / max(1, seen["frauds"])
    false_share = seen["false"] / max(1, seen["honest"])
    return Outcome(
        "planted-breaches",
        f"{tally['found']} of {tally['planted']} breaches found, {tally['false']} false, "
        f"{tally['gaps passed']} of {tally['gaps']} gaps passed in {size.trips:,} journeys; "
        f"{seen['found']} of {seen['frauds']} frauds, {seen['false']} of {seen['honest']:,} "
        "honest loggers suspected",
        GOAL,
        holds=not wrong
        and tally["found"] == tally["planted"] > 0
        and not tally["false"]
        and not tally["gaps passed"]
        and tally["control"] > 0
        and found_share >= FRAUDS_FOUND
        and false_share <= FALSE_ALARMS,
        details=(
            *(f"  {name}: {count}" for name, count in sorted(tally.items()) if ": " in name),
            _control(tally),
            *(f"  wrong: {one}" for one in wrong[:20]),
        ),
    )


def _control(tally: Counter[str]) -> str:
    return (
        f"  control: counting gaps as breaches, {tally['control']} of {tally['gaps']} journeys"
        " with a gap would have been called broken for nothing"
    )


def _count(planted: Planted, found: Assessment) -> Counter[str]:
    alarms = {(one.rule, one.alarm_us) for one in found.alarms}
    expected = set(planted.alarms)
    is_holed = planted.plant in {Plant.GAP, Plant.STRADDLE, Plant.LONG_AND_GAP}
    return Counter(
        {
            "planted": len(expected),
            "found": len(expected & alarms),
            "false": len(alarms - expected),
            "gaps": int(is_holed),
            "gaps passed": int(is_holed and found.verdict is Verdict.PASS),
            "control": int(
                is_holed
                and not expected
                and is_broken_carelessly(planted.samples, planted.profile)
            ),
        }
    )


def _is_right(planted: Planted, found: Assessment) -> bool:
    alarms = tuple(sorted((one.rule, one.alarm_us) for one in found.alarms))
    wanted = (
        Verdict.FAIL
        if planted.alarms
        else Verdict.PASS
        if planted.may_pass
        else Verdict.INCONCLUSIVE
    )
    return alarms == planted.alarms and found.verdict is wanted


def _tell(number: int, planted: Planted, found: Assessment) -> str:
    return (
        f"{number} {planted.plant} under {planted.profile.code}: {found.verdict}, "
        f"{[one.rule for one in found.alarms]} for {[rule for rule, _ in planted.alarms]}"
    )


def is_broken_carelessly(samples: Sequence[Sample], profile: Profile) -> bool:
    """Say what a judge says who takes first to last reading of a stay and asks no gap."""
    warm = next(rule for rule in profile.rules if rule.code == "warm")
    for is_out, stay in groupby(samples, lambda one: one.centi > warm.limit_centi):
        held = list(stay)
        if is_out and held[-1].at_us - held[0].at_us >= warm.delay_min * MINUTE_US:
            return True
    return False


def _hunt(count: int) -> Counter[str]:
    """Return how many loggers in cool boxes and how many honest ones are suspected."""
    seen: Counter[str] = Counter()
    known = trips.profiles()
    for number in range(count):
        chance = Random(f"{SEED}:fraud:{number}")
        base = trips.a_trip(f"fraud:{number}", known[number % len(known)], chance)
        for flaw in Flaw:
            trip = replace(base, flaw=flaw)
            probe = trips.as_samples(ride_along(trip).probe)
            honest = find_cool_box(trips.as_samples(simulate(trip).readings), probe)
            seen["honest"] += 1
            seen["false"] += honest is not None
        cheat = replace(base, flaw=Flaw.UNIT_FAILURE)
        flat = trips.as_samples(cool_box(cheat).readings)
        seen["frauds"] += 1
        probe = trips.as_samples(ride_along(cheat).probe)
        seen["found"] += find_cool_box(flat, probe) is not None
    return seen
