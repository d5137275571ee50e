"""Intake of temperature loggers: signed batches, safe to send again."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from flask import Blueprint, Response, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.exceptions import UnsupportedMediaType

from cold_chain import service as cold_chain
from cold_chain.values import DoorSeen, Measured, SignedRequest, Upload
from kernel import clock
from kernel.db import unit_of_work
from kernel.errors import InvalidError
from shop.api import contract, once, senml
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

read_compact = msgspec.json.Decoder(CompactReadings)
read_pack = msgspec.json.Decoder(SenMLPack)


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
    request.max_content_length = MAX_BYTES
    body = request.get_data(cache=False)
    given = contract.read_headers(shapes.SenderHeaders)
    key = given.pop("idempotency_key", None)
    at = clock.now()
    signed = SignedRequest(**{**given, "timestamp": int(given["timestamp"])}, body=body)
    # On its own, so that a nonce counts as used whatever becomes of the body.
    with unit_of_work() as session:
        device_code = cold_chain.authenticate(session, signed, at=at)
    readings, doors = _read(body, device_code, at)
    _check_reach(readings, doors)
    upload = Upload(
        device_code=device_code,
        body=body,
        received_at=at,
        readings=tuple(readings),
        doors=tuple(doors),
    )

    def take(session: Session) -> Response:
        taken = cold_chain.ingest_block(session, upload)
        return contract.answer(shapes.ReadingsTaken, taken, status=ACCEPTED)

    if key is None:
        with unit_of_work() as session:
            return take(session)
    digest = {"sha256": hashlib.sha256(body).hexdigest(), "type": request.mimetype}
    return once.once_as(f"device:{device_code}", key, digest, take)


def _read(body: bytes, device_code: str, at: datetime) -> tuple[list[Measured], list[DoorSeen]]:
    try:
        if request.mimetype == SENML:
            return senml.read(read_pack.decode(body), device_code, received_at=at)
        return _read_compact(read_compact.decode(body))
    except msgspec.DecodeError as error:
        # msgspec names the place, such as $.readings[3][1], in English.
        contract.refuse(Where.BODY, {"": [_("无法读取：%(reason)s", reason=str(error))]})


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


def _check_reach(readings: list[Measured], doors: list[DoorSeen]) -> None:
    if not readings and not doors:
        raise InvalidError("readings_missing", "there is no reading in the body")
    days = {one.at.date() for one in readings}
    if len(days) > MAX_DAYS:
        raise InvalidError("readings_too_wide", "too many days at once", maximum=MAX_DAYS)
