"""Intake of readings in the forms other people's devices speak, one address for each."""

from flask import Blueprint, Response, request
from werkzeug.exceptions import UnsupportedMediaType

from cold_chain.queries.files import find_template
from cold_chain.values import IntakeFormat
from kernel.db import unit_of_work
from shop.api import contract
from shop.api.contract import Caller, Operation, operation
from shop.api.readings import ACCEPTED, REFERENCE, SENML, prove, read_as, take
from shop.api.schemas import readings as shapes
from shop.security import public

pages = Blueprint("api_telemetry", __name__)

BYTES = "application/octet-stream"
CSV = "text/csv"
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FREE_FORM = {"type": "object", "additionalProperties": True}
RAW = {"type": "string", "format": "binary"}
REFUSALS = {
    403: "The signature is wrong or stale, the nonce was used before, or the logger is unknown "
    "or revoked.",
    409: "The key was used for another body.",
}
KEPT = (
    "The bytes are kept as received, in a chain of hashes; sending them again changes nothing. "
)


@pages.post("/readings/senml")
@public
@operation(
    Operation(
        summary="Hand in a SenML pack (RFC 8428)",
        description=KEPT + "Records of other quantities are counted as ignored.",
        tag="readings",
        query=shapes.Language,
        headers=shapes.SenderHeaders,
        body={
            contract.JSON: {"$ref": REFERENCE.format(name="SenMLPack")},
            SENML: {"$ref": REFERENCE.format(name="SenMLPack")},
        },
        status=ACCEPTED,
        answer=shapes.ReadingsTaken,
        refusals=REFUSALS,
        caller=Caller.DEVICE,
    )
)
def take_senml() -> Response:
    """Take a SenML pack of a logger."""
    return _take(IntakeFormat.SENML, {contract.JSON, SENML})


@pages.post("/readings/thingsboard")
@public
@operation(
    Operation(
        summary="Hand in telemetry as ThingsBoard writes it",
        description=KEPT + "One message, a list of them, or the gateway's form by device, "
        "which may name the signing logger only. `temperature` and `door` mean its record "
        "channels.",
        tag="readings",
        query=shapes.Language,
        headers=shapes.SenderHeaders,
        body={contract.JSON: {"oneOf": [FREE_FORM, {"type": "array", "items": FREE_FORM}]}},
        status=ACCEPTED,
        answer=shapes.ReadingsTaken,
        refusals=REFUSALS,
        caller=Caller.DEVICE,
    )
)
def take_thingsboard() -> Response:
    """Take ThingsBoard telemetry of a logger."""
    return _take(IntakeFormat.THINGSBOARD, {contract.JSON})


@pages.post("/readings/jt808")
@public
@operation(
    Operation(
        summary="Hand in JT/T 808 frames",
        description=KEPT + "Position reports and batches of 2013 and 2019, flags and escapes "
        "included; item 0x51 holds the temperatures of channels `t1` to `t8`.",
        tag="readings",
        query=shapes.Language,
        headers=shapes.SenderHeaders,
        body={BYTES: RAW},
        status=ACCEPTED,
        answer=shapes.ReadingsTaken,
        refusals=REFUSALS,
        caller=Caller.DEVICE,
    )
)
def take_jt808() -> Response:
    """Take frames of a vehicle terminal."""
    return _take(IntakeFormat.JT808, {BYTES})


@pages.post("/readings/table")
@public
@operation(
    Operation(
        summary="Hand in a table by a saved column template",
        description=KEPT + "CSV, text with tabs or a workbook; lines that cannot be read are "
        "told, the others taken.",
        tag="readings",
        query=shapes.Declared,
        headers=shapes.SenderHeaders,
        body={CSV: RAW, WORKBOOK: RAW, BYTES: RAW},
        status=ACCEPTED,
        answer=shapes.ReadingsTaken,
        refusals={**REFUSALS, 404: "There is no such template."},
        caller=Caller.DEVICE,
    )
)
def take_table() -> Response:
    """Take a logger's table."""
    declared = contract.read_query(shapes.Declared)
    _expect({CSV, WORKBOOK, BYTES})
    sent = prove()
    with unit_of_work() as session:
        template = find_template(session, declared["template"], device_code=sent.device_code)
    spec, zone = template.spec, declared.get("zone", "")
    return take(sent, read_as(IntakeFormat.TABLE, sent, spec=spec, zone=zone))


def _take(form: IntakeFormat, types: set[str]) -> Response:
    contract.read_query(shapes.Language)
    _expect(types)
    sent = prove()
    return take(sent, read_as(form, sent))


def _expect(types: set[str]) -> None:
    if request.mimetype not in types:
        raise UnsupportedMediaType
