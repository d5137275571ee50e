"""Carry all shipments of one seller order from loading to acceptance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cold_chain import service as cold_chain
from cold_chain.models import Shipment
from cold_chain.values import (
    Acceptance,
    Arrival,
    Departure,
    Ending,
    Loading,
    ShipmentId,
    ShipmentState,
    Verdict,
)

UNLOADED = frozenset({ShipmentState.DRAFT, ShipmentState.READY})
ON_THE_WAY = frozenset({ShipmentState.IN_TRANSIT, ShipmentState.AT_STOP})


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """What is known when an order's parcels go to the carrier."""

    actor: str
    device_code: str | None = None
    """The logger that travels along; goods with temperature limits do not leave without."""
    box_centi: int | None = None
    """Air of the box before loading in hundredths of °C, where the limits ask for it."""
    override: str = ""
    """Why a box that was too warm or not measured was loaded all the same."""


@dataclass(frozen=True, slots=True)
class _Travelling:
    shipment_id: ShipmentId
    state: ShipmentState
    has_limits: bool


def depart(session: Session, order_number: str, hand_over: HandOver, *, at: datetime) -> None:
    """Load and send off every shipment of an order."""
    waiting = [one for one in _shipments(session, order_number) if one.state in UNLOADED]
    cold_chain.load(
        session,
        *(
            Loading(
                shipment_id=one.shipment_id,
                at=at,
                actor=hand_over.actor,
                box_centi=hand_over.box_centi,
                override=hand_over.override,
            )
            for one in waiting
        ),
    )
    cold_chain.depart(
        session,
        *(
            Departure(
                shipment_id=one.shipment_id,
                at=at,
                actor=hand_over.actor,
                device_code=hand_over.device_code if one.has_limits else None,
            )
            for one in waiting
        ),
    )


def arrive_and_accept(
    session: Session, order_number: str, *, given_by: str, taken_by: str, at: datetime
) -> None:
    """Reach the receiver, judge the temperature record, and decide by its verdict.

    A broken cold chain is accepted with claim; a record with holes is accepted by two: who
    brought the goods and who took them.
    """
    under_way = [one for one in _shipments(session, order_number) if one.state in ON_THE_WAY]
    cold_chain.arrive(
        session,
        *(Arrival(shipment_id=one.shipment_id, at=at, actor=given_by) for one in under_way),
    )
    limited = [one.shipment_id for one in under_way if one.has_limits]
    verdicts = {
        judged.shipment_id: judged.verdict
        for judged in cold_chain.evaluate_shipments(session, limited, at=at)
    }
    cold_chain.accept(
        session,
        *(
            Acceptance(
                shipment_id=one.shipment_id,
                at=at,
                actor=given_by,
                decision=_decision(verdicts.get(one.shipment_id)),
                second_actor=taken_by,
            )
            for one in under_way
        ),
    )


def _decision(verdict: str | None) -> ShipmentState:
    if verdict == Verdict.FAIL:
        return ShipmentState.ACCEPTED_WITH_CLAIM
    return ShipmentState.ACCEPTED


def cancel(
    session: Session, order_number: str, *, actor: str, reason: str, at: datetime
) -> None:
    """Cancel what has not been loaded; goods already on their way stay under watch."""
    waiting = [one for one in _shipments(session, order_number) if one.state in UNLOADED]
    cold_chain.cancel(
        session,
        *(
            Ending(shipment_id=one.shipment_id, at=at, actor=actor, reason=reason)
            for one in waiting
        ),
    )


def _shipments(session: Session, order_number: str) -> Sequence[_Travelling]:
    rows = session.execute(
        select(Shipment.id, Shipment.state, Shipment.profile_code.is_not(None))
        .where(Shipment.order_number == order_number)
        .order_by(Shipment.id)
    )
    return [_Travelling(ShipmentId(row[0]), row[1], row[2]) for row in rows]
