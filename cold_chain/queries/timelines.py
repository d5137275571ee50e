"""What happened to shipments, and who held them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cold_chain.models import CustodySegment, ShipmentStep
from cold_chain.values import ShipmentState
from parties.models import Organisation


@dataclass(frozen=True, slots=True)
class StepRow:
    """One state a shipment reached."""

    state: ShipmentState
    at: datetime
    actor: str
    """An id such as `person:7`; not for public pages."""
    note: str


@dataclass(frozen=True, slots=True)
class CustodyRow:
    """Who held a shipment from when up to when."""

    holder_code: str
    holder_name: str
    from_at: datetime
    to_at: datetime | None


@dataclass(frozen=True, slots=True)
class Timeline:
    """The life of a shipment so far, in order."""

    steps: list[StepRow] = field(default_factory=list)
    custody: list[CustodyRow] = field(default_factory=list)


def list_timelines(session: Session, shipment_ids: Iterable[int]) -> dict[int, Timeline]:
    """Return the timelines of shipments by id, in two statements."""
    wanted = list(shipment_ids)
    timelines = {shipment_id: Timeline() for shipment_id in wanted}
    steps = session.execute(
        select(
            ShipmentStep.shipment_id,
            ShipmentStep.state,
            ShipmentStep.at,
            ShipmentStep.actor,
            ShipmentStep.note,
        )
        .where(ShipmentStep.shipment_id.in_(wanted))
        .order_by(ShipmentStep.id)
    )
    for row in steps:
        timelines[row.shipment_id].steps.append(StepRow(row.state, row.at, row.actor, row.note))
    custody = session.execute(
        select(
            CustodySegment.shipment_id,
            CustodySegment.holder_code,
            Organisation.name,
            CustodySegment.from_at,
            CustodySegment.to_at,
        )
        .join(Organisation, Organisation.code == CustodySegment.holder_code)
        .where(CustodySegment.shipment_id.in_(wanted))
        .order_by(CustodySegment.from_at)
    )
    for segment in custody:
        timelines[segment.shipment_id].custody.append(CustodyRow(*segment[1:]))
    return timelines
