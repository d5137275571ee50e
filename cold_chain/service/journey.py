"""The journey of a shipment: loaded, taken, handed over, delivered, accepted."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from cold_chain.errors import (
    CustodyJustBeganError,
    DeviceNotFoundError,
    LoggerMissingError,
    NotOnTheWayError,
    OneSignatureError,
    VerdictMissingError,
)
from cold_chain.events import ShipmentDelivered, ShipmentDeparted
from cold_chain.limits import load_profiles
from cold_chain.models import CustodySegment, Device, DeviceBinding, Evaluation
from cold_chain.rules.inspection import check_core, check_decision, check_precool
from cold_chain.service.steps import Held, Move, advance, lock
from cold_chain.values import (
    Acceptance,
    Arrival,
    Departure,
    Ending,
    HandOver,
    Loading,
    Profile,
    ShipmentState,
    Stop,
    Verdict,
)
from kernel import audit, outbox

S = ShipmentState

END_CUSTODY = text(
    """
UPDATE custody_segments AS c SET to_at = m.at
FROM unnest(CAST(:ids AS bigint[]), CAST(:ats AS timestamptz[])) AS m (id, at)
WHERE c.shipment_id = m.id AND c.to_at IS NULL AND c.from_at < m.at
RETURNING c.shipment_id
"""
)

END_BINDINGS = text(
    """
