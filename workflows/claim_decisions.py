"""What buyer, seller, platform and the clock decide about a claim, each in one transaction.

Row locks: seller order, claim, then as the refund or the exchange takes them.
"""

import re
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from kernel.errors import ConflictError, InvalidError, ShanjiError
from orders import queries as order_queries
from orders import service as orders
from orders.errors import ClaimStepError
from orders.rules import claims as rules
from orders.values import ClaimHead, ClaimKind, ClaimState, Condition, Waybill
from payments.values import Bearer
from workflows import exchanging
from workflows.claim_steps import Word, at_grade, lock, move, reasoned, settle

AUTOMATIC = Word("task:claims")
CARRIER_NAME = re.compile(r"[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]{1,39}\Z")
WAYBILL_NUMBER = re.compile(r"[0-9A-Za-z-]{6,40}\Z")


def approve(session: Session, claim_id: int, word: Word, *, at: datetime) -> None:
    """Agree to a claim: paid, sent once more, or the goods are to come back first."""
    claim = _lock_own(session, claim_id)
    if claim.state is not ClaimState.REQUESTED:
        raise ClaimStepError(claim_id, state=claim.state, wanted=ClaimState.SETTLED)
    _grant(session, claim, word, at)


def _lock_own(session: Session, claim_id: int) -> ClaimHead:
    """Lock a claim its seller pays; raises `ConflictError` for what others pay."""
    claim = lock(session, claim_id)
    if claim.bearer is not Bearer.SELLER:
        raise ConflictError("claim_not_sellers_cost", f"claim {claim_id} is for the platform")
    return claim


def _grant(session: Session, claim: ClaimHead, word: Word, at: datetime) -> None:
    if claim.kind is ClaimKind.EXCHANGE:
        exchanging.exchange(session, claim, word, at=at)
    elif claim.kind is ClaimKind.RETURN:
        move(session, claim, ClaimState.AWAITING_RETURN, word, at)
    else:
        settle(session, claim, word, at)


def reject(session: Session, claim_id: int, word: Word, *, at: datetime) -> None:
    """Refuse a claim, with a reason; the buyer may ask the platform."""
    move(session, _lock_own(session, claim_id), ClaimState.REJECTED, reasoned(word), at)


def offer(session: Session, claim_id: int, word: Word, *, percent: int, at: datetime) -> None:
    """Offer to pay part of the price in place of what is asked for, with a reason.

    Of goods that go back only once they are there and were found used.
    """
    claim = _lock_own(session, claim_id)
    if claim.kind is ClaimKind.RETURN and claim.state is not ClaimState.RETURN_RECEIVED:
        raise ConflictError("claim_goods_not_back", f"claim {claim_id} has no goods back")
    if not 1 <= percent <= rules.HUNDRED:
        raise InvalidError("claim_grade_unknown", f"no grade of {percent} percent")
    word = reasoned(word)
    if claim.kind is ClaimKind.RETURN:
        orders.note_condition(session, claim, Condition.USED)
    move(session, claim, ClaimState.OFFERED, word, at, offered_percent=percent)


def accept_offer(session: Session, claim_id: int, word: Word, *, at: datetime) -> None:
    """Take what the seller offers; it is paid at once."""
    claim = lock(session, claim_id)
    if claim.state is not ClaimState.OFFERED or claim.offered_percent is None:
        raise ClaimStepError(claim_id, state=claim.state, wanted=ClaimState.SETTLED)
    settle(session, at_grade(session, claim, claim.offered_percent), word, at)


def send_back(
    session: Session, claim_id: int, word: Word, waybill: Waybill, *, at: datetime
) -> None:
    """Note under which number the buyer sent the goods back."""
    claim = lock(session, claim_id)
    if not CARRIER_NAME.match(waybill.carrier) or not WAYBILL_NUMBER.match(waybill.number):
        raise InvalidError("waybill_unreadable", "a carrier and its number are needed")
    move(session, claim, ClaimState.IN_RETURN, word, at, waybill=waybill)


def receive(session: Session, claim_id: int, word: Word, *, at: datetime) -> None:
    """Note that returned goods arrived at the seller."""
    move(session, lock(session, claim_id), ClaimState.RETURN_RECEIVED, word, at)


def inspect(
    session: Session, claim_id: int, word: Word, *, condition: Condition, at: datetime
) -> None:
    """Accept returned goods and pay for them; intact ones are sold again if they may."""
    claim = lock(session, claim_id)
    rules.check_claim_step(claim_id, claim.state, ClaimState.SETTLED)
    if claim.state is not ClaimState.RETURN_RECEIVED:
        raise ConflictError("claim_goods_not_back", f"claim {claim_id} has no goods back")
    orders.note_condition(session, claim, condition)
    settle(session, claim, word, at, restock=condition is Condition.INTACT)


