"""The audit record as staff may read it: who did what when; households stay unnamed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.audit import AuditRow

HIDDEN = "…"
HOUSEHOLD = "household"


@dataclass(frozen=True, slots=True)
class ActRow:
    """One recorded act."""

    row_id: int
    at: datetime
    actor: str
    action: str
    subject: str
    purpose: str
    detail: dict[str, str]


def list_acts(
    session: Session, *, action: str, actor: str, before_id: int | None, limit: int
) -> Sequence[ActRow]:
    """Return acts, the newest first, of one actor or one kind where those are given."""
    statement = select(AuditRow).order_by(AuditRow.id.desc()).limit(limit)
    if action:
        statement = statement.where(AuditRow.action == action)
    if actor:
        statement = statement.where(AuditRow.actor == actor)
    if before_id is not None:
        statement = statement.where(AuditRow.id < before_id)
    return [
        ActRow(
            row.id,
            row.at,
            row.actor,
            row.action,
            unnamed(row.subject),
            row.purpose,
            _detail(row.detail),
        )
        for row in session.scalars(statement)
    ]


def list_actions(session: Session) -> Sequence[str]:
    """Return every kind of act that was ever recorded."""
    return list(session.scalars(select(AuditRow.action).distinct().order_by(AuditRow.action)))


def unnamed(subject: str) -> str:
    """Return a subject, without the number where it is a household."""
    kind, _, _name = subject.partition(":")
    return f"{kind}:{HIDDEN}" if kind in {HOUSEHOLD, "hh"} else subject


def _detail(detail: dict[str, Any]) -> dict[str, str]:
    return {
        key: HIDDEN if HOUSEHOLD in key else unnamed(str(value))
        for key, value in sorted(detail.items())
    }
