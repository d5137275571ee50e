"""Clocks that were wrong: estimated from when blocks were received, never guessed from values.

A block cannot be received before its last reading was taken, and a device that sends at once
is received soon after. What a device claims and when the server heard it bound its error.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import NamedTuple

from cold_chain.rules.intake import EARLIEST, FUTURE_TOLERANCE
from cold_chain.rules.moments import MINUTE_US, SECOND_US, to_us
from cold_chain.values import ClockErrorKind, CorrectionState

HOUR_US = 60 * MINUTE_US
ROLLOVER_US = 1024 * 7 * 24 * HOUR_US
"""The satellites' week counter runs over after 1,024 weeks."""
AHEAD_US = 2 * MINUTE_US
"""A clock this little ahead is no error."""
LATENCY_US = 10 * MINUTE_US
"""A device that sends at once is heard within so much and an interval."""
MOST_HOURS = 14
FUTURE_US = FUTURE_TOLERANCE.total_seconds() * SECOND_US
MIN_BLOCKS = 5
"""A clock behind looks like late sending; only a steady delay over an hour is one."""
DRIFT_BLOCKS = 20
DRIFT_SPAN_US = 48 * HOUR_US
DRIFT_PPB = 10_000
DRIFT_TOTAL_US = 30 * SECOND_US
BILLION = 1_000_000_000


CORRECTION_STEPS: dict[CorrectionState, frozenset[CorrectionState]] = {
    CorrectionState.PROPOSED: frozenset({CorrectionState.ACCEPTED, CorrectionState.REJECTED}),
    CorrectionState.ACCEPTED: frozenset({CorrectionState.WITHDRAWN}),
    CorrectionState.REJECTED: frozenset(),
    CorrectionState.WITHDRAWN: frozenset(),
}


class Envelope(NamedTuple):
    """When a block was received, and the first and last moment its device claims in it."""

    seq: int
    received_us: int
    first_us: int
    last_us: int

    @property
    def lag_us(self) -> int:
        """Return how long after its last reading it was received, by the device's clock."""
        return self.received_us - self.last_us


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A correction a run of blocks asks for; see `ClockCorrection`."""

    kind: ClockErrorKind
    from_seq: int
    to_seq: int
    offset_us: int
    drift_ppb: int = 0
    base_us: int
    blocks: int
    least_lag_us: int
    """By how much at least the last reading came before its receipt, uncorrected."""
    uncertainty_us: int


class _Guess(NamedTuple):
    kind: ClockErrorKind | None
    steps: int
    """Whole hours or rollovers; what makes blocks one run."""


def corrected_us(at_us: int, *, offset_us: int, drift_ppb: int, base_us: int) -> int:
    """Return the moment a device's claim stands for."""
    return at_us + offset_us + (at_us - base_us) * drift_ppb // BILLION


def propose(envelopes: Sequence[Envelope], interval_us: int) -> list[Proposal]:
    """Return what is wrong with a device's clock, run by run of its blocks.

    Runs too short to be told from late sending ask for nothing.
    """
    ordered = sorted(envelopes)
    found = []
    for guess, members in groupby(ordered, lambda one: _guess(one, interval_us)):
        run = list(members)
        if guess.kind is not None and _is_certain(guess.kind, run):
            found.append(_proposal(guess, run, interval_us))
    return found or list(_drift(ordered, interval_us))


def _guess(one: Envelope, interval_us: int) -> _Guess:
    lag_us, width_us = one.lag_us, interval_us + LATENCY_US
    times = (lag_us + AHEAD_US) // ROLLOVER_US
    hours = (lag_us + AHEAD_US) // HOUR_US
    guess = _Guess(None, 0)
    if times in {1, 2} and lag_us - times * ROLLOVER_US <= width_us:
        guess = _Guess(ClockErrorKind.ROLLOVER, times)
    elif one.last_us < to_us(EARLIEST):
        guess = _Guess(ClockErrorKind.LOST, 0)
    elif 0 < abs(hours) <= MOST_HOURS and lag_us - hours * HOUR_US <= width_us:
        guess = _Guess(ClockErrorKind.ZONE, hours)
    elif lag_us < -FUTURE_US:
        guess = _Guess(ClockErrorKind.STEP, 0)
    return guess


def _is_certain(kind: ClockErrorKind, run: Sequence[Envelope]) -> bool:
    """Say whether late sending cannot explain a run: it never looks like the future."""
    if kind is not ClockErrorKind.ZONE or run[0].lag_us < 0:
        return True
    span_us = run[-1].received_us - run[0].received_us
    return len(run) >= MIN_BLOCKS and span_us >= HOUR_US


def _proposal(guess: _Guess, run: Sequence[Envelope], interval_us: int) -> Proposal:
    least_us = min(one.lag_us for one in run)
    offsets = {
        ClockErrorKind.ZONE: guess.steps * HOUR_US,
        ClockErrorKind.ROLLOVER: guess.steps * ROLLOVER_US,
    }
    is_exact = guess.kind in offsets
    return Proposal(
        kind=guess.kind or ClockErrorKind.STEP,
        from_seq=run[0].seq,
        to_seq=run[-1].seq,
        # Without a whole amount to go by, the block heard soonest was heard at once.
        offset_us=offsets[guess.kind] if is_exact and guess.kind else least_us,
        base_us=run[0].first_us,
        blocks=len(run),
        least_lag_us=least_us,
        uncertainty_us=0 if is_exact else interval_us + LATENCY_US,
    )


def _drift(ordered: Sequence[Envelope], interval_us: int) -> Iterator[Proposal]:
    """Yield the drift the lower edge of the lags shows, if it is more than noise."""
    if len(ordered) < DRIFT_BLOCKS:
        return
    edge = _lower_edge([(one.last_us, one.lag_us) for one in ordered])
    first_us, last_us = ordered[0].last_us, max(one.last_us for one in ordered)
    if last_us - first_us < DRIFT_SPAN_US or len(edge) < 2:  # noqa: PLR2004 -- a line has two ends
        return
    (start_us, start_lag), (end_us, end_lag) = max(
        pairwise(edge), key=lambda pair: pair[1][0] - pair[0][0]
    )
    drift_ppb = (end_lag - start_lag) * BILLION // (end_us - start_us)
    total_us = abs(drift_ppb) * (last_us - first_us) // BILLION
    if abs(drift_ppb) < DRIFT_PPB or total_us < DRIFT_TOTAL_US:
        return
    yield Proposal(
        kind=ClockErrorKind.DRIFT,
        from_seq=ordered[0].seq,
        to_seq=ordered[-1].seq,
        offset_us=0,
        drift_ppb=drift_ppb,
        base_us=ordered[0].first_us,
        blocks=len(ordered),
        least_lag_us=min(one.lag_us for one in ordered),
        uncertainty_us=interval_us,
    )


def _lower_edge(points: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the lower convex hull of points, from left to right."""
    edge: list[tuple[int, int]] = []
    for x, y in sorted(set(points)):
        while len(edge) > 1:
            (ax, ay), (bx, by) = edge[-2:]
            if (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0:
                break
            edge.pop()
        if edge and edge[-1][0] == x:
            continue
        edge.append((x, y))
    return edge
