"""Planning shipments: what is to travel, in which boxes, under which limits."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import or_, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cold_chain.errors import ProfileNotFoundError, ShipmentReplannedError
from cold_chain.limits import ProfileKey
from cold_chain.models import LimitProfile, Parcel, Shipment, ShipmentStep
from cold_chain.values import PlannedShipment, ShipmentId, ShipmentState
from kernel.clock import local_date

Group = tuple[str, int]

REWEIGH = text("""
    UPDATE parcels SET weight_g = read.weight_g
    FROM unnest(CAST(:codes AS text[]), CAST(:weights AS integer[])) AS read (code, weight_g)
    WHERE parcels.code = read.code
""")
CONTENT = (
    "storage_class",
    "carrier_code",
    "shipper_code",
    "origin_site_code",
    "origin_region_code",
    "destination_city",
)
"""What must be the same for a repeated plan to be a repetition."""


def plan_shipment(session: Session, planned: PlannedShipment) -> ShipmentId:
    """Plan one shipment; see `plan_shipments`."""
    return plan_shipments(session, planned)[0]


def plan_shipments(session: Session, *planned: PlannedShipment) -> list[ShipmentId]:
    """Enter shipments as drafts and return their ids in the same order.

    The key is order number and parcel group: planning the same again returns the same id,
    planning something else under a used key raises `ShipmentReplannedError`. Limits are those
    in force on the day of planning, by name or by storage class.
    """
    if not planned:
        return []
    profiles = _choose_profiles(session, planned)
    entered = session.execute(
        insert(Shipment)
        .on_conflict_do_nothing()
        .returning(Shipment.id, Shipment.order_number, Shipment.parcel_group),
        [_row(one, profile) for one, profile in zip(planned, profiles, strict=True)],
    ).all()
    ids: dict[Group, int] = {(row.order_number, row.parcel_group): row.id for row in entered}
    _enter_details(session, [one for one in planned if _group(one) in ids], ids)
    repeated = [one for one in planned if _group(one) not in ids]
    if repeated:
        ids |= _find_repeated(session, repeated)
    return [ShipmentId(ids[_group(one)]) for one in planned]


def reweigh(session: Session, weights_g: Mapping[str, int]) -> None:
    """Write what boxes really weigh, in grams by parcel; parcels nobody planned are passed."""
    session.execute(REWEIGH, {"codes": list(weights_g), "weights": list(weights_g.values())})


def _choose_profiles(
    session: Session, planned: Sequence[PlannedShipment]
) -> list[ProfileKey | None]:
    rows = session.execute(
        select(
            LimitProfile.code,
            LimitProfile.version,
            LimitProfile.storage_class,
            LimitProfile.is_class_default,
            LimitProfile.effective_from,
            LimitProfile.effective_to,
        )
        .where(
            or_(
                LimitProfile.code.in_({one.profile_code for one in planned}),
                LimitProfile.storage_class.in_({one.storage_class for one in planned}),
            )
        )
        .order_by(LimitProfile.effective_from.desc(), LimitProfile.version.desc())
    ).all()
    return [_choose(one, rows) for one in planned]


def _choose(planned: PlannedShipment, rows: Sequence[Any]) -> ProfileKey | None:
    on = local_date(planned.planned_at)
    for row in rows:
        in_force = row.effective_from <= on and (
            row.effective_to is None or on <= row.effective_to
        )
        wanted = (
            row.code == planned.profile_code
            if planned.profile_code
            else row.is_class_default and row.storage_class == planned.storage_class
        )
        if in_force and wanted:
            return (row.code, row.version)
    if planned.profile_code:
        raise ProfileNotFoundError(planned.profile_code)
    return None


def _row(planned: PlannedShipment, profile: ProfileKey | None) -> dict[str, Any]:
    code, version = profile or (None, None)
    return {
        "order_number": planned.order_number,
        "parcel_group": planned.parcel_group,
        "profile_code": code,
        "profile_version": version,
        "state": ShipmentState.DRAFT,
        "planned_at": planned.planned_at,
        **{name: getattr(planned, name) for name in CONTENT},
    }


def _enter_details(
    session: Session, planned: Sequence[PlannedShipment], ids: dict[Group, int]
) -> None:
    if not planned:
        return
    session.execute(
        insert(ShipmentStep),
        [
            {
                "shipment_id": ids[_group(one)],
                "state": ShipmentState.DRAFT,
                "at": one.planned_at,
                "actor": one.actor,
            }
            for one in planned
        ],
    )
    parcels = [
        {"code": parcel.code, "shipment_id": ids[_group(one)], "weight_g": parcel.weight_g}
        for one in planned
        for parcel in one.parcels
    ]
    if parcels:
        session.execute(insert(Parcel), parcels)


def _find_repeated(session: Session, planned: Sequence[PlannedShipment]) -> dict[Group, int]:
    rows = session.execute(
        select(Shipment).where(
            tuple_(Shipment.order_number, Shipment.parcel_group).in_(
                [_group(one) for one in planned]
            )
        )
    ).scalars()
    found = {(row.order_number, row.parcel_group): row for row in rows}
    for one in planned:
        there = found[_group(one)]
        if any(getattr(there, name) != getattr(one, name) for name in CONTENT):
            raise ShipmentReplannedError(one.order_number, one.parcel_group)
    return {group: row.id for group, row in found.items()}


def _group(planned: PlannedShipment) -> Group:
    return (planned.order_number, planned.parcel_group)
