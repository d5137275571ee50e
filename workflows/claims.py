"""What buyers ask for after a sale, from asking to being paid: every step in one transaction.

A cancelled line is paid back at once; goods that may go back are paid once they are there;
spoiled fresh goods are paid by grade and never sent back. Whoever is to blame pays: the seller
through an exact reversal, the carrier or the platform without touching what was earned.
Row locks: seller order, claim, one buyer's turn, then as the refund takes them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from cold_chain import queries as cold_chain_queries
from kernel import outbox
from kernel.clock import at_local_midnight, local_date, local_month
from kernel.errors import ConflictError, InvalidError
from orders import queries as order_queries
from orders import service as orders
from orders.errors import StepNotAllowedError
from orders.events import ClaimMoved
from orders.queries import LineRow, OrderRow
from orders.rules import claims as rules
from orders.values import (
    ClaimHead,
    ClaimKind,
    ClaimLineHead,
    ClaimState,
    ClaimStep,
    ClaimTerms,
    NewClaim,
    Photo,
)
from payments.values import Bearer
from workflows import order_cancelled, order_compensated
from workflows.order_cancelled import LineBack, PartBack, Refusal
from workflows.order_compensated import Loss

MAX_WORDS = 500
MAX_PHOTOS = 4
AUTOMATIC = "task:claims"
FAIL = "fail"
REASONS = {
    ClaimKind.CANCEL: "buyer_cancelled",
    ClaimKind.RETURN: "goods_returned",
    ClaimKind.SPOILED: "arrived_spoiled",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a buyer asks for."""

    kind: ClaimKind
    packs: Mapping[int, int]
    """Packs by order line id."""
    key: str
    actor: str
    person_id: int | None = None
    percent: int = 100
    words: str = ""
    photos: tuple[Photo, ...] = ()


@dataclass(frozen=True, slots=True)
class Word:
    """Who decides on a claim, and why."""

    actor: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """What may be asked for of one line."""

    line: LineRow
    kind: ClaimKind
    packs: int
    """Packs no other claim holds."""
    until: datetime | None
    """The last moment; empty while the goods are not packed."""


def list_offers(session: Session, *orders_: OrderRow, at: datetime) -> list[Offer]:
    """Return what may be asked for of orders now, line by line."""
    days = {local_date(order.delivered_at or at) for order in orders_}
    terms = {day: order_queries.get_terms(session, on=day) for day in days}
    claimed = order_queries.packs_claimed(session, *(order.number for order in orders_))
    return [
        offer
        for order in orders_
        for line in order.lines
        if line.refunded_minor < line.gross_minor
        for offer in _offers(
            order, line, terms[local_date(order.delivered_at or at)], claimed, at
        )
    ]


def _offers(
    order: OrderRow,
    line: LineRow,
    terms: ClaimTerms,
    claimed: Mapping[int, int],
    at: datetime,
) -> Iterator[Offer]:
    free = line.quantity - claimed.get(line.line_id, 0)
    for kind in ClaimKind:
        if rules.CLAIMED_IN[kind] is not order.state or free <= 0:
            continue
        until = _until(kind, terms, line, order.delivered_at)
        if kind is ClaimKind.CANCEL or (until is not None and at <= until):
            yield Offer(line, kind, free, until)


def _until(
    kind: ClaimKind, terms: ClaimTerms, line: LineRow, delivered_at: datetime | None
) -> datetime | None:
    goods = (line.category_code, line.storage_code)
    return rules.deadline(kind, terms, goods=goods, delivered_at=delivered_at)


def open_claim(session: Session, order_number: str, asked: Asked, *, at: datetime) -> int:
    """Write a claim and grant it at once where the terms say so; return its id.

    The same key changes nothing. Raises `StepNotAllowedError`, `ConflictError`
    `claim_exceeds_packs`, `claim_too_late`, and `InvalidError` for what is not well formed.
    """
    head = orders.lock_order(session, order_number)
    known = order_queries.find_claim_id(session, asked.key)
    if known is not None:
        return known
    if head.state is not rules.CLAIMED_IN[asked.kind]:
        raise StepNotAllowedError(order_number, state=head.state, wanted=asked.kind)
    order = order_queries.get_order(session, order_number, seller_code=None)
    terms = order_queries.get_terms(session, on=local_date(order.delivered_at or at))
    _check_form(asked, terms)
    shares = _shares(session, order, asked, terms, at)
    new = NewClaim(
        order_number=order_number,
        kind=asked.kind,
        key=asked.key,
        words=asked.words,
        percent=asked.percent,
        bearer=_suggest_bearer(session, order_number, asked.kind),
        person_id=asked.person_id,
        lines=tuple(
            ClaimLineHead(line, packs, rules.graded(shares[line], asked.percent))
            for line, packs in sorted(asked.packs.items())
        ),
        photos=asked.photos,
    )
    step = ClaimStep(ClaimState.REQUESTED, asked.actor, "", at)
    claim_id = orders.open_claim(session, new, shares, step)
    if not _grant_at_once(session, claim_id, terms, asked.actor, at):
        _tell(session, claim_id, ClaimState.REQUESTED, at)
    return claim_id


