"""Intake: prove the sender, keep the bytes, decode into readings, notice what contradicts."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cold_chain.errors import DeviceUnknownError, NonceReplayedError, SignatureWrongError
from cold_chain.models import Device, DeviceChannel, IntakeNonce
from cold_chain.rules.intake import SIGNATURE_WINDOW, check_signature
from cold_chain.service import storing
from cold_chain.service.blocks import Block, Chain, append_blocks
from cold_chain.service.decoding import ChannelRow, Decoded, decode
from cold_chain.service.partitions import ensure_partitions
from cold_chain.values import Intake, SignedRequest, Upload
from cold_chain.values.formats import Findings

NONCES_KEPT = 2 * SIGNATURE_WINDOW + timedelta(minutes=1)
"""A signature older than its window is refused anyway, so its nonce may be forgotten."""


def authenticate(session: Session, signed: SignedRequest, *, at: datetime) -> str:
    """Return the code of the device that proved to be the sender.

    An unknown, retired or revoked device is refused like a wrong signature. A nonce counts
    once (`nonce_replayed`), even when the rest of the request fails later and is committed.
    """
    device = session.execute(
        select(Device.id, Device.hmac_secret).where(
            Device.code == signed.device_code, Device.revoked_at.is_(None)
        )
    ).one_or_none()
    if device is None:
        raise SignatureWrongError
    check_signature(
        device.hmac_secret,
        signed.signature,
        timestamp=signed.timestamp,
        nonce=signed.nonce,
        body=signed.body,
        at=at,
    )
    fresh = session.scalar(
        insert(IntakeNonce)
        .values(device_id=device.id, nonce=signed.nonce, seen_at=at)
        .on_conflict_do_nothing()
        .returning(IntakeNonce.nonce)
    )
    if fresh is None:
        raise NonceReplayedError
    return signed.device_code


def forget_nonces(session: Session, *, at: datetime) -> None:
    """Forget nonces whose signatures have become too old to be accepted."""
    session.execute(delete(IntakeNonce).where(IntakeNonce.seen_at < at - NONCES_KEPT))


def ingest_block(session: Session, upload: Upload) -> Intake:
    """Take one upload in; see `ingest_blocks`."""
    return ingest_blocks(session, upload)[0]


def ingest_blocks(session: Session, *uploads: Upload) -> list[Intake]:
    """Take uploads in and tell what became of each, in the same order.

    Bytes received before change nothing. A reading there already is left as it is; a
    different value for its moment is recorded as a conflict. Shipments that travel with the
    devices are marked for evaluation. Locks the devices by id.
    """
    if not uploads:
        return []
    devices = lock_devices(session, {upload.device_code for upload in uploads})
    return take_in(session, append_blocks(session, devices, uploads))


def take_in(
    session: Session, blocks: Sequence[Block], findings: Findings | None = None
) -> list[Intake]:
    """Store what new blocks say; `findings` goes before what their uploads carry.

    The devices are locked and the blocks appended already.
    """
    fresh = [block for block in blocks if not block.is_repeated]
    if findings is not None:
        fresh = [replace(one, upload=_with(one.upload, findings)) for one in fresh]
    channels = _load_channels(session, [block.device_id for block in fresh])
    decoded = decode(fresh, channels)
    ensure_partitions(session, decoded.days())
    stored = storing.store_readings(session, decoded)
    conflicts = storing.record_conflicts(session, decoded, stored)
    storing.store_doors(session, decoded)
    storing.store_clock_faults(session, decoded)
    storing.mark_rollups(session, decoded)
    storing.mark_dirty(session, decoded, fresh)
    return [_told(block, decoded, stored, conflicts) for block in blocks]


def _with(upload: Upload, findings: Findings) -> Upload:
    return replace(upload, readings=tuple(findings.readings), doors=tuple(findings.doors))


def lock_devices(session: Session, codes: Iterable[str]) -> dict[str, Chain]:
    """Lock devices by id and return the ends of their chains; the unknown are refused."""
    rows = session.execute(
        select(Device.code, Device.id, Device.last_seq, Device.last_hash)
        .where(Device.code.in_(set(codes)))
        .order_by(Device.id)
        .with_for_update(key_share=True)
    )
    devices = {row.code: Chain(row.id, row.last_seq, bytes(row.last_hash)) for row in rows}
    for code in codes:
        if code not in devices:
            raise DeviceUnknownError(code)
    return devices


def _load_channels(
    session: Session, device_ids: Sequence[int]
) -> dict[tuple[int, str], ChannelRow]:
    rows = session.execute(
        select(
            DeviceChannel.device_id, DeviceChannel.code, DeviceChannel.id, DeviceChannel.kind
        ).where(DeviceChannel.device_id.in_(set(device_ids)))
    )
    return {(row.device_id, row.code): (row.id, row.kind) for row in rows}


def _told(
    block: Block,
    decoded: Decoded,
    stored: dict[int, int],
    conflicts: dict[int, int],
) -> Intake:
    sent = decoded.sent.get(block.id, 0)
    new = stored.get(block.id, 0)
    clashing = conflicts.get(block.id, 0)
    return Intake(
        device_code=block.upload.device_code,
        seq=block.seq,
        is_repeated=block.is_repeated,
        stored=new,
        known=sent - new - clashing,
        conflicts=clashing,
        quarantined=decoded.quarantined.get(block.id, 0),
        clock_faults=decoded.faulty.get(block.id, 0),
    )
