"""Income and settlements under faults: every fen stands, however the events arrive."""

import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from sqlalchemy.orm import Session

from kernel import clock, vault
from kernel.clock import at_local_midnight, local_date
from shop.proof.ground import splitting
from shop.proof.ground.databases import Ground, analyze, engine_on, laid
from shop.proof.runner import Kind, Outcome, run_named
from shop.proof.simulation.lanes import Trial, run_all
from shop.proof.simulation.market import open_market
from shop.settings import CHECKOUT, Settings

NAME = "ledger-simulation"
GOAL = "0 failures"
TELL_EVERY = 50
EXAMPLES = 10_000
MORNING = timedelta(hours=9)
PASSED = re.compile(r"(\d+) passed")


@dataclass(frozen=True, slots=True)
class Size:
    """How many seeds are run, on how many parcels of each seller."""

    seeds: Sequence[int]
    parcels_each: int
    examples: int = EXAMPLES
    steps_each: int = 0
    """How many steps, of trade and of settlements, every seed must have at least."""
    lanes: int = 0
    """How many seeds are run at a time; as many as there are cores if 0."""

    @property
    def words(self) -> str:
        """Return what replays a seed at this size, besides the seed."""
        return "SIZE=full " if self.steps_each else ""


DEFAULT = Size(seeds=range(1, 5), parcels_each=10)
FULL = Size(seeds=range(1, 1_001), parcels_each=24, steps_each=200)


@run_named(Kind.EXPERIMENT, NAME)
def ledger_simulation(settings: Settings) -> Outcome:
    """Earn, refund, settle, return and recover under faults, seed by seed."""
    size = FULL if settings.full_size else DEFAULT
    if settings.seed:
        size = replace(size, seeds=[settings.seed])
    cases = _worked_cases()
    with laid(settings) as ground:
        return simulate(ground, size, cases)


@dataclass(slots=True)
class Tally:
    """What all runs came to."""

    seeds: int = 0
    failures: list[str] = field(default_factory=list)
    deliveries: Counter[str] = field(default_factory=Counter)
    events: int = 0
    steps: list[int] = field(default_factory=list)

    def add(self, trial: Trial, size: Size) -> None:
        """Count a seed in; one that fails is told at once, with what replays it."""
        failures = list(trial.failures)
        if not failures and trial.steps < size.steps_each:
            failures.append(f"only {trial.steps} steps")
        if failures:
            replay = f"make experiment NAME={NAME} {size.words}SEED={trial.seed}"
            print(f"seed {trial.seed} at {_commit()} fails; {replay} replays it", flush=True)
        self.seeds += 1
        self.failures += [f"seed {trial.seed}, {one}" for one in failures]
        self.deliveries += trial.deliveries
        self.events += trial.events
        self.steps.append(trial.steps)


def simulate(ground: Ground, size: Size, cases: tuple[int, bool] | None = None) -> Outcome:
    """Split, then deliver the plan of every seed calmly and as a storm, and compare."""
    started = time.monotonic()
    split = splitting.list_broken(size.examples)
    tally = Tally(failures=[f"splitter {one}" for one in split[:20]])
    if cases is not None and not cases[1]:
        tally.failures.append("a worked case does not come to its figure")
    vault.use_key(*ground.settings.vault_keys)
    with ground.copy("market") as settings:
        begins_at = at_local_midnight(local_date(clock.now()) + timedelta(days=1)) + MORNING
        with engine_on(settings.database_url) as engine, Session(engine) as session:
            market = open_market(session, parcels_each=size.parcels_each, at=begins_at)
            session.commit()
        analyze(settings.database_url)
        lanes = size.lanes or os.cpu_count() or 1
        for trial in run_all(Ground(settings), market, size.seeds, lanes=lanes):
            tally.add(trial, size)
            if tally.seeds % TELL_EVERY == 0:
                _tell(tally, size, time.monotonic() - started)
    return _outcome(tally, size, cases)


def _tell(tally: Tally, size: Size, seconds: float) -> None:
    print(
        f"{tally.seeds:,} of {len(size.seeds):,} seeds, {len(tally.failures)} failures, "
        f"{seconds:.0f} s",
        flush=True,
    )


def _worked_cases() -> tuple[int, bool]:
    """Run the worked cases and vectors of the tests; return how many passed and whether all."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "tests/worked_examples",
        ],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    passed = PASSED.search(done.stdout)
    return (int(passed[1]) if passed else 0), done.returncode == 0


def _commit() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],  # noqa: S607 -- whichever git there is
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or "an unknown commit"


def _outcome(tally: Tally, size: Size, cases: tuple[int, bool] | None) -> Outcome:
    counts = tally.deliveries
    worked = f"{cases[0]} worked cases, " if cases else ""
    return Outcome(
        NAME,
        f"{len(tally.failures)} failures in {worked}{size.examples:,} splits, "
        f"{len(size.seeds):,} seeds with {counts.total():,} deliveries",
        GOAL,
        holds=not tally.failures and counts["delivered"] > 0,
        details=(
            f"{tally.seeds:,} seeds, each delivered calmly, and as a storm of everything twice",
            f"  {sum(tally.steps) / tally.seeds:.0f} steps each, {min(tally.steps)} at least",
            f"  {tally.events / tally.seeds:.0f} events and three settlements with reissues",
            *(f"  {name}: {counts[name]:,}" for name in sorted(counts)),
            *(f"  {sentence}" for sentence in tally.failures[:20]),
        ),
    )
