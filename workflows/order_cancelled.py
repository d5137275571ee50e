"""Take a paid order back in full: everything the sale booked is reversed exactly.

Before delivery nothing was earned, so the prepaid money is simply owed back (F1). After
delivery every party gives back what it got (F2); a party that was paid out already owes it.
Row locks: seller order, payment, lots by id, lots at cost by id, entitlements by line, ledger
balances by account.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.service import LinePick
from households import service as households
from households.values import IssueKind, LinePosting, PacksOut, Traced
from kernel import outbox
from kernel.errors import ConflictError
from ledger import service as ledger
from ledger.values import Book, Entry, Line, PostingKind
from orders import queries as order_queries
from orders import rules as order_rules
from orders import service as orders
from orders.events import OrderRefunded
from orders.values import LineHead, OrderHead, OrderState
from pairing import service as pairing
from payments import queries as payment_queries
from payments import service as payments
from payments.events import RefundRequested
from payments.service import NewRefund
from payments.values import RefundPart, RefundState
from workflows import own_goods, travel
from workflows.covering import cover
from workflows.order_delivered import earn_key, shipping_key, trace_key


@dataclass(frozen=True, slots=True)
class Refusal:
    """Who takes an order back and why."""

    actor: str
    reason: str


def refund_in_full(
    session: Session, order_number: str, refusal: Refusal, *, at: datetime
) -> int:
    """Book the full refund of one seller order and return the refund's id.

    Stock that never left the store goes back on the shelf, other stock is written off. Raises
    `StepNotAllowedError` for an order that was not paid or is refunded already.
    """
    order = orders.lock_order(session, order_number)
    orders.step(session, order, OrderState.REFUNDED, actor=refusal.actor, at=at)
    lines = order_queries.list_line_heads(session, order_number=order_number)
    refund_id = _request(session, order, lines, refusal, at)
    orders.mark_lines_refunded(session, order_number)
    picks = _give_back_stock(session, order, at)
    if order.state is OrderState.DELIVERED:
        ledger.post_many(session, _earned_entries(session, order, lines, refund_id, at))
    else:
        lost = _lose_goods(session, order, picks, at)
        _book_unearned(session, order, lines, (refund_id, at), lost)
        travel.cancel(session, order_number, actor=refusal.actor, reason=refusal.reason, at=at)
    amounts = [(line.line_id, line.gross_minor) for line in lines]
    pairing.give_back(session, refund_id, amounts, at=at)
    outbox.record(
        session,
        OrderRefunded(occurred_at=at, order_number=order_number, refund_id=refund_id),
        RefundRequested(occurred_at=at, refund_id=refund_id),
    )
    return refund_id


def _request(
    session: Session,
    order: OrderHead,
    lines: Sequence[LineHead],
    refusal: Refusal,
    at: datetime,
) -> int:
    payment = payment_queries.find_successful(session, order.group_number)
    if payment is None:
        raise ConflictError("order_not_paid", f"order {order.number} has no payment")
    parts = [RefundPart(line.line_id, line.gross_minor) for line in lines]
    if order.shipping_minor:
        parts.append(RefundPart(None, order.shipping_minor))
    refund_id = payments.request_refund(
        session,
        NewRefund(
            payment_id=payment.id,
            order_number=order.number,
            idempotency_key=f"full:{order.number}",
            reason=refusal.reason,
            parts=tuple(parts),
        ),
        at=at,
    )
    if refund_id is None:
        raise ConflictError("refund_repeated", f"order {order.number} is refunded already")
    return refund_id


def _give_back_stock(session: Session, order: OrderHead, at: datetime) -> list[LinePick]:
    picks = [
        LinePick(line_id, lot_id, quantity)
        for line_id, lot_id, quantity in order_queries.list_allocations(session, order.number)
    ]
    if order.state in order_rules.LEFT_THE_STORE:
        catalog.write_off(session, picks, at=at)
    else:
        catalog.restock(session, picks, at=at)
    return picks


def _lose_goods(
    session: Session, order: OrderHead, picks: Sequence[LinePick], at: datetime
) -> list[Entry]:
    """W1: bought goods that left the store and were never delivered are their seller's loss."""
    if order.state not in order_rules.LEFT_THE_STORE:
        return []
    outs = [PacksOut(pick.lot_id, pick.quantity, pick.order_line_id, at) for pick in picks]
    lost = households.issue_goods(session, IssueKind.WRITTEN_OFF, outs)
    return own_goods.lost_entries(session, lost, order.seller_code)


