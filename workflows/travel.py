"""Carry all shipments of one seller order from loading to acceptance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
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
class ParcelOver:
    """What is known of one parcel that goes to the carrier; empty where the order's holds."""

    carrier_number: str = ""
    """Under which the carrier knows it."""
    device_code: str | None = None
    box_centi: int | None = None
    override: str = ""


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
    parcels: Mapping[int, ParcelOver] = field(default_factory=dict)
    """What differs for single parcels, by number; two under limits need a logger each."""

    @property
    def carrier_numbers(self) -> dict[int, str]:
        """Return the numbers the carrier gave, by parcel."""
        told = {number: one.carrier_number for number, one in self.parcels.items()}
        return {number: code for number, code in told.items() if code}

    def of(self, number: int) -> ParcelOver:
        """Return what is known of one parcel."""
        own = self.parcels.get(number, ParcelOver())
        return replace(
            own,
            device_code=own.device_code or self.device_code,
            box_centi=self.box_centi if own.box_centi is None else own.box_centi,
            override=own.override or self.override,
        )


@dataclass(frozen=True, slots=True)
class Dispatch:
    """One order's parcels go to the carrier at a moment."""

    order_number: str
    hand_over: HandOver
    at: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """One order's parcels reach the receiver at a moment; the two are different people."""

    order_number: str
    given_by: str
    taken_by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class _Travelling:
    order_number: str
    number: int
    """Of the parcel it carries."""
    shipment_id: ShipmentId
    state: ShipmentState
    has_limits: bool


def depart(session: Session, dispatches: Sequence[Dispatch]) -> None:
    """Load and send off every shipment of these orders."""
    of = {one.order_number: one for one in dispatches}
    waiting = [one for one in _shipments(session, list(of)) if one.state in UNLOADED]
    cold_chain.load(
        session,
        *(
            Loading(
                shipment_id=one.shipment_id,
                at=of[one.order_number].at,
                actor=of[one.order_number].hand_over.actor,
                box_centi=of[one.order_number].hand_over.of(one.number).box_centi,
                override=of[one.order_number].hand_over.of(one.number).override,
            )
            for one in waiting
        ),
    )
    cold_chain.depart(session, *(_departure(one, of[one.order_number]) for one in waiting))


def _departure(shipment: _Travelling, dispatch: Dispatch) -> Departure:
    hand_over = dispatch.hand_over
    return Departure(
        shipment_id=shipment.shipment_id,
        at=dispatch.at,
        actor=hand_over.actor,
        device_code=hand_over.of(shipment.number).device_code if shipment.has_limits else None,
    )


def arrive_and_accept(session: Session, deliveries: Sequence[Delivery]) -> None:
    """Reach the receivers, judge the temperature records, and decide by their verdicts.

    A broken cold chain is accepted with claim; a record with holes is accepted by two: who
    brought the goods and who took them.
    """
    of = {one.order_number: one for one in deliveries}
    under_way = [one for one in _shipments(session, list(of)) if one.state in ON_THE_WAY]
    cold_chain.arrive(
        session,
        *(
            Arrival(
                shipment_id=one.shipment_id,
                at=of[one.order_number].at,
                actor=of[one.order_number].given_by,
            )
            for one in under_way
        ),
    )
    limited = [one.shipment_id for one in under_way if one.has_limits]
    verdicts = {
        judged.shipment_id: judged.verdict
        for judged in cold_chain.evaluate_shipments(
            session, limited, at=max(one.at for one in deliveries)
        )
    }
    cold_chain.accept(
        session,
        *(
            Acceptance(
                shipment_id=one.shipment_id,
                at=of[one.order_number].at,
                actor=of[one.order_number].given_by,
                decision=_decision(verdicts.get(one.shipment_id)),
                second_actor=of[one.order_number].taken_by,
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
    waiting = [one for one in _shipments(session, [order_number]) if one.state in UNLOADED]
    cold_chain.cancel(
        session,
        *(
            Ending(shipment_id=one.shipment_id, at=at, actor=actor, reason=reason)
            for one in waiting
        ),
    )


def _shipments(session: Session, order_numbers: Sequence[str]) -> Sequence[_Travelling]:
    rows = session.execute(
        select(
            Shipment.order_number,
            Shipment.parcel_group,
            Shipment.id,
            Shipment.state,
            Shipment.profile_code.is_not(None),
        )
        .where(Shipment.order_number.in_(order_numbers))
        .order_by(Shipment.id)
    )
    return [_Travelling(row[0], row[1], ShipmentId(row[2]), row[3], row[4]) for row in rows]
