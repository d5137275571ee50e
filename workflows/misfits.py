"""Money that came otherwise than asked for (X2) is settled by a person, once and for all.

It goes back in full, or pays the order it covers and only the rest goes back. Other money than
the books know can only go back, and stands in no book. What the buyer's bank took of it in a
lost dispute is gone back as well. Row locks: payment, misfit, order group, lots by id, ledger
balances by account.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy.orm import Session

from catalog import service as catalog
from kernel import outbox
from kernel.errors import ConflictError
from kernel.money import CURRENCY
from ledger import service as ledger
from ledger.values import Book, Entry, Line, PostingKind
from orders import service as orders
from payments import service as payments
from payments.events import RefundRequested
from payments.service import LockedMisfit, MisfitMoney, NewRefund
from payments.values import (
    MONEY_MISFITS,
    Capture,
    PaymentState,
    RefundPart,
    Remedy,
)
from workflows import order_paid
from workflows.order_paid import misfit_account

REASON: Final = "misfit"


@dataclass(frozen=True, slots=True)
class Seen:
    """A misfit as the person who decides saw it; anything else now is asked again."""

    misfit_id: int
    left_minor: int = 0


@dataclass(frozen=True, slots=True)
class Decider:
    """Who decides, and why."""

    actor: str
    reason: str


def repay(session: Session, seen: Seen, who: Decider, *, at: datetime) -> int:
    """Let all that is left of the money go back to the buyer; return the refund.

    Raises `ConflictError` `misfit_settled` when somebody has settled it, `misfit_changed` when
    another amount is left than was seen, `misfit_no_money` when there is none.
    """
    reason = payments.checked_note(who.reason)
    misfit, money = _as_seen(session, seen)
    refund_id = _give_back(session, money, money.left_minor, f"misfit:{seen.misfit_id}", at)
    payments.settle_misfit(
        session, misfit, Remedy.REFUNDED, actor=who.actor, reason=reason, at=at
    )
    outbox.record(session, RefundRequested(occurred_at=at, refund_id=refund_id))
    return refund_id


def accept(session: Session, seen: Seen, who: Decider, *, at: datetime) -> int | None:
    """Let the money pay the order it covers; return the refund of what is too much, if any.

    Raises `ConflictError` as `repay` does, `misfit_too_little` when it does not cover the
    order, `misfit_order_closed` when the order waits for no payment any more, and
    `misfit_goods_gone` when its goods may not be sold.
    """
    reason = payments.checked_note(who.reason)
    misfit, money = _as_seen(session, seen)
    group = orders.lock_group(session, money.group_number)
    total = group.total_minor
    if money.currency != CURRENCY or money.left_minor < total or money.asked_minor != total:
        raise ConflictError("misfit_too_little", f"{group.number} costs {total}")
    if not order_paid.may_pay(session, group, money.provider):
        raise ConflictError("misfit_order_closed", f"{group.number} is {group.state}")
    if catalog.list_unfit(session, group.number, at=at):
        raise ConflictError("misfit_goods_gone", f"goods of {group.number} may not be sold")
    payments.count_as_paid(session, money)
    capture = Capture(
        provider=money.provider,
        reference=f"misfit:{misfit.misfit_id}",
        group_number=group.number,
        amount_minor=total,
        currency=CURRENCY,
        at=at,
    )
    source = misfit_account(group.number)
    order_paid.carry(
        session, group, capture, order_paid.payment_entry(session, group, capture, source)
    )
    payments.settle_misfit(
        session, misfit, Remedy.APPLIED, actor=who.actor, reason=reason, at=at
    )
    rest = money.left_minor - total
    if not rest:
        return None
    refund_id = _give_back(session, money, rest, f"misfit:{misfit.misfit_id}", at)
    outbox.record(session, RefundRequested(occurred_at=at, refund_id=refund_id))
    return refund_id


def close(session: Session, seen: Seen, who: Decider, *, at: datetime) -> None:
    """Note that somebody has looked at what moves no money, and take it off the queue.

    Raises `ConflictError` `misfit_settled`, or `misfit_has_money` where money waits.
    """
    reason = payments.checked_note(who.reason)
    misfit = _open(session, seen.misfit_id)
    if misfit.kind in MONEY_MISFITS:
        raise ConflictError("misfit_has_money", f"money of {seen.misfit_id} waits")
    payments.settle_misfit(session, misfit, Remedy.NOTED, actor=who.actor, reason=reason, at=at)


def put_down(
    session: Session, seen: Seen, who: Decider, *, later_on: date | None, at: datetime
) -> None:
    """Write down what was found out; with a day, it is put off until then."""
    note = payments.checked_note(who.reason)
    misfit = _open(session, seen.misfit_id)
    payments.add_misfit_note(
        session, misfit.misfit_id, note, actor=who.actor, later_on=later_on, at=at
    )


def lose(session: Session, payment_id: int, minor: int, key: str, *, at: datetime) -> list[int]:
    """Count as gone back what the buyer's bank took of money nobody had decided on.

    Returns the refunds, which the caller pays with the money that is gone. When nothing is
    left, the misfit is settled.
    """
    misfit_id = payments.find_open_misfit(session, payment_id)
    if misfit_id is None:
        return []
    misfit = payments.lock_misfit(session, misfit_id)
    money = misfit.money
    if money is None or money.state is not PaymentState.MISMATCH:
        return []
    taken = min(minor, money.left_minor)
    if taken <= 0:
        return []
    refund_id = _give_back(session, money, taken, key, at)
    if taken == money.left_minor:
        payments.settle_misfit(
            session, misfit, Remedy.REFUNDED, actor="provider", reason="dispute_lost", at=at
        )
    return [refund_id]


def _open(session: Session, misfit_id: int) -> LockedMisfit:
    misfit = payments.lock_misfit(session, misfit_id)
    if misfit.remedy is not None:
        raise ConflictError("misfit_settled", f"misfit {misfit_id} is {misfit.remedy}")
    return misfit


def _as_seen(session: Session, seen: Seen) -> tuple[LockedMisfit, MisfitMoney]:
    misfit = _open(session, seen.misfit_id)
    money = misfit.money
    if money is None or money.state is not PaymentState.MISMATCH or money.left_minor <= 0:
        raise ConflictError("misfit_no_money", f"misfit {seen.misfit_id} has no money")
    if money.left_minor != seen.left_minor:
        raise ConflictError("misfit_changed", f"{money.left_minor} are left")
    return misfit, money


def _give_back(session: Session, money: MisfitMoney, minor: int, key: str, at: datetime) -> int:
    """X3: owe the buyer what came otherwise than asked for; other money is in no book."""
    refund_id = payments.request_refund(
        session,
        NewRefund(
            payment_id=money.payment_id,
            order_number=None,
            idempotency_key=key,
            reason=REASON,
            parts=(RefundPart(None, minor),),
        ),
        at=at,
    )
    if refund_id is None:
        raise ConflictError("misfit_settled", f"{key} was refunded")
    if money.currency == CURRENCY:
        ledger.post(session, _back_entry(money.group_number, key, refund_id, minor, at))
    return refund_id


def _back_entry(group_number: str, key: str, refund_id: int, minor: int, at: datetime) -> Entry:
    return Entry(
        book=Book.MONEY,
        key=f"{key}:misfit-refund",
        kind=PostingKind.MISFIT_REFUNDED,
        effective_at=at,
        source=f"group:{group_number}",
        lines=[
            Line(misfit_account(group_number), minor),
            Line(f"L:refund:{refund_id}", -minor),
        ],
    )
