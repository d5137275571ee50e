"""What has a term of keeping, and what each sweep past it removed; counts, never contents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel import policy
from kernel.audit import AuditRow

SWEPT = "retention_swept"
"""The act every run of the sweep leaves in the audit record."""

TERMS = (
    "retention_recipient_days",
    "retention_basket_days",
    "retention_command_days",
    "retention_letter_days",
    "retention_log_days",
    "retention_look_years",
    "retention_request_years",
    "retention_search_days",
    "retention_transaction_years",
)


@dataclass(frozen=True, slots=True)
class SweepRow:
    """One run: when, and how much went by term; a term not in force then is absent."""

    row_id: int
    at: datetime
    counts: Mapping[str, int]


def list_sweeps(session: Session, *, before_id: int | None, limit: int) -> Sequence[SweepRow]:
    """Return the runs, the newest first."""
    statement = (
        select(AuditRow.id, AuditRow.at, AuditRow.detail)
        .where(AuditRow.action == SWEPT)
        .order_by(AuditRow.id.desc())
        .limit(limit)
    )
    if before_id is not None:
        statement = statement.where(AuditRow.id < before_id)
    return [SweepRow(row.id, row.at, row.detail) for row in session.execute(statement)]


def list_terms(session: Session, *, on: date) -> Mapping[str, int]:
    """Return the terms in force on a day, in days or years as their names end."""
    found = policy.list_in_force(session, list(TERMS), on=on)
    return {code: int(found[code]) for code in TERMS if code in found}
