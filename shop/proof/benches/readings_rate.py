"""Readings taken in through the API, beside PostgreSQL copying the same rows."""

import secrets
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median

import msgspec
import psutil
import psycopg
from sqlalchemy import text
from sqlalchemy.orm import Session

from cold_chain import service as cold_chain
from cold_chain.rules.intake import sign
from cold_chain.values import ChannelKind, NewChannel, NewDevice
from kernel import clock
from shop.proof.ground import clients, meters
from shop.proof.ground.databases import Ground, analyze, engine_on, laid, plain
from shop.proof.ground.figures import percentile
from shop.proof.ground.servers import Server, serving
from shop.proof.runner import Kind, Outcome, run_named
from shop.sample.fleet import CARRIER
from shop.settings import Settings

CONNECTIONS = 8
BATCH = 1_000
SHARE_PERCENT = 50
GOAL = f"≥ {SHARE_PERCENT} % of COPY"
ACCEPTED = 202
SECRET = secrets.token_hex(32)
DAYS = 6
"""Days before today over which the readings of one logger are spread."""

MAKE_YARDSTICK = """
    CREATE TABLE yardstick_readings (LIKE readings INCLUDING DEFAULTS INCLUDING CONSTRAINTS)
        PARTITION BY RANGE (at);
    ALTER TABLE yardstick_readings ADD PRIMARY KEY (channel_id, at);
"""
MAKE_DAY = """
    CREATE TABLE yardstick_{day:%Y%m%d} PARTITION OF yardstick_readings
        FOR VALUES FROM ('{day} 00:00:00+00') TO ('{next_day} 00:00:00+00')
"""
COPY = "COPY yardstick_readings (channel_id, at, centi_celsius, quality, block_id) FROM STDIN"
CHANNELS = text(
    "SELECT channel.id FROM device_channels channel JOIN devices device"
    " ON device.id = channel.device_id WHERE device.code LIKE 'BENCH-%' ORDER BY device.code"
)
STORED = text(
    "SELECT (SELECT count(*) FROM readings) - (SELECT count(*) FROM yardstick_readings)"
)


@dataclass(frozen=True, slots=True)
class Size:
    """How many batches each connection sends in a turn, and how many turns there are."""

    batches: int
    rounds: int


DEFAULT = Size(batches=12, rounds=3)
FULL = Size(batches=60, rounds=5)


@run_named(Kind.BENCH, "readings-rate")
def readings_rate(settings: Settings) -> Outcome:
    """Send signed batches of a thousand readings over eight connections, beside COPY."""
    with laid(settings) as ground:
        return measure(ground, FULL if settings.full_size else DEFAULT)


@dataclass(frozen=True, slots=True)
class Rate:
    """What one side did in one turn."""

    rows_per_second: float
    app_us: float
    database_us: float
    p99_ms: float = 0.0

    @property
    def us(self) -> float:
        """Return the processor time of one row, client or server and database together."""
        return self.app_us + self.database_us


@dataclass(frozen=True, slots=True)
class Turns:
    """What both sides did in their turns, and how many readings one has and the other not."""

    taken: list[Rate]
    copied: list[Rate]
    missing: int


def measure(ground: Ground, size: Size) -> Outcome:
    """Let both sides take turns on one database and compare neighbouring turns."""
    return _outcome(take_turns(ground, size))


def take_turns(ground: Ground, size: Size, *, repeats: int = 0) -> Turns:
    """Copy and send the same batches in turn; every so many-th batch is sent twice."""
    with ground.copy("readings") as settings:
        channels = _prepare(settings)
        database = meters.database_server(settings.database_url)
        taken: list[Rate] = []
        copied: list[Rate] = []
        with serving(settings) as server:
            for turn in range(-1, size.rounds):
                # The first turn warms both sides up and does not count.
                batches = _batches(turn + 1, size.batches if turn >= 0 else 1)
                copy = _copy(settings, database, channels, batches)
                take = _send(server, database, batches, repeats)
                if turn >= 0:
                    copied.append(copy)
                    taken.append(take)
        missing = _count_missing(settings)
    return Turns(taken, copied, missing)


def _prepare(settings: Settings) -> list[int]:
    """Register a logger for every connection, and make the tables of all days beforehand."""
    at = clock.now()
    days = [(at - timedelta(days=back)).date() for back in range(DAYS + 2)]
    with (
        engine_on(settings.database_url) as engine,
        Session(engine) as session,
        session.begin(),
    ):
        cold_chain.register_devices(
            session, *(_device(place, at) for place in range(CONNECTIONS))
        )
        cold_chain.ensure_partitions(session, days)
        session.execute(text(MAKE_YARDSTICK))
        for day in days:
            session.execute(text(MAKE_DAY.format(day=day, next_day=day + timedelta(days=1))))
        channels = [int(row.id) for row in session.execute(CHANNELS)]
    analyze(settings.database_url)
    return channels


def _device(place: int, at: datetime) -> NewDevice:
    return NewDevice(
        code=f"BENCH-{place}",
        serial=f"BENCH-{place}",
        organisation_code=CARRIER,
        secret=SECRET,
        channels=(NewChannel(code="t1", kind=ChannelKind.TEMPERATURE, sampling_interval_s=1),),
        registered_at=at - timedelta(days=30),
    )