def _check_form(asked: Asked, terms: ClaimTerms) -> None:
    if not asked.packs or any(packs <= 0 for packs in asked.packs.values()):
        raise InvalidError("claim_empty", "no packs are claimed")
    if len(asked.words) > MAX_WORDS:
        raise InvalidError("words_too_long", "too long", maximum=MAX_WORDS)
    spoiled = asked.kind is ClaimKind.SPOILED
    if spoiled and not asked.photos:
        raise InvalidError("claim_photo_missing", "spoiled goods need a photo")
    if len(asked.photos) > (MAX_PHOTOS if spoiled else 0):
        raise InvalidError("claim_photos_too_many", "too many photos", maximum=MAX_PHOTOS)
    if asked.percent not in (terms.grades if spoiled else (rules.HUNDRED,)):
        raise InvalidError("claim_grade_unknown", f"no grade of {asked.percent} percent")


def _shares(
    session: Session, order: OrderRow, asked: Asked, terms: ClaimTerms, at: datetime
) -> dict[int, int]:
    """Return what the packs of each line come to; refuse what is too late or too much."""
    lines = {line.line_id: line for line in order.lines}
    claimed = order_queries.packs_claimed(session, order.number)
    shares = {}
    for line_id, packs in asked.packs.items():
        line = lines.get(line_id)
        if line is None:
            raise InvalidError("refund_line_unknown", f"no line {line_id}")
        if asked.kind is not ClaimKind.CANCEL:
            until = _until(asked.kind, terms, line, order.delivered_at)
            if until is None:
                raise ConflictError("claim_not_offered", "these goods cannot be claimed so")
            if at > until:
                raise ConflictError("claim_too_late", f"claimed after {until}")
        used = claimed.get(line_id, 0)
        if used + packs > line.quantity:
            free = line.quantity - used
            raise ConflictError("claim_exceeds_packs", f"{free} packs are free", left=free)
        shares[line_id] = rules.share_of(
            line.gross_minor, line.quantity, used=used, packs=packs
        )
    return shares


def _suggest_bearer(session: Session, order_number: str, kind: ClaimKind) -> Bearer:
    """Return the carrier where its logger proves that the goods were too warm or too cold."""
    if kind is not ClaimKind.SPOILED:
        return Bearer.SELLER
    shipments = cold_chain_queries.list_order_shipments(session, [order_number])
    failed = any(one.verdict is not None and one.verdict.verdict == FAIL for one in shipments)
    return Bearer.CARRIER if failed else Bearer.SELLER


def _grant_at_once(
    session: Session, claim_id: int, terms: ClaimTerms, actor: str, at: datetime
) -> bool:
    """Settle a cancellation always, and spoiled goods within the buyer's limits."""
    claim = orders.lock_claim(session, claim_id)
    if claim.kind is ClaimKind.CANCEL:
        _settle(session, claim, Word(actor), at)
        return True
    if claim.kind is not ClaimKind.SPOILED or claim.person_id is None:
        return False
    orders.wait_for_buyer(session, claim.person_id)
    granted = order_queries.granted_minor(
        session, claim.person_id, since=at_local_midnight(local_month(at))
    )
    if not rules.is_automatic(claim.minor, terms, granted_minor=granted):
        return False
    _settle(session, claim, Word(AUTOMATIC), at, automatic=True)
    return True


def approve(session: Session, claim_id: int, word: Word, *, at: datetime) -> None:
    """Agree to a claim: spoiled goods are paid, others are to come back first."""
    claim = _lock(session, claim_id)
    if claim.kind is ClaimKind.SPOILED:
        _settle(session, claim, word, at)
    else:
        _step(session, claim, ClaimState.AWAITING_RETURN, word, at)


def reject(session: Session, claim_id: int, word: Word, *, at: datetime) -> None:
    """Refuse a claim, with a reason; the buyer may ask the platform."""
    _step(session, _lock(session, claim_id), ClaimState.REJECTED, _reasoned(word), at)


def receive(session: Session, claim_id: int, word: Word, *, at: datetime) -> None:
    """Note that returned goods arrived at the seller."""
    _step(session, _lock(session, claim_id), ClaimState.RETURN_RECEIVED, word, at)


def inspect(
    session: Session, claim_id: int, word: Word, *, restock: bool, at: datetime
) -> None:
    """Accept returned goods and pay; they are sold again, or written off."""
    claim = _lock(session, claim_id)
    rules.check_claim_step(claim_id, claim.state, ClaimState.SETTLED)
    if claim.state is not ClaimState.RETURN_RECEIVED:
        raise ConflictError("claim_goods_not_back", f"claim {claim_id} has no goods back")
    _settle(session, claim, word, at, restock=restock)


