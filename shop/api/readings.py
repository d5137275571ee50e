"""Intake of temperature loggers: signed batches, safe to send again."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from flask import Blueprint, Response, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.exceptions import UnsupportedMediaType

from cold_chain import service as cold_chain
from cold_chain.rules.formats import read_body
from cold_chain.values import DoorSeen, IntakeFormat, Measured, SignedRequest, Upload
from cold_chain.values.formats import Findings
from cold_chain.values.tables import TableSpec
from kernel import clock
from kernel.db import unit_of_work
from kernel.errors import InvalidError
from shop.api import contract, once
from shop.api.contract import Caller, Operation, Where, operation
from shop.api.schemas import readings as shapes
from shop.api.schemas.readings import CompactReadings, SenMLPack, SenMLRecord
from shop.security import public

pages = Blueprint("api_readings", __name__)

SENML = "application/senml+json"
REFERENCE = "#/components/schemas/{name}"
MAX_BYTES = 2 * 1024 * 1024
MAX_DAYS = 62
"""Days one upload may reach over: every day is a table of its own."""

ACCEPTED = 202
SHOWN = 20
"""How many refused records an answer names."""

read_compact = msgspec.json.Decoder(CompactReadings)


def components() -> Mapping[str, Any]:
    """Return the schemas of what loggers send, for the document."""
    _found, schemas = msgspec.json.schema_components(
        [CompactReadings, SenMLRecord], ref_template=REFERENCE
    )
    (pack,), _known = msgspec.json.schema_components([SenMLPack], ref_template=REFERENCE)
    for rows in schemas["CompactReadings"]["properties"].values():
        # Said already by the length of the row; the document's library cannot write `false`.
        del rows["items"]["items"]
    return {**schemas, "SenMLPack": pack}


@pages.post("/readings")
@public
@operation(
    Operation(
        summary="Hand in readings of a logger",
        description=(
            "Up to 10,000 temperatures and door states in the house's short form or as SenML. "
            "The bytes are kept as received, in a chain of hashes. Sending the same body again "
            "under a fresh nonce changes nothing, with or without a key for repeating it."
        ),
        tag="readings",
        query=shapes.Language,
        headers=shapes.SenderHeaders,
        body={
            contract.JSON: {"$ref": REFERENCE.format(name="CompactReadings")},
            SENML: {"$ref": REFERENCE.format(name="SenMLPack")},
        },
        status=ACCEPTED,
        answer=shapes.ReadingsTaken,
        refusals={
            403: "The signature is wrong or stale, the nonce was used before, or the logger is "
            "unknown or revoked.",
            409: "The key was used for another body.",
        },
        caller=Caller.DEVICE,
    )
)
def take_readings() -> Response:
    """Prove the sender, keep the bytes, store what they say."""
    contract.read_query(shapes.Language)
    if request.mimetype not in {contract.JSON, SENML}:
        raise UnsupportedMediaType
    sent = prove()
    if request.mimetype == SENML:
        return take(sent, read_as(IntakeFormat.SENML, sent))
    try:
        readings, doors = _read_compact(read_compact.decode(sent.body))
    except msgspec.DecodeError as error:
        # msgspec names the place, such as $.readings[3][1], in English.
        contract.refuse(Where.BODY, {"": [_("无法读取：%(reason)s", reason=str(error))]})
    return take(sent, Findings(readings=readings, doors=doors))


@dataclass(frozen=True, slots=True)
class Sent:
    """A body that is proven to come from a device."""

    device_code: str
    body: bytes
    at: datetime
    key: str | None


def prove() -> Sent:
    """Return the body of the request and who signed it; a nonce counts as used thereby."""
    request.max_content_length = MAX_BYTES
    body = request.get_data(cache=False)
    given = contract.read_headers(shapes.SenderHeaders)
    key = given.pop("idempotency_key", None)
    at = clock.now()
    signed = SignedRequest(**{**given, "timestamp": int(given["timestamp"])}, body=body)
    # On its own, so that a nonce counts as used whatever becomes of the body.
    with unit_of_work() as session:
        device_code = cold_chain.authenticate(session, signed, at=at)
    return Sent(device_code, body, at, key)


def read_as(
    form: IntakeFormat, sent: Sent, *, spec: TableSpec | None = None, zone: str = ""
) -> Findings:
    """Return what a body in one of the formats says of its sender."""
    with unit_of_work() as session:
        sender = cold_chain.load_sender(session, sent.device_code, received_at=sent.at)
    return read_body(form, sent.body, sender, spec=spec, zone=zone)


def take(sent: Sent, findings: Findings) -> Response:
    """Keep the bytes, store what they say and tell what became of it."""
    _check_reach(findings)
    upload = Upload(
        device_code=sent.device_code,
        body=sent.body,
        received_at=sent.at,
        readings=tuple(findings.readings),
        doors=tuple(findings.doors),
    )

    def store(session: Session) -> Response:
        taken = cold_chain.ingest_block(session, upload)
        told = {
            **asdict(taken),
            "refused": len(findings.refused),
            "ignored": findings.ignored,
            "refusals": findings.refused[:SHOWN],
        }
        return contract.answer(shapes.ReadingsTaken, told, status=ACCEPTED)

    if sent.key is None:
        with unit_of_work() as session:
            return store(session)
    digest = {"sha256": hashlib.sha256(sent.body).hexdigest(), "type": request.mimetype}
    return once.once_as(f"device:{sent.device_code}", sent.key, digest, store)


def _read_compact(sent: CompactReadings) -> tuple[list[Measured], list[DoorSeen]]:
    readings = [
        Measured(channel, datetime.fromtimestamp(second, UTC), centi)
        for channel, second, centi in sent.readings
    ]
    doors = [
        DoorSeen(channel, datetime.fromtimestamp(second, UTC), is_open)
        for channel, second, is_open in sent.doors
    ]
    return readings, doors


def _check_reach(findings: Findings) -> None:
    if not findings.readings and not findings.doors:
        raise InvalidError("readings_missing", "there is no reading in the body")
    days = {one.at.date() for one in findings.readings}
    if len(days) > MAX_DAYS:
        raise InvalidError("readings_too_wide", "too many days at once", maximum=MAX_DAYS)
