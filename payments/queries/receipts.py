"""Reads of what households have acknowledged, and the demo's outbox of short messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from households.models import CooperativeMembership
from kernel.clock import local_date
from kernel.rows import fill_all
from payments.models import (
    DemoNotice,
    PayoutAcknowledgement,
    SettlementLine,
    SettlementPeriod,
)
from payments.values import LineState


@dataclass(frozen=True, slots=True)
class UnacknowledgedRow:
    """A payment that arrived and that nobody has acknowledged; without its amount."""

    line_id: int
    household_id: str
    period_code: str
    paid_at: datetime


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One message of the demo's gateway."""

    phone: str
    body: str
    at: datetime


def list_unacknowledged(
    session: Session,
    *,
    paid_before: datetime,
    member_of: str | None = None,
    on: datetime | None = None,
    line_id: int | None = None,
    limit: int = 200,
) -> Sequence[UnacknowledgedRow]:
    """Return payments to households that wait for a word, the oldest first; one statement.

    `member_of` keeps those of an organisation's members on the day of `on`.
    """
    statement = (
        select(
            SettlementLine.id,
            SettlementLine.household_id,
            SettlementPeriod.code,
            SettlementLine.paid_at,
        )
        .join(SettlementPeriod, SettlementPeriod.id == SettlementLine.period_id)
        .where(
            SettlementLine.state == LineState.PAID,
            SettlementLine.household_id.is_not(None),
            SettlementLine.paid_at < paid_before,
            ~exists().where(PayoutAcknowledgement.line_id == SettlementLine.id),
        )
        .order_by(SettlementLine.paid_at, SettlementLine.id)
        .limit(limit)
    )
    if line_id is not None:
        statement = statement.where(SettlementLine.id == line_id)
    if member_of is not None:
        statement = statement.where(_is_member(member_of, on or paid_before))
    return fill_all(UnacknowledgedRow, session.execute(statement))


def _is_member(organisation_code: str, at: datetime) -> ColumnElement[bool]:
    day = local_date(at)
    return exists().where(
        CooperativeMembership.household_id == SettlementLine.household_id,
        CooperativeMembership.organisation_code == organisation_code,
        CooperativeMembership.valid_from <= day,
        or_(CooperativeMembership.valid_to.is_(None), CooperativeMembership.valid_to >= day),
    )


def list_notices(session: Session, *, limit: int = 50) -> Sequence[NoticeRow]:
    """Return the demo's messages, the newest first; a real gateway leaves none here."""
    rows = session.execute(
        select(DemoNotice.phone, DemoNotice.body, DemoNotice.at)
        .order_by(DemoNotice.id.desc())
        .limit(limit)
    )
    return fill_all(NoticeRow, rows)
