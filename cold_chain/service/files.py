"""Files that people hand in: the bytes are kept at once, a task reads them later, once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from cold_chain.models import ColumnTemplate, Device, IntakeFile, RawBlock
from cold_chain.rules.formats import read_body
from cold_chain.rules.formats.cells import find_zone
from cold_chain.service.blocks import Block, append_blocks
from cold_chain.service.intake import lock_devices, take_in
from cold_chain.service.senders import load_sender
from cold_chain.values import FileState, Intake, IntakeFormat, Upload
from cold_chain.values.files import HandedIn, NewFile
from cold_chain.values.formats import Findings, Refused
from cold_chain.values.tables import TableSpec, read_spec
from kernel.errors import InvalidError, NotFoundError, ShanjiError

REFUSALS_KEPT = 5_000
NOTHING_READABLE = "nothing_readable"
TOO_WIDE = "readings_too_wide"
MAX_DAYS = 400
"""Days one file may reach over: every day is a table of its own."""

NEXT = text(
    "SELECT id FROM intake_files WHERE state = 'waiting' ORDER BY id"
    " LIMIT 1 FOR UPDATE SKIP LOCKED"
)
BLOCK = text("SELECT id FROM raw_blocks WHERE device_id = :device_id AND seq = :seq")
OPEN_FILE = text(
    "SELECT id FROM intake_files WHERE block_id = :block_id AND state <> 'refused'"
)
DONE = text(
    """
UPDATE intake_files SET state = :state, done_at = :at, problem = :problem,
    rows_read = :rows_read, rows_refused = :rows_refused, stored = :stored, known = :known,
    conflicts = :conflicts, quarantined = :quarantined, clock_faults = :clock_faults,
    refusals = CAST(:refusals AS jsonb)
WHERE id = :id
"""
)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A file that is to be read now."""

    id: int
    format: IntakeFormat
    zone: str
    spec: TableSpec | None
    block: Block


def keep_file(session: Session, new: NewFile) -> HandedIn:
    """Keep a file as the next raw block of its device, to be read by a task.

    The same bytes again for the same device are the file that is there; one that was refused
    may be handed in again, for instance with another template. Locks the device.
    """
    if (new.format is IntakeFormat.TABLE) != (new.template_id is not None):
        raise InvalidError("template_missing", "tables need a template, others have none")
    if new.zone and find_zone(new.zone) is None:
        raise InvalidError("zone_unknown", f"no zone {new.zone}", zone=new.zone)
    devices = lock_devices(session, [new.device_code])
    upload = Upload(device_code=new.device_code, body=new.body, received_at=new.at, readings=())
    (block,) = append_blocks(session, devices, [upload])
    block_id = block.id or session.scalar(
        BLOCK, {"device_id": block.device_id, "seq": block.seq}
    )
    known = session.scalar(OPEN_FILE, {"block_id": block_id})
    if known is not None:
        return HandedIn(file_id=known, is_repeated=True)
    file_id = session.scalar(
        insert(IntakeFile)
        .values(
            block_id=block_id,
            file_name=new.file_name,
            format=new.format,
            template_id=new.template_id,
            zone=new.zone,
            uploaded_by=new.actor,
            uploaded_at=new.at,
            state=FileState.WAITING,
        )
        .returning(IntakeFile.id)
    )
    return HandedIn(file_id=file_id or 0, is_repeated=False)


def read_next_file(session: Session, *, at: datetime) -> int | None:
    """Read the file that waits longest, whole or not at all; return its id, or None.

    A file another worker reads is left to it. What cannot be read is told line by line.
    """
    found = session.scalar(NEXT)
    if found is None:
        return None
    file_id = int(found)
    waiting = _load(session, file_id)
    findings = Findings()
    try:
        findings = _decode(session, waiting)
        if problem := _problem(findings):
            _finish(session, waiting, findings, None, at=at, problem=problem)
            return file_id
        with session.begin_nested():
            (taken,) = take_in(session, [waiting.block], findings)
    except ShanjiError as error:
        _finish(session, waiting, findings, None, at=at, problem=error.code)
    else:
        _finish(session, waiting, findings, taken, at=at)
    return file_id


def _load(session: Session, file_id: int) -> _Waiting:
    row = session.execute(
        select(
            IntakeFile.format,
            IntakeFile.zone,
            ColumnTemplate.spec,
            RawBlock.id,
            RawBlock.seq,
            RawBlock.device_id,
            RawBlock.body,
            RawBlock.received_at,
            Device.code,
        )
        .join(RawBlock, RawBlock.id == IntakeFile.block_id)
        .join(Device, Device.id == RawBlock.device_id)
        .join(ColumnTemplate, ColumnTemplate.id == IntakeFile.template_id, isouter=True)
        .where(IntakeFile.id == file_id)
    ).one_or_none()
    if row is None:
        raise NotFoundError("intake_file_not_found", f"no file {file_id}", file_id=file_id)
    upload = Upload(
        device_code=row.code, body=bytes(row.body), received_at=row.received_at, readings=()
    )
    block = Block(upload, row.id, row.device_id, row.seq, is_repeated=False)
    spec = None if row.spec is None else read_spec(row.spec)
    return _Waiting(file_id, row.format, row.zone, spec, block)


def _decode(session: Session, waiting: _Waiting) -> Findings:
    upload = waiting.block.upload
    sender = load_sender(session, upload.device_code, received_at=upload.received_at)
    return read_body(waiting.format, upload.body, sender, spec=waiting.spec, zone=waiting.zone)


def _problem(findings: Findings) -> str:
    if not findings.readings and not findings.doors:
        return NOTHING_READABLE
    days = {one.at.date() for one in findings.readings}
    return TOO_WIDE if len(days) > MAX_DAYS else ""


def _finish(
    session: Session,
    waiting: _Waiting,
    findings: Findings,
    taken: Intake | None,
    *,
    at: datetime,
    problem: str = "",
) -> None:
    session.execute(
        DONE,
        {
            "id": waiting.id,
            "state": FileState.REFUSED if problem else FileState.READ,
            "at": at,
            "problem": problem,
            "rows_read": findings.rows,
            "rows_refused": len(findings.refused),
            "stored": taken.stored if taken else 0,
            "known": taken.known if taken else 0,
            "conflicts": taken.conflicts if taken else 0,
            "quarantined": taken.quarantined if taken else 0,
            "clock_faults": taken.clock_faults if taken else 0,
            "refusals": _written(findings.refused[:REFUSALS_KEPT]),
        },
    )


def _written(refused: Sequence[Refused]) -> str:
    rows: list[Any] = [[one.place, one.code, _storable(one.text)] for one in refused]
    return msgspec.json.encode(rows).decode()


def _storable(words: str) -> str:
    """Return words without what the database cannot hold."""
    return words.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")
