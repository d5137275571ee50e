"""Shipments are told to partners: as events, each once, and corrected where it was wrong.

What a lot is belongs to the catalogue, what was ordered to the orders, how it travelled to the
cold chain: only here they come together.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from cold_chain import queries as cold_chain_queries
from cold_chain import service as cold_chain
from cold_chain.epcis import hashing, telling
from cold_chain.epcis.story import LotPart, Story
from cold_chain.epcis.telling import Told
from cold_chain.queries import EventRow, ToldRow
from cold_chain.values.epcis import NewEvent

GROUP_OF_PRODUCERS: Final = uuid.UUID("6f1d4d5e-4f0b-5c40-9c39-6d2f0b9a7e11")

# Packs of lots in each shipment; what came back into stock has not travelled to the end, but it
# has travelled.
_PARTS = text(
    """
SELECT s.id AS shipment_id, k.code AS sku, l.id AS lot_id, l.code AS lot,
       sum(a.quantity)::int AS packs, l.seller_code, l.weight_g, l.harvested_on,
       l.best_before, l.received_at
FROM shipments AS s
JOIN order_lines AS line
  ON line.order_number = s.order_number AND line.parcel_number = s.parcel_group
JOIN lot_allocations AS a ON a.order_line_id = line.id
JOIN lots AS l ON l.id = a.lot_id
JOIN skus AS k ON k.id = l.sku_id
WHERE s.id = ANY (CAST(:ids AS bigint[]))
GROUP BY s.id, k.code, l.id
ORDER BY s.id, l.code
"""
)


def tell(session: Session, shipment_ids: Iterable[int], *, at: datetime) -> int:
    """Store what is to be told of shipments and was not; return how many events are new.

    An event that no longer holds is declared an error, with the event that replaces it. Telling
    again changes nothing. Raises `Gs1PrefixMissingError` while there is no company prefix.
    """
    wanted = sorted(set(shipment_ids))
    marks = cold_chain.lock_told(session, wanted)
    stories = gather(session, wanted, at=at)
    keys = cold_chain.give_keys(
        session, [key for story in stories for key in story.wanted_keys()], at=at
    )
    before = cold_chain_queries.list_told(session, wanted)
    fresh: list[NewEvent] = []
    for story in stories:
        told = telling.tell(story, keys)
        fresh += _news(story, told, before.get(story.shipment_id, []), at)
    stored = cold_chain.store_events(session, *fresh, at=at) if fresh else []
    cold_chain.mark_told(session, marks, at=at)
    return sum(one.is_new for one in stored)


def gather(session: Session, shipment_ids: Sequence[int], *, at: datetime) -> list[Story]:
    """Return the stories of shipments with the lots they carry."""
    parts: defaultdict[int, list[LotPart]] = defaultdict(list)
    for row in session.execute(_PARTS, {"ids": list(shipment_ids)}):
        parts[row.shipment_id].append(
            LotPart(
                sku=row.sku,
                lot=telling.lot_text(row.lot, row.lot_id),
                packs=row.packs,
                seller_code=row.seller_code,
                lot_weight_g=row.weight_g,
                harvested_on=row.harvested_on,
                best_before=row.best_before,
                received_at=row.received_at,
                producers=f"urn:uuid:{uuid.uuid5(GROUP_OF_PRODUCERS, row.lot)}",
            )
        )
    stories = cold_chain_queries.list_stories(session, shipment_ids, at=at)
    return [replace(one, parts=tuple(parts[one.shipment_id])) for one in stories]


def _news(
    story: Story,
    told: Sequence[Told],
    before: Sequence[ToldRow],
    at: datetime,
) -> list[NewEvent]:
    wrong = {row.event_id for row in before if row.declares_error}
    live = {row.slot: row for row in before if row.event_id not in wrong}
    news = []
    for one in told:
        if one.is_of_lot:
            news.append(_new(one.event, one.owner_code or story.shipper_code))
            continue
        event = _unused(one.event, wrong)
        event_id = hashing.hash_event(event, list(telling.CONTEXT))
        old = live.pop(one.slot, None)
        if old is not None and old.event_id == event_id:
            continue
        news.append(_new(event, story.shipper_code, story.shipment_id, one.slot))
        if old is not None:
            news.append(_withdrawn(story, old, "incorrect_data", [event_id], at))
    news += [_withdrawn(story, old, "did_not_occur", [], at) for old in live.values()]
    return news


def _unused(event: dict[str, Any], wrong: set[str]) -> dict[str, Any]:
    """Return the event under a name that was never declared an error."""
    revision, named = 1, event
    while hashing.hash_event(named, list(telling.CONTEXT)) in wrong:
        revision += 1
        named = event | {"wl:revision": str(revision)}
    return named


def _withdrawn(
    story: Story,
    old: ToldRow,
    reason: str,
    instead: list[str],
    at: datetime,
) -> NewEvent:
    declared: dict[str, Any] = {"declarationTime": telling.moment(at), "reason": reason}
    if instead:
        declared["correctiveEventIDs"] = instead
    event = {**old.body, "eventID": old.event_id, "errorDeclaration": declared}
    return _new(event, story.shipper_code, story.shipment_id, old.slot)


def _new(
    event: Mapping[str, Any],
    owner_code: str,
    shipment_id: int | None = None,
    slot: str | None = None,
) -> NewEvent:
    return NewEvent(
        owner_code=owner_code,
        event=event,
        context=list(telling.CONTEXT),
        shipment_id=shipment_id,
        slot=slot,
    )


def document(session: Session, shipment_ids: Sequence[int], *, at: datetime) -> dict[str, Any]:
    """Return what was told of shipments and of the lots they carry, as one document."""
    rows = cold_chain_queries.list_shipment_events(session, shipment_ids)
    return telling.document([written(row) for row in rows], created_at=at)


def written(row: EventRow) -> dict[str, Any]:
    """Return an event as it is handed out: under its id, with when it was stored."""
    return {
        **row.body,
        "eventID": row.event_id,
        "recordTime": telling.moment(row.record_time),
    }
