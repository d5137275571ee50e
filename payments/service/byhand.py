"""Refunds by bank transfer: opened, given an account, released by one, paid by another."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, DateTime, func, insert, literal, select, union_all, update
from sqlalchemy.orm import Session

from kernel.errors import ConflictError, InvalidError, NotFoundError
from kernel.orm import enum_column
from payments.models import RefundBounce, RefundByHand
from payments.rules.transfers import is_reference
from payments.service.buyers import LockedRefund, record_refund_state
from payments.values import RefundState
from payments.values.byhand import BankAccount, HandReason
from payments.values.settlements import ReturnReason


def open_by_hand(
    session: Session, refund: LockedRefund, why: HandReason, *, at: datetime
) -> None:
    """Let a locked refund go by bank transfer; raises `StateStepError` where it cannot."""
    record_refund_state(
        session,
        refund,
        RefundState.MANUAL_BANK,
        provider_reference=refund.provider_reference,
        failure_code=str(why),
        at=at,
    )
    session.execute(
        insert(RefundByHand).values(refund_id=refund.refund_id, why=why, opened_at=at)
    )


@dataclass(frozen=True, slots=True)
class LockedHand:
    """A refund by hand whose row is locked."""

    refund_id: int
    has_account: bool
    released_by: int | None
    bank_reference: str | None


def lock_hand(session: Session, refund_id: int) -> LockedHand:
    """Lock a refund by hand; raises `NotFoundError`."""
    row = session.execute(
        select(
            RefundByHand.refund_id,
            RefundByHand.given_at.is_not(None),
            RefundByHand.released_by,
            RefundByHand.bank_reference,
        )
        .where(RefundByHand.refund_id == refund_id)
        .with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFoundError("refund_not_by_hand", f"refund {refund_id} goes another way")
    return LockedHand(*row)


def record_account(
    session: Session, hand: LockedHand, account: BankAccount, *, at: datetime
) -> None:
    """Keep the account a buyer gave; it may be given anew until somebody released it."""
    if hand.released_by is not None:
        raise ConflictError("refund_released", "the transfer was released already")
    session.execute(
        update(RefundByHand)
        .where(RefundByHand.refund_id == hand.refund_id)
        .values(holder=account.holder, bank=account.bank, number=account.number, given_at=at)
    )


def release(session: Session, hand: LockedHand, *, by: int, at: datetime) -> None:
    """Let the transfer be made by somebody else."""
    if not hand.has_account:
        raise ConflictError("refund_account_missing", "the buyer gave no account yet")
    if hand.released_by is not None:
        raise ConflictError("refund_released", "the transfer was released already")
    _write(session, hand, released_by=by, released_at=at)


def hold(session: Session, hand: LockedHand) -> None:
    """Take a release back before the transfer was made; the account may be given anew."""
    if hand.bank_reference is not None or hand.released_by is None:
        raise ConflictError("refund_not_released", "there is no release to take back")
    _write(session, hand, released_by=None, released_at=None)


def record_paid(
    session: Session, hand: LockedHand, reference: str, *, by: int, at: datetime
) -> None:
    """Note the bank's number of the transfer; a person other than who released it."""
    if not is_reference(reference):
        raise InvalidError("bank_reference_invalid", "write the bank's number of the payment")
    if hand.released_by is None:
        raise ConflictError("refund_not_released", "nobody released the transfer")
    if hand.released_by == by:
        raise ConflictError("refund_four_eyes", "another person makes the transfer")
    known = (
        select(table.refund_id).where(table.bank_reference == reference)
        for table in (RefundByHand, RefundBounce)
    )
    if session.scalar(union_all(*known).limit(1)) is not None:
        raise ConflictError("bank_return_known", f"{reference} was noted before")
    _write(session, hand, bank_reference=reference, paid_by=by, paid_at=at)


def record_bounce(
    session: Session, hand: LockedHand, reason: ReturnReason, *, by: int, at: datetime
) -> None:
    """Keep a transfer the bank sent back; the refund waits for another account from now on."""
    kept = ("refund_id", "bank_reference", "released_by", "paid_by", "paid_at")
    given = ("holder", "bank", "number", "given_at", "released_at")
    made = select(
        *(getattr(RefundByHand, name) for name in kept),
        literal(reason, enum_column(ReturnReason)),
        literal(by, BigInteger),
        literal(at, DateTime(timezone=True)),
    ).where(RefundByHand.refund_id == hand.refund_id, RefundByHand.paid_at.is_not(None))
    session.execute(
        insert(RefundBounce).from_select([*kept, "reason", "recorded_by", "at"], made)
    )
    _write(session, hand, **dict.fromkeys((*kept[1:], *given)))


def is_by_hand(session: Session, refund_id: int) -> bool:
    """Say whether a refund goes by bank transfer, or went."""
    return session.get(RefundByHand, refund_id) is not None


def count_bounces(session: Session, refund_id: int) -> int:
    """Return how often the bank sent a transfer of a refund back."""
    counted = select(func.count()).where(RefundBounce.refund_id == refund_id)
    return session.scalar(counted) or 0


def _write(session: Session, hand: LockedHand, **values: object) -> None:
    session.execute(
        update(RefundByHand).where(RefundByHand.refund_id == hand.refund_id).values(**values)
    )
