"""How long the sample takes to load, stage by stage."""

import time
from dataclasses import dataclass, field, replace

from kernel import clock
from shop.proof.ground.databases import folder, scratch_name
from shop.proof.ground.invariants import list_broken
from shop.proof.runner import Kind, Outcome, run_named
from shop.sample import loader
from shop.services import create_database, drop_database
from shop.settings import Settings

FULL_SECONDS = 90
FULL_ORDERS = loader.ORDERS
FEW_ORDERS = 300
FEW_SECONDS = 25
"""Master data takes the same whatever the number of orders, so that this is not a tenth."""


@dataclass(frozen=True, slots=True)
class Size:
    """How many past orders are carried through, and in how many seconds at most."""

    orders: int
    seconds: float


DEFAULT = Size(orders=FEW_ORDERS, seconds=FEW_SECONDS)
FULL = Size(orders=FULL_ORDERS, seconds=FULL_SECONDS)


@run_named(Kind.BENCH, "sample-load")
def sample_load(settings: Settings) -> Outcome:
    """Load the sample into an empty database: 300 past orders, 3,000 with SIZE=full."""
    return measure(settings, FULL if settings.full_size else DEFAULT)


@dataclass(slots=True)
class Watch:
    """Notes when each stage of a load began and how far it came."""

    started: float = field(default_factory=time.monotonic)
    begun: dict[str, float] = field(default_factory=dict)
    ended: dict[str, float] = field(default_factory=dict)
    steps: dict[str, int] = field(default_factory=dict)

    def show(self, stage: str, done: int, total: int) -> None:
        """Take a note, as a progress bar would draw it."""
        del total
        now = time.monotonic() - self.started
        self.begun.setdefault(stage, now)
        self.ended[stage] = now
        self.steps[stage] = done


def measure(settings: Settings, size: Size) -> Outcome:
    """Load into a database of its own, drop it again, and tell the time of every stage."""
    name = scratch_name("load")
    with folder() as place:
        url = create_database(settings.database_url, name)
        own = replace(settings, database_url=url, data_dir=place)
        try:
            watch = Watch()
            loader.load(own, watch.show, at=clock.now(), orders=size.orders)
            total_s = time.monotonic() - watch.started
            broken = list_broken(url)
        finally:
            drop_database(settings.database_url, name)
    return _outcome(watch, total_s, size, broken)


def _outcome(watch: Watch, total_s: float, size: Size, broken: list[str]) -> Outcome:
    last = max(watch.ended.values())
    return Outcome(
        "sample-load",
        f"{total_s:.1f} s for {size.orders:,} past orders",
        f"≤ {size.seconds:.0f} s, every invariant holds",
        holds=total_s <= size.seconds and not broken,
        details=(
            f"  schema and planning: {min(watch.begun.values()):.1f} s",
            *(
                f"  {stage}: {watch.ended[stage] - begun:.1f} s, {watch.steps[stage]:,} steps"
                for stage, begun in watch.begun.items()
            ),
            f"  sealing, marking and statistics: {total_s - last:.1f} s",
            *(f"  does not hold: {sentence}" for sentence in broken),
        ),
    )
