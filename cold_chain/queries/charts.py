"""Temperature curves with their limits, gaps and excursions, thin enough to draw."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cold_chain.limits import load_profiles
from cold_chain.models import Evaluation, Shipment
from cold_chain.records import Record, load_records
from cold_chain.rules.charts import MAX_POINTS, thin
from cold_chain.rules.moments import from_us
from cold_chain.rules.verdict import arrange
from cold_chain.values import LimitSide, Profile, Severity, Verdict


@dataclass(frozen=True, slots=True)
class ChartPoint:
    """One reading of the curve."""

    at: datetime
    centi: int
    """Hundredths of °C."""


@dataclass(frozen=True, slots=True)
class LimitLine:
    """One limit to draw; several rules with one limit make one line."""

    side: LimitSide
    limit_centi: int
    severity: Severity


@dataclass(frozen=True, slots=True)
class DoorPeriod:
    """From when to when a door stood open."""

    from_at: datetime
    to_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Everything a temperature chart of one shipment shows."""

    shipment_id: int
    order_number: str
    profile_code: str
    profile_version: int
    target_lower_centi: int | None
    target_upper_centi: int | None
    """The band to keep; an open end has no limit."""
    limits: tuple[LimitLine, ...]
    from_at: datetime
    to_at: datetime
    """End of custody, or of what is known while it goes on."""
    points: tuple[ChartPoint, ...]
    doors: tuple[DoorPeriod, ...]
    verdict: Verdict | None
    gaps: tuple[dict[str, Any], ...]
    """Each with from_at, to_at (ISO) and unknown_s."""
    excursions: tuple[dict[str, Any], ...]
    """Each with rule, severity, side, limit_centi, start_at, end_at, alarm_at, peak_centi."""


def list_charts(
    session: Session,
    shipment_ids: Iterable[int],
    *,
    at: datetime,
    max_points: int = MAX_POINTS,
) -> list[Chart]:
    """Return the charts of shipments that departed under limits, in at most five statements.

    Curves keep their ends, and in each part the lowest and the highest reading.
    """
    rows = {
        row.id: row
        for row in session.execute(
            select(
                Shipment.id,
                Shipment.order_number,
                Shipment.profile_code,
                Shipment.profile_version,
                Evaluation.verdict,
                Evaluation.gaps,
                Evaluation.excursions,
            )
            .outerjoin(
                Evaluation,
                (Evaluation.shipment_id == Shipment.id) & Evaluation.superseded_by.is_(None),
            )
            .where(Shipment.id.in_(list(shipment_ids)), Shipment.profile_code.is_not(None))
            .order_by(Shipment.id)
        )
    }
    keys = {row.id: (row.profile_code or "", row.profile_version or 0) for row in rows.values()}
    loaded = load_profiles(session, keys.values())
    profiles = {shipment_id: loaded[key] for shipment_id, key in keys.items()}
    records = load_records(session, profiles, at=at) if profiles else {}
    return [
        _chart(rows[shipment_id], profiles[shipment_id], record, max_points)
        for shipment_id, record in records.items()
    ]


def _chart(row: Any, profile: Profile, record: Record, max_points: int) -> Chart:
    curve = thin(arrange(record.samples, record.custody), max_points)
    return Chart(
        shipment_id=row.id,
        order_number=row.order_number,
        profile_code=profile.code,
        profile_version=profile.version,
        target_lower_centi=profile.target_lower_centi,
        target_upper_centi=profile.target_upper_centi,
        limits=_limit_lines(profile),
        from_at=from_us(record.custody.from_us),
        to_at=from_us(record.custody.to_us),
        points=tuple(ChartPoint(from_us(one.at_us), one.centi) for one in curve),
        doors=tuple(
            DoorPeriod(from_us(door.from_us), from_us(door.to_us)) for door in record.doors
        ),
        verdict=row.verdict,
        gaps=tuple(row.gaps or ()),
        excursions=tuple(row.excursions or ()),
    )


def _limit_lines(profile: Profile) -> tuple[LimitLine, ...]:
    gravest: Mapping[tuple[LimitSide, int], Severity] = {
        (rule.side, rule.limit_centi): rule.severity
        for rule in sorted(profile.rules, key=lambda rule: rule.severity, reverse=True)
    }
    return tuple(
        LimitLine(side, limit_centi, severity)
        for (side, limit_centi), severity in sorted(gravest.items())
    )
