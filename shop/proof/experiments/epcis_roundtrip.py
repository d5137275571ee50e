"""Events of others come back as they came, and what we tell of shipments is well formed."""

import importlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from cold_chain import queries as cold_chain_queries
from cold_chain import service as cold_chain
from cold_chain.epcis import hashing, reading, telling
from cold_chain.epcis.problems import Problem
from cold_chain.queries import Viewer
from cold_chain.values.epcis import NewEvent
from kernel import clock
from shop.proof.ground.databases import Ground, engine_on, laid
from shop.proof.runner import Kind, Outcome, run_named
from shop.settings import Settings
from workflows import epcis_told

GOAL = "every hash the same, every document without an error"
SCHEMA: Final = "EPCIS-JSON-Schema.json"
OWNERS: Final = ("PLATFORM", "LOG01")
"""Who hands in the documents of others, and who takes in what we tell."""
BATCH: Final = 50
SHIPMENTS: Final = text("SELECT id FROM shipments WHERE departed_at IS NOT NULL ORDER BY id")


@dataclass(frozen=True, slots=True)
class Size:
    """Of how many past orders the shipments are told."""

    orders: int


DEFAULT = Size(orders=120)
FULL = Size(orders=1_500)


@run_named(Kind.EXPERIMENT, "epcis-roundtrip")
def epcis_roundtrip(settings: Settings) -> Outcome:
    """Store documents of events and hand them out again; tell all shipments and judge it."""
    size = FULL if settings.full_size else DEFAULT
    with laid(settings, orders=size.orders) as ground:
        return compare(ground, settings.epcis_data)


@dataclass(slots=True)
class Found:
    """What was counted."""

    documents: int = 0
    events: int = 0
    same: int = 0
    shipments: int = 0
    told: int = 0
    faulty: int = 0
    checked: bool = False
    """Whether the schema of the standard looked at what we tell as well."""
    wrong: tuple[str, ...] = ()


def compare(ground: Ground, folder: str) -> Outcome:
    """Take documents of others through the store, and everything we tell likewise."""
    found = Found()
    schema = _schema(folder)
    with (
        ground.copy("told") as settings,
        engine_on(settings.database_url) as engine,
        Session(engine) as session,
    ):
        for path in _documents(folder):
            document = reading.parse(path.read_bytes())
            with session.begin():
                _pass_through(session, path.name, document, OWNERS[0], found)
            found.documents += 1
        _tell_all(session, schema, found)
    found.checked = schema is not None
    return _outcome(found, folder)


def _tell_all(session: Session, schema: Any, found: Found) -> None:
    with session.begin():
        shipments = list(session.scalars(SHIPMENTS))
    for start in range(0, len(shipments), BATCH):
        with session.begin():
            epcis_told.tell(session, shipments[start : start + BATCH], at=clock.now())
    for shipment_id in shipments:
        with session.begin():
            document = epcis_told.document(session, [shipment_id], at=clock.now())
        # As it goes over the wire.
        document = reading.parse(json.dumps(document).encode())
        wrong = [*_wrong(document), *_schema_wrong(schema, document)]
        found.shipments += 1
        found.told += len(document["epcisBody"]["eventList"])
        found.faulty += bool(wrong) or not document["epcisBody"]["eventList"]
        found.wrong += tuple(f"shipment {shipment_id}: {one}" for one in wrong[:3])
        with session.begin():
            _pass_through(session, f"shipment {shipment_id}", document, OWNERS[1], found)


def _pass_through(session: Session, name: str, document: Any, owner: str, found: Found) -> None:
    """Store the events of a document, read them back and compare their hashes."""
    taken = reading.read(document)
    found.wrong += tuple(f"{name}: {one.detail}" for one in taken.problems)
    before = [hashing.hash_event(one.event, one.context) for one in taken.events]
    stored = cold_chain.store_events(
        session,
        *(
            NewEvent(owner_code=owner, event=one.event, context=one.context)
            for one in taken.events
        ),
        at=clock.now(),
    )
    session.expire_all()
    viewer = Viewer(frozenset({owner}))
    for one, known in zip(stored, before, strict=True):
        found.events += 1
        row = cold_chain_queries.find_event(session, one.event_id, viewer)
        back = None if row is None else hashing.hash_event(row.body, row.context)
        found.same += back == known and not one.conflicts
        if back != known or one.conflicts:
            found.wrong += (f"{name}: {one.event_id} came back as {back}",)


def _documents(folder: str) -> Iterator[Path]:
    if folder:
        for pattern in ("*.jsonld", "*.json"):
            yield from sorted(
                path for path in Path(folder).rglob(pattern) if path.name != SCHEMA
            )


def _schema(folder: str) -> Any:
    """Return the checker of the standard's own schema, where there is one to be had."""
    path = Path(folder) / SCHEMA
    if not folder or not path.is_file():
        return None
    try:
        library = importlib.import_module("jsonschema")
    except ImportError:
        return None
    return library.Draft7Validator(
        json.loads(path.read_bytes()), format_checker=library.FormatChecker()
    )


def _wrong(document: Any) -> list[str]:
    taken = reading.read(document)
    wrong: Sequence[Problem] = [
        *taken.problems,
        *(found for one in taken.events for found in (*one.problems, *one.doubts)),
    ]
    return [f"{one.pointer} {one.detail}" for one in wrong]


def _schema_wrong(schema: Any, document: Any) -> list[str]:
    if schema is None:
        return []
    return [
        f"{'/'.join(map(str, one.path))} {one.message[:120]}"
        for one in schema.iter_errors(document)
    ]


def _outcome(found: Found, folder: str) -> Outcome:
    others = (
        f"{found.documents} documents of others in {folder}"
        if found.documents
        else "no documents of others: EPCIS_DATA names no folder with any"
    )
    judged = (
        "our own checks and the standard's schema"
        if found.checked
        else "our own checks alone: EPCIS_DATA names no folder with the schema"
    )
    return Outcome(
        "epcis-roundtrip",
        f"{found.same} of {found.events} events back with the same hash, "
        f"{found.faulty} of {found.shipments} shipments told with an error",
        GOAL,
        holds=found.same == found.events > 0 == found.faulty
        and found.shipments > 0
        and not found.wrong,
        details=(
            others,
            f"{found.told} events of {found.shipments} shipments, seen by {judged}",
            f"words of our own stand under {telling.WORDS}",
            *found.wrong[:20],
        ),
    )
