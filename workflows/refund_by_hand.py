"""A refund no provider can carry out goes by bank transfer, through two people's hands.

The money stays owed on `L:refund` until the second person has noted the bank's number of the
transfer. Row locks: refund, refund by hand, ledger balances by account.
"""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from kernel import outbox, policy
from kernel.clock import local_date
from kernel.errors import ConflictError, InvalidError
from kernel.money import CURRENCY
from ledger import service as ledger
from ledger.values import Entry, Line
from payments import service as payments
from payments.events import RefundAccountNeeded, RefundRequested
from payments.queries import byhand as queries
from payments.rules import buyers as states
from payments.rules import byhand as rules
from payments.service import LockedRefund, byhand
from payments.values import RefundState
from payments.values.byhand import BANK_SAYS, BankAccount, HandReason, HandRow
from payments.values.settlements import ReturnReason
from workflows import refund_run

AGAIN = frozenset({RefundState.FAILED, RefundState.CANCELED})
"""States from which a person decides how a refund goes on."""


def open_if_needed(session: Session, refund_id: int, *, at: datetime) -> bool:
    """Let a refund go by hand that its provider cannot take; say whether it goes by hand.

    Money that came by bank or on terms always does, a wallet's once its days are over.
    """
    refund = payments.lock_refund(session, refund_id)
    if refund.state is RefundState.MANUAL_BANK:
        return True
    if refund.state not in refund_run.WAITING:
        return False
    why = _why(session, refund_id, at)
    if why is None:
        return False
    _open(session, refund_id, why, at)
    return True


def _why(session: Session, refund_id: int, at: datetime) -> HandReason | None:
    facts = queries.get_refund(session, refund_id)
    if facts.provider in refund_run.BY_HAND:
        return HandReason.CAME_BY_BANK
    if facts.method is None or facts.captured_at is None:
        return None
    code = f"{rules.WINDOW}{facts.method}"
    days = policy.list_in_force(session, [code], on=local_date(at)).get(code)
    if days is not None and rules.is_past(facts.captured_at, int(days), at):
        return HandReason.WINDOW_PASSED
    return None


def open_failed(session: Session, refund_id: int, *, at: datetime) -> None:
    """Let a refund that failed at its provider go by hand; raises `ConflictError`."""
    refund = payments.lock_refund(session, refund_id)
    if refund.state not in AGAIN:
        raise ConflictError("refund_not_failed", f"refund {refund_id} did not fail")
    _open(session, refund_id, HandReason.FAILED, at)


def _open(session: Session, refund_id: int, why: HandReason, at: datetime) -> None:
    refund = payments.lock_refund(session, refund_id)
    byhand.open_by_hand(session, refund, why, at=at)
    outbox.record(session, RefundAccountNeeded(occurred_at=at, refund_id=refund_id))


def resubmit(session: Session, refund_id: int, *, at: datetime) -> None:
    """Order a refund that failed once more at its provider, under a new key.

    Asked twice, the second time is refused: it is on its way. Raises `ConflictError`
    `refund_not_failed`, `refund_window_passed`, `payment_disputed`.
    """
    refund = payments.lock_refund(session, refund_id)
    if refund.state not in AGAIN or refund.provider in refund_run.BY_HAND:
        raise ConflictError("refund_not_failed", f"refund {refund_id} did not fail")
    if _why(session, refund_id, at) is not None:
        raise ConflictError("refund_window_passed", "the wallet takes nothing back any more")
    if payments.is_disputed(session, refund.payment_id):
        raise ConflictError("payment_disputed", f"refund {refund_id} waits for the bank")
    payments.begin_refund_try(session, refund)
    outbox.record(session, RefundRequested(occurred_at=at, refund_id=refund_id))


def give_account(
    session: Session, refund_id: int, account: BankAccount, *, at: datetime
) -> None:
    """Keep the account a buyer gave for a refund that goes by hand."""
    byhand.record_account(session, byhand.lock_hand(session, refund_id), account, at=at)


def release(session: Session, refund_id: int, *, by: int, at: datetime) -> None:
    """One person lets the transfer be made."""
    byhand.release(session, byhand.lock_hand(session, refund_id), by=by, at=at)


def hold(session: Session, refund_id: int) -> None:
    """Take a release back, such as when the bank refused the account."""
    byhand.hold(session, byhand.lock_hand(session, refund_id))


def check_payer(hand: HandRow, *, by: int) -> None:
    """Raise `ConflictError` unless a person is about to make a released transfer."""
    if hand.released_by is None or hand.paid_at is not None:
        raise ConflictError("refund_not_released", "nobody released the transfer")
    if hand.released_by == by:
        raise ConflictError("refund_four_eyes", "another person makes the transfer")


def pay(session: Session, refund_id: int, reference: str, *, by: int, at: datetime) -> bool:
    """Another person notes the bank's number of the transfer: F3 from the bank.

    False when this number was noted for this refund before.
    """
    refund = payments.lock_refund(session, refund_id)
    hand = byhand.lock_hand(session, refund_id)
    if hand.bank_reference is not None and hand.bank_reference == reference:
        return False
    states.check_refund_step(refund_id, refund.state, RefundState.SUCCEEDED)
    byhand.record_paid(session, hand, reference, by=by, at=at)
    payments.record_refund_state(
        session, refund, RefundState.SUCCEEDED, provider_reference=reference, at=at
    )
    if refund.currency == CURRENCY:
        ledger.post(session, _paid_entry(session, refund, at))
    return True


def bounce(
    session: Session, refund_id: int, reason: ReturnReason, *, by: int, at: datetime
) -> None:
    """Note that the bank sent a transfer back: F3 in reverse, another account is asked for.

    Raises `ConflictError` `refund_not_paid`, `InvalidError` `bank_reason_unknown`.
    """
    if reason not in BANK_SAYS:
        raise InvalidError("bank_reason_unknown", f"no bank says {reason}")
    refund = payments.lock_refund(session, refund_id)
    hand = byhand.lock_hand(session, refund_id)
    if hand.bank_reference is None:
        raise ConflictError("refund_not_paid", f"refund {refund_id} was not transferred")
    if refund.currency == CURRENCY:
        paid = _paid_entry(session, refund, at)
        back = [Line(line.account_code, -line.minor) for line in paid.lines]
        key = f"{paid.key}-back"
        ledger.post(session, replace(paid, key=key, lines=back, reverses=paid.key))
    byhand.record_bounce(session, hand, reason, by=by, at=at)
    for state in (RefundState.FAILED, RefundState.MANUAL_BANK):
        payments.record_refund_state(
            session,
            payments.lock_refund(session, refund_id),
            state,
            provider_reference=None,
            failure_code=str(reason),
            at=at,
        )
    outbox.record(session, RefundAccountNeeded(occurred_at=at, refund_id=refund_id))


def _paid_entry(session: Session, refund: LockedRefund, at: datetime) -> Entry:
    """F3 from the bank, under a name of its own for each transfer."""
    before = byhand.count_bounces(session, refund.refund_id)
    by_bank = replace(refund, state=RefundState.MANUAL_BANK)
    entry = refund_run.paid_entry(by_bank, at=at)
    suffix = f":{before + 1}" if before else ""
    return replace(entry, key=f"hand:{refund.refund_id}:paid{suffix}")
