"""Keys of callers who repeat a command: the first answer again, never a second effect."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Integer, LargeBinary, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.errors import ConflictError
from kernel.orm import Base, Code
from kernel.vault import SealedText

MAX_KEY = 255


class CommandKey(Base):
    """One idempotency key of one caller, with the answer that was given."""

    __tablename__ = "command_keys"

    caller: Mapped[str] = mapped_column(Code, primary_key=True)
    endpoint: Mapped[str] = mapped_column(Code, primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int | None] = mapped_column(Integer)
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """What may be read by whoever reads the database."""
    sealed_answer: Mapped[str | None] = mapped_column(SealedText)
    """The text that was answered, which may be private to the caller."""
    first_seen_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class CommandId:
    """Who repeats what under which key."""

    caller: str
    endpoint: str
    key: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer that was given the first time."""

    status: int
    body: dict[str, Any]
    sealed: str = ""


def begin(
    session: Session, command: CommandId, request: Mapping[str, Any], *, at: datetime
) -> Answer | None:
    """Claim a key; return the first answer when it was used before with the same request.

    A second caller with the same key waits for the first one's transaction. Raises
    `ConflictError` `idempotency_key_reused` when the request differs.
    """
    claimed = session.execute(
        insert(CommandKey)
        .values(
            caller=command.caller,
            endpoint=command.endpoint,
            key=command.key,
            request_hash=_digest(request),
            first_seen_at=at,
        )
        .on_conflict_do_nothing()
        .returning(CommandKey.key)
    ).first()
    return None if claimed is not None else find(session, command, request)


def find(session: Session, command: CommandId, request: Mapping[str, Any]) -> Answer | None:
    """Return the first answer to a key without claiming it; None for a key nobody used.

    Raises `ConflictError` `idempotency_key_reused` when the request differs.
    """
    row = session.execute(
        select(
            CommandKey.request_hash,
            CommandKey.status,
            CommandKey.answer,
            CommandKey.sealed_answer,
        ).where(
            CommandKey.caller == command.caller,
            CommandKey.endpoint == command.endpoint,
            CommandKey.key == command.key,
        )
    ).one_or_none()
    if row is None:
        return None
    if bytes(row.request_hash) != _digest(request):
        raise ConflictError(
            "idempotency_key_reused", "this key was used for another request", key=command.key
        )
    return Answer(row.status or 200, row.answer or {}, row.sealed_answer or "")


def finish(
    session: Session,
    command: CommandId,
    *,
    status: int,
    body: dict[str, Any],
    sealed: str | None = None,
) -> None:
    """Remember the answer in the same transaction as the effect."""
    session.execute(
        update(CommandKey)
        .where(
            CommandKey.caller == command.caller,
            CommandKey.endpoint == command.endpoint,
            CommandKey.key == command.key,
        )
        .values(status=status, answer=body, sealed_answer=sealed)
    )


def _digest(request: Mapping[str, Any]) -> bytes:
    return hashlib.sha256(msgspec.json.encode(dict(request), order="sorted")).digest()
