"""Events asked for by the words of the standard, for those who may read them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from operator import eq, ge, gt, le, lt
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select, text
from sqlalchemy.orm import Session

from cold_chain.epcis import names, vocabulary
from cold_chain.epcis.errors import QueryNotFoundError
from cold_chain.epcis.questions import Compared, Question
from cold_chain.models import (
    CustodySegment,
    EpcisCapture,
    EpcisEvent,
    EpcisEventThing,
    EpcisQuery,
    EpcisSensorFigure,
    Shipment,
)
from cold_chain.values.epcis import ThingRole

OPERATORS: Final = {">": gt, ">=": ge, "<": lt, "<=": le, "=": eq}


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks: somebody of the staff, or organisations that see what concerns them."""

    organisations: frozenset[str] = frozenset()
    sees_all: bool = False


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event as stored."""

    id: int
    event_id: str
    event_time: datetime
    record_time: datetime
    context: list[Any]
    body: dict[str, Any]


def list_events(
    session: Session,
    question: Question,
    viewer: Viewer,
    *,
    limit: int,
    after: tuple[datetime, int] | tuple[int] | None = None,
) -> list[EventRow]:
    """Return events that answer a question and that the viewer may read, in its order.

    `after` are the sort values of the last event seen: moment and id where the moment of the
    event orders, else the id alone.
    """
    statement = _select().where(_may_read(viewer), *_conditions(question))
    columns: tuple[Any, ...] = (EpcisEvent.id,)
    if question.order_by == "event_time":
        columns = (EpcisEvent.event_time, EpcisEvent.id)
    if after is not None:
        statement = statement.where(_beyond(columns, after, question))
    ordered = [one.desc() if question.is_descending else one.asc() for one in columns]
    rows = session.execute(statement.order_by(*ordered).limit(limit))
    return [EventRow(*row) for row in rows]


def find_event(session: Session, event_id: str, viewer: Viewer) -> EventRow | None:
    """Return the newest report under an id that the viewer may read."""
    row = session.execute(
        _select()
        .where(_may_read(viewer), EpcisEvent.event_id == event_id)
        .order_by(EpcisEvent.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else EventRow(*row)


def list_shipment_events(session: Session, shipment_ids: Iterable[int]) -> list[EventRow]:
    """Return what the house itself tells of shipments and of the lots in them, by moment."""
    wanted = list(shipment_ids)
    packed = (
        select(EpcisEventThing.name)
        .join(EpcisEvent, EpcisEvent.id == EpcisEventThing.event_id)
        .where(
            EpcisEvent.shipment_id.in_(wanted),
            EpcisEventThing.role == ThingRole.CHILD_QUANTITY,
        )
    )
    begun = (
        select(EpcisEventThing.event_id)
        .join(EpcisEvent, EpcisEvent.id == EpcisEventThing.event_id)
        .where(
            EpcisEventThing.name.in_(packed),
            EpcisEventThing.role == ThingRole.QUANTITY,
            EpcisEvent.biz_step == vocabulary.full_biz_step("commissioning"),
            EpcisEvent.capture_id.is_(None),
        )
    )
    rows = session.execute(
        _select()
        .where(or_(EpcisEvent.shipment_id.in_(wanted), EpcisEvent.id.in_(begun)))
        .order_by(EpcisEvent.event_time, EpcisEvent.id)
    )
    return [EventRow(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class CaptureRow:
    """What became of a document that was handed in."""

    code: str
    created_at: datetime
    finished_at: datetime | None
    error_behaviour: str
    stored: int
    known: int
    errors: list[Any]
    doubts: list[Any]


def find_capture(session: Session, code: str, viewer: Viewer) -> CaptureRow | None:
    """Return a capture of the viewer's own."""
    statement = select(
        EpcisCapture.code,
        EpcisCapture.created_at,
        EpcisCapture.finished_at,
        EpcisCapture.error_behaviour,
        EpcisCapture.stored,
        EpcisCapture.known,
        EpcisCapture.errors,
        EpcisCapture.doubts,
    ).where(EpcisCapture.code == code)
    if not viewer.sees_all:
        statement = statement.where(EpcisCapture.owner_code.in_(sorted(viewer.organisations)))
    row = session.execute(statement).one_or_none()
    return None if row is None else CaptureRow(*row)


def _select() -> Select[*tuple[Any, ...]]:
    return select(
        EpcisEvent.id,
        EpcisEvent.event_id,
        EpcisEvent.event_time,
        EpcisEvent.record_time,
        EpcisEvent.context,
        EpcisEvent.body,
    )


def _may_read(viewer: Viewer) -> ColumnElement[bool]:
    """Let those read who reported it, and who sends, carries or held what it is about."""
    if viewer.sees_all:
        return EpcisEvent.id > 0
    own = sorted(viewer.organisations)
    return or_(
        EpcisEvent.owner_code.in_(own),
        exists().where(
            Shipment.id == EpcisEvent.shipment_id,
            or_(Shipment.shipper_code.in_(own), Shipment.carrier_code.in_(own)),
        ),
        exists().where(
            CustodySegment.shipment_id == EpcisEvent.shipment_id,
            CustodySegment.holder_code.in_(own),
        ),
    )


