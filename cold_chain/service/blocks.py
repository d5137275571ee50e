"""Appending raw blocks to the hash chains of their devices."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select, text, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cold_chain.models import RawBlock
from cold_chain.rules.chain import block_hash
from cold_chain.rules.moments import to_us
from cold_chain.values import Upload

REMEMBER = text(
    """
UPDATE devices AS d SET
    last_seq = m.seq,
    last_hash = m.hash,
    last_seen_at = greatest(d.last_seen_at, m.at),
    state = CASE WHEN d.state = 'registered' THEN 'active' ELSE d.state END
FROM unnest(
    CAST(:ids AS bigint[]), CAST(:seqs AS bigint[]), CAST(:hashes AS bytea[]),
    CAST(:ats AS timestamptz[])
) AS m (id, seq, hash, at)
WHERE d.id = m.id
"""
)


@dataclass(slots=True)
class Chain:
    """The end of a device's chain of blocks, as locked."""

    device_id: int
    seq: int
    hash: bytes


@dataclass(slots=True)
class Block:
    """An upload and the raw block it became, or repeats."""

    upload: Upload
    id: int
    device_id: int
    seq: int
    is_repeated: bool


def append_blocks(
    session: Session, chains: Mapping[str, Chain], uploads: Sequence[Upload]
) -> list[Block]:
    """Append every upload whose bytes are new to its device's chain, in the given order."""
    keys = [
        (chains[upload.device_code].device_id, hashlib.sha256(upload.body).digest())
        for upload in uploads
    ]
    seqs = _find_known(session, keys)
    known = set(seqs)
    rows = []
    for upload, key in zip(uploads, keys, strict=True):
        if key not in seqs:
            rows.append(_link(chains[upload.device_code], upload, key[1]))
            seqs[key] = chains[upload.device_code].seq
    ids = _insert(session, rows)
    _remember(session, chains, uploads, rows)
    blocks = []
    for upload, key in zip(uploads, keys, strict=True):
        blocks.append(
            Block(upload, ids.get(key, 0), key[0], seqs[key], is_repeated=key in known)
        )
        known.add(key)
    return blocks


def _find_known(
    session: Session, keys: Sequence[tuple[int, bytes]]
) -> dict[tuple[int, bytes], int]:
    rows = session.execute(
        select(RawBlock.device_id, RawBlock.sha256, RawBlock.seq).where(
            tuple_(RawBlock.device_id, RawBlock.sha256).in_(keys)
        )
    )
    return {(row.device_id, bytes(row.sha256)): row.seq for row in rows}


def _link(chain: Chain, upload: Upload, sha256: bytes) -> dict[str, object]:
    """Return the next row of a chain and move the chain's end to it."""
    prev_hash = chain.hash
    chain.seq += 1
    chain.hash = block_hash(prev_hash, chain.seq, to_us(upload.received_at), sha256)
    return {
        "device_id": chain.device_id,
        "seq": chain.seq,
        "received_at": upload.received_at,
        "body": upload.body,
        "sha256": sha256,
        "prev_hash": prev_hash,
        "hash": chain.hash,
    }


def _insert(
    session: Session, rows: Sequence[dict[str, object]]
) -> dict[tuple[int, bytes], int]:
    if not rows:
        return {}
    entered = session.execute(
        insert(RawBlock).returning(RawBlock.device_id, RawBlock.sha256, RawBlock.id), rows
    )
    return {(row.device_id, bytes(row.sha256)): row.id for row in entered}


def _remember(
    session: Session,
    chains: Mapping[str, Chain],
    uploads: Sequence[Upload],
    rows: Sequence[dict[str, object]],
) -> None:
    if not rows:
        return
    grown = {row["device_id"] for row in rows}
    latest = {
        code: max(one.received_at for one in uploads if one.device_code == code)
        for code, chain in chains.items()
        if chain.device_id in grown
    }
    session.execute(
        REMEMBER,
        {
            "ids": [chains[code].device_id for code in latest],
            "seqs": [chains[code].seq for code in latest],
            "hashes": [chains[code].hash for code in latest],
            "ats": list(latest.values()),
        },
    )
