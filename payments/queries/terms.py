"""Reads of selling on terms: lines, what is left of them, bills."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from kernel import policy
from kernel.rows import fill, fill_all
from payments.models import BillReminder, CreditAccount, CreditBill, CreditLine, CreditSale
from payments.rules import terms as rules
from payments.values.terms import BillRow, LineRow, LineVerdict, SaleRow, Standing

GRACE = "terms_lock_days"
REMINDERS = "terms_reminder_days"

_LINE = (
    CreditLine.id,
    CreditLine.organisation_code,
    CreditLine.amount_minor,
    CreditLine.days,
    CreditLine.valid_from,
    CreditLine.valid_until,
    CreditLine.reason,
    CreditLine.proposed_by,
    CreditLine.proposed_at,
    CreditLine.verdict,
    CreditLine.decided_by,
    CreditLine.decided_at,
)
_SALE = (
    CreditSale.group_number,
    CreditSale.organisation_code,
    CreditSale.code,
    CreditSale.amount_minor,
    CreditSale.days,
    CreditSale.at,
)
_BILL = (
    CreditBill.order_number,
    CreditBill.group_number,
    CreditBill.organisation_code,
    CreditBill.amount_minor,
    CreditBill.paid_minor,
    CreditBill.reduced_minor,
    CreditBill.issued_at,
    CreditBill.due_on,
    CreditSale.code,
)
OPEN = CreditBill.paid_minor + CreditBill.reduced_minor < CreditBill.amount_minor
"""Of a bill on which something is still owed."""


def _bills() -> Select[*tuple[Any, ...]]:
    return select(*_BILL).join(CreditSale, CreditSale.group_number == CreditBill.group_number)


def get_standing(session: Session, organisation_code: str, *, on: date) -> Standing:
    """Return what line an organisation has on a day, what is used, and what locks it."""
    line = session.execute(
        select(CreditLine.id, CreditLine.amount_minor, CreditLine.days, CreditLine.valid_until)
        .where(
            CreditLine.organisation_code == organisation_code,
            CreditLine.verdict == LineVerdict.APPROVED,
            CreditLine.valid_from <= on,
        )
        .order_by(CreditLine.valid_from.desc(), CreditLine.decided_at.desc())
        .limit(1)
    ).one_or_none()
    if line is not None and line.valid_until is not None and line.valid_until < on:
        line = None
    used = session.scalar(
        select(CreditAccount.used_minor).where(
            CreditAccount.organisation_code == organisation_code
        )
    )
    grace = policy.list_in_force(session, [GRACE], on=on).get(GRACE, 0)
    locked_since = session.scalar(
        select(func.min(CreditBill.due_on)).where(
            CreditBill.organisation_code == organisation_code,
            OPEN,
            CreditBill.due_on < rules.locks_before(on, int(grace)),
        )
    )
    return Standing(
        organisation_code=organisation_code,
        limit_minor=line.amount_minor if line else 0,
        used_minor=used or 0,
        days=line.days if line else 0,
        line_id=line.id if line else None,
        valid_until=line.valid_until if line else None,
        locked_since=locked_since,
    )


def find_sale(session: Session, group_number: str) -> SaleRow | None:
    """Return how a group was placed on terms; None when it was not."""
    row = session.execute(
        select(*_SALE).where(CreditSale.group_number == group_number)
    ).one_or_none()
    return None if row is None else fill(SaleRow, row)


def list_sales(session: Session, group_numbers: Sequence[str]) -> dict[str, SaleRow]:
    """Return those of some groups that were placed on terms."""
    rows = session.execute(select(*_SALE).where(CreditSale.group_number.in_(group_numbers)))
    return {row.group_number: fill(SaleRow, row) for row in rows}


def list_by_code(session: Session, codes: Sequence[str]) -> dict[str, SaleRow]:
    """Return what was sold on terms under some codes."""
    rows = session.execute(select(*_SALE).where(CreditSale.code.in_(codes)))
    return {row.code: fill(SaleRow, row) for row in rows}


def list_bills_of_group(session: Session, group_number: str) -> list[BillRow]:
    """Return the bills of a group, the first due first."""
    rows = session.execute(
        _bills()
        .where(CreditBill.group_number == group_number)
        .order_by(CreditBill.due_on, CreditBill.order_number)
    )
    return fill_all(BillRow, rows)


def find_bill(session: Session, order_number: str) -> BillRow | None:
    """Return the bill of an order; None while it was not delivered on terms."""
    row = session.execute(_bills().where(CreditBill.order_number == order_number)).one_or_none()
    return None if row is None else fill(BillRow, row)


def list_open_bills(
    session: Session,
    *,
    organisation_code: str | None = None,
    due_before: date | None = None,
    after: tuple[date, str] | None = None,
    limit: int = 50,
) -> list[BillRow]:
    """Return bills on which something is owed, the first due first; `after` goes on."""
    statement = _bills().where(OPEN)
    if organisation_code is not None:
        statement = statement.where(CreditBill.organisation_code == organisation_code)
    if due_before is not None:
        statement = statement.where(CreditBill.due_on < due_before)
    if after is not None:
        due_on, number = after
        statement = statement.where(
            or_(
                CreditBill.due_on > due_on,
                and_(CreditBill.due_on == due_on, CreditBill.order_number > number),
            )
        )
    rows = session.execute(
        statement.order_by(CreditBill.due_on, CreditBill.order_number).limit(limit)
    )
    return fill_all(BillRow, rows)


def list_bills(session: Session, organisation_code: str, *, limit: int = 100) -> list[BillRow]:
    """Return the bills of an organisation, the newest first."""
    rows = session.execute(
        _bills()
        .where(CreditBill.organisation_code == organisation_code)
        .order_by(CreditBill.due_on.desc(), CreditBill.order_number.desc())
        .limit(limit)
    )
    return fill_all(BillRow, rows)


def sum_open_bills(session: Session, *, on: date) -> tuple[int, int, int]:
    """Return how many bills are open, what they come to, and what of it is overdue."""
    left = CreditBill.amount_minor - CreditBill.paid_minor - CreditBill.reduced_minor
    row = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(left), 0),
            func.coalesce(func.sum(left).filter(CreditBill.due_on < on), 0),
        ).where(OPEN)
    ).one()
    return int(row[0]), int(row[1]), int(row[2])


def list_lines(
    session: Session,
    *,
    organisation_code: str | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> list[LineRow]:
    """Return credit lines, the newest first, of one organisation or of all."""
    statement = select(*_LINE)
    if organisation_code is not None:
        statement = statement.where(CreditLine.organisation_code == organisation_code)
    if before_id is not None:
        statement = statement.where(CreditLine.id < before_id)
    rows = session.execute(statement.order_by(CreditLine.id.desc()).limit(limit))
    return fill_all(LineRow, rows)


def list_undecided(session: Session) -> list[LineRow]:
    """Return lines that wait for a second person, the oldest first."""
    rows = session.execute(
        select(*_LINE).where(CreditLine.verdict.is_(None)).order_by(CreditLine.id).limit(100)
    )
    return fill_all(LineRow, rows)


def list_unreminded(
    session: Session, *, due_before: date, on: date, limit: int
) -> list[BillRow]:
    """Return open bills due before a day about which no letter was written on another day.

    Those that got their letter longest ago come first, so that none is left out for ever.
    """
    last = (
        select(func.max(BillReminder.day))
        .where(BillReminder.order_number == CreditBill.order_number)
        .scalar_subquery()
    )
    rows = session.execute(
        _bills()
        .where(
            OPEN,
            CreditBill.due_on < due_before,
            or_(last.is_(None), CreditBill.due_on + last < on),
        )
        .order_by(last.asc().nulls_first(), CreditBill.order_number)
        .limit(limit)
    )
    return fill_all(BillRow, rows)
