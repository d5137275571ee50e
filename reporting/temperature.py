"""A shipment's temperature curve as the data a chart draws; a gap in the record stays a gap."""

from datetime import datetime
from itertools import pairwise
from typing import Any

from cold_chain.queries import Chart, ChartPoint

CENTI = 100


def chart_data(chart: Chart, *, name: str) -> dict[str, Any]:
    """Return channels, limits and excursions as JSON primitives, degrees with decimals."""
    return {
        "channels": [{"name": name, "points": _points(chart)}],
        "limit_min": _degrees(chart.target_lower_centi),
        "limit_max": _degrees(chart.target_upper_centi),
        "excursions": [
            [one["start_at"], one["end_at"] or chart.to_at.isoformat()]
            for one in chart.excursions
        ],
    }


def _points(chart: Chart) -> list[list[Any]]:
    gaps = [
        (datetime.fromisoformat(gap["from_at"]), datetime.fromisoformat(gap["to_at"]))
        for gap in chart.gaps
    ]
    points: list[list[Any]] = []
    for before, after in pairwise(chart.points):
        points.append(_point(before))
        if any(before.at <= start < after.at for start, _ in gaps):
            middle = before.at + (after.at - before.at) / 2
            points.append([middle.isoformat(), None])
    if chart.points:
        points.append(_point(chart.points[-1]))
    return points


def _point(point: ChartPoint) -> list[Any]:
    return [point.at.isoformat(), _degrees(point.centi)]


def _degrees(centi: int | None) -> float | None:
    return None if centi is None else centi / CENTI
