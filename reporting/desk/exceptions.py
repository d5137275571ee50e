"""Payments and messages that are not as agreed: what each is about and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session

from kernel.errors import NotFoundError
from kernel.rows import fill_all
from orders.models import OrderGroup
from orders.rules import UNPAID
from orders.values import GroupState
from payments.models import Dispute, Misfit, MisfitNote, Payment, PaymentEvent, Refund
from payments.values import (
    MONEY_MISFITS,
    DisputeState,
    EventStatus,
    MisfitKind,
    PaymentState,
    Provider,
    RefundState,
    Remedy,
)


class Queue(StrEnum):
    """What of the exceptions is shown."""

    OPEN = "open"
    LATER = "later"
    """Put off by somebody until a day that has not come."""
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class ExceptionRow:
    """One exception with its money, its order and its message."""

    misfit_id: int
    kind: MisfitKind
    detail: str
    noted_at: datetime
    later_on: date | None
    remedy: Remedy | None
    reason: str | None
    settled_by: str | None
    settled_at: datetime | None
    provider: Provider
    reference: str
    payment_state: PaymentState | None
    group_number: str | None
    group_state: GroupState | None
    total_minor: int | None
    captured_minor: int | None
    currency: str | None
    captured_at: datetime | None
    refunded_minor: int
    """What of it is booked to go back."""
    returned_minor: int
    """What of it has reached the buyer."""
    is_refund_stuck: bool
    """Whether a refund of it failed or goes by hand."""
    is_disputed: bool
    event_kind: str | None
    event_status: EventStatus | None
    received_at: datetime | None

    @property
    def left_minor(self) -> int:
        """Return what of the money nobody has decided on."""
        if self.payment_state is not PaymentState.MISMATCH:
            return 0
        return (self.captured_minor or 0) - self.refunded_minor

    @property
    def may_repay(self) -> bool:
        """Say whether there is money that can go back."""
        return self.remedy is None and self.left_minor > 0 and not self.is_disputed

    @property
    def may_accept(self) -> bool:
        """Say whether the money covers an order that still waits for it."""
        return (
            self.may_repay
            and self.currency == "CNY"
            and self.group_state in UNPAID
            and self.left_minor >= (self.total_minor or 0)
        )

    @property
    def may_close(self) -> bool:
        """Say whether no money waits, so that looking is all there is to do."""
        return self.remedy is None and self.kind not in MONEY_MISFITS


@dataclass(frozen=True, slots=True)
class NoteRow:
    """What somebody wrote down about an exception."""

    actor: str
    note: str
    later_on: date | None
    at: datetime


STUCK = (RefundState.FAILED, RefundState.CANCELED, RefundState.MANUAL_BANK)
TAKEN = (DisputeState.WITHDRAWN, DisputeState.UNDER_REVIEW)


def _sum_of(*states: RefundState) -> ColumnElement[int]:
    found = select(func.coalesce(func.sum(Refund.amount_minor), 0).cast(BigInteger)).where(
        Refund.payment_id == Misfit.payment_id, Refund.order_number.is_(None)
    )
    if states:
        found = found.where(Refund.state.in_(states))
    return found.scalar_subquery()


_IS_STUCK = exists().where(
    Refund.payment_id == Misfit.payment_id,
    Refund.order_number.is_(None),
    Refund.state.in_(STUCK),
)
_IS_OWED = exists().where(
    Refund.payment_id == Misfit.payment_id,
    Refund.order_number.is_(None),
    Refund.state != RefundState.SUCCEEDED,
)
IS_OPEN: ColumnElement[bool] = or_(
    _IS_STUCK,
    and_(
        Misfit.remedy.is_(None),
        case(
            (Misfit.kind.in_((MisfitKind.LATE, MisfitKind.DUPLICATE)), _IS_OWED),
            (Misfit.kind == MisfitKind.UNMATCHED, PaymentEvent.status == EventStatus.PARKED),
            else_=True,
        ),
    ),
)
"""Whether a person has something to do or to watch: a late payment until it went back, a
message until it could be applied, and money whose refund failed, whoever settled it."""


def _rows() -> Select[*tuple[Any, ...]]:
    return _joined(
        select(
            Misfit.id,
            Misfit.kind,
            Misfit.detail,
            Misfit.noted_at,
            Misfit.later_on,
            Misfit.remedy,
            Misfit.reason,
            Misfit.settled_by,
            Misfit.settled_at,
            func.coalesce(Payment.provider, PaymentEvent.provider),
            func.coalesce(Payment.reference, PaymentEvent.reference),
            Payment.state,
            Payment.group_number,
            OrderGroup.state,
            OrderGroup.total_minor,
            Payment.captured_minor,
            func.coalesce(Payment.captured_currency, Payment.currency),
            Payment.captured_at,
            _sum_of(),
            _sum_of(RefundState.SUCCEEDED),
            _IS_STUCK,
            exists().where(Dispute.payment_id == Payment.id, Dispute.state.in_(TAKEN)),
            PaymentEvent.kind,
            PaymentEvent.status,
            PaymentEvent.received_at,
        )
    )


def _joined(statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return (
        statement.select_from(Misfit)
        .outerjoin(Payment, Payment.id == Misfit.payment_id)
        .outerjoin(OrderGroup, OrderGroup.number == Payment.group_number)
        .outerjoin(PaymentEvent, PaymentEvent.id == Misfit.event_id)
    )


def _is_in(queue: Queue, on: date) -> ColumnElement[bool]:
    is_later = func.coalesce(Misfit.later_on > on, False)
    if queue is Queue.SETTLED:
        return ~IS_OPEN
    return and_(IS_OPEN, is_later if queue is Queue.LATER else ~is_later)


def list_exceptions(
    session: Session, queue: Queue, *, on: date, after_id: int | None, limit: int
) -> Sequence[ExceptionRow]:
    """Return exceptions, what waits longest first and what is settled last first."""
    statement = _rows().where(_is_in(queue, on)).limit(limit)
    if queue is Queue.SETTLED:
        statement = statement.order_by(Misfit.id.desc())
        if after_id is not None:
            statement = statement.where(Misfit.id < after_id)
    else:
        statement = statement.order_by(Misfit.id)
        if after_id is not None:
            statement = statement.where(Misfit.id > after_id)
    return fill_all(ExceptionRow, session.execute(statement))


def count_exceptions(session: Session, *, on: date) -> dict[Queue, int]:
    """Return how many exceptions stand in each part of the queue; one statement."""
    counted = [func.count().filter(_is_in(queue, on)) for queue in Queue]
    row = session.execute(_joined(select(*counted))).one()
    return dict(zip(Queue, row, strict=True))


def get_exception(session: Session, misfit_id: int) -> ExceptionRow:
    """Return one exception; raises `NotFoundError`."""
    rows = fill_all(ExceptionRow, session.execute(_rows().where(Misfit.id == misfit_id)))
    if not rows:
        raise NotFoundError("misfit_not_found", f"no misfit {misfit_id}")
    return rows[0]


def list_notes(session: Session, misfit_id: int) -> Sequence[NoteRow]:
    """Return what was written down about an exception, the oldest first."""
    rows = session.execute(
        select(MisfitNote.actor, MisfitNote.note, MisfitNote.later_on, MisfitNote.at)
        .where(MisfitNote.misfit_id == misfit_id)
        .order_by(MisfitNote.id)
    )
    return fill_all(NoteRow, rows)
