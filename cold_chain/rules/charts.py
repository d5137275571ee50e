"""Thinning a curve for the eye without losing its extremes."""

from collections.abc import Sequence

from cold_chain.values import Sample

MAX_POINTS = 400


def thin(samples: Sequence[Sample], max_points: int = MAX_POINTS) -> list[Sample]:
    """Return at most `max_points` readings in order, with the lowest and highest of each part.

    `max_points` is four or more. First and last stay, and so do the coldest and the warmest.
    """
    if len(samples) <= max_points:
        return list(samples)
    inner = samples[1:-1]
    parts = max(1, (max_points - 2) // 2)
    kept = {samples[0], samples[-1]}
    for part in range(parts):
        chunk = inner[part * len(inner) // parts : (part + 1) * len(inner) // parts]
        kept.add(min(chunk, key=_by_value))
        kept.add(max(chunk, key=_by_value))
    return sorted(kept)


def _by_value(sample: Sample) -> tuple[int, int]:
    return (sample.centi, sample.at_us)
