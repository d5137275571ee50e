"""Moving shipments from state to state, many at a time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from cold_chain.errors import MomentGoesBackError, ShipmentNotFoundError
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

LOCK = text(
    """
SELECT id, order_number, state, carrier_code, profile_code, profile_version,
    greatest(planned_at, loaded_at, departed_at, arrived_at, accepted_at) AS latest_at
FROM shipments WHERE id = ANY (CAST(:ids AS bigint[])) ORDER BY id FOR NO KEY UPDATE
"""
)

INSERT_STEPS = text(
    """
INSERT INTO shipment_steps (shipment_id, state, at, actor, note)
SELECT shipment_id, state, at, actor, note
FROM unnest(CAST(:ids AS bigint[]), CAST(:states AS text[]), CAST(:ats AS timestamptz[]),
    CAST(:actors AS text[]), CAST(:notes AS text[])) WITH ORDINALITY
    AS step (shipment_id, state, at, actor, note, place)
ORDER BY place
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
    if not wanted:
        return {}
    rows = session.execute(LOCK, {"ids": wanted})
    held = {
        row["id"]: Held(**{**row, "state": ShipmentState(row["state"])})
        for row in rows.mappings()
    }
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
    steps = [(move, state) for move in moves for state in move.path]
    if steps:
        session.execute(
            INSERT_STEPS,
            {
                "ids": [move.shipment_id for move, _ in steps],
                "states": [state.value for _, state in steps],
                "ats": [move.at for move, _ in steps],
                "actors": [move.actor for move, _ in steps],
                "notes": [move.note for move, _ in steps],
            },
        )
