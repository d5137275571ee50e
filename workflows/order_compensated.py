"""Pay a buyer back at somebody else's cost than the seller's: the sale itself stands.

The carrier pays out of what it is owed, or owes it from now on; the platform pays out of
goodwill. Households, village and cooperative keep what they earned, and official volume stays.
Row locks: seller order, payment, bill, credit account, ledger balances by account.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from kernel import outbox
from kernel.errors import ConflictError, InvalidError
from ledger import service as ledger
from ledger.values import Book, Entry, Line, PostingKind
from orders import queries as order_queries
from orders import rules as order_rules
from orders import service as orders
from orders.errors import StepNotAllowedError
from orders.values import LineHead, OrderHead, OrderState
from payments import queries as payment_queries
from payments import service as payments
from payments.events import RefundRequested
from payments.service import NewRefund
from payments.values import Bearer, RefundPart
from workflows import terms
from workflows.covering import cover
from workflows.order_cancelled import Refusal
from workflows.order_delivered import GOODWILL


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What a buyer lost of a delivered order, and who pays for it."""

    key: str
    """Names the refund: the same key twice is one refund."""
    bearer: Bearer
    minors: Mapping[int, int]
    """Fen of each line's gross, by line id."""


def compensate(
    session: Session, order_number: str, loss: Loss, refusal: Refusal, *, at: datetime
) -> int:
    """Book a refund at the carrier's or the platform's cost and return its id.

    The same key changes nothing. Raises `StepNotAllowedError` for an order that was not
    delivered, `ConflictError` `refund_exceeds_line`, `refund_too_small`, and `InvalidError`
    `refund_empty`, `refund_line_unknown`.
    """
    order = orders.lock_order(session, order_number)
    known = payment_queries.find_refund_id(session, loss.key)
    if known is not None:
        return known
    if order.state is not OrderState.DELIVERED:
        raise StepNotAllowedError(order.number, state=order.state, wanted=OrderState.REFUNDED)
    heads = order_queries.list_line_heads(session, order_number=order_number)
    parts = _parts({line.line_id: line for line in heads}, loss.minors)
    refund_id = _request(session, order, loss, (parts, refusal), at)
    orders.record_compensation(session, loss.minors)
    minor = sum(part.amount_minor - part.funded_minor for part in parts)
    offset = terms.take_off(session, order, refund_id, minor, at=at)
    entry = _entry(order, loss, (refund_id, parts), at)
    ledger.post_many(session, [*cover(session, [entry], alongside=offset), *offset])
    outbox.record(session, RefundRequested(occurred_at=at, refund_id=refund_id))
    return refund_id


def _parts(lines: Mapping[int, LineHead], minors: Mapping[int, int]) -> tuple[RefundPart, ...]:
    """Refuse what is more than is left; what the platform had paid does not go to the buyer."""
    if not minors:
        raise InvalidError("refund_empty", "nothing would be refunded")
    found = []
    for line_id, minor in minors.items():
        line = lines.get(line_id)
        if line is None:
            raise InvalidError("refund_line_unknown", f"no line {line_id}")
        if not 0 < minor <= line.left_minor:
            left = f"{line.left_minor // 100}.{line.left_minor % 100:02d}"
            raise ConflictError("refund_exceeds_line", f"{left} yuan are left", left=left)
        taken = line.gross_minor - line.left_minor
        before, after = (
            order_rules.funded_of(
                line.platform_discount_minor, line.gross_minor, taken_minor=so_far
            )
            for so_far in (taken, taken + minor)
        )
        found.append(RefundPart(line_id, minor, after - before))
    return tuple(found)


def _request(
    session: Session,
    order: OrderHead,
    loss: Loss,
    what: tuple[tuple[RefundPart, ...], Refusal],
    at: datetime,
) -> int:
    parts, refusal = what
    payment = payment_queries.find_successful(session, order.group_number)
    if payment is None:
        raise ConflictError("order_not_paid", f"order {order.number} has no payment")
    new = NewRefund(
        payment_id=payment.id,
        order_number=order.number,
        idempotency_key=loss.key,
        reason=refusal.reason,
        parts=parts,
        bearer=loss.bearer,
    )
    if new.amount_minor <= 0:
        raise ConflictError("refund_too_small", "the buyer paid nothing of it")
    refund_id = payments.request_refund(session, new, at=at)
    if refund_id is None:
        raise ConflictError("refund_repeated", f"order {order.number} is refunded already")
    return refund_id


def _entry(
    order: OrderHead, loss: Loss, what: tuple[int, tuple[RefundPart, ...]], at: datetime
) -> Entry:
    """F2c: the bearer owes what the buyer gets."""
    refund_id, parts = what
    minor = sum(part.amount_minor - part.funded_minor for part in parts)
    payer = f"L:payable:logistics:{order.carrier_code}"
    if loss.bearer is Bearer.PLATFORM:
        payer = GOODWILL
    return Entry(
        book=Book.MONEY,
        key=f"refund:{refund_id}:bearer",
        kind=PostingKind.COMPENSATED,
        effective_at=at,
        source=f"order:{order.number}",
        lines=[Line(payer, minor), Line(f"L:refund:{refund_id}", -minor)],
    )