UPDATE device_bindings AS b SET to_at = m.at
FROM unnest(CAST(:ids AS bigint[]), CAST(:ats AS timestamptz[])) AS m (id, at)
WHERE b.shipment_id = m.id AND b.to_at IS NULL
"""
)


def load(session: Session, *loadings: Loading) -> None:
    """Put the goods into the box; frozen goods need a cold box or a recorded reason.

    A draft becomes ready on the way. Raises `PrecoolError` or `ShipmentStateError`.
    """
    if not loadings:
        return
    held = lock(session, [one.shipment_id for one in loadings])
    profiles = _profiles(session, held)
    moves = []
    for one in loadings:
        check_precool(one.shipment_id, profiles[one.shipment_id], one.box_centi, one.override)
        path = (S.LOADED,) if held[one.shipment_id].state is S.READY else (S.READY, S.LOADED)
        moves.append(Move(one.shipment_id, path, one.at, one.actor, one.override.strip()))
    advance(session, held, moves)


def depart(session: Session, *departures: Departure) -> None:
    """Leave: the logger is bound and the carrier's custody begins.

    Goods with limits do not leave without a logger (`logger_missing`).
    """
    if not departures:
        return
    held = lock(session, [one.shipment_id for one in departures])
    for one in departures:
        if one.device_code is None and held[one.shipment_id].profile_code is not None:
            raise LoggerMissingError(one.shipment_id)
    advance(
        session,
        held,
        [Move(one.shipment_id, (S.IN_TRANSIT,), one.at, one.actor) for one in departures],
    )
    _bind(session, departures)
    _take_custody(
        session,
        [(one.shipment_id, held[one.shipment_id].carrier_code, one.at) for one in departures],
    )
    outbox.record(
        session,
        *(
            ShipmentDeparted(
                occurred_at=one.at,
                shipment_id=one.shipment_id,
                order_number=held[one.shipment_id].order_number,
            )
            for one in departures
        ),
    )


def hand_over(session: Session, *handovers: HandOver) -> None:
    """Pass custody to another holder on the way; both signatures go into the audit record.

    Goods whose core is above the profile's refusal limit are not taken (`core_too_warm`).
    """
    if not handovers:
        return
    held = lock(session, [one.shipment_id for one in handovers])
    profiles = _profiles(session, held)
    for one in handovers:
        if held[one.shipment_id].state not in {S.IN_TRANSIT, S.AT_STOP}:
            raise NotOnTheWayError(one.shipment_id)
        if one.given_by == one.taken_by:
            raise OneSignatureError(one.shipment_id)
        check_core(profiles[one.shipment_id], one.core_centi)
    _end(session, handovers)
    _take_custody(session, [(one.shipment_id, one.holder_code, one.at) for one in handovers])
    for one in handovers:
        audit.record(session, _handover_act(one))


def stop(session: Session, *stops: Stop) -> None:
    """Note that vehicles halt."""
    _move_all(session, stops, S.AT_STOP)


def resume(session: Session, *stops: Stop) -> None:
    """Note that vehicles go on."""
    _move_all(session, stops, S.IN_TRANSIT)


def arrive(session: Session, *arrivals: Arrival) -> None:
    """Reach the receiver: custody and logger bindings end, the verdict falls due."""
    if not arrivals:
        return
    held = lock(session, [one.shipment_id for one in arrivals])
    advance(
        session,
        held,
        [Move(one.shipment_id, (S.ARRIVED,), one.at, one.actor) for one in arrivals],
    )
    _end(session, arrivals)
    session.execute(END_BINDINGS, _ids_and_moments(arrivals))


def accept(session: Session, *acceptances: Acceptance) -> None:
    """Inspect arrived goods and accept or reject them as their verdict allows.

    Goods with limits must have been evaluated (`verdict_missing`). A failed shipment is
    accepted with claim or rejected; an inconclusive one needs a second person.
    """
    if not acceptances:
        return
    held = lock(session, [one.shipment_id for one in acceptances])
    verdicts = _verdicts(session, list(held))
    for one in acceptances:
        verdict = verdicts.get(one.shipment_id)
        if verdict is None and held[one.shipment_id].profile_code is not None:
            raise VerdictMissingError(one.shipment_id)
        check_decision(one.decision, verdict, actor=one.actor, second_actor=one.second_actor)
    advance(
        session,
        held,
        [
            Move(one.shipment_id, (S.INSPECTED, one.decision), one.at, one.actor, _note(one))
            for one in acceptances
        ],
    )
    outbox.record(
        session,
        *(
            _delivered(one, held[one.shipment_id], verdicts.get(one.shipment_id))
            for one in acceptances
            if one.decision is not S.REJECTED
        ),
    )


def cancel(session: Session, *endings: Ending) -> None:
    """Cancel shipments that are not loaded yet; raises `ShipmentStateError` for others."""
    _end_shipments(session, endings, S.CANCELLED)


def close(session: Session, *endings: Ending) -> None:
    """Close shipments that were accepted or rejected."""
    _end_shipments(session, endings, S.CLOSED)


def _profiles(session: Session, held: dict[int, Held]) -> dict[int, Profile | None]:
    keys = {
        shipment.id: (shipment.profile_code, shipment.profile_version)
        for shipment in held.values()
        if shipment.profile_code is not None and shipment.profile_version is not None
    }
    loaded = load_profiles(session, keys.values())
    return {
        shipment_id: loaded[keys[shipment_id]] if shipment_id in keys else None
        for shipment_id in held
    }


def _bind(session: Session, departures: Sequence[Departure]) -> None:
    with_device = [one for one in departures if one.device_code is not None]
    if not with_device:
        return
    codes = {one.device_code for one in with_device}
    rows = session.execute(
        select(Device.code, Device.id).where(
            Device.code.in_(codes), Device.revoked_at.is_(None)
        )
    )
    ids = {row.code: row.id for row in rows}
    for code in codes:
        if code is not None and code not in ids:
            raise DeviceNotFoundError(code)
    session.execute(
        insert(DeviceBinding),
        [
            {
                "shipment_id": one.shipment_id,
                "device_id": ids[one.device_code or ""],
                "from_at": one.at,
            }
            for one in with_device
        ],
    )


def _take_custody(session: Session, takings: Sequence[tuple[int, str, Any]]) -> None:
    session.execute(
        insert(CustodySegment),
        [
            {"shipment_id": shipment_id, "holder_code": holder, "from_at": at}
            for shipment_id, holder, at in takings
        ],
    )


def _end(session: Session, commands: Sequence[HandOver] | Sequence[Arrival]) -> None:
    """End the open custody of each; every holder has the goods for some time."""
    ended = set(session.scalars(END_CUSTODY, _ids_and_moments(commands)))
    for one in commands:
        if one.shipment_id not in ended:
            raise CustodyJustBeganError(one.shipment_id)


def _ids_and_moments(commands: Sequence[HandOver] | Sequence[Arrival]) -> dict[str, Any]:
    return {
        "ids": [one.shipment_id for one in commands],
        "ats": [one.at for one in commands],
    }


def _handover_act(one: HandOver) -> audit.Act:
    return audit.Act(
        actor=one.taken_by,
        action="custody_handed_over",
        subject=f"shipment:{one.shipment_id}",
        purpose="cold_chain",
        at=one.at,
        detail={
            "given_by": one.given_by,
            "taken_by": one.taken_by,
            "holder": one.holder_code,
            "core_centi": one.core_centi,
        },
    )


def _move_all(session: Session, stops: Sequence[Stop], state: ShipmentState) -> None:
    if not stops:
        return
    held = lock(session, [one.shipment_id for one in stops])
    moves = [Move(one.shipment_id, (state,), one.at, one.actor, one.note) for one in stops]
    advance(session, held, moves)


def _end_shipments(session: Session, endings: Sequence[Ending], state: ShipmentState) -> None:
    if not endings:
        return
    held = lock(session, [one.shipment_id for one in endings])
    moves = [Move(one.shipment_id, (state,), one.at, one.actor, one.reason) for one in endings]
    advance(session, held, moves)


def _verdicts(session: Session, shipment_ids: Sequence[int]) -> dict[int, Verdict]:
    rows = session.execute(
        select(Evaluation.shipment_id, Evaluation.verdict).where(
            Evaluation.shipment_id.in_(shipment_ids), Evaluation.superseded_by.is_(None)
        )
    )
    return {row.shipment_id: row.verdict for row in rows}


def _note(one: Acceptance) -> str:
    second = f"second: {one.second_actor}" if one.second_actor else ""
    return "; ".join(part for part in (one.note.strip(), second) if part)


def _delivered(one: Acceptance, held: Held, verdict: Verdict | None) -> ShipmentDelivered:
    return ShipmentDelivered(
        occurred_at=one.at,
        shipment_id=one.shipment_id,
        order_number=held.order_number,
        verdict=verdict.value if verdict else "",
    )
