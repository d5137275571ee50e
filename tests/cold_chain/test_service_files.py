"""Files of loggers: kept at once, read once, whole or not at all."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cold_chain import service
from cold_chain.models import IntakeFile, RawBlock, Reading, RollupMark
from cold_chain.queries.aside import list_aside
from cold_chain.queries.files import (
    find_template,
    get_bytes,
    get_file,
    list_files,
    list_refusals,
    list_templates,
)
from cold_chain.values import FileState, IntakeFormat, Measured, Upload
from cold_chain.values.files import NewFile, NewTemplate
from cold_chain.values.tables import DateOrder, TableSpec, ValueColumn
from kernel.errors import ShanjiError
from tests.builders.cold_chain import NOON, a_device

SPEC = TableSpec(
    values=(ValueColumn(column="温度", channel="t1"),), time="时间", zone="Asia/Shanghai"
)
TABLE = "时间,温度\n2026-06-01 12:00,4.5\n2026-06-01 12:05,850\n2026-06-01 12:10,?\n"


def a_template(session: Session, **changes: Any) -> int:
    values: dict[str, Any] = {"code": "T", "name": "表", "spec": SPEC, "actor": "person:1"}
    return service.save_template(session, NewTemplate(**(values | {"at": NOON} | changes)))


def a_file(session: Session, body: str | bytes = TABLE, **changes: Any) -> NewFile:
    values: dict[str, Any] = {
        "device_code": a_device(session),
        "body": body.encode("gbk") if isinstance(body, str) else body,
        "file_name": "六月.csv",
        "format": IntakeFormat.TABLE,
        "template_id": a_template(session),
        "actor": "person:1",
        "at": NOON + timedelta(hours=1),
    }
    return NewFile(**(values | changes))


def read_all(session: Session) -> None:
    while service.read_next_file(session, at=NOON + timedelta(hours=1)) is not None:
        pass


def test_a_file_is_kept_then_read_and_told_row_by_row(session: Session) -> None:
    new = a_file(session)

    taken = service.keep_file(session, new)
    assert get_file(session, taken.file_id).state is FileState.WAITING
    read_all(session)

    file = get_file(session, taken.file_id)
    assert (file.state, file.rows_read, file.rows_refused) == (FileState.READ, 3, 1)
    assert (file.stored, file.quarantined, file.file_name) == (2, 1, "六月.csv")
    assert list_refusals(session, taken.file_id) == [
        (4, "value_unreadable", "2026-06-01 12:10,?")
    ]
    assert get_bytes(session, taken.file_id) == new.body
    assert [one.file_id for one in list_files(session)] == [taken.file_id]
    assert session.scalar(select(func.count()).select_from(RollupMark)) == 1


def test_the_same_file_again_is_the_one_that_is_there(session: Session) -> None:
    first = service.keep_file(session, a_file(session))
    read_all(session)

    again = service.keep_file(session, a_file(session, file_name="又.csv"))
    read_all(session)

    assert (again.file_id, again.is_repeated) == (first.file_id, True)
    assert session.scalar(select(func.count()).select_from(RawBlock)) == 1
    assert session.scalar(select(func.count()).select_from(Reading)) == 2


def test_a_refused_file_may_come_again_with_the_right_template(session: Session) -> None:
    wrong = a_template(
        session,
        code="W",
        spec=TableSpec(values=(ValueColumn(column="湿度", channel="t1"),), time="时间"),
    )
    first = service.keep_file(session, a_file(session, template_id=wrong))
    read_all(session)
    refused = get_file(session, first.file_id)

    again = service.keep_file(session, a_file(session))
    read_all(session)

    assert (refused.state, refused.problem) == (FileState.REFUSED, "table_column_missing")
    assert not again.is_repeated
    assert get_file(session, again.file_id).stored == 2
    assert session.scalar(select(func.count()).select_from(RawBlock)) == 1


@pytest.mark.parametrize(
    ("body", "changes", "problem"),
    [
        (b"PK\x03\x04", {}, "table_unreadable"),
        (b"\x00" * 50, {"format": IntakeFormat.SENML, "template_id": None}, "senml_unreadable"),
        (
            b'[{"n":"t9","u":"Cel","v":1}]',
            {"format": IntakeFormat.SENML, "template_id": None},
            "channel_unknown",
        ),
        ("时间,温度\n", {}, "nothing_readable"),
    ],
)
def test_what_cannot_be_read_leaves_nothing_half_written(
    session: Session, body: str | bytes, changes: dict[str, Any], problem: str
) -> None:
    taken = service.keep_file(session, a_file(session, body, **changes))
    read_all(session)

    file = get_file(session, taken.file_id)
    assert (file.state, file.problem, file.stored) == (FileState.REFUSED, problem, 0)
    assert session.scalar(select(func.count()).select_from(Reading)) == 0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"template_id": None}, "template_missing"),
        ({"format": IntakeFormat.SENML}, "template_missing"),
        ({"zone": "Mars"}, "zone_unknown"),
        ({"device_code": "NOBODY"}, "device_unknown"),
    ],
)
def test_a_file_that_cannot_be_meant_is_not_kept(
    session: Session, changes: dict[str, Any], code: str
) -> None:
    new = a_file(session, **changes)

    with pytest.raises(ShanjiError) as refusal:
        service.keep_file(session, new)

    assert refusal.value.code == code


def test_hostile_signs_of_refused_rows_can_be_kept(session: Session) -> None:
    body = b'[{"ts":1,"values":{"t1":"a\\u0000b"}},{"ts":1780286400000,"values":{"t1":4}}]'
    new = a_file(session, body, format=IntakeFormat.THINGSBOARD, template_id=None)

    taken = service.keep_file(session, new)
    read_all(session)

    assert list_refusals(session, taken.file_id) == [(0, "value_unreadable", "a\ufffdb")]


def test_what_was_read_stays_as_it_is(session: Session) -> None:
    service.keep_file(session, a_file(session))
    read_all(session)

    for statement in (
        "UPDATE intake_files SET stored = 7",
        "DELETE FROM intake_files",
        "UPDATE column_templates SET name = ''",
    ):
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(text(statement))


def test_another_spec_is_a_new_version_and_the_same_one_is_not(session: Session) -> None:
    first = a_template(session)
    again = a_template(session)
    other = a_template(session, spec=TableSpec(values=SPEC.values, time="#1", zone="+08:00"))

    assert (first == again, other > first) == (True, True)
    assert [(one.code, one.version) for one in list_templates(session)] == [("T", 2)]


def test_a_template_of_another_organisation_is_not_for_this_device(session: Session) -> None:
    device = a_device(session)
    a_template(session, organisation_code="C90")

    with pytest.raises(ShanjiError, match="no template"):
        find_template(session, "T", device_code=device)
    with pytest.raises(ShanjiError, match="somebody else's"):
        a_template(session)


def test_what_is_set_aside_is_shown(session: Session) -> None:
    device = a_device(session)
    for number, centi in enumerate((400, 500, 655_350)):
        at = NOON + timedelta(minutes=5 * (number // 2))
        readings = (Measured("t1", at, centi), Measured("t1", NOON + timedelta(days=9), 1))
        service.ingest_block(
            session,
            Upload(
                device_code=device, body=b"%d" % number, received_at=NOON, readings=readings
            ),
        )

    aside = list_aside(session, since=NOON - timedelta(days=1))

    assert [(one.centi, one.kept_centi) for one in aside.conflicts] == [(500, 400)]
    assert [one.reason for one in aside.quarantined] == ["quarantined_sentinel"]
    assert {one.reason for one in aside.faults} == {"quarantined_future"}
    assert len(aside.faults) == 3


def test_files_over_too_many_days_are_refused(session: Session) -> None:
    lines = "".join(f"{1_600_000_000 + 86_400 * day},4\n" for day in range(401))
    new = a_file(session, "时间,温度\n" + lines)
    spec = TableSpec(values=SPEC.values, time="时间", order=DateOrder.EPOCH_S)
    taken = service.keep_file(
        session, a_file(session, new.body, template_id=a_template(session, code="E", spec=spec))
    )
    read_all(session)

    assert get_file(session, taken.file_id).problem == "readings_too_wide"


def test_an_unknown_file_is_not_found(session: Session) -> None:
    for ask in (get_file, list_refusals, get_bytes):
        with pytest.raises(ShanjiError, match="no file"):
            ask(session, 0)
    assert session.scalar(select(func.count()).select_from(IntakeFile)) == 0
