"""A buyer complains at the bank of the card: the bank takes the money, and decides.

D1 moves what was taken aside, D2 brings it back. A lost dispute (D3) takes the disputed part
of the order back as a refund does, line by line, and what is then owed to the buyer is settled
with the money that is gone; what the order no longer holds is the platform's loss. Money that
never paid an order is gone from what waits for a person. Alipay and
WeChat Pay have no disputes. Row locks: payment, dispute, then those of a refund.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from kernel.money import CURRENCY, reverse
from ledger import service as ledger
from ledger.values import Book, Entry, Line, PostingKind
from orders import queries as order_queries
from orders import service as orders
from orders.rules import ORDER_STEPS, funded_of
from orders.values import LineHead, OrderState
from payments import service as payments
from payments.errors import PaymentNotFoundError
from payments.service import LockedDispute, LockedRefund
from payments.values import DisputeReading, DisputeState, PaymentState, RefundState
from workflows import misfits, order_cancelled
from workflows.order_cancelled import LineBack, PartBack, Refusal

REFUSAL = Refusal("provider", "dispute_lost")


def apply(session: Session, reading: DisputeReading) -> bool:
    """Write what the bank did about a payment; False when it was known.

    Raises `PaymentNotFoundError` for money that is not known here, or in another currency.
    """
    if reading.currency != CURRENCY:
        raise PaymentNotFoundError(reading.reference)
    known = payments.lock_dispute(session, reading)
    dispute, changed = payments.record_dispute(session, known, reading)
    if dispute.withdrawn_at is not None and known.withdrawn_at is None:
        ledger.post(session, _withdrawn(dispute, dispute.withdrawn_at))
    if not changed:
        return False
    if dispute.withdrawn_at is None:
        return True
    if dispute.state is DisputeState.WON:
        ledger.post(session, _won(dispute, reading.reinstated_at or reading.opened_at))
    elif dispute.state is DisputeState.LOST:
        _lose(session, dispute, dispute.withdrawn_at)
    return True


def _withdrawn(dispute: LockedDispute, at: datetime) -> Entry:
    return _entry(
        dispute,
        "withdrawn",
        PostingKind.DISPUTE_WITHDRAWN,
        [
            Line(dispute.account, dispute.amount_minor),
            Line("E:dispute_fee", dispute.fee_minor),
            Line(dispute.custody, -dispute.amount_minor - dispute.fee_minor),
        ],
        at,
    )


def _won(dispute: LockedDispute, at: datetime) -> Entry:
    lines = [
        Line(dispute.custody, dispute.amount_minor),
        Line(dispute.account, -dispute.amount_minor),
    ]
    return _entry(dispute, "closed", PostingKind.DISPUTE_WON, lines, at)


def _lose(session: Session, dispute: LockedDispute, at: datetime) -> None:
    """D3: what the buyer is given back for it is paid with the money that is gone."""
    paid = _settle_waiting(session, dispute, at)
    left = dispute.amount_minor - sum(refund.amount_minor for refund in paid)
    if dispute.payment_state is PaymentState.SUCCEEDED and left:
        paid += [
            _settled(session, refund_id, dispute, at)
            for refund_id in _take_back(session, dispute.group_number, left, dispute.key, at)
        ]
    if dispute.payment_state is PaymentState.MISMATCH and left:
        paid += [
            _settled(session, refund_id, dispute, at)
            for refund_id in misfits.lose(session, dispute.payment_id, left, dispute.key, at=at)
        ]
    lines = [Line(f"L:refund:{one.refund_id}", one.amount_minor) for one in paid]
    rest = dispute.amount_minor - sum(refund.amount_minor for refund in paid)
    lines += [Line("E:goodwill", rest), Line(dispute.account, -dispute.amount_minor)]
    entry = _entry(dispute, "closed", PostingKind.DISPUTE_LOST, lines, at)
    ledger.post(session, entry)


def _settle_waiting(
    session: Session, dispute: LockedDispute, at: datetime
) -> list[LockedRefund]:
    """Let refunds that were booked and not sent be paid by what the bank has taken."""
    left = dispute.amount_minor
    found = []
    for refund in payments.lock_waiting_refunds(session, dispute.payment_id):
        if refund.amount_minor <= left:
            left -= refund.amount_minor
            found.append(_settled(session, refund.refund_id, dispute, at))
    return found


def _settled(
    session: Session, refund_id: int, dispute: LockedDispute, at: datetime
) -> LockedRefund:
    refund = payments.lock_refund(session, refund_id)
    payments.record_refund_state(
        session,
        refund,
        RefundState.SUCCEEDED,
        provider_reference=dispute.reference,
        at=at,
    )
    return refund


def _take_back(
    session: Session, group_number: str, minor: int, key: str, at: datetime
) -> list[int]:
    """Refund so much of what is left of a group's orders; nothing is sent for it."""
    numbers = [number for number, _ in order_queries.list_order_totals(session, group_number)]
    heads = [
        head
        for head in orders.lock_orders(session, numbers).values()
        if OrderState.REFUNDED in ORDER_STEPS[head.state]
    ]
    lines = [
        line
        for head in heads
        for line in order_queries.list_line_heads(session, order_number=head.number)
    ]
    shipping = sum(head.shipping_minor - head.shipping_refunded_minor for head in heads)
    held = {f"{line.line_id:020}": _held(line) for line in lines}
    goods = sum(held.values())
    # Goods taken back to the last fen take their shipping along, so leave one where it is less.
    is_all = minor >= goods + shipping
    shares = reverse(goods if is_all else min(minor, max(goods - 1, 0)), held)
    found = []
    for head in heads:
        part = PartBack(
            key=f"{key}:{head.number}",
            lines=tuple(
                LineBack(line.line_id, gross)
                for line in lines
                if line.order_number == head.number
                and (gross := _gross_of(line, shares[f"{line.line_id:020}"]))
            ),
            shipping_minor=head.shipping_minor - head.shipping_refunded_minor if is_all else 0,
        )
        if part.lines or part.shipping_minor:
            found.append(
                order_cancelled.refund_in_part(session, head.number, part, REFUSAL, at=at)
            )
    return found


def _held(line: LineHead) -> int:
    """Return what of a line the buyer paid and did not get back, in fen."""
    paid_back = line.refunded_minor - funded_of(
        line.platform_discount_minor, line.gross_minor, taken_minor=line.refunded_minor
    )
    return line.gross_minor - line.platform_discount_minor - paid_back


def _gross_of(line: LineHead, minor: int) -> int:
    """Return the gross whose refund gives the buyer no more than so much."""
    left = line.gross_minor - line.refunded_minor
    if minor == _held(line):
        return left
    paid = line.gross_minor - line.platform_discount_minor
    return min(left, minor * line.gross_minor // paid)


def _entry(
    dispute: LockedDispute, step: str, kind: PostingKind, lines: Sequence[Line], at: datetime
) -> Entry:
    return Entry(
        book=Book.MONEY,
        key=f"{dispute.key}:{step}",
        kind=kind,
        effective_at=at,
        source=f"group:{dispute.group_number}",
        lines=lines,
    )
