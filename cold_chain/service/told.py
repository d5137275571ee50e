"""Remembering how far the journey of each shipment has been told to partners."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

_LOCK = text(
    """
SELECT s.id, coalesce((SELECT max(id) FROM shipment_steps WHERE shipment_id = s.id), 0),
       coalesce((SELECT max(id) FROM evaluations WHERE shipment_id = s.id), 0)
FROM shipments AS s WHERE s.id = ANY (CAST(:ids AS bigint[])) ORDER BY s.id
FOR NO KEY UPDATE
"""
)

_MARK = text(
    """
INSERT INTO epcis_published (shipment_id, step_id, evaluation_id, at)
SELECT shipment_id, step_id, evaluation_id, :at
FROM unnest(CAST(:ids AS bigint[]), CAST(:steps AS bigint[]), CAST(:evaluations AS bigint[]))
    AS told (shipment_id, step_id, evaluation_id)
ON CONFLICT (shipment_id) DO UPDATE
SET step_id = excluded.step_id, evaluation_id = excluded.evaluation_id, at = excluded.at
"""
)


@dataclass(frozen=True, slots=True)
class Mark:
    """Up to which step and evaluation a shipment is told."""

    shipment_id: int
    step_id: int
    evaluation_id: int


def lock_told(session: Session, shipment_ids: Sequence[int]) -> list[Mark]:
    """Lock shipments by id, and return their newest steps and evaluations."""
    rows = session.execute(_LOCK, {"ids": sorted(set(shipment_ids))})
    return [Mark(*row) for row in rows]


def mark_told(session: Session, marks: Sequence[Mark], *, at: datetime) -> None:
    """Note that everything up to these is told."""
    if not marks:
        return
    session.execute(
        _MARK,
        {
            "ids": [one.shipment_id for one in marks],
            "steps": [one.step_id for one in marks],
            "evaluations": [one.evaluation_id for one in marks],
            "at": at,
        },
    )