def withdraw(session: Session, claim_id: int, word: Word, *, at: datetime) -> None:
    """Take a claim back; its packs may be claimed again."""
    _step(session, _lock(session, claim_id), ClaimState.WITHDRAWN, word, at)


def dispute(session: Session, claim_id: int, word: Word, *, at: datetime) -> None:
    """Ask the platform to decide; the packs must not have been claimed otherwise since."""
    claim = _lock(session, claim_id)
    order = order_queries.get_order(session, claim.order_number, seller_code=None)
    claimed = order_queries.packs_claimed(session, claim.order_number)
    bought = {line.line_id: line.quantity for line in order.lines}
    for line in claim.lines:
        free = bought[line.order_line_id] - claimed.get(line.order_line_id, 0)
        if line.packs > free:
            raise ConflictError("claim_exceeds_packs", f"{free} packs are free", left=free)
    _step(session, claim, ClaimState.DISPUTED, _reasoned(word), at)


def dismiss(session: Session, claim_id: int, word: Word, *, at: datetime) -> None:
    """Decide a dispute against the buyer, with a reason."""
    _step(session, _lock(session, claim_id), ClaimState.DISMISSED, _reasoned(word), at)


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

    Goods that are to go back are only ordered back. Raises `InvalidError`
    `claim_grade_unknown`, `claim_bearer_unknown`.
    """
    claim = _lock(session, claim_id)
    word = _reasoned(word)
    if claim.kind is not ClaimKind.SPOILED:
        if bearer is not Bearer.SELLER:
            raise InvalidError("claim_bearer_unknown", "returned goods are the seller's cost")
        _step(session, claim, ClaimState.AWAITING_RETURN, word, at)
        return
    if not 1 <= percent <= rules.HUNDRED:
        raise InvalidError("claim_grade_unknown", f"no grade of {percent} percent")
    shares = order_queries.list_shares(session, claim_id)
    lines = tuple(
        replace(line, minor=rules.graded(shares[line.order_line_id], percent))
        for line in claim.lines
    )
    _settle(session, replace(claim, bearer=bearer, percent=percent, lines=lines), word, at)


def _lock(session: Session, claim_id: int) -> ClaimHead:
    """Lock the order of a claim, then the claim."""
    orders.lock_order(session, order_queries.find_order_number(session, claim_id))
    return orders.lock_claim(session, claim_id)


def _reasoned(word: Word) -> Word:
    reason = word.reason.strip()
    if not reason:
        raise InvalidError("claim_reason_missing", "say why")
    if len(reason) > MAX_WORDS:
        raise InvalidError("words_too_long", "too long", maximum=MAX_WORDS)
    return replace(word, reason=reason)


def _step(
    session: Session, claim: ClaimHead, state: ClaimState, word: Word, at: datetime
) -> None:
    orders.step_claim(session, claim, ClaimStep(state, word.actor, word.reason, at))
    _tell(session, claim.claim_id, state, at)


def _settle(
    session: Session,
    claim: ClaimHead,
    word: Word,
    at: datetime,
    *,
    automatic: bool = False,
    restock: bool = False,
) -> None:
    """Book the refund of a claim at its bearer's cost."""
    rules.check_claim_step(claim.claim_id, claim.state, ClaimState.SETTLED)
    claim = _within_rest(session, claim)
    refusal = Refusal(word.actor, REASONS[claim.kind])
    key = f"claim:{claim.claim_id}"
    if claim.bearer is Bearer.SELLER:
        keeps = claim.kind is ClaimKind.SPOILED
        back = PartBack(
            key=key,
            lines=tuple(
                LineBack(line.order_line_id, line.minor, 0 if keeps else line.packs)
                for line in claim.lines
                if line.minor
            ),
            restock=restock,
        )
        number = claim.order_number
        refund_id = order_cancelled.refund_in_part(session, number, back, refusal, at=at)
    else:
        minors = {line.order_line_id: line.minor for line in claim.lines if line.minor}
        loss = Loss(key=key, bearer=claim.bearer, minors=minors)
        refund_id = order_compensated.compensate(
            session, claim.order_number, loss, refusal, at=at
        )
    step = ClaimStep(ClaimState.SETTLED, word.actor, word.reason, at)
    orders.settle_claim(session, claim, refund_id, step, automatic=automatic)
    _tell(session, claim.claim_id, ClaimState.SETTLED, at)


def _within_rest(session: Session, claim: ClaimHead) -> ClaimHead:
    """Pay no more of a line than is left of it."""
    heads = order_queries.list_line_heads(session, order_number=claim.order_number)
    left = {line.line_id: line.left_minor for line in heads}
    lines = tuple(
        replace(line, minor=min(line.minor, left[line.order_line_id])) for line in claim.lines
    )
    return replace(claim, lines=lines)


def _tell(session: Session, claim_id: int, state: ClaimState, at: datetime) -> None:
    outbox.record(session, ClaimMoved(occurred_at=at, claim_id=claim_id, state=state))
