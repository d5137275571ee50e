"""Logger files in columns: encodings, separators, numbers and moments as they come."""

from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from cold_chain.rules.formats import checksums, tables
from cold_chain.rules.formats.cells import find_zone, read_centi, read_moment
from cold_chain.values import DoorSeen
from cold_chain.values.formats import Findings
from cold_chain.values.tables import (
    Checksum,
    DateOrder,
    TableSpec,
    Unit,
    ValueColumn,
)
from kernel.errors import InvalidError
from tests.cold_chain.formats import a_sender

BEIJING = timezone(timedelta(hours=8))
NOON = datetime(2026, 1, 2, 4, 0, tzinfo=UTC)


def a_spec(**changes: Any) -> TableSpec:
    values: dict[str, Any] = {
        "values": (ValueColumn(column="温度", channel="t1"),),
        "time": "时间",
        "zone": "Asia/Shanghai",
    }
    return TableSpec(**(values | changes))


def read(text: str | bytes, encoding: str = "utf-8", **changes: Any) -> Findings:
    body = text.encode(encoding) if isinstance(text, str) else text
    return tables.decode(body, a_sender(), a_spec(**changes))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_encodings_and_separators_are_found(encoding: str, separator: str) -> None:
    lines = [["时间", "温度"], ["2026-01-02 12:00", "-18.5"], ["2026-01-02 12:05", "－18.4℃"]]
    text = "\r\n".join(separator.join(line) for line in lines)

    found = read(text, encoding)

    assert [(one.at, one.centi) for one in found.readings] == [
        (NOON, -1850),
        (NOON + timedelta(minutes=5), -1840),
    ]


def test_a_line_of_semicolons_decimal_commas_and_mixed_events() -> None:
    text = "30;2009-01-09;16:34:58;5;49,5;26,2;8BE2\n31;2009-01-09;16:35:00;7;on;;1111\n"

    found = tables.decode(
        text.encode(),
        a_sender(),
        TableSpec(
            values=(ValueColumn(column="#6", channel="t1"),),
            date="#2",
            clock="#3",
            zone="Europe/Warsaw",
            has_decimal_comma=True,
            heading_line=0,
            event="#4",
            event_codes=("5",),
            checksum=Checksum.UNCHECKED,
        ),
    )

    assert [(one.at, one.centi) for one in found.readings] == [
        (datetime(2009, 1, 9, 15, 34, 58, tzinfo=UTC), 2620)
    ]
    assert (found.rows, found.ignored, found.refused) == (2, 1, [])


@pytest.mark.parametrize("rule", list(checksums.RULES))
def test_a_line_whose_checksum_is_wrong_is_refused(rule: Checksum) -> None:
    good = "2026-01-02 12:00;4.5"
    bad = "2026-01-02 12:05;4.5"
    text = f"时间;温度;sum\n{good};{checksums.reckon(rule, good.encode())}\n"
    text += f"{bad};{checksums.reckon(rule, (bad + 'x').encode())}\n"

    found = read(text, checksum=rule)

    assert [one.at for one in found.readings] == [NOON]
    assert [(one.place, one.code) for one in found.refused] == [(3, "checksum_wrong")]


def test_published_checks_of_the_rules() -> None:
    known = {
        Checksum.CRC16_CCITT: "29B1",
        Checksum.CRC16_XMODEM: "31C3",
        Checksum.CRC16_ARC: "BB3D",
        Checksum.CRC16_MODBUS: "4B37",
        Checksum.CRC32: "CBF43926",
    }

    assert {rule: checksums.reckon(rule, b"123456789") for rule in known} == known


def test_values_of_a_bad_status_are_no_numbers() -> None:
    text = "时间,温度,状态\n2026-01-02 12:00,4.5,Valid\n2026-01-02 12:05,-9999,UFL\n"

    found = read(text, status="状态", status_good=("VALID",))

    assert [one.centi for one in found.readings] == [450]
    assert [(one.place, one.code) for one in found.refused] == [(3, "status_not_valid")]


def test_a_workbook_with_moments_serials_and_a_door() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["冷链记录仪导出"])
    sheet.append(["时间", "温度", "门"])
    sheet.append([datetime(2026, 1, 2, 12, 0), -18.5, "开"])  # noqa: DTZ001 -- as a workbook
    sheet.append(["2026/1/2 24:00", "-18", "关"])
    packed = BytesIO()
    book.save(packed)
    door = ValueColumn(column="门", channel="door")

    found = read(
        packed.getvalue(),
        heading_line=2,
        values=(ValueColumn(column="温度", channel="t1"), door),
    )

    midnight = datetime(2026, 1, 2, 16, 0, tzinfo=UTC)
    assert [(one.at, one.centi) for one in found.readings] == [(NOON, -1850), (midnight, -1800)]
    assert found.doors == [
        DoorSeen("door", NOON, is_open=True),
        DoorSeen("door", midnight, is_open=False),
    ]


@pytest.mark.parametrize(
    ("cell", "centi"),
    [
        ("４．５", 450),
        ("−18,5", None),
        ("4.5°C", 450),
        ("40.1°F", 450),
        ("273.15 K", 0),
        ("零下3度", -300),
        ("1,234.5", 123_450),
        ("+0.005", 1),
        (".5", 50),
        ("1e2", 10_000),
        ("4.5 %RH", None),
        ("NC", None),
        ("--", None),
        ("1.2.3", None),
        ("nan", None),
        ("1e999", None),
        ("9" * 60, None),
        ("-" * 10, None),
    ],
)
def test_numbers_as_people_write_them(cell: str, centi: int | None) -> None:
    assert read_centi(cell) == centi