def withdraw(session: Session, claim_id: int, word: Word, *, at: datetime) -> None:
    """Take a claim back; its packs may be claimed again."""
    move(session, lock(session, claim_id), ClaimState.WITHDRAWN, word, at)


def dispute(session: Session, claim_id: int, word: Word, *, at: datetime) -> None:
    """Ask the platform to decide; the packs must not have been claimed otherwise since."""
    claim = lock(session, claim_id)
    if claim.state in rules.LET_GO:
        _check_free(session, claim)
    move(session, claim, ClaimState.DISPUTED, reasoned(word), at)


def _check_free(session: Session, claim: ClaimHead) -> None:
    order = order_queries.get_order(session, claim.order_number, seller_code=None)
    claimed = order_queries.packs_claimed(session, claim.order_number)
    bought = {line.line_id: line.quantity for line in order.lines}
    for line in claim.lines:
        free = bought[line.order_line_id] - claimed.get(line.order_line_id, 0)
        if line.packs > free:
            raise ConflictError("claim_exceeds_packs", f"{free} packs are free", left=free)


def dismiss(session: Session, claim_id: int, word: Word, *, at: datetime) -> None:
    """Decide a dispute against the buyer, with a reason."""
    move(session, lock(session, claim_id), ClaimState.DISMISSED, reasoned(word), at)


def overrule(
    session: Session,
    claim_id: int,
    word: Word,
    *,
    bearer: Bearer,
    percent: int,
    at: datetime,
) -> None:
    """Decide for the buyer in the seller's place: how much is paid, and by whom.

    An exchange in full sends the goods once more; less is paid. Goods that are to go back are
    only ordered back, unless they left already. Raises `InvalidError` `claim_grade_unknown`,
    `claim_bearer_unknown`.
    """
    claim = lock(session, claim_id)
    word = reasoned(word)
    if claim.state not in {ClaimState.REQUESTED, ClaimState.DISPUTED}:
        raise ClaimStepError(claim_id, state=claim.state, wanted=ClaimState.SETTLED)
    if claim.kind not in rules.KEEPS and bearer is not Bearer.SELLER:
        raise InvalidError("claim_bearer_unknown", "returned goods are the seller's cost")
    graded = replace(at_grade(session, claim, percent), bearer=bearer)
    if claim.kind is ClaimKind.EXCHANGE and percent == rules.HUNDRED:
        exchanging.exchange(session, graded, word, at=at)
    elif claim.kind is ClaimKind.RETURN and not _has_left(session, claim):
        orders.grade_claim(session, graded)
        move(session, claim, ClaimState.AWAITING_RETURN, word, at)
    else:
        settle(session, graded, word, at)


def _has_left(session: Session, claim: ClaimHead) -> bool:
    """Say whether the buyer has sent the goods back."""
    return any(
        order_queries.was_in(session, claim.claim_id, state)
        for state in (ClaimState.IN_RETURN, ClaimState.RETURN_RECEIVED)
    )


def run_out(session: Session, claim_id: int, *, at: datetime) -> bool:
    """Do what the rule says once a claim's time is over; False when it is not, or no more.

    A seller that does not answer agrees; of goods that are the carrier's or the platform's cost
    the platform decides. A buyer that does not answer takes the offer, and one that does not
    send the goods lets the claim go. Goods that never arrive are looked into; goods nobody
    looks at in time are paid, and not sold again.
    """
    claim = lock(session, claim_id)
    if claim.due_at is None or claim.due_at > at:
        return False
    try:
        with session.begin_nested():
            _run_out(session, claim, at)
    except ShanjiError:
        # What cannot be booked so, such as money its bank has taken, is for a person.
        if ClaimState.DISPUTED not in rules.CLAIM_STEPS[claim.state]:
            raise
        move(session, claim, ClaimState.DISPUTED, AUTOMATIC, at)
    return True


def _run_out(session: Session, claim: ClaimHead, at: datetime) -> None:
    state = claim.state
    if state is ClaimState.AWAITING_RETURN:
        move(session, claim, ClaimState.LAPSED, AUTOMATIC, at)
    elif state is ClaimState.OFFERED and claim.offered_percent is not None:
        settle(session, at_grade(session, claim, claim.offered_percent), AUTOMATIC, at)
    elif state is ClaimState.RETURN_RECEIVED:
        settle(session, claim, AUTOMATIC, at)
    elif state is ClaimState.REQUESTED and claim.bearer is Bearer.SELLER:
        _grant(session, claim, AUTOMATIC, at)
    else:
        move(session, claim, ClaimState.DISPUTED, AUTOMATIC, at)
