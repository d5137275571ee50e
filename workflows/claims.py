"""What buyers ask for after a sale, from asking to being paid: every step in one transaction.

A cancelled line is paid back at once; goods that may go back are paid once they are there;
spoiled fresh goods are paid by grade and never sent back; damaged or wrong goods are sent once
more. Whoever is to blame pays: the seller through an exact reversal, the carrier or the
platform without touching what was earned. What is decided later stands in `claim_decisions`.
Row locks: seller order, claim, one buyer's turn, then as the refund takes them.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from cold_chain import queries as cold_chain_queries
from kernel import policy
from kernel.clock import at_local_midnight, local_date, local_month
from kernel.errors import ConflictError, InvalidError
from orders import queries as order_queries
from orders import service as orders
from orders.errors import StepNotAllowedError
from orders.queries import LineRow, OrderRow
from orders.queries import notices as notice_queries
from orders.rules import claims as rules
from orders.values import (
    ClaimCause,
    ClaimKind,
    ClaimLineHead,
    ClaimState,
    ClaimStep,
    ClaimTerms,
    NewClaim,
    Photo,
)
from payments.values import Bearer
from workflows import claim_steps
from workflows.claim_steps import Word

MAX_PHOTOS = 4
AUTOMATIC = "task:claims"
FAIL = "fail"
RECALLED_DAYS = "recall_claim_days"

Unfit = Mapping[int, datetime]
"""Line with packs of an unfit lot → until when it may be claimed besides the usual term."""


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
    cause: ClaimCause | None = None
    """Empty for the usual one of its kind."""


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
    unfit = _unfit(session, [order.number for order in orders_])
    return [
        offer
        for order in orders_
        for line in order.lines
        if line.refunded_minor < line.gross_minor
        for offer in _offers(
            order, line, (terms[local_date(order.delivered_at or at)], unfit), claimed, at
        )
    ]


def _offers(
    order: OrderRow,
    line: LineRow,
    terms: tuple[ClaimTerms, Unfit],
    claimed: Mapping[int, int],
    at: datetime,
) -> Iterator[Offer]:
    free = line.quantity - claimed.get(line.line_id, 0)
    for kind in ClaimKind:
        if rules.CLAIMED_IN[kind] is not order.state or free <= 0:
            continue
        until = _until(kind, *terms, line, order.delivered_at)
        if kind is ClaimKind.CANCEL or (until is not None and at <= until):
            yield Offer(line, kind, free, until)


def _until(
    kind: ClaimKind,
    terms: ClaimTerms,
    unfit: Unfit,
    line: LineRow,
    delivered_at: datetime | None,
) -> datetime | None:
    """Return the last moment for a claim: of an unfit lot the later of both terms."""
    goods = (line.category_code, line.storage_code)
    usual = rules.deadline(kind, terms, goods=goods, delivered_at=delivered_at)
    return None if usual is None else max(usual, unfit.get(line.line_id, usual))


def _unfit(session: Session, order_numbers: Collection[str]) -> Unfit:
    """Return until when lines with packs of an unfit lot may be claimed, by line.

    The term in force on the day a buyer was told counts; without one only the usual terms do.
    """
    told = notice_queries.list_told_lines(session, order_numbers)
    days = {
        day: policy.list_in_force(session, [RECALLED_DAYS], on=day).get(RECALLED_DAYS, 0)
        for day in {local_date(at) for at in told.values()}
    }
    terms = {line: (at, int(days[local_date(at)])) for line, at in told.items()}
    return {line: at + timedelta(days=more) for line, (at, more) in terms.items() if more}


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
    cause = asked.cause or rules.CAUSES[asked.kind][0]
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
        cause=cause,
        freight_bearer=rules.freight_bearer(asked.kind, cause, terms),
        due_at=rules.due_at(terms, ClaimState.REQUESTED, at),
    )
    step = ClaimStep(ClaimState.REQUESTED, asked.actor, "", at)
    claim_id = orders.open_claim(session, new, shares, step)
    if not _grant_at_once(session, claim_id, terms, asked.actor, at):
        _hand_over(session, claim_id, at)
    return claim_id


def _hand_over(session: Session, claim_id: int, at: datetime) -> None:
    """Let the seller decide on its own cost, and the platform on what others pay."""
    claim = orders.lock_claim(session, claim_id)
    if claim.bearer is Bearer.SELLER:
        claim_steps.tell(session, claim_id, ClaimState.REQUESTED, at)
    else:
        claim_steps.move(session, claim, ClaimState.DISPUTED, Word(AUTOMATIC), at)


def _check_form(asked: Asked, terms: ClaimTerms) -> None:
    if not asked.packs or any(packs <= 0 for packs in asked.packs.values()):
        raise InvalidError("claim_empty", "no packs are claimed")
    if len(asked.words) > claim_steps.MAX_WORDS:
        raise InvalidError("words_too_long", "too long", maximum=claim_steps.MAX_WORDS)
    keeps = asked.kind in rules.KEEPS
    if keeps and not asked.photos:
        raise InvalidError("claim_photo_missing", "spoiled goods need a photo")
    if len(asked.photos) > (MAX_PHOTOS if keeps else 0):
        raise InvalidError("claim_photos_too_many", "too many photos", maximum=MAX_PHOTOS)
    if asked.cause is not None and asked.cause not in rules.CAUSES[asked.kind]:
        raise InvalidError("claim_cause_unknown", f"no cause {asked.cause} of {asked.kind}")
    graded = asked.kind is ClaimKind.SPOILED
    if asked.percent not in (terms.grades if graded else (rules.HUNDRED,)):
        raise InvalidError("claim_grade_unknown", f"no grade of {asked.percent} percent")


def _shares(
    session: Session, order: OrderRow, asked: Asked, terms: ClaimTerms, at: datetime
) -> dict[int, int]:
    """Return what the packs of each line come to; refuse what is too late or too much."""
    lines = {line.line_id: line for line in order.lines}
    claimed = order_queries.packs_claimed(session, order.number)
    unfit = _unfit(session, [order.number])
    shares = {}
    for line_id, packs in asked.packs.items():
        line = lines.get(line_id)
        if line is None:
            raise InvalidError("refund_line_unknown", f"no line {line_id}")
        if asked.kind is not ClaimKind.CANCEL:
            until = _until(asked.kind, terms, unfit, line, order.delivered_at)
            if until is None:
                raise ConflictError("claim_not_offered", "these goods cannot be claimed so")
            if at > until:
                raise ConflictError("claim_too_late", f"claimed after {until}")
        used = claimed.get(line_id, 0)
        if used + packs > line.quantity:
            free = line.quantity - used
            raise ConflictError("claim_exceeds_packs", f"{free} packs are free", left=free)
        shares[line_id] = rules.share_of(
            line.settled_minor, line.quantity, used=used, packs=packs
        )
    return shares


def _suggest_bearer(session: Session, order_number: str, kind: ClaimKind) -> Bearer:
    """Return the carrier where its logger proves that the goods were too warm or too cold."""
    if kind not in rules.KEEPS:
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
        claim_steps.settle(session, claim, Word(actor), at)
        return True
    if claim.kind is not ClaimKind.SPOILED or claim.person_id is None:
        return False
    orders.wait_for_buyer(session, claim.person_id)
    granted = order_queries.granted_minor(
        session, claim.person_id, since=at_local_midnight(local_month(at))
    )
    if not rules.is_automatic(claim.minor, terms, granted_minor=granted):
        return False
    claim_steps.settle(session, claim, Word(AUTOMATIC), at, automatic=True)
    return True
