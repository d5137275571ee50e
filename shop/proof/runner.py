"""Runs a named claim and ends with one line: `NAME: figure (goal …)`, exit 0 if it holds."""

import importlib
import pkgutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from types import ModuleType

from shop.settings import Settings


class Kind(StrEnum):
    """Which command runs a claim."""

    VERIFY = "verify"
    EXPERIMENT = "experiment"
    BENCH = "bench"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run found: the figure, the goal it is held against and whether it holds."""

    name: str
    figure: str
    goal: str
    holds: bool
    details: tuple[str, ...] = ()


# A run gets the settings (with `full_size`) and prints what it does while it does it.
Run = Callable[[Settings], Outcome]


@dataclass(frozen=True, slots=True)
class NamedRun:
    """A registered run with its one line of description."""

    kind: Kind
    name: str
    about: str
    run: Run


_RUNS: dict[tuple[Kind, str], NamedRun] = {}


def run_named(kind: Kind, name: str) -> Callable[[Run], Run]:
    """Register a run under a name; its docstring's first line says what it shows."""

    def register(run: Run) -> Run:
        if (kind, name) in _RUNS:
            raise ValueError(f"{kind} {name} is registered twice")
        about = (run.__doc__ or "").strip().split("\n", 1)[0]
        _RUNS[kind, name] = NamedRun(kind, name, about, run)
        return run

    return register


def load(package: ModuleType) -> None:
    """Import every module below `package`, so that each registers its runs."""
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)


def list_runs(kind: Kind) -> list[NamedRun]:
    """Return the runs of one command by name."""
    return [run for (of, _), run in sorted(_RUNS.items()) if of is kind]


def find_run(kind: Kind, name: str) -> NamedRun | None:
    """Return the run of that name, or None."""
    return _RUNS.get((kind, name))


def carry_out(named: NamedRun, settings: Settings) -> bool:
    """Run one claim, print its details and its last line, and tell whether the goal holds."""
    started = time.monotonic()
    outcome = named.run(settings)
    for line in outcome.details:
        print(line)
    print(f"took {time.monotonic() - started:.1f} s")
    print(last_line(outcome), flush=True)
    return outcome.holds


def last_line(outcome: Outcome) -> str:
    """Return the line a reader looks for: name, figure, goal, and whether it was missed."""
    missed = "" if outcome.holds else " – NOT MET"
    return f"{outcome.name}: {outcome.figure} (goal {outcome.goal}){missed}"
