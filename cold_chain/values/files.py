"""What is asked of the intake of files and templates, and what became of it."""

from dataclasses import dataclass
from datetime import datetime

from cold_chain.values.intake import IntakeFormat
from cold_chain.values.tables import TableSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """A file somebody hands in for a device."""

    device_code: str
    body: bytes
    file_name: str
    format: IntakeFormat
    actor: str
    at: datetime
    template_id: int | None = None
    """By which template a table is read; demanded for tables, refused elsewhere."""
    zone: str = ""
    """Zone of moments that name none; goes before the template's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedIn:
    """The file as which bytes are kept."""

    file_id: int
    is_repeated: bool
    """Whether the same bytes had been handed in for the device before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTemplate:
    """A column template to be saved; another spec under a known code is a new version."""

    code: str
    name: str
    spec: TableSpec
    actor: str
    at: datetime
    name_en: str = ""
    organisation_code: str | None = None
    is_sample: bool = False
