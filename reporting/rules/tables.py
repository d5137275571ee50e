"""How the cells of a report become a table whose parts equal its total."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from kernel.clock import next_month
from reporting.values import Amounts, CrossTable, Dimension, VolumeCell, VolumeReport

NOTHING = Amounts()


def cross(
    report: VolumeReport,
    *,
    rows: tuple[Dimension, Sequence[str]],
    columns: tuple[Dimension, Sequence[str]],
) -> CrossTable:
    """Lay two dimensions of a report against each other.

    Cells of rows that are not listed make up the residual, so that rows and residual always
    equal the total; columns are expected to be listed in full.
    """
    row_of, row_codes = rows
    column_of, column_codes = columns
    cells: defaultdict[tuple[str, str], Amounts] = defaultdict(Amounts)
    listed = set(row_codes)
    residuals: defaultdict[str, Amounts] = defaultdict(Amounts)
    for cell in report.cells:
        row, column = cell.key(row_of), cell.key(column_of)
        if row in listed:
            cells[row, column] += cell.amounts
        else:
            residuals[column] += cell.amounts
    row_totals = {
        row: add_up(cells.get((row, column), NOTHING) for column in column_codes)
        for row in row_codes
    }
    column_totals = {
        column: add_up(cells.get((row, column), NOTHING) for row in row_codes)
        + residuals.get(column, NOTHING)
        for column in column_codes
    }
    return CrossTable(
        rows=row_codes,
        columns=column_codes,
        cells=dict(cells),
        row_totals=row_totals,
        column_totals=column_totals,
        residual_by_column={column: residuals.get(column, NOTHING) for column in column_codes},
        residual=report.total - add_up(row_totals.values()),
        total=report.total,
    )


def totals_by(cells: Iterable[VolumeCell], dimension: Dimension) -> dict[str, Amounts]:
    """Return the sum of the cells by one dimension."""
    sums: defaultdict[str, Amounts] = defaultdict(Amounts)
    for cell in cells:
        sums[cell.key(dimension)] += cell.amounts
    return dict(sums)


def add_up(amounts: Iterable[Amounts]) -> Amounts:
    """Return the sum of amounts; of none it is nothing."""
    return sum(amounts, NOTHING)


def months_between(since: date, until: date) -> list[str]:
    """Return every month from the one of `since` to the one of `until` as `2026-11`."""
    months = []
    month = since.replace(day=1)
    while month <= until:
        months.append(f"{month:%Y-%m}")
        month = next_month(month)
    return months
