"""Shipments with their valid verdict, for order pages, boards and reports."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session, aliased

from cold_chain.errors import ShipmentNotFoundError
from cold_chain.models import Evaluation, LimitProfile, Parcel, Shipment
from cold_chain.rules.states import LIVE
from cold_chain.values import ShipmentState, Verdict
from parties.models import Organisation


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """The valid evaluation of a shipment; temperatures in hundredths of °C."""

    version: int
    verdict: Verdict
    reasons: tuple[str, ...]
    min_centi: int | None
    max_centi: int | None
    mean_centi: int | None
    mkt_centi: int | None
    coverage_permille: int
    credited_s: int
    custody_s: int
    dose_hold_milli: int
    """Thousandths of a degree-minute above the dose limit."""
    dose_linear_milli: int
    gap_count: int
    longest_gap_s: int
    alarms: tuple[dict[str, Any], ...]
    """Each with rule, severity, mode, side, limit_centi, start_at, alarm_at, end_at (ISO)."""
    computed_at: datetime


@dataclass(frozen=True, slots=True)
class ShipmentRow:
    """One shipment as pages see it."""

    shipment_id: int
    order_number: str
    parcel_group: int
    storage_class: str
    profile_code: str | None
    profile_version: int | None
    profile_name: str
    profile_name_en: str
    state: ShipmentState
    carrier_code: str
    carrier_name: str
    shipper_code: str
    shipper_name: str
    origin_region_code: str
    destination_city: str
    weight_g: int
    planned_at: datetime
    loaded_at: datetime | None
    departed_at: datetime | None
    arrived_at: datetime | None
    accepted_at: datetime | None
    is_dirty: bool
    """Whether readings have come in that the verdict does not know yet."""
    verdict: VerdictRow | None


def list_order_shipments(session: Session, order_numbers: Iterable[str]) -> list[ShipmentRow]:
    """Return the shipments of seller orders with their verdicts, in one statement."""
    rows = session.execute(
        _select_rows()
        .where(Shipment.order_number.in_(list(order_numbers)))
        .order_by(Shipment.order_number, Shipment.parcel_group)
    )
    return [_row(row) for row in rows]


@dataclass(frozen=True, slots=True)
class BoxRow:
    """One box of a shipment."""

    code: str
    weight_g: int


def list_boxes(session: Session, order_number: str) -> list[BoxRow]:
    """Return the boxes of a seller order, by code."""
    rows = session.execute(
        select(Parcel.code, Parcel.weight_g)
        .join(Shipment, Shipment.id == Parcel.shipment_id)
        .where(Shipment.order_number == order_number)
        .order_by(Parcel.code)
    )
    return [BoxRow(*row) for row in rows]


def get_shipment(session: Session, shipment_id: int) -> ShipmentRow:
    """Return one shipment; raises `ShipmentNotFoundError`."""
    row = session.execute(_select_rows().where(Shipment.id == shipment_id)).one_or_none()
    if row is None:
        raise ShipmentNotFoundError(shipment_id)
    return _row(row)


def list_live_shipments(
    session: Session,
    *,
    carrier_code: str | None = None,
    shipper_code: str | None = None,
    origin_scope: str = "",
    limit: int = 100,
) -> list[ShipmentRow]:
    """Return shipments between loading and acceptance, the newest departure first.

    `origin_scope` is the code of a region; places within it count.
    """
    statement = _select_rows().where(
        Shipment.state.in_(LIVE),
        Shipment.origin_region_code.startswith(origin_scope, autoescape=True),
    )
    if carrier_code is not None:
        statement = statement.where(Shipment.carrier_code == carrier_code)
    if shipper_code is not None:
        statement = statement.where(Shipment.shipper_code == shipper_code)
    rows = session.execute(
        statement.order_by(Shipment.departed_at.desc().nulls_first(), Shipment.id.desc()).limit(
            limit
        )
    )
    return [_row(row) for row in rows]


def _select_rows() -> Select[*tuple[Any, ...]]:
    carrier = aliased(Organisation)
    shipper = aliased(Organisation)
    weight = (
        select(func.coalesce(func.sum(Parcel.weight_g), 0))
        .where(Parcel.shipment_id == Shipment.id)
        .scalar_subquery()
    )
    return (
        select(
            Shipment,
            Evaluation,
            LimitProfile.name.label("profile_name"),
            LimitProfile.name_en.label("profile_name_en"),
            carrier.name.label("carrier_name"),
            shipper.name.label("shipper_name"),
            weight.label("weight_g"),
        )
        .join(carrier, carrier.code == Shipment.carrier_code)
        .join(shipper, shipper.code == Shipment.shipper_code)
        .outerjoin(
            LimitProfile,
            (LimitProfile.code == Shipment.profile_code)
            & (LimitProfile.version == Shipment.profile_version),
        )
        .outerjoin(
            Evaluation,
            (Evaluation.shipment_id == Shipment.id) & Evaluation.superseded_by.is_(None),
        )
        # Commands change rows by statement, so an object of an earlier read may be stale.
        .execution_options(populate_existing=True)
    )


def _row(row: Row[*tuple[Any, ...]]) -> ShipmentRow:
    shipment: Shipment = row.Shipment
    return ShipmentRow(
        shipment_id=shipment.id,
        order_number=shipment.order_number,
        parcel_group=shipment.parcel_group,
        storage_class=shipment.storage_class,
        profile_code=shipment.profile_code,
        profile_version=shipment.profile_version,
        profile_name=row.profile_name or "",
        profile_name_en=row.profile_name_en or "",
        state=shipment.state,
        carrier_code=shipment.carrier_code,
        carrier_name=row.carrier_name,
        shipper_code=shipment.shipper_code,
        shipper_name=row.shipper_name,
        origin_region_code=shipment.origin_region_code,
        destination_city=shipment.destination_city,
        weight_g=row.weight_g,
        planned_at=shipment.planned_at,
        loaded_at=shipment.loaded_at,
        departed_at=shipment.departed_at,
        arrived_at=shipment.arrived_at,
        accepted_at=shipment.accepted_at,
        is_dirty=shipment.dirty_at is not None,
        verdict=_verdict(row.Evaluation),
    )


def _verdict(evaluation: Evaluation | None) -> VerdictRow | None:
    if evaluation is None:
        return None
    alarms: Sequence[dict[str, Any]] = evaluation.alarms
    return VerdictRow(
        version=evaluation.version,
        verdict=evaluation.verdict,
        reasons=tuple(evaluation.reasons),
        min_centi=evaluation.min_centi,
        max_centi=evaluation.max_centi,
        mean_centi=evaluation.mean_centi,
        mkt_centi=evaluation.mkt_centi,
        coverage_permille=evaluation.coverage_permille,
        credited_s=evaluation.credited_s,
        custody_s=evaluation.custody_s,
        dose_hold_milli=evaluation.dose_hold_milli,
        dose_linear_milli=evaluation.dose_linear_milli,
        gap_count=evaluation.gap_count,
        longest_gap_s=evaluation.longest_gap_s,
        alarms=tuple(alarms),
        computed_at=evaluation.computed_at,
    )
