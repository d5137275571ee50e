"""Files that were handed in, the templates that read them, and what was set aside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, defer

from cold_chain.models import ColumnTemplate, Device, IntakeFile, RawBlock
from cold_chain.values import FileState, IntakeFormat
from cold_chain.values.tables import TableSpec, read_spec
from kernel.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """One version of a column template."""

    template_id: int
    code: str
    version: int
    name: str
    name_en: str
    organisation_code: str | None
    made_by: str
    made_at: datetime
    spec: TableSpec


@dataclass(frozen=True, slots=True)
class FileRow:
    """One file and what became of it."""

    file_id: int
    device_code: str
    seq: int
    sha256: str
    bytes: int
    file_name: str
    format: IntakeFormat
    template_code: str | None
    template_version: int | None
    zone: str
    uploaded_by: str
    uploaded_at: datetime
    state: FileState
    done_at: datetime | None
    problem: str
    rows_read: int
    rows_refused: int
    stored: int
    known: int
    conflicts: int
    quarantined: int
    clock_faults: int


def list_templates(session: Session) -> list[TemplateRow]:
    """Return the newest version of every template by code."""
    return [
        _template(row)
        for row in session.scalars(
            select(ColumnTemplate)
            .ext(distinct_on(ColumnTemplate.code))
            .order_by(ColumnTemplate.code, ColumnTemplate.version.desc())
        )
    ]


def find_template(session: Session, code: str, *, device_code: str) -> TemplateRow:
    """Return the newest version of a template a device may use.

    Raises `NotFoundError` where it is another organisation's.
    """
    owner = select(Device.organisation_code).where(Device.code == device_code)
    row = session.scalar(
        select(ColumnTemplate)
        .where(
            ColumnTemplate.code == code,
            or_(
                ColumnTemplate.organisation_code.is_(None),
                ColumnTemplate.organisation_code == owner.scalar_subquery(),
            ),
        )
        .order_by(ColumnTemplate.version.desc())
        .limit(1)
    )
    if row is None:
        raise NotFoundError("template_not_found", f"no template {code}", template_code=code)
    return _template(row)


def list_files(
    session: Session, *, before: int | None = None, limit: int = 25
) -> list[FileRow]:
    """Return files, newest first, in one statement."""
    statement = _files().order_by(IntakeFile.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(IntakeFile.id < before)
    return [_file(row) for row in session.execute(statement)]


def get_file(session: Session, file_id: int) -> FileRow:
    """Return one file; raises `NotFoundError`."""
    row = session.execute(_files().where(IntakeFile.id == file_id)).one_or_none()
    if row is None:
        raise _file_unknown(file_id)
    return _file(row)


def list_refusals(session: Session, file_id: int) -> Sequence[tuple[int, str, str]]:
    """Return the refused rows of a file as line, code and text."""
    rows = session.scalar(select(IntakeFile.refusals).where(IntakeFile.id == file_id))
    if rows is None:
        raise _file_unknown(file_id)
    return [(int(line), str(code), str(words)) for line, code, words in rows]


def get_bytes(session: Session, file_id: int) -> bytes:
    """Return a file as it was handed in."""
    body = session.scalar(
        select(RawBlock.body)
        .join(IntakeFile, IntakeFile.block_id == RawBlock.id)
        .where(IntakeFile.id == file_id)
    )
    if body is None:
        raise _file_unknown(file_id)
    return bytes(body)


def _file_unknown(file_id: int) -> NotFoundError:
    return NotFoundError("intake_file_not_found", f"no file {file_id}", file_id=file_id)


def _files() -> Any:
    return (
        select(
            IntakeFile,
            Device.code,
            RawBlock.seq,
            RawBlock.sha256,
            func.octet_length(RawBlock.body).label("bytes"),
            ColumnTemplate.code.label("template_code"),
            ColumnTemplate.version,
        )
        .join(RawBlock, RawBlock.id == IntakeFile.block_id)
        .join(Device, Device.id == RawBlock.device_id)
        .join(ColumnTemplate, ColumnTemplate.id == IntakeFile.template_id, isouter=True)
        .options(defer(IntakeFile.refusals, raiseload=True))
    )


def _file(row: Any) -> FileRow:
    file: IntakeFile = row.IntakeFile
    return FileRow(
        file_id=file.id,
        device_code=row.code,
        seq=row.seq,
        sha256=bytes(row.sha256).hex(),
        bytes=row.bytes,
        file_name=file.file_name,
        format=file.format,
        template_code=row.template_code,
        template_version=row.version,
        zone=file.zone,
        uploaded_by=file.uploaded_by,
        uploaded_at=file.uploaded_at,
        state=file.state,
        done_at=file.done_at,
        problem=file.problem,
        rows_read=file.rows_read,
        rows_refused=file.rows_refused,
        stored=file.stored,
        known=file.known,
        conflicts=file.conflicts,
        quarantined=file.quarantined,
        clock_faults=file.clock_faults,
    )


def _template(row: ColumnTemplate) -> TemplateRow:
    return TemplateRow(
        template_id=row.id,
        code=row.code,
        version=row.version,
        name=row.name,
        name_en=row.name_en,
        organisation_code=row.organisation_code,
        made_by=row.made_by,
        made_at=row.made_at,
        spec=read_spec(row.spec),
    )
