"""Storing events of the supply chain: each once, whole, with what is searched of it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, tuple_
from sqlalchemy.orm import Session

from cold_chain.epcis.extracts import Extract, extract
from cold_chain.models import EpcisEvent, EpcisEventThing, EpcisSensorFigure
from cold_chain.values.epcis import NewEvent, Stored

Key = tuple[str, str, bool]


def store_events(session: Session, *events: NewEvent, at: datetime) -> list[Stored]:
    """Store events and return what became of each, in order.

    An event is known by its owner, its id and whether it declares an error. The same again
    changes nothing; another one under the id is a conflict, and the first is kept. Owners are
    locked in order, so that two who store for one wait for each other.
    """
    extracts = [extract(one.event, list(one.context)) for one in events]
    keys = [_key(one, found) for one, found in zip(events, extracts, strict=True)]
    for owner in sorted({key[0] for key in keys}):
        session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"epcis:{owner}"))))
    hashes = _known(session, keys)
    outcomes, fresh = [], []
    for one, found, key in zip(events, extracts, keys, strict=True):
        before = hashes.setdefault(key, None)
        if before is None:
            hashes[key] = found.hash
            fresh.append((one, found))
        outcomes.append(
            Stored(found.event_id, before is None, before not in {None, found.hash})
        )
    _insert(session, fresh, at)
    return outcomes


def _key(one: NewEvent, found: Extract) -> Key:
    return one.owner_code, found.event_id, found.declares_error


def _known(session: Session, keys: Iterable[Key]) -> dict[Key, str | None]:
    rows = session.execute(
        select(
            EpcisEvent.owner_code,
            EpcisEvent.event_id,
            EpcisEvent.declares_error,
            EpcisEvent.hash,
        ).where(
            tuple_(EpcisEvent.owner_code, EpcisEvent.event_id, EpcisEvent.declares_error).in_(
                sorted(set(keys))
            )
        )
    )
    return {(row[0], row[1], row[2]): row[3] for row in rows}


def _insert(session: Session, fresh: Sequence[tuple[NewEvent, Extract]], at: datetime) -> None:
    if not fresh:
        return
    ids = session.scalars(
        insert(EpcisEvent).returning(EpcisEvent.id, sort_by_parameter_order=True),
        [_row(one, found, at) for one, found in fresh],
    ).all()
    things = [
        {
            "event_id": event_id,
            "role": thing.role,
            "number": thing.number,
            "name": thing.name,
            "quantity": thing.quantity,
            "unit": thing.unit,
        }
        for event_id, (_, found) in zip(ids, fresh, strict=True)
        for thing in found.things
    ]
    figures = [
        {
            "event_id": event_id,
            "element": one.element,
            "number": one.number,
            "measurement_type": one.measurement_type,
            "exception": one.exception,
            "device_id": one.device_id,
            "from_at": one.from_at,
            "to_at": one.to_at,
            "unit": one.unit,
            **{name: one.figures.get(name) for name in ("value", "min_value", "max_value")},
            "mean_value": one.figures.get("mean_value"),
        }
        for event_id, (_, found) in zip(ids, fresh, strict=True)
        for one in found.figures
    ]
    for model, rows in ((EpcisEventThing, things), (EpcisSensorFigure, figures)):
        if rows:
            session.execute(insert(model), rows)


def _row(one: NewEvent, found: Extract, at: datetime) -> dict[str, Any]:
    return {
        "owner_code": one.owner_code,
        "event_id": found.event_id,
        "hash": found.hash,
        "declares_error": found.declares_error,
        "event_type": found.event_type,
        "action": found.action,
        "event_time": found.event_time,
        "record_time": at,
        "biz_step": found.biz_step,
        "disposition": found.disposition,
        "read_point": found.read_point,
        "biz_location": found.biz_location,
        "context": list(one.context),
        "body": dict(one.event),
        "shipment_id": one.shipment_id,
        "slot": one.slot,
        "capture_id": one.capture_id,
    }