@pytest.mark.parametrize(
    ("cell", "centi"), [("49,5", 4950), ("1.234,5", 123_450), ("4.5", None), ("-0,1", -10)]
)
def test_decimal_commas(cell: str, centi: int | None) -> None:
    assert read_centi(cell, has_comma=True) == centi


def test_units_and_divisors() -> None:
    assert read_centi("-4", unit=Unit.FAHRENHEIT) == -2000
    assert read_centi("-185", divisor=10) == -1850


@pytest.mark.parametrize(
    ("cell", "order", "expected"),
    [
        ("2026-01-02T12:00:00+08:00", DateOrder.YMD, NOON),
        ("2026-01-02 04:00Z", DateOrder.YMD, NOON),
        ("2026年1月2日12时0分0秒", DateOrder.YMD, NOON),
        ("２０２６／０１／０２　１２：００", DateOrder.YMD, NOON),
        ("2026.1.2 下午12:00", DateOrder.YMD, NOON),
        ("26-1-2 12:00 PM", DateOrder.YMD, NOON),
        ("2026-01-02 12:30 am", DateOrder.YMD, NOON - timedelta(hours=11, minutes=30)),
        ("2026-01-02 24:00", DateOrder.YMD, NOON + timedelta(hours=12)),
        ("20260102120000", DateOrder.YMD, NOON),
        ("02.01.2026 12:00:00.250", DateOrder.DMY, NOON + timedelta(milliseconds=250)),
        ("01/02/2026 12:00", DateOrder.MDY, NOON),
        ("1767326400", DateOrder.EPOCH_S, NOON),
        ("1767326400000", DateOrder.EPOCH_MS, NOON),
        ("46024.5", DateOrder.EXCEL, NOON),
        ("2026-01-02 24:01", DateOrder.YMD, None),
        ("2026-02-30 12:00", DateOrder.YMD, None),
        ("2026-01-02 13:00 AM", DateOrder.YMD, None),
        ("2026-01-02 12:00 +99:00", DateOrder.YMD, None),
        ("02.01.2026", DateOrder.YMD, None),
        ("99999999999999999999", DateOrder.EPOCH_S, None),
        ("0.5", DateOrder.EXCEL, None),
        ("", DateOrder.YMD, None),
    ],
)
def test_moments_as_loggers_write_them(
    cell: str, order: DateOrder, expected: datetime | None
) -> None:
    assert read_moment(cell, order, BEIJING).at == expected


def test_a_naive_moment_without_a_declared_zone_is_refused() -> None:
    found = read("时间,温度\n2026-01-02 12:00,4\n2026-01-02 12:05+08:00,4\n", zone="")

    assert [one.code for one in found.refused] == ["zone_missing"]
    assert len(found.readings) == 1


@pytest.mark.parametrize("clock", ["2026-10-25 02:30", "2026-03-29 02:30"])
def test_an_hour_a_zone_has_twice_or_not_at_all_is_no_moment(clock: str) -> None:
    assert read_moment(clock, DateOrder.YMD, find_zone("Europe/Warsaw")).problem == (
        "moment_ambiguous"
    )


@pytest.mark.parametrize(
    ("body", "changes", "code"),
    [
        (b"\xd0\xcf\x11\xe0rest", {}, "table_old_workbook"),
        (b"PK\x03\x04broken", {}, "table_unreadable"),
        (b"a\x00b", {}, "table_unreadable"),
        (b"\xff\xff\xff\xff\x80", {}, "table_encoding_unknown"),
        (b"", {}, "table_empty"),
        ("时刻,温度\n".encode(), {}, "table_column_missing"),
        ("时间,温度\n".encode(), {"zone": "Mars/Base"}, "zone_unknown"),
        ("时间,温度\n".encode(), {"zone": "../../etc/passwd"}, "zone_unknown"),
        ("时间,温度\n".encode(), {"time": ""}, "template_time_missing"),
        (
            "时间,温度\n".encode(),
            {"values": (ValueColumn(column="温度", channel="t9"),)},
            "template_channel_unknown",
        ),
    ],
)
def test_a_file_that_does_not_fit_is_refused_as_a_whole(
    body: bytes, changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(InvalidError) as refusal:
        read(body, **changes)

    assert refusal.value.code == code


@given(st.integers(-8_000, 8_000), st.booleans())
def test_every_hundredth_survives_either_spelling(centi: int, has_comma: bool) -> None:  # noqa: FBT001
    text = f"{centi / 100:.2f}".replace(".", "," if has_comma else ".")

    assert read_centi(text, has_comma=has_comma) == centi


FIRST, LAST = datetime(2020, 1, 1), datetime(2099, 1, 1)  # noqa: DTZ001 -- a logger's clock


@given(st.datetimes(FIRST, LAST), st.sampled_from(["utf-8", "gbk"]))
def test_every_second_survives(naive: datetime, encoding: str) -> None:
    naive = naive.replace(microsecond=0)
    text = f"时间,温度\n{naive:%Y-%m-%d %H:%M:%S},4.5\n"

    found = read(text, encoding)

    assert found.readings[0].at.astimezone(BEIJING).replace(tzinfo=None) == naive
