"""Tables in and out: an upload is read or refused, and what was written comes back."""

from contextlib import suppress
from datetime import date, datetime
from functools import cache
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from households.rules import cells
from households.values import (
    OFFICIAL_TERMS,
    Baseline,
    HouseholdCategory,
    HouseholdId,
    MeasureKind,
    Monitoring,
    RiskStatus,
)
from households.values.imports import Known
from kernel.errors import InvalidError
from shop.oversight.register_tables import (
    register_rows,
    to_csv,
    to_text,
    to_workbook,
)
from shop.uploads import read_rows

TERMS = {category: term for term, category in OFFICIAL_TERMS.items()}
HOSTILE = "=HYPERLINK(1)"


def a_known(**changes: object) -> Known:
    values: dict[str, object] = {
        "id": HouseholdId("H0001"),
        "village_code": "500156204203",
        "members": 3,
        "labour": 1,
        "is_relocated": True,
        "category": HouseholdCategory.BORDERLINE,
        "category_since": date(2021, 1, 1),
        "baselines": {
            2021: Baseline(
                year=2021,
                wage_minor=2_038_644,
                operating_gross_minor=1,
                operating_cost_minor=0,
                property_minor=110_050,
                transfer_minor=-1_230,
            )
        },
        "risks": {
            date(2021, 2, 1): Monitoring(
                risk_type=HOSTILE,
                recognised_on=date(2021, 2, 1),
                status=RiskStatus.ELIMINATED,
                eliminated_on=date(2022, 2, 1),
            )
        },
        "measures": frozenset({(MeasureKind.JOB, date(2025, 1, 5))}),
    }
    return Known(**(values | changes))  # type: ignore[arg-type]


@cache
def a_workbook() -> bytes:
    return to_workbook(rows_of(a_known()))


def rows_of(known: Known) -> list[dict[str, str]]:
    return [dict(row) for row in register_rows([known], TERMS, {"500156204203": "@村"})]


@pytest.mark.parametrize("write", [to_csv, to_workbook])
def test_a_file_written_reads_back_cell_by_cell(write: object) -> None:
    rows = rows_of(a_known())
    read = read_rows(write(rows))  # type: ignore[operator]

    for column in cells.REGISTER_COLUMNS:
        line = cells.Line(2, read[0], [])
        wanted = rows[0][column]
        if column in {cells.WAGE, cells.GROSS, cells.COST, cells.PROPERTY, cells.TRANSFER}:
            assert line.amount(column) == cells.Line(2, rows[0], []).amount(column)
        elif column != cells.MEDICAL:
            assert (column, line.text(column)) == (column, wanted)


def test_no_cell_of_a_file_is_a_formula() -> None:
    rows = rows_of(a_known())

    assert f"'{HOSTILE}" in to_csv(rows).decode()
    assert ",=" not in to_csv(rows).decode()
    sheet = load_workbook(BytesIO(to_workbook(rows))).worksheets[0]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}


def test_a_workbook_of_an_office_is_read_with_its_days_and_numbers() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([cells.HOUSEHOLD, cells.SINCE, cells.MEMBERS, cells.WAGE, None])
    sheet.append(["H0001", datetime(2026, 1, 1), 3, 20386.44, None])  # noqa: DTZ001 -- as Excel
    sheet.append([None, None, None, None, None])
    target = BytesIO()
    book.save(target)

    (row,) = read_rows(target.getvalue())

    assert dict(row) == {
        cells.HOUSEHOLD: "H0001",
        cells.SINCE: "2026-01-01",
        cells.MEMBERS: "3",
        cells.WAGE: "20386.44",
    }


def test_chinese_of_an_older_office_is_read() -> None:
    assert read_rows("户编号,依据\nH0001,调整\n".encode("gb18030"))[0]["依据"] == "调整"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "file_unreadable"),
        (b"\xff\xff\xff\xff", "file_unreadable"),
        (b"PK\x03\x04 no archive", "file_unreadable"),
        (b'"open', "file_unreadable"),
        (b"a,a\n1,2\n", "file_headings_unclear"),
        (b"a,,b\n1,2,3\n", "file_headings_unclear"),
        (b"a\n1,2\n", "file_headings_unclear"),
        (b"a\n\x00\n", "file_unreadable"),
        (b"x" * (2 * 1024 * 1024 + 1), "file_too_large"),
        (b"a\n" * 6_000, "file_unreadable"),
    ],
)
def test_what_is_no_table_is_refused(body: bytes, code: str) -> None:
    with pytest.raises(InvalidError) as refused:
        read_rows(body)

    assert refused.value.code == code


@given(st.binary(max_size=400) | st.binary(max_size=400).map(lambda rest: b"PK\x03\x04" + rest))
def test_no_bytes_break_the_reading(body: bytes) -> None:
    try:
        rows = read_rows(body)
    except InvalidError:
        return
    assert all(isinstance(cell, str) for row in rows for cell in row.values())


@given(st.data())
def test_a_spoilt_workbook_is_read_or_refused(data: st.DataObject) -> None:
    body = bytearray(a_workbook())
    for _ in range(data.draw(st.integers(1, 8))):
        body[data.draw(st.integers(4, len(body) - 1))] = data.draw(st.integers(0, 255))
    with suppress(InvalidError):
        assert isinstance(read_rows(bytes(body)), list)


@given(
    st.lists(
        st.fixed_dictionaries({"a": st.text(max_size=9), "b": st.text(max_size=9)}),
        min_size=1,
        max_size=4,
    )
)
def test_the_second_half_of_an_import_carries_the_same_rows(rows: list[dict[str, str]]) -> None:
    try:
        again = read_rows(to_text(rows).encode("utf-8", "replace"))
    except InvalidError:
        return
    for row, second in zip(rows, again, strict=False):
        for key, value in second.items():
            written = row[key].encode("utf-8", "replace").decode()
            assert value.replace("\r\n", "\n").replace("\r", "\n") == written.replace(
                "\r\n", "\n"
            ).replace("\r", "\n")
