"""Intake and evaluation: repeatable in any order and split, tamper-evident, versioned."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from cold_chain import service
from cold_chain.errors import IntakeForbiddenError, ReadingError
from cold_chain.models import (
    ClockFault,
    Device,
    DoorReading,
    Evaluation,
    RawBlock,
    Reading,
    ReadingConflict,
)
from cold_chain.rules.intake import sign
from cold_chain.values import (
    Arrival,
    DeviceState,
    DoorSeen,
    Measured,
    ReadingQuality,
    SignedRequest,
    Upload,
)
from tests.builders.cold_chain import (
    ACTOR,
    NOON,
    SECRET,
    a_departed_shipment,
    a_device,
    an_upload,
)

EVENING = NOON + timedelta(hours=6)
STAMP = int(NOON.timestamp())


def evaluations(session: Session) -> list[Evaluation]:
    return list(
        session.scalars(
            select(Evaluation)
            .order_by(Evaluation.version)
            .execution_options(populate_existing=True)
        )
    )


def signed(**changes: Any) -> SignedRequest:
    values: dict[str, Any] = {
        "device_code": "LOG-1",
        "timestamp": STAMP,
        "nonce": "nonce-0001",
        "signature": sign(SECRET, timestamp=STAMP, nonce="nonce-0001", body=b"{}"),
        "body": b"{}",
    }
    return SignedRequest(**(values | changes))


def pieces_of(upload: Upload, chance: random.Random) -> list[Upload]:
    """Cut an upload into parts that overlap, repeat some, and shuffle all."""
    readings = list(upload.readings)
    chance.shuffle(readings)
    parts = []
    while readings:
        size = chance.randint(1, 30)
        cut = (*readings[:size], *chance.sample(upload.readings, k=3))
        readings = readings[size:]
        parts.append(
            Upload(
                device_code=upload.device_code,
                body=repr(cut).encode(),
                received_at=upload.received_at,
                readings=cut,
            )
        )
    parts += chance.sample(parts, k=len(parts) // 2)
    chance.shuffle(parts)
    return parts


def test_an_upload_is_kept_as_it_came_and_decoded(session: Session) -> None:
    a_device(session)
    upload = an_upload([2.0, 2.5, -18.25])

    told = service.ingest_block(session, upload)

    block = session.execute(select(RawBlock)).scalar_one()
    values = session.scalars(select(Reading.centi_celsius).order_by(Reading.at)).all()
    device = session.execute(select(Device)).scalar_one()
    assert (told.seq, told.stored, told.known, told.conflicts) == (1, 3, 0, 0)
    assert bytes(block.body) == upload.body
    assert values == [200, 250, -1825]
    assert (device.state, device.last_seq) == (DeviceState.ACTIVE, 1)
    assert bytes(device.last_hash) == bytes(block.hash)


def test_a_door_seen_at_an_impossible_moment_is_counted_and_left_out(session: Session) -> None:
    a_device(session)
    doors = (
        DoorSeen("door", NOON, is_open=True),
        DoorSeen("door", NOON + timedelta(days=1), is_open=False),
    )

    told = service.ingest_block(
        session,
        Upload(device_code="LOG-1", body=b"x", received_at=NOON, readings=(), doors=doors),
    )

    assert told.clock_faults == 1
    assert session.scalars(select(DoorReading.is_open)).all() == [True]
    assert service.ingest_blocks(session) == []


def test_the_same_bytes_again_change_nothing(session: Session) -> None:
    a_device(session)
    upload = an_upload([2.0, 2.5])

    first, repeated = service.ingest_blocks(session, upload, upload)
    later = service.ingest_block(session, upload)

    assert [first.is_repeated, repeated.is_repeated, later.is_repeated] == [False, True, True]
    assert {first.seq, repeated.seq, later.seq} == {1}
    assert session.scalar(select(func.count()).select_from(RawBlock)) == 1


@pytest.mark.parametrize("seed", range(10))
def test_any_order_split_and_repetition_gives_the_same_verdict(
    session: Session, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 -- repeatable on purpose
    day = an_upload([chance.choice([2.0, 3.5, 4.5, 9.0]) for _ in range(73)])
    whole = a_departed_shipment(session, "WL-1-1", device="LOG-1")
    pieces = a_departed_shipment(session, "WL-1-2", device="LOG-2")
    service.ingest_block(session, day)
    for part in pieces_of(day, chance):
        service.ingest_block(
            session,
            Upload(
                device_code="LOG-2",
                body=part.body,
                received_at=part.received_at,
                readings=part.readings,
            ),
        )
    for shipment_id in (whole, pieces):
        service.arrive(session, Arrival(shipment_id=shipment_id, at=EVENING, actor=ACTOR))

    service.evaluate_shipments(session, [whole, pieces], at=EVENING)

    first, second = evaluations(session)
    unlike = {"id", "shipment_id", "_sa_instance_state"}
    assert {key: value for key, value in vars(first).items() if key not in unlike} == {
        key: value for key, value in vars(second).items() if key not in unlike
    }


def test_a_second_value_for_a_moment_is_a_conflict_and_the_first_is_kept(
    session: Session,
) -> None:
    a_device(session)
    service.ingest_block(session, an_upload([2.0, 3.0, 4.0]))

    told = service.ingest_block(session, an_upload([2.0, 7.0, 4.0, 5.0]))

    kept = session.scalars(select(Reading.centi_celsius).order_by(Reading.at)).all()
    conflict = session.execute(select(ReadingConflict)).scalar_one()
    assert (told.stored, told.known, told.conflicts) == (1, 2, 1)
    assert kept == [200, 300, 400, 500]
    assert (conflict.kept_centi_celsius, conflict.centi_celsius) == (300, 700)


def test_two_values_for_a_moment_in_one_upload_conflict_too(session: Session) -> None:
    a_device(session)
    readings = (Measured("t1", NOON, 200), Measured("t1", NOON, 900))
    upload = Upload(device_code="LOG-1", body=b"x", received_at=NOON, readings=readings)

    told = service.ingest_block(session, upload)

    assert (told.stored, told.conflicts) == (1, 1)
    assert session.scalars(select(Reading.centi_celsius)).all() == [200]


def test_unbelievable_samples_are_set_aside_and_count_as_unknown(session: Session) -> None:
    shipment_id = a_departed_shipment(session)
    readings = (
        Measured("t1", NOON, 200),
        Measured("t1", NOON + timedelta(minutes=5), 8_500),
        Measured("t1", NOON + timedelta(minutes=10), 12_345),
        Measured("t1", NOON + timedelta(hours=8), 200),
        Measured("t1", datetime(1970, 1, 1, tzinfo=UTC), 200),
    )
    at = NOON + timedelta(minutes=15)
    upload = Upload(device_code="LOG-1", body=b"x", received_at=at, readings=readings)

    told = service.ingest_block(session, upload)
    service.evaluate_shipment(session, shipment_id, at=at)

    qualities = session.scalars(select(Reading.quality).order_by(Reading.at)).all()
    faults = session.scalars(select(ClockFault.quality).order_by(ClockFault.at)).all()
    assert (told.stored, told.quarantined, told.clock_faults) == (3, 2, 2)
    assert [quality.value for quality in qualities] == [
        "good",
        "quarantined_sentinel",
        "quarantined_implausible",
    ]
    assert faults == [ReadingQuality.QUARANTINED_PAST, ReadingQuality.QUARANTINED_FUTURE]
    assert evaluations(session)[0].credited_s == 300


@pytest.mark.parametrize(
    ("upload", "code"),
    [
        (an_upload([2.0], device="LOG-9"), "device_unknown"),
        (
            Upload(
                device_code="LOG-1",
                body=b"x",
                received_at=NOON,
                readings=(Measured("t9", NOON, 200),),
            ),
            "channel_unknown",
        ),
        (
            Upload(
                device_code="LOG-1",
                body=b"x",
                received_at=NOON,
                readings=(Measured("door", NOON, 200),),
            ),
            "channel_kind_wrong",
        ),
    ],
)
def test_an_upload_that_cannot_be_placed_is_refused(
    session: Session, upload: Upload, code: str
) -> None:
    a_device(session)

    with pytest.raises(ReadingError) as refusal:
        service.ingest_block(session, upload)

    assert refusal.value.code == code


def test_a_channel_of_another_device_is_refused_by_the_database(session: Session) -> None:
    a_device(session, "LOG-1")
    a_device(session, "LOG-2")
    service.ingest_block(session, an_upload([2.0]))

    with pytest.raises(DBAPIError), session.begin_nested():
        session.connection().exec_driver_sql(
            "INSERT INTO readings SELECT (SELECT max(id) FROM device_channels), at,"
            " centi_celsius, quality, block_id FROM readings"
        )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE readings SET centi_celsius = 0",
        "DELETE FROM readings",
        "UPDATE raw_blocks SET received_at = now()",
        "DELETE FROM raw_blocks",
        "UPDATE evaluations SET verdict = 'pass'",
        "DELETE FROM evaluations",
        "TRUNCATE readings",
    ],
)
def test_what_was_measured_cannot_be_rewritten(session: Session, statement: str) -> None:
    shipment_id = a_departed_shipment(session)
    service.ingest_block(session, an_upload([9.0] * 10))
    service.evaluate_shipment(session, shipment_id, at=NOON + timedelta(minutes=45))

    with pytest.raises(DBAPIError), session.begin_nested():
        session.connection().exec_driver_sql(statement)


def test_a_signed_request_proves_its_device_once(session: Session) -> None:
    a_device(session)

    assert service.authenticate(session, signed(), at=NOON) == "LOG-1"
    with pytest.raises(IntakeForbiddenError) as replay:
        service.authenticate(session, signed(), at=NOON)

    assert replay.value.code == "nonce_replayed"


def test_an_unknown_revoked_or_retired_device_is_refused(session: Session) -> None:
    a_device(session, "LOG-1")
    a_device(session, "LOG-2")
    service.revoke_device(session, "LOG-1", at=NOON)
    service.retire_device(session, "LOG-2", at=NOON)

    for code in ("LOG-1", "LOG-2", "LOG-9"):
        with pytest.raises(IntakeForbiddenError) as refusal:
            service.authenticate(session, signed(device_code=code), at=NOON)
        assert refusal.value.code == "signature_wrong"


def test_an_old_nonce_is_forgotten_only_when_its_signature_is_stale(session: Session) -> None:
    a_device(session)
    service.authenticate(session, signed(), at=NOON)

    service.forget_nonces(session, at=NOON + timedelta(minutes=10))
    with pytest.raises(IntakeForbiddenError):
        service.authenticate(session, signed(), at=NOON)
    service.forget_nonces(session, at=NOON + timedelta(hours=1))

    assert service.authenticate(session, signed(), at=NOON) == "LOG-1"


def test_partitions_are_made_once(session: Session) -> None:
    days = [datetime(2031, 1, day, tzinfo=UTC).date() for day in (1, 2, 2)]

    assert service.ensure_partitions(session, days) == 2
    assert service.ensure_partitions(session, days) == 0
    assert service.ensure_partitions(session, []) == 0
