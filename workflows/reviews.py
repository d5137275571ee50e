"""A buyer says what they think of goods: only of what was paid for and received."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.values.reviews import NewReview, Said
from kernel import policy
from kernel.clock import local_date
from kernel.errors import ConflictError, NotFoundError
from orders.queries import GroupRow, LineRow, OrderRow
from orders.values import GroupState

OPEN_DAYS = "review_open_days"
CHANGE_DAYS = "review_change_days"
CODES = (OPEN_DAYS, CHANGE_DAYS)
MAX_PHOTOS = 6


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes: a signed-in person, or a guest who holds the key of the order."""

    person_id: int | None = None
    name: str = ""

    @property
    def code(self) -> str:
        """Return how the record names them."""
        return f"person:{self.person_id}" if self.person_id else "guest"


@dataclass(frozen=True, slots=True)
class Terms:
    """For how many days a review may be written and changed."""

    open_days: int
    change_days: int


def find_terms(session: Session, *, at: datetime) -> Terms:
    """Return the terms in force; without a figure nothing may be written."""
    found = policy.list_in_force(session, CODES, on=local_date(at))
    return Terms(int(found.get(OPEN_DAYS, 0)), int(found.get(CHANGE_DAYS, 0)))


def find_line(group: GroupRow, line_id: int) -> tuple[OrderRow, LineRow]:
    """Return a line of a group with its part; raises `NotFoundError`."""
    for order in group.orders:
        for line in order.lines:
            if line.line_id == line_id:
                return order, line
    raise NotFoundError("order_not_found", f"no line {line_id}", number=group.number)


def is_open(group: GroupRow, order: OrderRow, terms: Terms, *, at: datetime) -> bool:
    """Say whether something may be said of the goods of a part now."""
    if group.state is not GroupState.PAID or order.delivered_at is None:
        return False
    return at < order.delivered_at + timedelta(days=terms.open_days)


def write(
    session: Session, group: GroupRow, line_id: int, said: Said, *, by: Writer, at: datetime
) -> int:
    """Write a review of a line of the writer's own order; return its id.

    Raises `ConflictError` `review_not_received` for goods that were not paid and delivered,
    `review_too_late` after the days for it, `review_exists`.
    """
    order, line = find_line(group, line_id)
    if group.state is not GroupState.PAID or order.delivered_at is None:
        raise ConflictError("review_not_received", "only what was received")
    terms = find_terms(session, at=at)
    if not is_open(group, order, terms, at=at):
        raise ConflictError("review_too_late", "too late", days=terms.open_days)
    new = NewReview(
        order_line_id=line.line_id,
        product_code=line.product_code,
        person_id=by.person_id,
        name=by.name,
        said=said,
    )
    return catalog.write_review(session, new, by=by.code, at=at)


def change(
    session: Session, group: GroupRow, line_id: int, said: Said, *, by: Writer, at: datetime
) -> None:
    """Change what was said of a line, within the days for it."""
    _, line = find_line(group, line_id)
    since = at - timedelta(days=find_terms(session, at=at).change_days)
    catalog.change_review(session, line.line_id, said, since=since, by=by.code, at=at)


def withdraw(
    session: Session, group: GroupRow, line_id: int, *, by: Writer, at: datetime
) -> None:
    """Take back what was said of a line, at any time."""
    _, line = find_line(group, line_id)
    catalog.withdraw_review(session, line.line_id, by=by.code, at=at)
