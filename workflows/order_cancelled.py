"""Take a paid order back, in full or in part: what the sale booked is reversed exactly.

Before delivery nothing was earned, so the prepaid money is simply owed back (F1). After
delivery every party gives back what it got (F2); a party that was paid out already owes it.
Row locks: seller order, coupons, campaigns, payment, bill, credit account, lots by id, lots at
cost by id, entitlements by line, ledger balances by account.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.service import LinePick
from households import queries as household_queries
from households import service as households
from households.values import IssueKind, PacksOut
from kernel import outbox
from kernel.errors import ConflictError, InvalidError
from ledger import service as ledger
from ledger.values import Entry
from orders import queries as order_queries
from orders import rules as order_rules
from orders import service as orders
from orders.errors import StepNotAllowedError
from orders.events import OrderRefunded
from orders.values import LineHead, OrderHead, OrderState
from pairing import service as pairing
from payments import queries as payment_queries
from payments import service as payments
from payments.events import RefundRequested
from payments.queries import terms as term_queries
from payments.service import NewRefund
from payments.values import RefundPart
from workflows import own_goods, pricing, refund_entries, terms, travel
from workflows.covering import cover
from workflows.refund_entries import Booked


@dataclass(frozen=True, slots=True)
class Refusal:
    """Who takes an order back and why."""

    actor: str
    reason: str


@dataclass(frozen=True, slots=True)
class LineBack:
    """What is taken back of one line."""

    order_line_id: int
    minor: int
    """Fen of the line's gross."""
    packs: int = 0
    """Packs that go with it; 0 when the buyer keeps the goods."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartBack:
    """What is taken back of one order."""

    key: str
    """Names the refund: the same key twice is one refund."""
    lines: tuple[LineBack, ...]
    shipping_minor: int = 0
    restock: bool = False
    """Whether packs that were delivered and came back unharmed are sold again."""


def refund_in_full(
    session: Session, order_number: str, refusal: Refusal, *, at: datetime
) -> int:
    """Book the refund of everything that is left of an order and return the refund's id.

    Stock that never left the store goes back on the shelf, other stock is written off. Raises
    `StepNotAllowedError` for an order that was not paid or is refunded already.
    """
    order = orders.lock_order(session, order_number)
    _check_state(order)
    rest = PartBack(
        key=f"full:{order_number}",
        lines=tuple(_rest(session, order_number)),
        shipping_minor=order.shipping_minor - order.shipping_refunded_minor,
    )
    return _refund(session, order, rest, refusal, at)


def refund_in_part(
    session: Session, order_number: str, part: PartBack, refusal: Refusal, *, at: datetime
) -> int:
    """Book the refund of part of an order and return its id; the same key changes nothing.

    Of an order that has not left the store packs go back on the shelf; what is on its way
    cannot lose packs. When no goods are left of an order that was not delivered, the rest of
    its shipping is refunded too; an order of which nothing is left is refunded as a whole.
    Raises `StepNotAllowedError`, `ConflictError` `refund_exceeds_line`,
    `refund_exceeds_shipping`, `refund_packs_on_the_way`, `presale_whole_line` or
    `refund_too_small`, and
    `InvalidError` `refund_empty`, `refund_line_unknown`.
    """
    order = orders.lock_order(session, order_number)
    known = payment_queries.find_refund_id(session, part.key)
    if known is not None:
        return known
    _check_state(order)
    return _refund(session, order, part, refusal, at)


def _check_state(order: OrderHead) -> None:
    if OrderState.REFUNDED not in order_rules.ORDER_STEPS[order.state]:
        raise StepNotAllowedError(order.number, state=order.state, wanted=OrderState.REFUNDED)


def _rest(session: Session, order_number: str) -> Iterable[LineBack]:
    packs: dict[int, int] = {}
    for line_id, _, quantity in order_queries.list_with_buyer(session, order_number):
        packs[line_id] = packs.get(line_id, 0) + quantity
    for line in order_queries.list_line_heads(session, order_number=order_number):
        left = line.left_minor
        if left:
            yield LineBack(line.line_id, left, packs.get(line.line_id, 0))


def _refund(
    session: Session, order: OrderHead, part: PartBack, refusal: Refusal, at: datetime
) -> int:
    lines = order_queries.list_line_heads(session, order_number=order.number)
    checked = _check(order, {line.line_id: line for line in lines}, part)
    _check_presales(session, order, checked, lines)
    line_ids = [line.line_id for line in lines]
    if order.state is not OrderState.DELIVERED:
        pricing.lock_used(session, order.group_number, line_ids)
    booked = _book(session, (order, checked, refusal), lines, at)
    offset = terms.take_off(session, order, booked.refund_id, booked.buyer_minor, at=at)
    lost = _give_back_stock(session, order, checked, at)
    if _is_over(booked, lines):
        step = OrderState.REFUNDED
        orders.step(session, order, step, actor=refusal.actor, at=at)
    if order.state is OrderState.DELIVERED:
        ledger.post_many(session, refund_entries.earned(session, booked, alongside=offset))
    else:
        owed_back = _unearned(session, booked)
        covered = cover(session, lost, alongside=owed_back)
        ledger.post_many(session, [*owed_back, *covered])
        if _is_over(booked, lines):
            pricing.give_back(session, order.group_number, line_ids, at=at)
            travel.cancel(
                session, order.number, actor=refusal.actor, reason=refusal.reason, at=at
            )
    pairing.give_back(session, booked.refund_id, list(booked.minors.items()), at=at)
    outbox.record(
        session,
        OrderRefunded(occurred_at=at, order_number=order.number, refund_id=booked.refund_id),
        RefundRequested(occurred_at=at, refund_id=booked.refund_id),
    )
    return booked.refund_id


def _unearned(session: Session, booked: Booked) -> list[Entry]:
    """Return what is posted before delivery: on terms nothing was paid, and nothing is owed."""
    if term_queries.find_sale(session, booked.order.group_number) is None:
        return [refund_entries.unearned(session, booked)]
    refund_entries.take_expected(session, booked)
    return []


def _check(order: OrderHead, lines: Mapping[int, LineHead], part: PartBack) -> PartBack:
    """Refuse what is more than there is, and add the shipping nobody will carry."""
    for one in part.lines:
        line = lines.get(one.order_line_id)
        if line is None:
            raise InvalidError("refund_line_unknown", f"no line {one.order_line_id}")
        _check_line(order, line, one)
    part = replace(part, lines=tuple(_with_packs(order, lines, one) for one in part.lines))
    left = order.shipping_minor - order.shipping_refunded_minor
    if not 0 <= part.shipping_minor <= left:
        raise ConflictError("refund_exceeds_shipping", f"{left} fen are left", left=_yuan(left))
    taken = sum(one.minor for one in part.lines)
    if not taken + part.shipping_minor:
        raise InvalidError("refund_empty", "nothing would be refunded")
    whole = sum(line.gross_minor - line.refunded_minor for line in lines.values())
    if order.state is not OrderState.DELIVERED and taken == whole:
        return replace(part, shipping_minor=left)
    return part


def _check_presales(
    session: Session, order: OrderHead, part: PartBack, lines: Sequence[LineHead]
) -> None:
    """Refuse part of a line no lot has given yet: it is taken back whole or not at all."""
    if order.state is not OrderState.PAID:
        return
    left = {line.line_id: line.left_minor for line in lines}
    parts = [one.order_line_id for one in part.lines if one.minor < left[one.order_line_id]]
    if parts and catalog.list_waiting(session, parts):
        raise ConflictError("presale_whole_line", f"{order.number} waits for its harvest")


def _with_packs(order: OrderHead, lines: Mapping[int, LineHead], one: LineBack) -> LineBack:
    """Let all packs of a line go back of which nothing is left to deliver."""
    line = lines[one.order_line_id]
    is_whole = one.minor == line.gross_minor - line.refunded_minor
    if is_whole and order.state is not OrderState.DELIVERED:
        return replace(one, packs=line.quantity)
    return one


def _check_line(order: OrderHead, line: LineHead, one: LineBack) -> None:
    left = line.left_minor
    if not 0 < one.minor <= left:
        raise ConflictError(
            "refund_exceeds_line",
            f"{left} fen are left of line {line.line_id}",
            left=_yuan(left),
        )
    if not 0 <= one.packs <= line.quantity:
        raise ConflictError("refund_exceeds_packs", f"{line.quantity} packs were ordered")
    is_whole = one.minor == left
    if one.packs and order.state is OrderState.SHIPPED and not is_whole:
        raise ConflictError("refund_packs_on_the_way", f"{order.number} is on its way")


def _yuan(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"


def _book(
    session: Session,
    what: tuple[OrderHead, PartBack, Refusal],
    lines: Sequence[LineHead],
    at: datetime,
) -> Booked:
    """Write the refund and its parts; none of it is posted yet."""
    order, part, refusal = what
    minors = {one.order_line_id: one.minor for one in part.lines}
    funded = {
        line.line_id: _funded(line, minors[line.line_id])
        for line in lines
        if line.line_id in minors and line.platform_discount_minor
    }
    parts = [RefundPart(line, minor, funded.get(line, 0)) for line, minor in minors.items()]
    if part.shipping_minor:
        parts.append(RefundPart(None, part.shipping_minor))
    refund_id = _request(session, order, part.key, refusal.reason, parts, at=at)
    orders.record_refund(session, order.number, minors, shipping_minor=part.shipping_minor)
    return Booked(
        order=order,
        refund_id=refund_id,
        minors=minors,
        funded=funded,
        finished=frozenset(
            line.line_id
            for line in lines
            if line.line_id in minors
            and line.refunded_minor + minors[line.line_id] == line.gross_minor
        ),
        shipping_minor=part.shipping_minor,
        at=at,
    )


def _funded(line: LineHead, minor: int) -> int:
    so_far = line.gross_minor - line.left_minor
    before, after = (
        order_rules.funded_of(line.platform_discount_minor, line.gross_minor, taken_minor=taken)
        for taken in (so_far, so_far + minor)
    )
    return after - before


def _request(
    session: Session,
    order: OrderHead,
    key: str,
    reason: str,
    parts: Sequence[RefundPart],
    *,
    at: datetime,
) -> int:
    payment = payment_queries.find_successful(session, order.group_number)
    if payment is None:
        raise ConflictError("order_not_paid", f"order {order.number} has no payment")
    new = NewRefund(
        payment_id=payment.id,
        order_number=order.number,
        idempotency_key=key,
        reason=reason,
        parts=tuple(parts),
    )
    if new.amount_minor <= 0:
        raise ConflictError("refund_too_small", "the buyer paid nothing of it")
    refund_id = payments.request_refund(session, new, at=at)
    if refund_id is None:
        raise ConflictError("refund_repeated", f"order {order.number} is refunded already")
    return refund_id


def _is_over(booked: Booked, lines: Sequence[LineHead]) -> bool:
    """Say whether nothing is left of the order."""
    order = booked.order
    goods = all(
        line.refunded_minor + booked.minors.get(line.line_id, 0) == line.gross_minor
        for line in lines
    )
    shipping = order.shipping_refunded_minor + booked.shipping_minor == order.shipping_minor
    return goods and shipping


def _give_back_stock(
    session: Session, order: OrderHead, part: PartBack, at: datetime
) -> list[Entry]:
    """Put packs back on the shelf, or write them off and return what they had cost."""
    ended = [one.order_line_id for one in part.lines]
    if order.state is OrderState.PAID:
        catalog.release_presales(session, ended, at=at)
    wanted = {one.order_line_id: one.packs for one in part.lines if one.packs}
    allocated = order_queries.list_with_buyer(session, order.number)
    picks = order_rules.choose_packs(wanted, allocated)
    rows = [LinePick(*pick) for pick in picks]
    if order.state not in order_rules.LEFT_THE_STORE:
        catalog.restock(session, rows, at=at)
        return []
    if part.restock and order.state is OrderState.DELIVERED:
        _sort_returned(session, rows, at)
        return []
    catalog.write_off(session, rows, at=at)
    if order.state is OrderState.DELIVERED:
        return []
    # Bought goods that left the store and were never delivered are their seller's loss.
    outs = [PacksOut(pick.lot_id, pick.quantity, pick.order_line_id, at) for pick in rows]
    lost = households.issue_goods(session, IssueKind.WRITTEN_OFF, outs)
    return own_goods.lost_entries(session, lost, order.seller_code)


def _sort_returned(session: Session, rows: Sequence[LinePick], at: datetime) -> None:
    """Put returned packs back on the shelf if they may still be sold.

    Lots that are past their day, stopped or without their papers are written off, and so are
    those whose cost left with the sale.
    """
    lot_ids = {row.lot_id for row in rows}
    fit = catalog.list_fit(session, lot_ids, at=at)
    fit -= set(household_queries.list_purchased_lots(session, lot_ids))
    catalog.restock(session, [row for row in rows if row.lot_id in fit], at=at)
    catalog.write_off(session, [row for row in rows if row.lot_id not in fit], at=at)
