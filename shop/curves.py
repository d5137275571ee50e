"""Draws a temperature curve as SVG, for paper, where no script runs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cold_chain.queries.charts import Chart, ChartPoint
from kernel.clock import SHANGHAI

WIDTH, HEIGHT = 680, 240
LEFT, TOP, BOTTOM = 44, 8, 22
MARGIN_CENTI = 200
STEPS_CENTI = (50, 100, 200, 500, 1000, 2000)
MOST_LINES = 8
HOURS = (1, 2, 3, 6, 12, 24, 48, 96, 168)
MOST_HOURS = 8


@dataclass(frozen=True, slots=True)
class Mark:
    """A line across or up the drawing, with its words."""

    place: float
    label: str


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of time."""

    left: float
    width: float


@dataclass(frozen=True, slots=True)
class Curve:
    """A curve ready to draw, in units of the drawing."""

    width: int
    height: int
    left: int
    bottom: float
    lines: list[str]
    """Points of each unbroken piece, as `polyline` has them."""
    rows: list[Mark]
    columns: list[Mark]
    limits: list[Mark]
    gaps: list[Band]
    excursions: list[Band]
    doors: list[Band]


def draw(chart: Chart) -> Curve:
    """Return the curve of a chart; what nobody measured is left blank."""
    seconds = max((chart.to_at - chart.from_at).total_seconds(), 1.0)
    centis = [point.centi for point in chart.points]
    bounds = [*centis, *(line.limit_centi for line in chart.limits)] or [0]
    low, high = min(bounds) - MARGIN_CENTI, max(bounds) + MARGIN_CENTI

    def across(at: datetime) -> float:
        share = (at - chart.from_at).total_seconds() / seconds
        return round(LEFT + (WIDTH - LEFT) * min(max(share, 0.0), 1.0), 1)

    def up(centi: int) -> float:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (high - centi) / (high - low), 1)

    def band(starts: datetime, ends: datetime) -> Band:
        left = across(starts)
        return Band(left, max(round(across(ends) - left, 1), 0.6))

    gaps = [_period(gap, "from_at", "to_at") for gap in chart.gaps]
    return Curve(
        WIDTH,
        HEIGHT,
        LEFT,
        HEIGHT - BOTTOM,
        [
            " ".join(f"{across(point.at)},{up(point.centi)}" for point in piece)
            for piece in _pieces(chart.points, gaps)
        ],
        [Mark(up(centi), f"{centi / 100:g}") for centi in _round(low, high)],
        [Mark(across(at), _moment(at)) for at in _hours(chart.from_at, chart.to_at)],
        [Mark(up(one.limit_centi), f"{one.limit_centi / 100:g}") for one in chart.limits],
        [band(*gap) for gap in gaps],
        [band(*_period(one, "start_at", "end_at")) for one in chart.excursions],
        [band(one.from_at, one.to_at) for one in chart.doors],
    )


def _period(row: dict[str, str], first: str, last: str) -> tuple[datetime, datetime]:
    return datetime.fromisoformat(row[first]), datetime.fromisoformat(row[last])


def _pieces(
    points: Sequence[ChartPoint], gaps: Sequence[tuple[datetime, datetime]]
) -> Iterator[list[ChartPoint]]:
    """Yield the points between gaps."""
    piece: list[ChartPoint] = []
    for point in points:
        if piece and any(piece[-1].at <= since and until <= point.at for since, until in gaps):
            yield piece
            piece = []
        piece.append(point)
    if piece:
        yield piece


def _round(low: int, high: int) -> list[int]:
    """Return round temperatures between two, a handful of them."""
    step = next(
        (one for one in STEPS_CENTI if (high - low) / one <= MOST_LINES), STEPS_CENTI[-1]
    )
    return list(range(-(-low // step) * step, high + 1, step))


def _hours(since: datetime, until: datetime) -> Iterator[datetime]:
    """Yield full hours of Shanghai between two moments, a handful of them."""
    hours = (until - since).total_seconds() / 3600
    step = next((one for one in HOURS if hours / one <= MOST_HOURS), HOURS[-1])
    at = since.astimezone(SHANGHAI).replace(minute=0, second=0, microsecond=0)
    at -= timedelta(hours=at.hour % min(step, 24))
    while at <= until:
        if at >= since:
            yield at
        at += timedelta(hours=step)


def _moment(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%m-%d %H:%M}"
