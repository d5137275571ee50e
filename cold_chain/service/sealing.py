"""Sealing days: a signed root over the raw blocks that were received on each of them."""

from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from cold_chain.models import DaySeal, RawBlock, SigningKey
from cold_chain.rules.merkle import (
    merkle_root,
    new_key,
    reported_words,
    sealed_words,
    sign_words,
)
from kernel.vault import open_bytes, seal_bytes

SEAL_LOCK = 7_312_005
AFTER = timedelta(hours=1)
"""How long after its end a day is sealed: by then whatever was under way is written."""
MAX_DAYS = 31
ONE_DAY = timedelta(days=1)


def seal_days(session: Session, *, at: datetime, limit: int = MAX_DAYS) -> list[date]:
    """Seal every day that is over and not sealed yet, oldest first; return the days.

    Days before the first block, and days without one, are sealed as empty once there is an
    earlier seal, so that a missing day shows. Safe to repeat and to run beside others.
    """
    session.execute(select(func.pg_advisory_xact_lock(SEAL_LOCK)))
    first = _first_open_day(session)
    if first is None:
        return []
    last = (at - AFTER).astimezone(UTC).date() - ONE_DAY
    days = [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)][:limit]
    if not days:
        return []
    key_id, private_key = _key(session, at=at)
    rows = []
    for day in days:
        leaves = list_leaves(session, day)
        root = merkle_root(leaves)
        rows.append(
            {
                "day": day,
                "blocks": len(leaves),
                "root": root,
                "key_id": key_id,
                "signature": sign_words(private_key, sealed_words(day, len(leaves), root)),
                "sealed_at": at,
            }
        )
    session.execute(insert(DaySeal), rows)
    return days


def sign_report(session: Session, digest: bytes, *, at: datetime) -> tuple[bytes, bytes]:
    """Sign the SHA-256 of a report; return the public key and the signature, both raw."""
    session.execute(select(func.pg_advisory_xact_lock(SEAL_LOCK)))
    key_id, private_key = _key(session, at=at)
    public = session.scalar(select(SigningKey.public_key).where(SigningKey.id == key_id))
    return bytes(public or b""), sign_words(private_key, reported_words(digest))


def list_leaves(session: Session, day: date) -> list[bytes]:
    """Return the chain hashes of the blocks received on a UTC day, by device and number."""
    start = datetime.combine(day, time(), UTC)
    return [
        bytes(one)
        for one in session.scalars(
            select(RawBlock.hash)
            .where(RawBlock.received_at >= start, RawBlock.received_at < start + ONE_DAY)
            .order_by(RawBlock.device_id, RawBlock.seq)
        )
    ]


def _first_open_day(session: Session) -> date | None:
    last: date | None = session.scalar(select(func.max(DaySeal.day)))
    if last is not None:
        return last + ONE_DAY
    first_at = session.scalar(select(func.min(RawBlock.received_at)))
    return None if first_at is None else first_at.date()


def _key(session: Session, *, at: datetime) -> tuple[int, bytes]:
    """Return the key in use; the first seal makes it."""
    row = session.execute(
        select(SigningKey.id, SigningKey.private_key)
        .where(SigningKey.retired_at.is_(None))
        .order_by(SigningKey.id.desc())
        .limit(1)
    ).one_or_none()
    if row is not None:
        return row.id, open_bytes(bytes(row.private_key))
    private, public = new_key()
    key_id = session.scalar(
        insert(SigningKey)
        .values(public_key=public, private_key=seal_bytes(private), made_at=at)
        .returning(SigningKey.id)
    )
    return key_id or 0, private
