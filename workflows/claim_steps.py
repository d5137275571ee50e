"""How a claim moves: locked behind its order, told to others, paid by whoever is to blame."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from kernel import outbox
from kernel.clock import local_date
from kernel.errors import InvalidError
from orders import queries as order_queries
from orders import service as orders
from orders.events import ClaimMoved
from orders.rules import claims as rules
from orders.values import ClaimHead, ClaimKind, ClaimState, ClaimStep, Waybill
from payments.values import Bearer
from workflows import order_cancelled, order_compensated
from workflows.order_cancelled import LineBack, PartBack, Refusal
from workflows.order_compensated import Loss

MAX_WORDS = 500
REASONS = {
    ClaimKind.CANCEL: "buyer_cancelled",
    ClaimKind.RETURN: "goods_returned",
    ClaimKind.SPOILED: "arrived_spoiled",
    ClaimKind.EXCHANGE: "goods_replaced",
}


@dataclass(frozen=True, slots=True)
class Word:
    """Who decides on a claim, and why."""

    actor: str
    reason: str = ""


def lock(session: Session, claim_id: int) -> ClaimHead:
    """Lock the order of a claim, then the claim."""
    orders.lock_order(session, order_queries.find_order_number(session, claim_id))
    return orders.lock_claim(session, claim_id)


def reasoned(word: Word) -> Word:
    """Return a word with its reason trimmed; raises `InvalidError` for one without."""
    reason = word.reason.strip()
    if not reason:
        raise InvalidError("claim_reason_missing", "say why")
    if len(reason) > MAX_WORDS:
        raise InvalidError("words_too_long", "too long", maximum=MAX_WORDS)
    return replace(word, reason=reason)


def move(
    session: Session,
    claim: ClaimHead,
    state: ClaimState,
    word: Word,
    at: datetime,
    *,
    offered_percent: int | None = None,
    waybill: Waybill | None = None,
) -> None:
    """Move a locked claim, start the clock of where it stands now, and tell of it."""
    terms = order_queries.get_terms(session, on=local_date(at))
    step = ClaimStep(state, word.actor, word.reason, at, rules.due_at(terms, state, at))
    orders.step_claim(session, claim, step, offered_percent=offered_percent, waybill=waybill)
    tell(session, claim.claim_id, state, at)


def settle(
    session: Session,
    claim: ClaimHead,
    word: Word,
    at: datetime,
    *,
    automatic: bool = False,
    restock: bool = False,
) -> None:
    """Book the refund of a locked claim at its bearer's cost."""
    rules.check_claim_step(claim.claim_id, claim.state, ClaimState.SETTLED)
    claim = within_rest(session, claim)
    refund_id = book(session, claim, word, at, restock=restock)
    step = ClaimStep(ClaimState.SETTLED, word.actor, word.reason, at)
    orders.settle_claim(session, claim, refund_id, step, automatic=automatic)
    tell(session, claim.claim_id, ClaimState.SETTLED, at)


def book(
    session: Session, claim: ClaimHead, word: Word, at: datetime, *, restock: bool = False
) -> int:
    """Book what a claim comes to as owed to its buyer; the same claim is one refund."""
    refusal = Refusal(word.actor, REASONS[claim.kind])
    key = f"claim:{claim.claim_id}"
    if claim.bearer is not Bearer.SELLER:
        minors = {line.order_line_id: line.minor for line in claim.lines if line.minor}
        loss = Loss(key=key, bearer=claim.bearer, minors=minors)
        return order_compensated.compensate(session, claim.order_number, loss, refusal, at=at)
    keeps = claim.kind in rules.KEEPS
    back = PartBack(
        key=key,
        lines=tuple(
            LineBack(line.order_line_id, line.minor, 0 if keeps else line.packs)
            for line in claim.lines
            if line.minor
        ),
        restock=restock,
    )
    return order_cancelled.refund_in_part(session, claim.order_number, back, refusal, at=at)


def within_rest(session: Session, claim: ClaimHead) -> ClaimHead:
    """Pay no more of a line than is left of it."""
    heads = order_queries.list_line_heads(session, order_number=claim.order_number)
    left = {line.line_id: line.left_minor for line in heads}
    lines = tuple(
        replace(line, minor=min(line.minor, left[line.order_line_id])) for line in claim.lines
    )
    return replace(claim, lines=lines)


def at_grade(session: Session, claim: ClaimHead, percent: int) -> ClaimHead:
    """Return a claim that asks for a percentage of its packs; raises `InvalidError`."""
    if not 1 <= percent <= rules.HUNDRED:
        raise InvalidError("claim_grade_unknown", f"no grade of {percent} percent")
    shares = order_queries.list_shares(session, claim.claim_id)
    lines = tuple(
        replace(line, minor=rules.graded(shares[line.order_line_id], percent))
        for line in claim.lines
    )
    return replace(claim, percent=percent, lines=lines)


def tell(session: Session, claim_id: int, state: ClaimState, at: datetime) -> None:
    """Record the fact that a claim took a step."""
    outbox.record(session, ClaimMoved(occurred_at=at, claim_id=claim_id, state=state))
