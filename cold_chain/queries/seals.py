"""Whether the seals of days still fit the raw blocks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from cold_chain.models import DaySeal, SigningKey
from cold_chain.queries.devices import find_broken_chains
from cold_chain.rules.merkle import is_signed, merkle_root, sealed_words

LEAVES = text(
    """
SELECT (received_at AT TIME ZONE 'UTC')::date AS day,
       array_agg(hash ORDER BY device_id, seq) AS hashes
FROM raw_blocks WHERE received_at < :until GROUP BY 1
"""
)


@dataclass(frozen=True, slots=True)
class SealRow:
    """The seal of one day."""

    day: date
    blocks: int
    root: str
    public_key: str
    signature: str
    sealed_at: datetime


@dataclass(frozen=True, slots=True)
class Tampering:
    """The first thing that is wrong with the raw blocks, device by device and day by day."""

    blocks: dict[str, int]
    """Device → number of its first bad block."""
    days: Sequence[date]
    """Sealed days whose blocks or signature do not fit, oldest first."""

    @property
    def is_found(self) -> bool:
        """Tell whether anything is wrong."""
        return bool(self.blocks) or bool(self.days)


def list_seals(session: Session, *, limit: int = 31) -> list[SealRow]:
    """Return the newest seals."""
    rows = session.execute(
        select(DaySeal, SigningKey.public_key)
        .join(SigningKey, SigningKey.id == DaySeal.key_id)
        .order_by(DaySeal.day.desc())
        .limit(limit)
    )
    return [
        SealRow(
            day=seal.day,
            blocks=seal.blocks,
            root=bytes(seal.root).hex(),
            public_key=bytes(key).hex(),
            signature=bytes(seal.signature).hex(),
            sealed_at=seal.sealed_at,
        )
        for seal, key in rows
    ]


def find_bad_seals(session: Session) -> list[date]:
    """Return the sealed days whose root or signature does not fit, oldest first.

    Whoever rewrites a chain to its end, and the register with it, is found here.
    """
    last = session.scalar(select(func.max(DaySeal.day)))
    if last is None:
        return []
    until = datetime(last.year, last.month, last.day, 23, 59, 59, 999_999, UTC)
    leaves = {row.day: row.hashes for row in session.execute(LEAVES, {"until": until})}
    bad = []
    before: date | None = None
    for seal, public_key in session.execute(
        select(DaySeal, SigningKey.public_key)
        .join(SigningKey, SigningKey.id == DaySeal.key_id)
        .order_by(DaySeal.day)
    ):
        hashes = [bytes(one) for one in leaves.pop(seal.day, [])]
        words = sealed_words(seal.day, seal.blocks, bytes(seal.root))
        fits = (len(hashes), merkle_root(hashes)) == (seal.blocks, bytes(seal.root))
        is_next = before is None or (seal.day - before).days == 1
        is_true = is_signed(bytes(public_key), bytes(seal.signature), words)
        if not (fits and is_true and is_next):
            bad.append(seal.day)
        before = seal.day
    # Blocks of a day before the first seal came in under a false date.
    return sorted({*bad, *leaves})


def find_tampering(session: Session) -> Tampering:
    """Reckon every chain and every seal anew from the stored bytes."""
    return Tampering(blocks=find_broken_chains(session), days=find_bad_seals(session))
