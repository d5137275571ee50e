"""Cross tables whose parts always equal the total."""

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from reporting.rules import tables
from reporting.values import (
    NOWHERE,
    Amounts,
    CrossTable,
    Dimension,
    VolumeCell,
    VolumeFilter,
    VolumeReport,
)

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
FILTER = VolumeFilter(
    scope="500156", since=MAY, until=JUNE, as_of=datetime(2026, 7, 1, tzinfo=UTC)
)
CELLS = st.lists(
    st.builds(
        VolumeCell,
        st.sampled_from([MAY, JUNE]),
        st.sampled_from(["A", "B", NOWHERE]),
        st.sampled_from(["X", "Y"]),
        st.builds(Amounts, st.integers(0, 10**9), st.integers(-(10**9), 0)),
    ),
    max_size=12,
)


def a_report(*cells: VolumeCell) -> VolumeReport:
    return VolumeReport(FILTER, cells, tables.add_up(cell.amounts for cell in cells))


def by_place_and_month(report: VolumeReport) -> CrossTable:
    return tables.cross(
        report,
        rows=(Dimension.PLACE, ["A", "B"]),
        columns=(Dimension.MONTH, ["2026-05", "2026-06"]),
    )


def test_months_are_listed_across_the_turn_of_the_year() -> None:
    assert tables.months_between(date(2025, 11, 1), date(2026, 1, 1)) == [
        "2025-11",
        "2025-12",
        "2026-01",
    ]


def test_a_span_that_ends_before_it_begins_has_no_months() -> None:
    assert tables.months_between(JUNE, MAY) == []


def test_goods_without_a_listed_place_are_the_residual() -> None:
    table = by_place_and_month(
        a_report(
            VolumeCell(MAY, "A", "X", Amounts(500)),
            VolumeCell(JUNE, NOWHERE, "X", Amounts(70, -20)),
        )
    )

    assert table.residual == Amounts(70, -20)
    assert table.residual_by_column["2026-06"].net_minor == 50
    assert table.column_totals["2026-06"].net_minor == 50
    assert table.total.net_minor == 550


@given(CELLS)
def test_rows_columns_and_residual_always_make_the_total(cells: list[VolumeCell]) -> None:
    table = by_place_and_month(a_report(*cells))

    assert tables.add_up(table.row_totals.values()) + table.residual == table.total
    assert tables.add_up(table.column_totals.values()) == table.total
    assert tables.add_up(table.residual_by_column.values()) == table.residual
