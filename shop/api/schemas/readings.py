"""Shapes of what loggers send and what they are told; the hot path reads by msgspec."""

from typing import Annotated

import msgspec
from marshmallow import fields
from msgspec import UNSET, Meta, UnsetType

from shop.api.schemas.catalog import Language
from shop.api.schemas.fields import CODE, MAX_CODE, Shape, text
from shop.api.schemas.keys import OptionalKey

MAX_READINGS = 10_000
LAST_SECOND = 253_402_300_799
"""The end of the year 9999: later moments cannot be written down."""

CENTI_BOUND = 1_000_000
VALUE_BOUND = 10_000.0
SENML_VERSION = 10
MAX_NAME = 200
NONCE = r"^[!-~]+$"
SIGNATURE = r"^[0-9a-f]{64}$"
SECONDS = r"^(0|[1-9][0-9]{0,11})$"

Channel = Annotated[str, Meta(pattern=CODE, max_length=MAX_CODE, description="Channel code.")]
Second = Annotated[int, Meta(ge=0, le=LAST_SECOND, description="Seconds since 1970 UTC.")]
Centi = Annotated[
    int,
    Meta(ge=-CENTI_BOUND, le=CENTI_BOUND, description="Hundredths of a degree Celsius."),
]
Name = Annotated[str, Meta(max_length=MAX_NAME, pattern=r"^[-A-Za-z0-9:._/]*$")]
Time = Annotated[float, Meta(ge=-float(LAST_SECOND), le=float(LAST_SECOND))]
Value = Annotated[float, Meta(ge=-VALUE_BOUND, le=VALUE_BOUND)]
Unit = Annotated[str, Meta(max_length=16)]
Words = Annotated[str, Meta(max_length=10_000)]


class CompactReadings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The house's short form: rows of [channel, second, value], at most 10,000 together."""

    readings: Annotated[list[tuple[Channel, Second, Centi]], Meta(max_length=MAX_READINGS)] = []
    doors: Annotated[list[tuple[Channel, Second, bool]], Meta(max_length=MAX_READINGS)] = []


class SenMLRecord(msgspec.Struct, frozen=True):
    """One record of a SenML pack (RFC 8428); temperatures in `Cel` or `K`, doors by `vb`.

    Labels nobody knows are passed over, unless they end in `_`.
    """

    bver: Annotated[int, Meta(ge=1, le=SENML_VERSION)] | UnsetType = UNSET
    bn: Name | UnsetType = UNSET
    bt: Time | UnsetType = UNSET
    bu: Unit | UnsetType = UNSET
    bv: Value | UnsetType = UNSET
    bs: Value | UnsetType = UNSET
    n: Name | UnsetType = UNSET
    u: Unit | UnsetType = UNSET
    v: Value | UnsetType = UNSET
    vb: bool | UnsetType = UNSET
    vs: Words | UnsetType = UNSET
    vd: Words | UnsetType = UNSET
    s: Value | UnsetType = UNSET
    t: Time | UnsetType = UNSET
    ut: Time | UnsetType = UNSET


SenMLPack = Annotated[list[SenMLRecord], Meta(min_length=1, max_length=MAX_READINGS)]


class SignatureHeaders(Shape):
    """How a logger proves that it is the sender.

    The signature is the hexadecimal HMAC-SHA256, by the device's secret, of the timestamp, a
    line feed, the nonce, a line feed and the body.
    """

    device_code = text(
        MAX_CODE,
        pattern=CODE,
        required=True,
        data_key="X-Device",
        metadata={"description": "Code of the logger."},
    )
    timestamp = text(
        12,
        pattern=SECONDS,
        required=True,
        data_key="X-Timestamp",
        metadata={"description": "Seconds since 1970 at signing; at most ten minutes off."},
    )
    nonce = text(
        64,
        minimum=8,
        pattern=NONCE,
        required=True,
        data_key="X-Nonce",
        metadata={"description": "Fresh for every request, also when the body is repeated."},
    )
    signature = text(
        64,
        minimum=64,
        pattern=SIGNATURE,
        required=True,
        data_key="X-Signature",
        metadata={
            "description": "Lower-case hexadecimal HMAC-SHA256 by the logger's secret of "
            "`X-Timestamp`, line feed, `X-Nonce`, line feed, body."
        },
    )


class SenderHeaders(SignatureHeaders, OptionalKey):
    """The signature, and a key for loggers that want the very same answer again."""


class RefusedRecord(Shape):
    """A record, frame or line that was not taken."""

    place = fields.Integer(
        required=True,
        metadata={"description": "Line from 1; record, message or frame from 0."},
    )
    code = fields.String(required=True, metadata={"description": "Why, as a stable code."})


class ReadingsTaken(Shape):
    """What became of an upload."""

    block = fields.Integer(
        required=True,
        attribute="seq",
        metadata={"description": "Its number in the logger's chain of raw blocks."},
    )
    is_repeated = fields.Boolean(
        required=True,
        metadata={"description": "These bytes were received before; nothing was stored."},
    )
    stored = fields.Integer(
        required=True, metadata={"description": "New readings, quarantined ones included."}
    )
    duplicate = fields.Integer(
        required=True,
        attribute="known",
        metadata={"description": "Readings that were there already."},
    )
    conflict = fields.Integer(
        required=True,
        attribute="conflicts",
        metadata={"description": "Another value for a moment that has one; the first is kept."},
    )
    quarantined = fields.Integer(
        required=True, metadata={"description": "Values that are kept but not used."}
    )
    clock_faults = fields.Integer(
        required=True, metadata={"description": "Readings whose moment cannot be believed."}
    )
    refused = fields.Integer(
        required=True,
        metadata={"description": "Records, frames or lines that could not be read."},
    )
    ignored = fields.Integer(
        required=True,
        metadata={"description": "Values that are neither temperatures nor doors."},
    )
    refusals = fields.List(
        fields.Nested(RefusedRecord),
        required=True,
        metadata={"description": "The first of the refused, at most 20."},
    )


class Declared(Language):
    """What the sender of a table declares."""

    template = text(
        MAX_CODE,
        pattern=CODE,
        required=True,
        metadata={"description": "Code of the column template; its newest version counts."},
    )
    zone = text(
        MAX_CODE,
        metadata={"description": "Zone of moments that name none, such as Asia/Shanghai."},
    )


__all__ = [
    "CompactReadings",
    "Declared",
    "Language",
    "ReadingsTaken",
    "SenMLPack",
    "SenMLRecord",
    "SenderHeaders",
    "SignatureHeaders",
]
