"""Reads a data file row by row against its schema and collects every fault it finds."""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import structs

from kernel.errors import InvalidError

T = TypeVar("T", bound=msgspec.Struct)

HEADER_LINE = 1
SHOWN_FAULTS = 20


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing that is wrong: in which file, row and field, and what."""

    file: str
    row: int
    """The line of a CSV file, the position in a JSON list; 0 for the file as a whole."""
    field: str
    problem: str

    def __str__(self) -> str:
        """Write the fault as one line a person can act on."""
        return f"{self.file} row {self.row} {self.field}: {self.problem}"


class DataFilesError(InvalidError):
    """The data files cannot be loaded; every fault found is in `faults`."""

    def __init__(self, faults: list[Fault]) -> None:
        """Put the faults in the order of files and rows."""
        self.faults = sorted(faults)
        shown = "\n".join(str(fault) for fault in self.faults[:SHOWN_FAULTS])
        rest = len(self.faults) - SHOWN_FAULTS
        more = f"\n… and {rest} more" if rest > 0 else ""
        super().__init__(
            "data_files_invalid",
            f"{len(self.faults)} faults in the data files, nothing was loaded:\n{shown}{more}",
            count=len(self.faults),
        )


@dataclass(frozen=True, slots=True)
class Sheet(Generic[T]):
    """The rows of one file that follow its schema, each with its number."""

    file: str
    numbered: tuple[tuple[int, T], ...]

    def __iter__(self) -> Iterator[T]:
        """Go through the rows without their numbers."""
        return (row for _, row in self.numbered)

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.numbered)

    def fault(self, row: int, field: str, problem: str) -> Fault:
        """Return a fault in this file."""
        return Fault(self.file, row, field, problem)


class Reader:
    """Reads files of one folder and remembers what is wrong with them."""

    def __init__(self, folder: Path) -> None:
        """Begin without faults."""
        self.folder = folder
        self.faults: list[Fault] = []

    def csv(self, file: str, schema: type[T]) -> Sheet[T]:
        """Read a CSV file; an empty cell is an absent value."""
        text = self._text(file)
        lines = csv.DictReader(text.splitlines(), restkey="(too many cells)")
        rows = [
            (number, {name: cell or None for name, cell in raw.items()})
            for number, raw in enumerate(lines, start=HEADER_LINE + 1)
        ]
        return self._sheet(file, rows, schema, strict=False)

    def json(self, file: str, schema: type[T], *, key: str) -> Sheet[T]:
        """Read the list under `key` of a JSON file."""
        found = self.document(file).get(key)
        if not isinstance(found, list):
            if self._is_readable(file):
                self.faults.append(Fault(file, 0, key, "a list is missing"))
            found = []
        rows = list(enumerate(found, start=1))
        return self._sheet(file, rows, schema, strict=True)

    def document(self, file: str) -> dict[str, Any]:
        """Return a whole JSON file, empty when it cannot be read."""
        text = self._text(file)
        if not text:
            return {}
        try:
            found = json.loads(text)
        except ValueError as error:
            self.faults.append(Fault(file, 0, "-", f"no JSON: {error}"))
            return {}
        return found if isinstance(found, dict) else {}

    def finish(self) -> None:
        """Raise `DataFilesError` when anything was wrong."""
        if self.faults:
            raise DataFilesError(self.faults)

    def _text(self, file: str) -> str:
        try:
            return (self.folder / file).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            if self._is_readable(file):
                self.faults.append(Fault(file, 0, "-", f"cannot be read: {error}"))
            return ""

    def _is_readable(self, file: str) -> bool:
        return not any(fault.file == file and fault.row == 0 for fault in self.faults)

    def _sheet(
        self, file: str, rows: list[tuple[int, Any]], schema: type[T], *, strict: bool
    ) -> Sheet[T]:
        good: list[tuple[int, T]] = []
        for number, raw in rows:
            found = _row(raw, schema, strict=strict)
            if isinstance(found, list):
                self.faults += [Fault(file, number, *fault) for fault in found]
            else:
                good.append((number, found))
        return Sheet(file, tuple(good))


def _row(raw: Any, schema: type[T], *, strict: bool) -> T | list[tuple[str, str]]:  # Any: JSON
    if not isinstance(raw, Mapping):
        return [("-", "an object is expected")]
    known = {field.encode_name: field for field in structs.fields(schema)}
    faults = [(str(name), "unknown field") for name in raw if name not in known]
    values: dict[str, Any] = {}
    for name, field in known.items():
        if raw.get(name) is None and not field.required:
            continue
        try:
            values[field.name] = msgspec.convert(raw.get(name), field.type, strict=strict)
        except msgspec.ValidationError as error:
            faults.append(_explained(name, str(error)))
    return faults or schema(**values)


def _explained(name: str, message: str) -> tuple[str, str]:
    """Turn "Expected `int` … - at `$[0].price_fen`" into the field and the problem."""
    problem, _, place = message.partition(" - at `$")
    return name + place.rstrip("`"), problem