Batch = list[tuple[int, int]]
"""Second since 1970 and hundredths of °C of every reading of one upload."""


def _batches(turn: int, count: int) -> list[Batch]:
    """Return uploads of a reading a second, none of them sent in an earlier turn."""
    start = int((clock.now() - timedelta(days=DAYS)).timestamp()) // BATCH * BATCH
    first = start + turn * count * BATCH
    return [
        [
            (second, 200 + second % 37)
            for second in range(first + place * BATCH, first + (place + 1) * BATCH)
        ]
        for place in range(count)
    ]


def _copy(
    settings: Settings, database: psutil.Process, channels: Sequence[int], batches: list[Batch]
) -> Rate:
    payloads = [[_as_copy(channel, batch) for batch in batches] for channel in channels]
    lines = [psycopg.connect(plain(settings.database_url), autocommit=True) for _ in payloads]
    before, own_before = meters.spent(database), time.process_time()
    started = time.monotonic()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(_copy_in, lines, payloads))
    wall_s = time.monotonic() - started
    own_s = time.process_time() - own_before
    rows = CONNECTIONS * len(batches) * BATCH
    rate = Rate(
        rows / wall_s, own_s * 1e6 / rows, (meters.spent(database) - before) * 1e6 / rows
    )
    for line in lines:
        line.close()
    return rate


def _as_copy(channel: int, batch: Batch) -> bytes:
    return "".join(
        f"{channel}\t{datetime.fromtimestamp(second, UTC).isoformat()}\t{centi}\tgood\t0\n"
        for second, centi in batch
    ).encode()


def _copy_in(line: psycopg.Connection, payloads: Sequence[bytes]) -> None:
    for payload in payloads:
        with line.cursor().copy(COPY) as copy:
            copy.write(payload)


def _send(server: Server, database: psutil.Process, batches: list[Batch], repeats: int) -> Rate:
    port = server.settings.port
    again = batches[::repeats] if repeats else []
    shares = [
        [_as_request(port, place, batch) for batch in [*batches, *again]]
        for place in range(CONNECTIONS)
    ]
    before, app_before = meters.spent(database), meters.spent(server.process)
    answers = clients.send_all(port, shares, status=ACCEPTED)
    if answers.refused:
        raise RuntimeError(f"{answers.refused} of {len(answers.seconds)} batches were refused")
    # What is sent a second time counts as work and not as a reading.
    rows = CONNECTIONS * len(batches) * BATCH
    return Rate(
        rows_per_second=rows / answers.wall_s,
        app_us=(meters.spent(server.process) - app_before) * 1e6 / rows,
        database_us=(meters.spent(database) - before) * 1e6 / rows,
        p99_ms=percentile(answers.seconds, 99) * 1000,
    )


def _as_request(port: int, place: int, batch: Batch) -> bytes:
    body = msgspec.json.encode({"readings": [("t1", *row) for row in batch]})
    timestamp, nonce = int(clock.now().timestamp()), secrets.token_hex(16)
    signature = sign(SECRET, timestamp=timestamp, nonce=nonce, body=body)
    head = (
        f"POST /api/v1/readings HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        f"X-Device: BENCH-{place}\r\nX-Timestamp: {timestamp}\r\nX-Nonce: {nonce}\r\n"
        f"X-Signature: {signature}\r\nConnection: keep-alive\r\n\r\n"
    )
    return head.encode() + body


def _count_missing(settings: Settings) -> int:
    """Return how many more, or fewer, readings one side stored than the other."""
    with engine_on(settings.database_url) as engine, engine.connect() as connection:
        return abs(int(connection.execute(STORED).scalar_one()))


def _outcome(turns: Turns) -> Outcome:
    taken, copied, missing = turns.taken, turns.copied, turns.missing
    pairs = list(zip(taken, copied, strict=True))
    share = median(take.rows_per_second * 100 / copy.rows_per_second for take, copy in pairs)
    cpu_share = median(copy.us * 100 / take.us for take, copy in pairs)
    details = [
        f"{CONNECTIONS} connections each, batches of {BATCH:,}, same rows, same index",
        _line("COPY", copied, 100, 100),
        _line("endpoint", taken, share, cpu_share),
        f"  rows one side has and the other has not: {missing}",
    ]
    return Outcome(
        "readings-rate",
        f"{share:.0f} % of COPY in rows, {cpu_share:.0f} % by processor time",
        GOAL,
        holds=share >= SHARE_PERCENT and not missing,
        details=tuple(details),
    )


def _line(name: str, some: Sequence[Rate], share: float, cpu_share: float) -> str:
    return (
        f"  {name:9} {median(one.rows_per_second for one in some):9,.0f} rows/s = "
        f"{share:3.0f} %, CPU {median(one.app_us for one in some):5.2f} + "
        f"{median(one.database_us for one in some):5.2f} µs a row = {cpu_share:3.0f} %, "
        f"p99 of a batch {median(one.p99_ms for one in some):4.0f} ms"
    )
