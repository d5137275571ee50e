"""The report of one journey in all its versions, and what the newest rests on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from cold_chain.models import CustodyLoss, Evaluation, LifeModelRow, LimitProfile
from cold_chain.values import LifeRole, Verdict
from kernel.rows import fill_all
from parties.models import Organisation


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version of a report; temperatures in hundredths of °C."""

    id: int
    version: int
    verdict: Verdict
    reasons: list[str]
    changes: list[dict[str, Any]]
    """Each with figure, before and after; empty for the first version."""
    data_version: bytes
    profile_code: str
    profile_version: int
    computed_at: datetime
    is_superseded: bool
    samples: int
    min_centi: int | None
    max_centi: int | None
    mean_centi: int | None
    mkt_centi: int | None
    mkt_trapezoid_centi: int | None
    mkt_joule_per_mole: int
    coverage_permille: int
    credited_s: int
    custody_s: int
    trip_length_s: int
    dose_limit_centi: int
    dose_hold_milli: int
    dose_linear_milli: int
    uncalibrated_s: int
    durations: list[dict[str, Any]]
    """Each with side, limit_centi and the four ways to count in seconds."""
    life: dict[str, Any] | None
    """As `values.Life`."""


@dataclass(frozen=True, slots=True)
class LossRow:
    """What one holder answers for."""

    holder_name: str
    from_at: datetime
    to_at: datetime
    known_s: int
    unknown_s: int
    dose_hold_milli: int
    lost_low_min: int | None
    lost_high_min: int | None
    lost_unknown_min: int | None


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A model of shelf life a report asked, with where it is from."""

    code: str
    version: int
    name: str
    name_en: str
    role: LifeRole
    reference_centi: int
    tested_from_centi: int
    tested_to_centi: int
    source: str
    note: str


@dataclass(frozen=True, slots=True)
class CertificateRow:
    """A certificate of a channel that recorded the journey."""

    device_code: str
    channel_code: str
    certificate: str | None
    """Empty for a channel that never had one."""
    laboratory: str | None
    valid_from: datetime | None
    valid_to: datetime | None
    offset_centi: int | None
    uncertainty_centi: int | None


@dataclass(frozen=True, slots=True)
class Report:
    """One journey's report: the versions, newest first, and what the newest rests on."""

    versions: list[VersionRow]
    losses: list[LossRow]
    models: list[ModelRow]
    certificates: list[CertificateRow]


CERTIFICATES = text(
    """
SELECT DISTINCT ON (binding.from_at, channel.id, paper.valid_from)
    device.code, channel.code, paper.certificate, paper.laboratory, paper.valid_from,
    paper.valid_to, paper.offset_centi, paper.uncertainty_centi
FROM device_bindings AS binding
JOIN devices AS device ON device.id = binding.device_id
JOIN device_channels AS channel ON channel.device_id = device.id
    AND channel.is_primary AND channel.kind = 'temperature'
LEFT JOIN calibrations AS paper ON paper.channel_id = channel.id
WHERE binding.shipment_id = :shipment AND binding.is_record
ORDER BY binding.from_at, channel.id, paper.valid_from
"""
)


def get_report(session: Session, shipment_id: int) -> Report:
    """Return the report of a journey in all its versions, in four statements."""
    rows = session.execute(
        select(
            Evaluation.id,
            Evaluation.version,
            Evaluation.verdict,
            Evaluation.reasons,
            Evaluation.changes,
            Evaluation.data_version,
            Evaluation.profile_code,
            Evaluation.profile_version,
            Evaluation.computed_at,
            Evaluation.superseded_by.is_not(None),
            Evaluation.samples,
            Evaluation.min_centi,
            Evaluation.max_centi,
            Evaluation.mean_centi,
            Evaluation.mkt_centi,
            Evaluation.mkt_trapezoid_centi,
            LimitProfile.mkt_joule_per_mole,
            Evaluation.coverage_permille,
            Evaluation.credited_s,
            Evaluation.custody_s,
            Evaluation.trip_length_s,
            LimitProfile.dose_limit_centi,
            Evaluation.dose_hold_milli,
            Evaluation.dose_linear_milli,
            Evaluation.uncalibrated_s,
            Evaluation.durations,
            Evaluation.life,
        )
        .join(
            LimitProfile,
            (LimitProfile.code == Evaluation.profile_code)
            & (LimitProfile.version == Evaluation.profile_version),
        )
        .where(Evaluation.shipment_id == shipment_id)
        .order_by(Evaluation.version.desc())
    )
    versions = fill_all(VersionRow, rows)
    newest = versions[0] if versions else None
    return Report(
        versions,
        _list_losses(session, newest) if newest else [],
        _list_models(session, newest) if newest and newest.life else [],
        fill_all(CertificateRow, session.execute(CERTIFICATES, {"shipment": shipment_id})),
    )


def _list_losses(session: Session, newest: VersionRow) -> list[LossRow]:
    rows = session.execute(
        select(
            Organisation.name,
            CustodyLoss.from_at,
            CustodyLoss.to_at,
            CustodyLoss.known_s,
            CustodyLoss.unknown_s,
            CustodyLoss.dose_hold_milli,
            CustodyLoss.lost_low_min,
            CustodyLoss.lost_high_min,
            CustodyLoss.lost_unknown_min,
        )
        .join(Organisation, Organisation.code == CustodyLoss.holder_code)
        .where(CustodyLoss.evaluation_id == newest.id)
        .order_by(CustodyLoss.place)
    )
    return fill_all(LossRow, rows)


def _list_models(session: Session, newest: VersionRow) -> list[ModelRow]:
    asked = {(use["code"], use["version"]) for use in (newest.life or {}).get("uses", ())}
    rows = session.execute(
        select(
            LifeModelRow.code,
            LifeModelRow.version,
            LifeModelRow.name,
            LifeModelRow.name_en,
            LifeModelRow.role,
            LifeModelRow.reference_centi,
            LifeModelRow.tested_from_centi,
            LifeModelRow.tested_to_centi,
            LifeModelRow.source,
            LifeModelRow.note,
        )
        .where(LifeModelRow.code.in_({code for code, _ in asked}))
        .order_by(LifeModelRow.code)
    )
    return [one for one in fill_all(ModelRow, rows) if (one.code, one.version) in asked]
