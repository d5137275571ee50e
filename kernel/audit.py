"""An append-only, hash-chained record of who did what, to what, for which purpose."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Identity, LargeBinary, func, insert, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.orm import Base, Code

CHAIN_LOCK = 7_312_001
"""Advisory lock that puts audit rows in one order; held to the end of the transaction."""

GENESIS = b"\x00" * 32


class AuditRow(Base):
    """One recorded act; rows can be added and never changed (trigger)."""

    __tablename__ = "audit_rows"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(Code, index=True)
    """`person:<id>`, `device:<id>`, `task:<name>` or `guest`."""
    action: Mapped[str] = mapped_column(Code)
    subject: Mapped[str] = mapped_column(Code, index=True)
    purpose: Mapped[str]
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))
    """Identifiers and states only; never a household's name or income."""
    prev_hash: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What somebody did, ready to be recorded."""

    actor: str
    action: str
    subject: str
    purpose: str
    at: datetime
    detail: Mapping[str, Any]


def record(session: Session, act: Act) -> None:
    """Append one act to the chain in the caller's transaction."""
    session.execute(select(func.pg_advisory_xact_lock(CHAIN_LOCK)))
    last = session.scalar(select(AuditRow.hash).order_by(AuditRow.id.desc()).limit(1))
    prev_hash = last or GENESIS
    session.execute(
        insert(AuditRow).values(
            at=act.at,
            actor=act.actor,
            action=act.action,
            subject=act.subject,
            purpose=act.purpose,
            detail=dict(act.detail),
            prev_hash=prev_hash,
            hash=digest(prev_hash, act),
        )
    )


def digest(prev_hash: bytes, act: Act) -> bytes:
    """Return the hash of an act after the one before it."""
    body = msgspec.json.encode(
        [act.at.isoformat(), act.actor, act.action, act.subject, act.purpose, dict(act.detail)],
        order="sorted",
    )
    return hashlib.sha256(prev_hash + body).digest()


def find_break(session: Session) -> int | None:
    """Return the id of the first row whose hash does not follow, or None for a whole chain."""
    prev_hash = GENESIS
    for row in session.scalars(select(AuditRow).order_by(AuditRow.id)).yield_per(1000):
        act = Act(
            actor=row.actor,
            action=row.action,
            subject=row.subject,
            purpose=row.purpose,
            at=row.at,
            detail=row.detail,
        )
        if row.prev_hash != prev_hash or row.hash != digest(prev_hash, act):
            return row.id
        prev_hash = row.hash
    return None
