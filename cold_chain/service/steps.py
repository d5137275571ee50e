"""Moving shipments from state to state, many at a time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from cold_chain.errors import MomentGoesBackError, ShipmentNotFoundError
from cold_chain.models import Shipment, ShipmentStep
from cold_chain.rules.states import check_transition
from cold_chain.values import ShipmentState

MOVE = text(
    """
UPDATE shipments AS s SET
    state = m.state,
    loaded_at = CASE WHEN m.state = 'loaded' THEN m.at ELSE s.loaded_at END,
    departed_at = CASE WHEN m.state = 'in_transit' THEN coalesce(s.departed_at, m.at)
                       ELSE s.departed_at END,
    arrived_at = CASE WHEN m.state = 'arrived' THEN m.at ELSE s.arrived_at END,
    accepted_at = CASE WHEN m.state IN ('accepted', 'accepted_with_claim') THEN m.at
                       ELSE s.accepted_at END,
    dirty_at = CASE WHEN m.state = 'arrived' AND s.profile_code IS NOT NULL
                    THEN coalesce(s.dirty_at, m.at) ELSE s.dirty_at END
FROM unnest(
    CAST(:ids AS bigint[]), CAST(:states AS text[]), CAST(:ats AS timestamptz[])
) AS m (id, state, at)
WHERE s.id = m.id
"""
)


@dataclass(frozen=True, slots=True)
class Move:
    """One shipment goes to one or more states, one after the other, at one moment."""

    shipment_id: int
    path: tuple[ShipmentState, ...]
    at: datetime
    actor: str
    note: str = ""


@dataclass(slots=True)
class Held:
    """What a command needs to know of a shipment it has locked."""

    id: int
    order_number: str
    state: ShipmentState
    carrier_code: str
    profile_code: str | None
    profile_version: int | None
    latest_at: datetime
    """The last moment known of it; steps never go back in time."""


def lock(session: Session, shipment_ids: Iterable[int]) -> dict[int, Held]:
    """Lock shipments by id and return them; raises `ShipmentNotFoundError`."""
    wanted = sorted(set(shipment_ids))
    rows = session.execute(
        select(
            Shipment.id,
            Shipment.order_number,
            Shipment.state,
            Shipment.carrier_code,
            Shipment.profile_code,
            Shipment.profile_version,
            func.greatest(
                Shipment.planned_at,
                Shipment.loaded_at,
                Shipment.departed_at,
                Shipment.arrived_at,
                Shipment.accepted_at,
            ),
        )
        .where(Shipment.id.in_(wanted))
        .order_by(Shipment.id)
        .with_for_update(key_share=True)
    )
    held = {row.id: Held(*row) for row in rows}
    for shipment_id in wanted:
        if shipment_id not in held:
            raise ShipmentNotFoundError(shipment_id)
    return held


def advance(session: Session, held: dict[int, Held], moves: Sequence[Move]) -> None:
    """Carry out moves of locked shipments; raises `ShipmentStateError` before any is done.

    A moment before the last known one is refused with `MomentGoesBackError`.
    """
    for move in moves:
        shipment = held[move.shipment_id]
        if move.at < shipment.latest_at:
            raise MomentGoesBackError(shipment.id)
        for after in move.path:
            check_transition(shipment.id, shipment.state, after)
            shipment.state = after
    for depth in range(max((len(move.path) for move in moves), default=0)):
        now = [move for move in moves if len(move.path) > depth]
        session.execute(
            MOVE,
            {
                "ids": [move.shipment_id for move in now],
                "states": [move.path[depth].value for move in now],
                "ats": [move.at for move in now],
            },
        )
    steps = [
        {
            "shipment_id": move.shipment_id,
            "state": state,
            "at": move.at,
            "actor": move.actor,
            "note": move.note,
        }
        for move in moves
        for state in move.path
    ]
    if steps:
        session.execute(insert(ShipmentStep), steps)