def _book_unearned(
    session: Session,
    order: OrderHead,
    lines: Sequence[LineHead],
    refund: tuple[int, datetime],
    lost: Sequence[Entry],
) -> None:
    """F1: what was prepaid is owed back; expected entitlements are void."""
    refund_id, at = refund
    key = f"refund:{refund_id}"
    households.void(session, [line.line_id for line in lines], refund_key=key, at=at)
    owed_back = Entry(
        book=Book.MONEY,
        key=f"{key}:book",
        kind=PostingKind.REFUND_UNEARNED,
        effective_at=at,
        source=f"order:{order.number}",
        lines=[
            Line(f"L:prepaid:{order.number}", order.total_minor),
            Line(f"L:refund:{refund_id}", -order.total_minor),
        ],
    )
    covered = cover(session, lost, alongside=[owed_back])
    ledger.post_many(session, [owed_back, *covered])


def _earned_entries(
    session: Session,
    order: OrderHead,
    lines: Sequence[LineHead],
    refund_id: int,
    at: datetime,
) -> list[Entry]:
    """F2: every party of every line, and the carrier's fee, by exact reversal.

    What a line traced goes back too. Households whose goods were bought keep their money: the
    seller bears the refund, and what its goods had cost.
    """
    ids = [line.line_id for line in lines]
    returned = households.return_goods(session, ids, at=at)
    taken = households.reverse(session, ids, refund_key=f"refund:{refund_id}", at=at)
    reversals = [
        _Reversal(
            key=f"refund:{refund_id}:line:{posting.order_line_id}",
            source=f"line:{posting.order_line_id}",
            reverses=earn_key(posting.order_line_id),
            debits=tuple(Line(code, minor) for code, minor in posting.amounts),
        )
        for posting in taken
    ]
    if order.shipping_minor:
        carrier = f"L:payable:logistics:{order.carrier_code}"
        reversals.append(
            _Reversal(
                key=f"refund:{refund_id}:shipping",
                source=f"order:{order.number}",
                reverses=shipping_key(order.number),
                debits=(Line(carrier, order.shipping_minor),),
            )
        )
    bought = own_goods.traced(returned)
    traces = [
        _trace_back(posting, bought.get(posting.order_line_id, ()), refund_id, at)
        for posting in taken
    ]
    return [
        *cover(session, [_entry(reversal, refund_id, at) for reversal in reversals]),
        *own_goods.returned_entries(returned, refund_id),
        *(entry for entry in traces if entry),
    ]


@dataclass(frozen=True, slots=True)
class _Reversal:
    key: str
    source: str
    reverses: str
    debits: tuple[Line, ...]


def _entry(reversal: _Reversal, refund_id: int, at: datetime) -> Entry:
    total = sum(debit.minor for debit in reversal.debits)
    return Entry(
        book=Book.MONEY,
        key=reversal.key,
        kind=PostingKind.REFUND_EARNED,
        effective_at=at,
        source=reversal.source,
        lines=[*reversal.debits, Line(f"L:refund:{refund_id}", -total)],
        reverses=reversal.reverses,
    )


def _trace_back(
    posting: LinePosting, bought: Sequence[Traced], refund_id: int, at: datetime
) -> Entry | None:
    line_id = posting.order_line_id
    lines = own_goods.trace_lines(line_id, [*posting.traced, *bought], sign=-1)
    if not lines:
        return None
    return Entry(
        book=Book.TRACE,
        key=f"refund:{refund_id}:line:{line_id}:trace",
        kind=PostingKind.TRACE_RETURNED,
        effective_at=at,
        source=f"line:{line_id}",
        lines=lines,
        reverses=trace_key(line_id),
    )


def confirm_refund(
    session: Session, refund_id: int, *, provider_reference: str, at: datetime
) -> bool:
    """F3: the provider says the money is back at the buyer; False when it said so before."""
    refund = payments.lock_refund(session, refund_id)
    if refund.state is RefundState.SUCCEEDED:
        return False
    if refund.state is not RefundState.SUBMITTED:
        payments.mark_refund_submitted(session, refund_id, provider_reference)
    payments.mark_refund_succeeded(session, refund_id, at=at)
    ledger.post(
        session,
        Entry(
            book=Book.MONEY,
            key=f"re:{refund_id}:succeeded",
            kind=PostingKind.REFUND_PAID,
            effective_at=at,
            source=f"refund:{refund_id}",
            lines=[
                Line(f"L:refund:{refund_id}", refund.amount_minor),
                Line(f"A:{refund.provider}:pending", -refund.amount_minor),
            ],
        ),
    )
    return True