def _beyond(
    columns: tuple[Any, ...], after: tuple[Any, ...], question: Question
) -> ColumnElement[bool]:
    past = lt if question.is_descending else gt
    if len(columns) == 1:
        return _truth(past(columns[0], after[-1]))
    moment, number = columns
    return or_(past(moment, after[0]), and_(moment == after[0], past(number, after[1])))


def _conditions(question: Question) -> Iterable[ColumnElement[bool]]:
    if question.event_types:
        yield EpcisEvent.event_type.in_(question.event_types)
    for column, texts in question.words.items():
        yield getattr(EpcisEvent, column).in_(texts)
    for one in question.moments:
        yield _compared(EpcisEvent, one)
    for roles, wanted in question.things:
        yield _names_one(roles, wanted)
    if question.declares_error is not None:
        yield EpcisEvent.declares_error.is_(question.declares_error)
    if question.has_sensors is not None:
        sensed = exists().where(EpcisSensorFigure.event_id == EpcisEvent.id)
        yield sensed if question.has_sensors else ~sensed
    if question.asks_sensors:
        yield _sensed(question)


def _names_one(roles: tuple[ThingRole, ...], wanted: tuple[str, ...]) -> ColumnElement[bool]:
    """Match a name itself, or for a kind of things each thing of that kind."""
    matches: list[ColumnElement[bool]] = [EpcisEventThing.name.in_(wanted)]
    matches += [
        EpcisEventThing.name.startswith(f"{one}/", autoescape=True)
        for one in wanted
        if names.is_class(one)
    ]
    return exists().where(
        EpcisEventThing.event_id == EpcisEvent.id,
        EpcisEventThing.role.in_(roles),
        or_(*matches),
    )


def _sensed(question: Question) -> ColumnElement[bool]:
    """Match events one report of which answers to everything that is asked of sensors."""
    return exists().where(
        EpcisSensorFigure.event_id == EpcisEvent.id,
        *(
            getattr(EpcisSensorFigure, column).in_(texts)
            for column, texts in question.sensed_words.items()
        ),
        *(_compared(EpcisSensorFigure, one) for one in question.sensed),
        *(
            EpcisSensorFigure.unit == one.unit
            for one in question.sensed
            if isinstance(one.value, Decimal) and one.unit is not None
        ),
    )


def _compared(model: Any, one: Compared) -> ColumnElement[bool]:
    return _truth(OPERATORS[one.how](getattr(model, one.column), one.value))


def _truth(compared: Any) -> ColumnElement[bool]:
    found: ColumnElement[bool] = compared
    return found


@dataclass(frozen=True, slots=True)
class ToldRow:
    """An event of the house's own about a shipment."""

    event_id: str
    slot: str
    declares_error: bool
    body: dict[str, Any]


def list_told(session: Session, shipment_ids: Iterable[int]) -> dict[int, list[ToldRow]]:
    """Return the events of the house's own about shipments, by shipment, the oldest first."""
    rows = session.execute(
        select(
            EpcisEvent.shipment_id,
            EpcisEvent.event_id,
            EpcisEvent.slot,
            EpcisEvent.declares_error,
            EpcisEvent.body,
        )
        .where(EpcisEvent.shipment_id.in_(list(shipment_ids)))
        .order_by(EpcisEvent.id)
    )
    found: dict[int, list[ToldRow]] = {}
    for shipment_id, *told in rows:
        found.setdefault(shipment_id, []).append(ToldRow(*told))
    return found


_UNTOLD = text(
    """
SELECT s.id FROM shipments AS s LEFT JOIN epcis_published AS p ON p.shipment_id = s.id
WHERE s.departed_at IS NOT NULL AND (
    p.shipment_id IS NULL
    OR p.step_id < (SELECT max(id) FROM shipment_steps WHERE shipment_id = s.id)
    OR (s.arrived_at IS NOT NULL
        AND p.evaluation_id < (SELECT max(id) FROM evaluations WHERE shipment_id = s.id))
)
ORDER BY s.id DESC LIMIT :limit
"""
)


def list_untold(session: Session, *, limit: int) -> list[int]:
    """Return shipments that left and of which something is still to be told."""
    return list(session.scalars(_UNTOLD, {"limit": limit}))


def list_queries(session: Session, owner_code: str) -> list[str]:
    """Return the names of an organisation's questions."""
    return list(
        session.scalars(
            select(EpcisQuery.name)
            .where(EpcisQuery.owner_code == owner_code)
            .order_by(EpcisQuery.name)
        )
    )


def get_query(session: Session, owner_code: str, name: str) -> dict[str, Any]:
    """Return a question by its name; raises `QueryNotFoundError`."""
    found: dict[str, Any] | None = session.scalar(
        select(EpcisQuery.question).where(
            EpcisQuery.owner_code == owner_code, EpcisQuery.name == name
        )
    )
    if found is None:
        raise QueryNotFoundError(name)
    return found
