"""Fitting requests for the forms in which devices hand in readings."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from cold_chain import service
from cold_chain.rules.formats import jt808
from cold_chain.values.files import NewTemplate
from cold_chain.values.tables import TableSpec, ValueColumn
from kernel import clock
from tests.builders.api import signed
from tests.builders.cold_chain import NOON, a_device
from tests.builders.command import Command

BYTES = "application/octet-stream"
SHANGHAI = timedelta(hours=8)


def some_readings(session: Session) -> Command:
    """Hand in one reading of a logger."""
    first, second = _moments(session)
    return Command(
        path="/api/v1/readings",
        body={"readings": [["t1", int(first.timestamp()), -1_800]]},
        other={"readings": [["t1", int(second.timestamp()), -1_790]]},
        table="raw_blocks",
        prove=signed,
    )


def a_pack(session: Session) -> Command:
    """Hand in a pack of SenML."""
    packs = [
        [{"n": "t1", "u": "Cel", "t": int(at.timestamp()), "v": 4}] for at in _moments(session)
    ]
    return Command(
        path="/api/v1/readings/senml",
        body=packs[0],
        other=packs[1],
        table="raw_blocks",
        prove=signed,
    )


def a_message(session: Session) -> Command:
    """Hand in telemetry as ThingsBoard writes it."""
    told = [
        {"ts": int(at.timestamp()) * 1000, "values": {"temperature": 4}}
        for at in _moments(session)
    ]
    return Command(
        path="/api/v1/readings/thingsboard",
        body=told[0],
        other=told[1],
        table="raw_blocks",
        prove=signed,
    )


def some_frames(session: Session) -> Command:
    """Hand in frames of a vehicle terminal."""
    frames = [a_frame(at) for at in _moments(session)]
    return Command(
        path="/api/v1/readings/jt808",
        body=frames[0],
        other=frames[1],
        table="raw_blocks",
        prove=signed,
        media_type=BYTES,
    )


def a_table(session: Session) -> Command:
    """Hand in a table by a template."""
    tables = [
        f"时间,温度\n{at + SHANGHAI:%Y-%m-%d %H:%M:%S},4.0\n".encode()
        for at in _moments(session)
    ]
    spec = TableSpec(
        values=(ValueColumn(column="温度", channel="t1"),), time="时间", zone="Asia/Shanghai"
    )
    service.save_template(
        session, NewTemplate(code="T", name="表", spec=spec, actor="person:1", at=NOON)
    )
    return Command(
        path="/api/v1/readings/table?template=T",
        body=tables[0],
        other=tables[1],
        table="raw_blocks",
        prove=signed,
        media_type="text/csv",
    )


def a_frame(at: datetime) -> bytes:
    """Return the report of a place with one temperature, as a terminal sends it."""
    content = (
        bytes(8)
        + bytes.fromhex("0158df7206c96070003700000084")
        + bytes.fromhex(f"{at + SHANGHAI:%y%m%d%H%M%S}")
    )
    return jt808.pack(
        jt808.POSITION, "1", 1, content + bytes.fromhex("510200b4"), is_2019=False
    )


def _moments(session: Session) -> tuple[datetime, datetime]:
    a_device(session)
    first = clock.now() - timedelta(hours=1)
    return first, first + timedelta(minutes=1)
