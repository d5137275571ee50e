"""Raw blocks flipped, deleted, swapped and rewritten: the verifier names the first bad one."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from sqlalchemy import text
from sqlalchemy.orm import Session

from cold_chain import service as cold_chain
from cold_chain.queries.seals import Tampering, find_tampering
from cold_chain.rules.chain import block_hash
from cold_chain.rules.moments import to_us
from cold_chain.simulator import an_upload
from cold_chain.values import ChannelKind, Measured, NewChannel, NewDevice
from kernel import clock
from shop.proof.ground.databases import Ground, engine_on, laid
from shop.proof.runner import Kind, Outcome, run_named
from shop.sample.fleet import CARRIER
from shop.settings import Settings

GOAL = "every change found, the first bad block named, nothing found before"
DAYS = 4
# Who may switch off triggers and checks is whom the hashes are there for.
DISARM = (
    "SET LOCAL session_replication_role = replica",
    "ALTER TABLE raw_blocks DROP CONSTRAINT ck_raw_blocks_sha256_of_body",
    "ALTER TABLE raw_blocks DROP CONSTRAINT uq_raw_blocks_device_id_seq",
    "ALTER TABLE raw_blocks DROP CONSTRAINT uq_raw_blocks_device_id_sha256",
)
COLUMNS = ("body", "sha256", "prev_hash", "hash")


@dataclass(frozen=True, slots=True)
class Size:
    """How many devices send how many blocks, and how often something is changed."""

    devices: int
    blocks: int
    tries: int


DEFAULT = Size(devices=4, blocks=20, tries=40)
FULL = Size(devices=20, blocks=100, tries=1_000)


@dataclass(frozen=True, slots=True)
class Target:
    """The block that is changed."""

    code: str
    device_id: int
    seq: int
    last: int


Act = Callable[[Session, Target, Random], int]
"""Changes something and returns the number the verifier must name; 0 for the day alone."""


@run_named(Kind.EXPERIMENT, "tamper")
def tamper(settings: Settings) -> Outcome:
    """Change raw blocks behind the triggers' back and ask the verifier."""
    with laid(settings) as ground:
        return change(ground, FULL if settings.full_size else DEFAULT, seed=settings.seed)


def change(ground: Ground, size: Size, *, seed: int = 0) -> Outcome:
    """Try each way in turn at a block drawn by lot; every try is taken back."""
    chance = Random(f"tamper {seed}")
    missed: list[str] = []
    found = {act.__name__.strip("_"): 0 for act in ACTS}
    with (
        ground.copy("tamper") as settings,
        engine_on(settings.database_url) as engine,
        Session(engine) as session,
    ):
        with session.begin():
            _prepare(session, size)
        before = find_tampering(session)
        session.rollback()
        for number in range(size.tries):
            act = ACTS[number % len(ACTS)]
            told = _try(session, act, chance, size)
            name = act.__name__.strip("_")
            if told:
                missed.append(f"{name}: {told}")
            else:
                found[name] += 1
        after = find_tampering(session)
    return _outcome(size, found, missed, [before, after])


def _prepare(session: Session, size: Size) -> None:
    at = clock.now().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS)
    devices = [
        NewDevice(
            code=f"TAMPER-{place}",
            serial=f"TAMPER-{place}",
            organisation_code=CARRIER,
            secret=f"a secret of logger number {place:05}",
            channels=(
                NewChannel(code="t1", kind=ChannelKind.TEMPERATURE, sampling_interval_s=60),
            ),
            registered_at=at,
        )
        for place in range(size.devices)
    ]
    cold_chain.register_devices(session, *devices)
    step = timedelta(days=DAYS) / (size.blocks + 1)
    uploads = [
        an_upload(
            device.code,
            [Measured("t1", at + step * number, -1800 + number % 7)],
            received_at=at + step * number,
        )
        for number in range(size.blocks)
        for device in devices
    ]
    cold_chain.ingest_blocks(session, *uploads)
    cold_chain.seal_days(session, at=clock.now())


def _try(session: Session, act: Act, chance: Random, size: Size) -> str:
    """Return what the verifier missed, or nothing."""
    code = f"TAMPER-{chance.randrange(size.devices)}"
    # The last day is not sealed yet: what is done there, the chain alone must tell.
    with session.begin():
        device_id, last = session.execute(
            text("SELECT id, last_seq FROM devices WHERE code = :code"), {"code": code}
        ).one()
        target = Target(code, device_id, chance.randint(1, last), last)
        for statement in DISARM:
            session.execute(text(statement))
        expected = act(session, target, chance)
        told = find_tampering(session)
        session.rollback()
    return _missed(target, expected, told)


