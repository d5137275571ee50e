"""Money and messages that are not as agreed: put before a person, noted on, settled once."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from kernel.errors import NotFoundError
from kernel.rows import fill_all
from payments.models import Misfit, MisfitNote, Payment, Refund
from payments.rules import buyers as rules
from payments.values import MisfitKind, PaymentState, Provider, Remedy


@dataclass(frozen=True, slots=True)
class MisfitMoney:
    """The payment a misfit is about, locked, and what of it nobody has decided on."""

    payment_id: int
    group_number: str
    provider: Provider
    reference: str
    intent: str | None
    state: PaymentState
    asked_minor: int
    captured_minor: int
    currency: str
    left_minor: int


@dataclass(frozen=True, slots=True)
class LockedMisfit:
    """A misfit whose row is locked."""

    misfit_id: int
    kind: MisfitKind
    remedy: Remedy | None
    money: MisfitMoney | None
    """Nothing for a message that was never applied."""


def note_misfit(
    session: Session,
    kind: MisfitKind,
    detail: str,
    *,
    payment_id: int | None = None,
    event_id: int | None = None,
    at: datetime,
) -> None:
    """Put money or a message that is not as agreed where a person looks; once."""
    session.execute(
        upsert(Misfit)
        .values(payment_id=payment_id, event_id=event_id, kind=kind, detail=detail, noted_at=at)
        .on_conflict_do_nothing()
    )


def lock_misfit(session: Session, misfit_id: int) -> LockedMisfit:
    """Lock the payment of a misfit, then the misfit; raises `NotFoundError`."""
    payment_id = session.execute(
        select(Misfit.payment_id).where(Misfit.id == misfit_id)
    ).one_or_none()
    if payment_id is None:
        raise NotFoundError("misfit_not_found", f"no misfit {misfit_id}")
    money = None if payment_id[0] is None else _lock_money(session, payment_id[0])
    row = session.execute(
        select(Misfit.id, Misfit.kind, Misfit.remedy)
        .where(Misfit.id == misfit_id)
        .with_for_update()
    ).one()
    return LockedMisfit(row.id, row.kind, row.remedy, money)


def find_open_misfit(session: Session, payment_id: int) -> int | None:
    """Return the misfit of a payment nobody has settled."""
    return session.scalar(
        select(Misfit.id).where(Misfit.payment_id == payment_id, Misfit.remedy.is_(None))
    )


def _lock_money(session: Session, payment_id: int) -> MisfitMoney:
    row = session.execute(
        select(
            Payment.id,
            Payment.group_number,
            Payment.provider,
            Payment.reference,
            Payment.intent,
            Payment.state,
            Payment.amount_minor,
            func.coalesce(Payment.captured_minor, 0),
            func.coalesce(Payment.captured_currency, Payment.currency),
        )
        .where(Payment.id == payment_id)
        .with_for_update()
    ).one()
    back = session.scalar(
        select(func.coalesce(func.sum(Refund.amount_minor), 0)).where(
            Refund.payment_id == payment_id
        )
    )
    return fill_all(MisfitMoney, [(*row, row[7] - int(back or 0))])[0]


def settle_misfit(
    session: Session,
    misfit: LockedMisfit,
    remedy: Remedy,
    *,
    actor: str,
    reason: str,
    at: datetime,
) -> None:
    """Write how a misfit was settled, by whom and why."""
    session.execute(
        update(Misfit)
        .where(Misfit.id == misfit.misfit_id, Misfit.remedy.is_(None))
        .values(remedy=remedy, reason=reason, settled_by=actor, settled_at=at)
    )


def count_as_paid(session: Session, money: MisfitMoney) -> None:
    """Let an attempt that brought other money than agreed count as the one that paid."""
    rules.check_payment_step(money.reference, money.state, PaymentState.SUCCEEDED)
    session.execute(
        update(Payment)
        .where(Payment.id == money.payment_id)
        .values(state=PaymentState.SUCCEEDED)
    )


def add_misfit_note(
    session: Session,
    misfit_id: int,
    note: str,
    *,
    actor: str,
    later_on: date | None,
    at: datetime,
) -> None:
    """Write down what was found out, and put the matter off on demand."""
    session.execute(
        insert(MisfitNote).values(
            misfit_id=misfit_id, actor=actor, note=note, later_on=later_on, at=at
        )
    )
    session.execute(update(Misfit).where(Misfit.id == misfit_id).values(later_on=later_on))
