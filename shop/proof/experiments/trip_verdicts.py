"""The published cases come out, and what must hold of every journey holds of generated ones."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from random import Random

from cold_chain.rules.booking import book
from cold_chain.rules.chain import data_version
from cold_chain.rules.gaps import credit
from cold_chain.rules.life import use_life, weigh
from cold_chain.rules.verdict import after_startup, arrange, evaluate
from cold_chain.simulator import Flaw, as_uploads, disorder, simulate
from cold_chain.values import Holding, Profile, Sample, Span
from shop.proof.ground import cold_cases, trips
from shop.proof.runner import Kind, Outcome, run_named
from shop.settings import Settings

GOAL = "every case within its tolerance, 0 of all properties broken"
SEED = "trip-verdicts"
SHUFFLES = 10
FLAWS = tuple(Flaw)


@dataclass(frozen=True, slots=True)
class Size:
    """How many journeys are generated."""

    trips: int


DEFAULT = Size(trips=120)
FULL = Size(trips=3_000)


@run_named(Kind.EXPERIMENT, "trip-verdicts")
def trip_verdicts(settings: Settings) -> Outcome:
    """Reckon the published cases, and ask generated journeys what must always hold."""
    return reckon(FULL if settings.full_size else DEFAULT)


def reckon(size: Size) -> Outcome:
    """Hold the cases against their figures, and generated journeys against their properties."""
    cases = cold_cases.list_cases()
    amiss = [one for one in cases if not one.holds]
    asked: Counter[str] = Counter()
    broken: Counter[str] = Counter()
    words: Counter[str] = Counter()
    for number in range(size.trips):
        for name, holds in _ask(number, words):
            asked[name] += 1
            broken[name] += not holds
    return Outcome(
        "trip-verdicts",
        f"{len(cases) - len(amiss)} of {len(cases)} figures of published cases, "
        f"{sum(broken.values())} of {sum(asked.values()):,} properties broken over "
        f"{size.trips:,} journeys, each in {SHUFFLES} disorders",
        GOAL,
        holds=not amiss and not sum(broken.values()) and len(words) > 1,
        details=(
            *(
                f"  {one.name}: {one.got:.6g} (wanted {one.wanted:.6g} ± {one.within:g})"
                for one in cases
            ),
            *(
                f"  {name}: {broken[name]} of {count:,}"
                for name, count in sorted(asked.items())
            ),
            *(f"  journeys: {count} {word}" for word, count in sorted(words.items())),
        ),
    )


def _ask(number: int, words: Counter[str]) -> Iterator[tuple[str, bool]]:
    """Yield every property of one journey, and whether it holds."""
    chance = Random(f"{SEED}:{number}")
    known = trips.profiles()
    profile = known[number % len(known)]
    base = trips.a_trip(f"{SEED}:{number}", profile, chance)
    trip = replace(base, flaw=FLAWS[number // len(known) % len(FLAWS)])
    series = simulate(trip)
    samples = trips.as_samples(series.readings)
    custody = Span(samples[0].at_us, samples[-1].at_us)
    found = evaluate(samples, custody, profile)
    words[found.verdict] += 1
    figures = found.figures
    yield "MKT at least the mean", (figures.mkt_centi or 0) >= (figures.mean_centi or 0) - 1
    yield "no pass with an alarm", bool(found.alarms) <= (found.verdict != "pass")
    uploads = as_uploads(trip, series)
    version = data_version(arrange(samples, custody), custody, ())
    for shuffle in range(SHUFFLES):
        pieces = disorder(uploads, seed=f"{number}:{shuffle}", with_conflicts=True)
        first = _keep_first(
            [one for piece in pieces for one in trips.as_samples(piece.readings)]
        )
        same = data_version(arrange(first, custody), custody, ()) == version
        yield "disorder changes nothing", same and evaluate(first, custody, profile) == found
    yield from _grow(samples, custody, profile, chance)
    yield from _split(samples, custody, profile, chance)


def _keep_first(samples: Sequence[Sample]) -> list[Sample]:
    """Return the first value of every moment, as the store keeps it."""
    kept: dict[int, Sample] = {}
    for one in samples:
        kept.setdefault(one.at_us, one)
    return list(kept.values())


def _grow(
    samples: Sequence[Sample], custody: Span, profile: Profile, chance: Random
) -> Iterator[tuple[str, bool]]:
    """Yield what must hold when a journey goes on."""
    cut = chance.randint(2, len(samples) - 1)
    inside = samples[cut]._replace(centi=min(profile.dose_limit_centi, samples[cut].centi))
    before = evaluate(samples[:cut], Span(custody.from_us, samples[cut - 1].at_us), profile)
    after = evaluate([*samples[:cut], inside], Span(custody.from_us, inside.at_us), profile)
    yield (
        "a reading inside raises no degree-minutes beyond its predecessor's hold",
        after.figures.dose_hold_milli
        <= before.figures.dose_hold_milli + _held_longer(samples[cut - 1], inside, profile),
    )
    models = trips.life_models(profile.code)
    lives = [
        use_life(models, profile, weigh([s.centi for s in part], credit(part, 1900)), 0)
        for part in (samples[:cut], samples)
    ]
    if lives[0] is not None and lives[1] is not None:
        yield (
            "used life never falls",
            all(
                now.equivalent_min >= earlier.equivalent_min
                for earlier, now in zip(lives[0].uses, lives[1].uses, strict=True)
            ),
        )


def _held_longer(last: Sample, later: Sample, profile: Profile) -> int:
    """Return the thousandths of a degree-minute a longer hold of the last value adds."""
    warm = max(0, last.centi - profile.dose_limit_centi)
    longer_us = max(0, later.at_us - last.at_us - last.interval_us)
    return -(-warm * longer_us * 10 // 60_000_000) + 1


def _split(
    samples: Sequence[Sample], custody: Span, profile: Profile, chance: Random
) -> Iterator[tuple[str, bool]]:
    """Yield whether the parts of several holders make up the whole."""
    moments = sorted({chance.randint(custody.from_us + 1, custody.to_us - 1) for _ in range(3)})
    bounds = [custody.from_us, *moments, custody.to_us]
    holdings = [Holding(f"L{place}", *span) for place, span in enumerate(pairwise(bounds))]
    used = after_startup(arrange(samples, custody), custody, profile)
    credits_us = credit(used, profile.gap_factor_permille)
    losses = book(used, credits_us, holdings, profile, trips.life_models(profile.code))
    whole = evaluate(samples, custody, profile).figures.dose_hold_milli
    yield "losses add up", sum(one.dose_hold_milli for one in losses) == whole
