"""An assessment as the row that keeps it, and what differs from the one before."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from cold_chain.records import Background
from cold_chain.rules.moments import SECOND_US, from_us
from cold_chain.service.steps import Held
from cold_chain.values import Assessment, Holding, Life, Loss, Profile

COMPARED = (
    "verdict", "reasons", "profile_version", "samples", "min_centi", "max_centi", "mean_centi",
    "mkt_centi", "mkt_trapezoid_centi", "coverage_permille", "credited_s", "custody_s",
    "trip_length_s", "dose_hold_milli", "dose_linear_milli", "gap_count", "longest_gap_s",
    "uncalibrated_s", "alarms", "excursions", "durations", "life",
)  # fmt: skip
"""Figures a new version is compared in."""


@dataclass(frozen=True, slots=True)
class Latest:
    """The valid evaluation of a shipment before this one."""

    version: int
    data_version: bytes
    profile: tuple[str, int]
    verdict: str
    alarms: frozenset[tuple[str, str]]
    figures: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Finding:
    """A new assessment of a shipment, to be stored."""

    shipment: Held
    version: int
    data_version: bytes
    profile: Profile
    assessment: Assessment
    life: Life | None
    losses: tuple[Loss, ...]
    background: Background
    is_over: bool
    """Whether nobody has the goods any more."""

    def holder_at(self, at_us: int) -> str:
        """Return who had the goods at a moment, or the last before it."""
        holdings: Sequence[Holding] = self.background.holdings
        before = [one for one in holdings if one.from_us <= at_us]
        return (before or list(holdings))[-1 if before else 0].holder


def row(finding: Finding, before: Latest | None, *, at: datetime) -> dict[str, Any]:
    """Return the columns of an evaluation."""
    assessment = finding.assessment
    figures = assessment.figures
    longest_us = max((gap.to_us - gap.from_us for gap in assessment.gaps), default=0)
    columns = {
        "shipment_id": finding.shipment.id,
        "version": finding.version,
        "data_version": finding.data_version,
        "profile_code": finding.profile.code,
        "profile_version": finding.profile.version,
        "verdict": assessment.verdict,
        "reasons": list(assessment.reasons),
        "samples": figures.samples,
        "min_centi": figures.min_centi,
        "max_centi": figures.max_centi,
        "mean_centi": figures.mean_centi,
        "mkt_centi": figures.mkt_centi,
        "mkt_trapezoid_centi": figures.mkt_trapezoid_centi,
        "coverage_permille": figures.coverage_permille,
        "credited_s": figures.credited_us // SECOND_US,
        "custody_s": figures.custody_us // SECOND_US,
        "trip_length_s": figures.trip_length_us // SECOND_US,
        "dose_hold_milli": figures.dose_hold_milli,
        "dose_linear_milli": figures.dose_linear_milli,
        "uncalibrated_s": figures.uncalibrated_us // SECOND_US,
        "gap_count": len(assessment.gaps),
        "longest_gap_s": longest_us // SECOND_US,
        "durations": [_plain(asdict(one)) for one in assessment.beyond],
        "life": None if finding.life is None else _plain(asdict(finding.life)),
        "computed_at": at,
        **_lists(assessment),
    }
    return columns | {"changes": changes(before, columns)}


def changes(before: Latest | None, after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return every compared figure that differs, with both values; none for a first version.

    Of lists and tables it is told that they differ, with how long they were.
    """
    if before is None:
        return []
    return [
        {"figure": name, "before": _brief(before.figures[name]), "after": _brief(after[name])}
        for name in COMPARED
        if _plain(before.figures[name]) != _plain(after[name])
    ]


def loss_rows(finding: Finding, evaluation_id: int) -> list[dict[str, Any]]:
    """Return what every holder answers for under an evaluation."""
    return [
        {
            "evaluation_id": evaluation_id,
            "place": place,
            "holder_code": one.holder,
            "from_at": from_us(one.from_us),
            "to_at": from_us(one.to_us),
            "known_s": one.known_s,
            "unknown_s": one.unknown_s,
            "dose_hold_milli": one.dose_hold_milli,
            "lost_low_min": one.lost_low_min,
            "lost_high_min": one.lost_high_min,
            "lost_unknown_min": one.lost_unknown_min,
        }
        for place, one in enumerate(finding.losses, start=1)
    ]


def iso(at_us: int) -> str:
    """Return a moment as rows keep it inside of lists."""
    return from_us(at_us).isoformat()


def _lists(assessment: Assessment) -> dict[str, Any]:
    return {
        "gaps": [
            {
                "from_at": iso(gap.from_us),
                "to_at": iso(gap.to_us),
                "unknown_s": gap.unknown_us // SECOND_US,
            }
            for gap in assessment.gaps
        ],
        "alarms": [
            {
                "rule": alarm.rule,
                "severity": alarm.severity.value,
                "mode": alarm.mode.value,
                "side": alarm.side.value,
                "limit_centi": alarm.limit_centi,
                "start_at": iso(alarm.start_us),
                "alarm_at": iso(alarm.alarm_us),
                "end_at": None if alarm.end_us is None else iso(alarm.end_us),
            }
            for alarm in assessment.alarms
        ],
        "excursions": [
            {
                "rule": one.rule,
                "severity": one.severity.value,
                "side": one.side.value,
                "limit_centi": one.limit_centi,
                "start_at": iso(one.start_us),
                "end_at": iso(one.end_us),
                "ended": one.ended.value,
                "peak_centi": one.peak_centi,
                "at_door": one.at_door,
                "alarm_at": None if one.alarm_us is None else iso(one.alarm_us),
            }
            for one in assessment.excursions
        ],
    }


def _plain(value: Any) -> Any:
    """Return a value as JSON hands it back: no tuples, no enumerations."""
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, str) else value


def _brief(value: Any) -> Any:
    plain = _plain(value)
    if isinstance(plain, dict):
        return {key: one for key, one in plain.items() if key.endswith("_min")}
    if isinstance(plain, list) and plain and not isinstance(plain[0], str):
        return len(plain)
    return plain
