"""Readings per second that the API takes in for good, beside COPY of the same rows."""

from statistics import median

from shop.proof.benches.readings_rate import BATCH, CONNECTIONS, Size, Turns, take_turns
from shop.proof.ground.databases import Ground, laid
from shop.proof.runner import Kind, Outcome, run_named
from shop.settings import Settings

NEEDED = 20_000
GOAL = f"≥ {NEEDED:,} readings/s, each of them exactly once"
REPEATS = 10
"""Every so many-th batch is sent a second time, as by a logger that heard no answer."""

DEFAULT = Size(batches=20, rounds=2)
FULL = Size(batches=100, rounds=3)


@run_named(Kind.BENCH, "ingest-rate")
def ingest_rate(settings: Settings) -> Outcome:
    """Send signed batches with keys and hash chain over eight connections, some twice."""
    with laid(settings) as ground:
        return measure(ground, FULL if settings.full_size else DEFAULT)


def measure(ground: Ground, size: Size) -> Outcome:
    """Take turns with COPY on one database and tell what the endpoint kept up."""
    return _outcome(size, take_turns(ground, size, repeats=REPEATS))


def _outcome(size: Size, turns: Turns) -> Outcome:
    rate = min(one.rows_per_second for one in turns.taken)
    copy = median(one.rows_per_second for one in turns.copied)
    readings = CONNECTIONS * size.batches * BATCH
    return Outcome(
        "ingest-rate",
        f"{rate:,.0f} readings/s, {turns.missing} lost or double, {rate * 100 / copy:.0f} %"
        " of COPY",
        GOAL,
        holds=rate >= NEEDED and not turns.missing,
        details=(
            (
                f"{CONNECTIONS} connections, {readings:,} readings a turn, {BATCH:,} a batch,"
                f" every {REPEATS}th batch twice; the slowest of {size.rounds} turns counts"
            ),
            *(
                f"  endpoint {take.rows_per_second:9,.0f}/s, {take.us:5.2f} µs of processor a"
                f" reading, p99 of a batch {take.p99_ms:4.0f} ms; COPY"
                f" {copied.rows_per_second:9,.0f}/s"
                for take, copied in zip(turns.taken, turns.copied, strict=True)
            ),
        ),
    )