def _missed(target: Target, expected: int, told: Tampering) -> str:
    if expected and told.blocks == {target.code: expected}:
        return ""
    if not expected and not told.blocks and told.days:
        return ""
    return f"block {target.seq} of {target.last}, expected {expected or 'a day'}, got {told}"


def _flip_a_bit(session: Session, target: Target, chance: Random) -> int:
    """Flip one bit of one column, wherever it lies."""
    column = chance.choice(COLUMNS)
    where = {"id": target.device_id, "seq": target.seq}
    value = bytearray(
        session.execute(
            text(f"SELECT {column} FROM raw_blocks WHERE device_id = :id AND seq = :seq"),  # noqa: S608 -- one of four names
            where,
        ).scalar_one()
    )
    if column == "sha256":
        # The verifier does not read it: it reckons from the bytes themselves.
        column, value = "body", bytearray(b"other bytes")
    else:
        value[chance.randrange(len(value))] ^= 1 << chance.randrange(8)
    session.execute(
        text(
            f"UPDATE raw_blocks SET {column} = :value WHERE device_id = :id AND seq = :seq"  # noqa: S608 -- one of four names
        ),
        where | {"value": bytes(value)},
    )
    return target.seq


def _shift_the_receipt(session: Session, target: Target, chance: Random) -> int:
    seconds = chance.choice((-1, 1)) * chance.randint(1, 86_400)
    session.execute(
        text(
            "UPDATE raw_blocks SET received_at = received_at + make_interval(secs => :seconds)"
            " WHERE device_id = :id AND seq = :seq"
        ),
        {"seconds": seconds, "id": target.device_id, "seq": target.seq},
    )
    return target.seq


def _delete_a_block(session: Session, target: Target, chance: Random) -> int:
    del chance
    session.execute(
        text("DELETE FROM raw_blocks WHERE device_id = :id AND seq = :seq"),
        {"id": target.device_id, "seq": target.seq},
    )
    return target.seq


def _swap_two_blocks(session: Session, target: Target, chance: Random) -> int:
    other = chance.choice([one for one in range(1, target.last + 1) if one != target.seq])
    session.execute(
        text(
            "UPDATE raw_blocks SET seq = CASE seq WHEN :one THEN :other ELSE :one END"
            " WHERE device_id = :id AND seq IN (:one, :other)"
        ),
        {"id": target.device_id, "one": target.seq, "other": other},
    )
    return min(target.seq, other)


def _rewrite_the_rest(session: Session, target: Target, chance: Random) -> int:
    """Change a sealed block and reckon every hash behind it anew, the register's as well."""
    del chance
    rows = session.execute(
        text(
            "SELECT seq, received_at, body, prev_hash FROM raw_blocks"
            " WHERE device_id = :id ORDER BY seq"
        ),
        {"id": target.device_id},
    ).all()
    start = min(target.seq, len(rows) // 2)
    hash_now = bytes(rows[start - 1].prev_hash)
    for row in rows[start - 1 :]:
        body = b"a kinder reading" if row.seq == start else bytes(row.body)
        sha256 = hashlib.sha256(body).digest()
        prev_hash = hash_now
        hash_now = block_hash(prev_hash, row.seq, to_us(row.received_at), sha256)
        session.execute(
            text(
                "UPDATE raw_blocks SET body = :body, sha256 = :sha256, prev_hash = :prev_hash,"
                " hash = :hash WHERE device_id = :id AND seq = :seq"
            ),
            {
                "body": body,
                "sha256": sha256,
                "prev_hash": prev_hash,
                "hash": hash_now,
                "id": target.device_id,
                "seq": row.seq,
            },
        )
    session.execute(
        text("UPDATE devices SET last_hash = :hash WHERE id = :id"),
        {"hash": hash_now, "id": target.device_id},
    )
    return 0


ACTS: tuple[Act, ...] = (
    _flip_a_bit,
    _delete_a_block,
    _swap_two_blocks,
    _shift_the_receipt,
    _rewrite_the_rest,
)


def _outcome(
    size: Size, found: dict[str, int], missed: list[str], calm: list[Tampering]
) -> Outcome:
    total = sum(found.values())
    false = sum(one.is_found for one in calm)
    return Outcome(
        "tamper",
        f"{total} of {size.tries} changes found and named, {false} of 2 untouched suspected",
        GOAL,
        holds=total == size.tries and not missed and not false,
        details=(
            f"{size.devices * size.blocks} blocks of {size.devices} loggers over {DAYS} days",
            *(f"  {name.replace('_', ' ')}: {count} found" for name, count in found.items()),
            *(f"  missed: {sentence}" for sentence in missed[:20]),
        ),
    )
