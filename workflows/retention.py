"""What is kept no longer than its purpose needs: one sweep over everything that has a term.

Each term is a dated policy number; where none is in force, nothing of that kind is removed.
What a law asks to be kept has a floor in the database, below which no term can be set.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from catalog.search import editing as words
from households.models import HouseholdBaseline, HouseholdIdentity, IdentityLook
from kernel import audit, policy
from kernel.audit import Act
from kernel.clock import local_date
from kernel.idempotency import CommandKey
from orders.models import Basket, Order, OrderGroup
from orders.values import GroupState
from parties.models import Person, Reauthentication, SubjectRequest
from reporting.desk.sweeps import SWEPT
from workflows import subject_erased

RECIPIENT_DAYS = "retention_recipient_days"
BASKET_DAYS = "retention_basket_days"
COMMAND_DAYS = "retention_command_days"
LOG_DAYS = "retention_log_days"
LOOK_YEARS = "retention_look_years"
TRANSACTION_YEARS = "retention_transaction_years"
REQUEST_YEARS = "retention_request_years"
LETTER_DAYS = "retention_letter_days"
SEARCH_DAYS = "retention_search_days"

ACTOR = "task:retention"
SUBJECT = "retention"

Chore = Callable[[Session, datetime, datetime], int]
"""Session, moment before which things go, and now; returns how many went."""


def sweep(
    session: Session, *, at: datetime, elsewhere: Mapping[str, int] | None = None
) -> Mapping[str, int]:
    """Remove or de-identify what is past its term; return how much by term.

    The run is recorded in the same transaction, with counts only and also where nothing went,
    so that a sweep that stood still shows. `elsewhere` is what went outside the database.
    """
    terms = policy.list_in_force(session, list(CHORES), on=local_date(at))
    counts = {
        code: chore(session, _before(at, code, int(terms[code])), at)
        for code, chore in CHORES.items()
        if code in terms
    } | dict(elsewhere or {})
    run = Act(actor=ACTOR, action=SWEPT, subject=SUBJECT, purpose=SUBJECT, at=at, detail=counts)
    audit.record(session, run)
    return counts


def letters_before(session: Session, *, at: datetime) -> datetime | None:
    """Return before which moment letters in the folder go, or None where no term is set."""
    terms = policy.list_in_force(session, [LETTER_DAYS], on=local_date(at))
    return _before(at, LETTER_DAYS, int(terms[LETTER_DAYS])) if terms else None


def _before(at: datetime, code: str, term: int) -> datetime:
    if code.endswith("_days"):
        return at - timedelta(days=term)
    return at.replace(year=at.year - term, day=min(at.day, 28))


def _forget_recipients(session: Session, before: datetime, at: datetime) -> int:
    """Empty recipients of orders that have been closed long enough."""
    last_step = (
        select(Order.number)
        .where(
            Order.group_number == OrderGroup.number,
            or_(Order.delivered_at >= before, Order.refunded_at >= before),
        )
        .exists()
    )
    closed = or_(
        OrderGroup.closed_at < before,
        (OrderGroup.state == GroupState.PAID) & (OrderGroup.paid_at < before) & ~last_step,
    )
    return len(subject_erased.forget_recipients(session, closed, at=at))


def _drop_baskets(session: Session, before: datetime, _at: datetime) -> int:
    return _count(session.execute(delete(Basket).where(Basket.updated_at < before)))


def _drop_commands(session: Session, before: datetime, _at: datetime) -> int:
    return _count(session.execute(delete(CommandKey).where(CommandKey.first_seen_at < before)))


def _drop_proofs(session: Session, before: datetime, _at: datetime) -> int:
    stale = delete(Reauthentication).where(Reauthentication.expires_at < before)
    return _count(session.execute(stale))


def _drop_looks(session: Session, before: datetime, _at: datetime) -> int:
    return _count(session.execute(delete(IdentityLook).where(IdentityLook.at < before)))


def _drop_requests(session: Session, before: datetime, _at: datetime) -> int:
    closed = delete(SubjectRequest).where(SubjectRequest.closed_at < before)
    return _count(session.execute(closed))


def _unlink_transactions(session: Session, before: datetime, _at: datetime) -> int:
    """Take the number of erased people off their old orders, and baselines of the erased."""
    erased = exists().where(
        Person.id == OrderGroup.buyer_person_id, Person.erased_at.is_not(None)
    )
    orders = session.execute(
        update(OrderGroup)
        .where(OrderGroup.placed_at < before, erased)
        .values(buyer_person_id=None)
    )
    baselines = session.execute(
        delete(HouseholdBaseline).where(
            exists().where(
                HouseholdIdentity.household_id == HouseholdBaseline.household_id,
                HouseholdIdentity.erased_at < before,
            )
        )
    )
    return _count(orders) + _count(baselines)


def _drop_searches(session: Session, before: datetime, _at: datetime) -> int:
    return words.forget_counts(session, before=local_date(before))


def _count(result: Any) -> int:
    done: CursorResult[Any] = result
    return done.rowcount


CHORES: Mapping[str, Chore] = {
    RECIPIENT_DAYS: _forget_recipients,
    BASKET_DAYS: _drop_baskets,
    COMMAND_DAYS: _drop_commands,
    LOG_DAYS: _drop_proofs,
    LOOK_YEARS: _drop_looks,
    REQUEST_YEARS: _drop_requests,
    SEARCH_DAYS: _drop_searches,
    TRANSACTION_YEARS: _unlink_transactions,
}
