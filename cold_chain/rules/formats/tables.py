"""Logger files in columns, read by a template: CSV, text with tabs, workbooks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from cold_chain.rules.formats import checksums
from cold_chain.rules.formats.cells import clean, find_zone, read_centi, read_moment
from cold_chain.rules.formats.sheets import Line, Sheet, read_sheet
from cold_chain.values import ChannelKind, DoorSeen, Measured
from cold_chain.values.formats import Findings, Refused, Sender
from cold_chain.values.tables import Checksum, TableSpec, ValueColumn
from kernel.errors import InvalidError

SHOWN = 200
MIDNIGHT = " 00:00:00"
OPEN = frozenset({"1", "open", "opened", "true", "yes", "on", "开", "打开", "开门", "是"})
SHUT = frozenset({"0", "closed", "close", "false", "no", "off", "关", "关闭", "关门", "否"})


@dataclass(frozen=True, slots=True)
class _Plan:
    """The template with its columns found and its zone known."""

    spec: TableSpec
    sender: Sender
    zone: tzinfo | None
    separator: str
    values: tuple[tuple[int, ValueColumn], ...]
    moment: tuple[int, ...]
    status: int | None
    event: int | None


def decode(body: bytes, sender: Sender, spec: TableSpec, *, zone: str = "") -> Findings:
    """Return what a file says of the sender's channels, line by line.

    `zone` is what the uploader declared; it goes before the template's. Raises `InvalidError`
    where the file as a whole does not fit the template.
    """
    _check_channels(spec, sender)
    sheet = read_sheet(body, spec)
    declared = zone or spec.zone
    known = find_zone(declared) if declared else None
    if declared and known is None:
        raise InvalidError("zone_unknown", f"no zone {declared}", zone=declared)
    return _read(sheet, spec, sender, known)


def _read(sheet: Sheet, spec: TableSpec, sender: Sender, zone: tzinfo | None) -> Findings:
    findings = Findings()
    plan = None if spec.heading_line else _plan([], spec, sender, zone, sheet.separator)
    first = spec.first_line or spec.heading_line + 1
    for line in sheet.lines:
        if line.number == spec.heading_line:
            plan = _plan(line.cells, spec, sender, zone, sheet.separator)
        elif line.number >= first and plan is not None:
            findings.rows += 1
            _take(findings, line, plan)
    if plan is None:
        raise InvalidError("table_empty", "there is no line with headings")
    return findings


def _check_channels(spec: TableSpec, sender: Sender) -> None:
    for one in spec.values:
        if one.channel not in sender.channels:
            raise InvalidError(
                "template_channel_unknown", f"no channel {one.channel}", channel=one.channel
            )


def _plan(
    headings: Sequence[str],
    spec: TableSpec,
    sender: Sender,
    zone: tzinfo | None,
    separator: str,
) -> _Plan:
    names = [clean(heading).lower() for heading in headings]

    def find(column: str) -> int:
        if column.startswith("#") and column[1:].isascii() and column[1:].isdigit():
            return int(column[1:]) - 1 if int(column[1:]) else 0
        try:
            return names.index(clean(column).lower())
        except ValueError as error:
            raise InvalidError(
                "table_column_missing", f"no column {column}", column=column
            ) from error

    moment = [spec.time] if spec.time else [spec.date, spec.clock]
    if not all(moment):
        raise InvalidError("template_time_missing", "no column of moments is named")
    return _Plan(
        spec=spec,
        sender=sender,
        zone=zone,
        separator=separator,
        values=tuple((find(one.column), one) for one in spec.values),
        moment=tuple(find(column) for column in moment),
        status=find(spec.status) if spec.status else None,
        event=find(spec.event) if spec.event else None,
    )


def _take(findings: Findings, line: Line, plan: _Plan) -> None:
    spec = plan.spec
    if plan.event is not None and _cell(line, plan.event) not in spec.event_codes:
        findings.ignored += 1
        return
    problem = _fault(line, plan)
    if problem:
        findings.refused.append(_refuse(line, problem))
        return
    read = read_moment(_moment(line, plan), spec.order, plan.zone)
    if read.at is None:
        findings.refused.append(_refuse(line, read.problem))
        return
    for index, column in plan.values:
        _take_value(findings, line, read.at, _cell(line, index), plan, column)


def _moment(line: Line, plan: _Plan) -> str:
    """Return the text of a line's moment; a workbook's days carry a midnight of their own."""
    if len(plan.moment) == 1:
        return _cell(line, plan.moment[0])
    day, clock = (_cell(line, index) for index in plan.moment)
    return f"{day.removesuffix(MIDNIGHT)} {clock}".strip()


def _fault(line: Line, plan: _Plan) -> str:
    """Return why a line may not be believed at all; empty when it may."""
    spec = plan.spec
    if spec.checksum not in {Checksum.NONE, Checksum.UNCHECKED} and not checksums.is_right(
        spec.checksum, line.raw, plan.separator
    ):
        return "checksum_wrong"
    good = {word.casefold() for word in spec.status_good}
    if plan.status is not None and _cell(line, plan.status).casefold() not in good:
        return "status_not_valid"
    return ""


def _take_value(  # noqa: PLR0917 -- one value with all that is known of it
    findings: Findings,
    line: Line,
    at: datetime,
    cell: str,
    plan: _Plan,
    column: ValueColumn,
) -> None:
    if not cell:
        findings.ignored += 1
    elif plan.sender.channels[column.channel] is ChannelKind.DOOR:
        word = cell.lower()
        if word in OPEN or word in SHUT:
            findings.doors.append(DoorSeen(column.channel, at, word in OPEN))
        else:
            findings.refused.append(_refuse(line, "door_unreadable"))
    else:
        centi = read_centi(
            cell,
            unit=column.unit,
            has_comma=plan.spec.has_decimal_comma,
            divisor=column.divisor,
        )
        if centi is None:
            findings.refused.append(_refuse(line, "value_unreadable"))
        else:
            findings.readings.append(Measured(column.channel, at, centi))


def _cell(line: Line, index: int) -> str:
    return clean(line.cells[index]) if index < len(line.cells) else ""


def _refuse(line: Line, code: str) -> Refused:
    return Refused(line.number, code, (line.raw or " | ".join(line.cells))[:SHOWN])
