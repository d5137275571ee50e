"""Decoders: pure functions from bytes to readings; hostile bytes end in a refusal."""

from cold_chain.rules.formats import jt808, senml, tables, thingsboard
from cold_chain.values import IntakeFormat
from cold_chain.values.formats import Findings, Sender
from cold_chain.values.tables import TableSpec
from kernel.errors import InvalidError

DECODERS = {
    IntakeFormat.SENML: senml.decode,
    IntakeFormat.THINGSBOARD: thingsboard.decode,
    IntakeFormat.JT808: jt808.decode,
}


def read_body(
    form: IntakeFormat,
    body: bytes,
    sender: Sender,
    *,
    spec: TableSpec | None = None,
    zone: str = "",
) -> Findings:
    """Return what a body in one of the formats says; raises `InvalidError` as a whole."""
    if form in DECODERS:
        return DECODERS[form](body, sender)
    if spec is None:
        raise InvalidError("template_missing", "a table needs a template")
    return tables.decode(body, sender, spec, zone=zone)


__all__ = ["DECODERS", "read_body"]
