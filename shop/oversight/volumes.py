"""Purchase volume by month, place and channel: table, chart and the lines behind a figure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from kernel.access import requires
from kernel.db import unit_of_work
from kernel.errors import InvalidError, NotFoundError
from kernel.paging import cut, decode_key, encode_key
from parties import queries as party_queries
from parties.values import Role
from reporting import volumes
from reporting.rules import tables
from reporting.values import (
    DEFINITION,
    NOWHERE,
    Amounts,
    CrossTable,
    Dimension,
    Part,
    Place,
    VolumeLine,
    VolumeReport,
)
from shop.i18n import bilingual
from shop.oversight import filters
from shop.oversight.definitions import volume_definition
from shop.oversight.filters import Asked
from shop.oversight.scopes import Scope, current_scope

pages = Blueprint("oversight_volumes", __name__)

PAGE_SIZE = 48
CHART_SERIES = 5
"""As many rows stand in the chart on their own; the rest are drawn as one."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything a volume page, chart or file is made of."""

    scope: Scope
    asked: Asked
    region: Place
    """The region the rows lie in."""
    choices: tuple[Place, ...]
    """The places one may narrow the report to."""
    places: tuple[Place, ...]
    """The rows, where rows are places."""
    channels: Mapping[str, str]
    report: VolumeReport
    outside: VolumeReport | None

    def codes(self, dimension: Dimension) -> list[str]:
        """Return every code of a dimension in its printed order."""
        if dimension is Dimension.MONTH:
            return self.asked.months
        if dimension is Dimension.PLACE:
            return [place.code for place in self.places]
        return list(self.channels)

    def table(self, by: str) -> CrossTable:
        """Return one of the cross tables of `filters.VIEWS`."""
        rows, columns = filters.VIEWS[by]
        return tables.cross(
            self.report,
            rows=(rows, self.codes(rows)),
            columns=(columns, self.codes(columns)),
        )

    def label(self, dimension: Dimension, code: str) -> str:
        """Return what a code is called."""
        if dimension is Dimension.CHANNEL:
            return self.channels.get(code, code)
        if dimension is Dimension.PLACE:
            return next(
                (place_name(place) for place in self.places if place.code == code), code
            )
        return code


def place_name(place: Place) -> str:
    """Return a place's name in the reader's language."""
    return bilingual(place.name, place.name_en)


@pages.get("/volumes")
@requires(Role.OFFICIAL)
def show() -> str:
    """Show one cross table of the region's purchase volume with its chart."""
    with unit_of_work() as session:
        figures = gather(session)
    asked = figures.asked
    rows, columns = filters.VIEWS[asked.by]
    return render_template(
        "oversight/volumes/show.html",
        figures=figures,
        table=figures.table(asked.by),
        rows=rows,
        columns=columns,
        arguments=filters.arguments(asked),
        definition=DEFINITION,
        volume_words=volume_definition(),
        address=lambda endpoint, **changes: _address(endpoint, asked, **changes),
        cell_address=lambda row, column: _cell_address(asked, row, column),
    )


@pages.get("/volumes.json")
@requires(Role.OFFICIAL)
def chart() -> ResponseReturnValue:
    """Give the same table as series of a chart, amounts in fen."""
    with unit_of_work() as session:
        figures = gather(session)
    rows, columns = filters.VIEWS[figures.asked.by]
    table = figures.table(figures.asked.by)
    counted = [row for row in table.rows if table.row_totals[row] != Amounts()]
    ranked = sorted(counted, key=lambda row: (-table.row_totals[row].net_minor, row))
    drawn, rest = ranked[:CHART_SERIES], ranked[CHART_SERIES:]
    series = [
        {
            "name": figures.label(rows, row),
            "values": [_net(table, row, column) for column in table.columns],
        }
        for row in drawn
    ]
    left_over = [
        sum(_net(table, row, column) for row in rest)
        + table.residual_by_column[column].net_minor
        for column in table.columns
    ]
    if any(left_over):
        series.append({"name": _("其余"), "values": left_over})
    return {
        "categories": [figures.label(columns, column) for column in table.columns],
        "series": series if table.total.paid_minor else [],
        "unit": "fen",
        "stacked": True,
        "total_minor": table.total.net_minor,
        "definition": DEFINITION,
    }


@pages.get("/volumes/lines")
@requires(Role.OFFICIAL)
def lines() -> str:
    """Show the order lines behind one figure, newest first."""
    scope = current_scope()
    asked = filters.read(scope)
    with unit_of_work() as session:
        region = _region(session, asked)[0]
        channels = party_queries.list_channels(session)
        amounts = volumes.add_up(session, asked.wanted)
        found = volumes.list_lines(
            session, asked.wanted, after=_line_key(asked.after), limit=PAGE_SIZE + 1
        )
    return render_template(
        "oversight/volumes/lines.html",
        scope=scope,
        asked=asked,
        region=region,
        channels={code: bilingual(name, english) for code, name, english in channels},
        amounts=amounts,
        page=cut(found, PAGE_SIZE, _key_of),
        definition=DEFINITION,
        volume_words=volume_definition(),
        address=lambda endpoint, **changes: _address(endpoint, asked, **changes),
    )


def gather(session: Session) -> Figures:
    """Read everything a volume page needs in at most five statements."""
    scope = current_scope()
    asked = filters.read(scope)
    if asked.wanted.place == NOWHERE or asked.wanted.part is Part.OUTSIDE:
        raise InvalidError(
            "report_filter_invalid", "this part is only shown line by line", field="place"
        )
    around = _region(session, asked)
    choices = around
    if asked.focus != scope.code:
        choices = tuple(volumes.list_places(session, scope.code))
    outside = None
    if scope.is_district and asked.focus == scope.code:
        outside = volumes.count(session, replace(asked.wanted, part=Part.OUTSIDE))
    channels = party_queries.list_channels(session)
    return Figures(
        scope=scope,
        asked=asked,
        region=around[0],
        choices=choices[1:],
        places=around[1:] or around,
        channels={code: bilingual(name, english) for code, name, english in channels},
        report=volumes.count(session, asked.wanted),
        outside=outside,
    )


def _region(session: Session, asked: Asked) -> tuple[Place, ...]:
    """Return the region asked about, followed by the places below it."""
    places = tuple(volumes.list_places(session, asked.focus))
    if not places:
        raise NotFoundError("region_not_found", f"no region {asked.focus}", code=asked.focus)
    return places


def _net(table: CrossTable, row: str, column: str) -> int:
    amounts = table.cells.get((row, column))
    return amounts.net_minor if amounts else 0


def _address(endpoint: str, asked: Asked, **changes: str | None) -> str:
    values: dict[str, Any] = filters.arguments(asked, **changes)
    return url_for(f"oversight_volumes.{endpoint}", **values)


def _cell_address(asked: Asked, row: str | None, column: str | None) -> str:
    """Return where the lines behind a cell, a row total, a column total or the total stand."""
    rows, columns = filters.VIEWS[asked.by]
    changes: dict[str, str | None] = {"by": None}
    for dimension, code in ((rows, row), (columns, column)):
        if code is None:
            continue
        if dimension is Dimension.MONTH:
            changes |= {"from": code, "to": code}
        else:
            changes[str(dimension)] = code
    return _address("lines", asked, **changes)


def _line_key(after: str) -> volumes.LineKey | None:
    if not after:
        return None
    at, line_id, kind = decode_key(after, datetime, int, str)
    return at, line_id, kind


def _key_of(line: VolumeLine) -> str:
    return encode_key(line.at.isoformat(), line.order_line_id, line.kind)
