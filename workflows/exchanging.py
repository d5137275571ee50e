"""Damaged or wrong goods are sent once more: what their refund owes pays the same goods anew.

The refund is booked at the cost of whoever is to blame, as for any claim. Instead of going back
to the buyer its money pays a new order of the same packs for the same sum, without shipping; so
the lots, the households behind them, the parcel and its temperatures are those of any order.
Refund and order are one savepoint: there are both, or the money goes back as usual.
Row locks: seller order, claim, lots by id, payment, ledger balances by account.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.errors import NotEnoughStockError
from catalog.models import Sku
from catalog.service import LineWant
from catalog.values import SaleUnit
from kernel.clock import local_date
from kernel.errors import ConflictError, InvalidError, NotFoundError
from kernel.money import CURRENCY
from orders import queries as order_queries
from orders import rules as order_rules
from orders import service as orders
from orders.queries import BuyerOfGroup
from orders.rules import claims as rules
from orders.rules import shipping
from orders.service import NewGroup
from orders.values import (
    ClaimHead,
    ClaimLineHead,
    ClaimState,
    ClaimStep,
    LineHead,
    OrderHead,
    Quote,
    QuotedLine,
    QuotedOrder,
    ShippingTerms,
)
from payments import service as payments
from payments.queries import terms as term_queries
from payments.values import Bearer, Capture, Provider, RefundState
from workflows import claim_steps, order_paid, pricing
from workflows.claim_steps import Word
from workflows.order_paid import Outcome
from workflows.pricing import Wanted

FREE = ShippingTerms(ambient_minor=0, cold_minor=0, free_from_minor=0, is_waived=True)


def exchange(session: Session, claim: ClaimHead, word: Word, *, at: datetime) -> None:
    """Send the packs of a locked claim once more; where that cannot be, pay them back."""
    rules.check_claim_step(claim.claim_id, claim.state, ClaimState.EXCHANGED)
    claim = claim_steps.within_rest(session, claim)
    try:
        with session.begin_nested():
            _exchange(session, claim, word, at)
    except (NotEnoughStockError, InvalidError, NotFoundError, ConflictError):
        # Sold out, not offered any more, or nobody to send it to: the buyer gets the money.
        claim_steps.settle(session, claim, word, at)


def _exchange(session: Session, claim: ClaimHead, word: Word, at: datetime) -> None:
    order = orders.lock_order(session, claim.order_number)
    if term_queries.find_sale(session, order.group_number) is not None:
        raise ConflictError("exchange_not_paid", "on terms it is taken off the bill")
    buyer = order_queries.get_buyer(session, order.group_number)
    quote = _quote(session, order, claim, at)
    number = _place(session, order, buyer, quote, at)
    refund_id = claim_steps.book(session, claim, word, at)
    refund = payments.lock_refund(session, refund_id)
    payments.start(
        session,
        group_number=number,
        provider=Provider.EXCHANGE,
        reference=str(refund_id),
        amount_minor=quote.total_minor,
        at=at,
    )
    capture = Capture(
        provider=Provider.EXCHANGE,
        reference=str(refund_id),
        group_number=number,
        amount_minor=refund.amount_minor,
        currency=CURRENCY,
        at=at,
        intent=f"exchange-{refund_id}",
    )
    is_purchase = claim.bearer is Bearer.SELLER
    outcome = order_paid.settle(session, capture, is_purchase=is_purchase)
    if outcome is not Outcome.SETTLED:
        raise ConflictError("exchange_not_paid", f"{number} was not paid by {refund_id}")
    payments.record_refund_state(
        session, refund, RefundState.APPLIED, provider_reference=None, at=at
    )
    step = ClaimStep(ClaimState.EXCHANGED, word.actor, word.reason, at)
    orders.settle_claim(session, claim, refund_id, step, replacement_number=number)
    claim_steps.tell(session, claim.claim_id, ClaimState.EXCHANGED, at)


def _quote(session: Session, order: OrderHead, claim: ClaimHead, at: datetime) -> Quote:
    """Price the packs at exactly what their refund comes to, the platform's part included."""
    heads = order_queries.list_line_heads(session, order_number=order.number)
    by_id = {line.line_id: line for line in heads}
    asked = [(by_id[one.order_line_id], one) for one in claim.lines if one.minor]
    if not asked:
        raise InvalidError("refund_empty", "nothing is left of it")
    row = order_queries.get_order(session, order.number, seller_code=None)
    listed = {line.line_id: line.unit_price_minor for line in row.lines}
    offered = _offered(session, asked, at)
    lines = tuple(
        _line(offered[head.sku_id], head, one, listed[head.line_id]) for head, one in asked
    )
    part = QuotedOrder(
        seller_code=row.seller_code,
        seller_name=row.seller_name,
        lines=lines,
        goods_minor=sum(line.gross_minor for line in lines),
        shipping_minor=0,
        needs_cold_chain=any(line.needs_cold_chain for line in lines),
        parcels=shipping.parcels(lines),
    )
    return Quote((part,))


def _offered(
    session: Session, asked: Sequence[tuple[LineHead, ClaimLineHead]], at: datetime
) -> dict[int, QuotedLine]:
    """Return what the shelf offers of the same SKUs; raises where it is too little."""
    wanted: dict[int, int] = {}
    for head, one in asked:
        wanted[head.sku_id] = wanted.get(head.sku_id, 0) + one.packs
    rows = session.execute(
        select(Sku.id, Sku.code).where(Sku.id.in_(wanted), Sku.sale_unit == SaleUnit.PACK)
    ).all()
    if len(rows) < len(wanted):
        raise ConflictError("exchange_by_weight", "no piece weighs what another one did")
    quantities = {code: wanted[sku_id] for sku_id, code in rows}
    quote = pricing.price(session, Wanted(person_id=None, quantities=quantities), FREE, at=at)
    for line in quote.lines:
        if line.is_short:
            raise NotEnoughStockError(line.sku_id, wanted=line.quantity, left=line.available)
    return {line.sku_id: line for line in quote.lines}


def _line(
    offered: QuotedLine, head: LineHead, one: ClaimLineHead, listed_minor: int
) -> QuotedLine:
    """Return a line that is charged what the packs' refund comes to."""
    taken = head.gross_minor - head.left_minor
    before, after = (
        order_rules.funded_of(
            head.platform_discount_minor, head.gross_minor, taken_minor=so_far
        )
        for so_far in (taken, taken + one.minor)
    )
    return replace(
        offered,
        quantity=one.packs,
        unit_price_minor=listed_minor,
        seller_discount_minor=listed_minor * one.packs - one.minor,
        platform_discount_minor=after - before,
        reductions=(),
        bundle=None,
    )


def _place(
    session: Session, order: OrderHead, to: BuyerOfGroup, quote: Quote, at: datetime
) -> str:
    """Write the order to the same buyer and address, and hold its goods."""
    number = order_rules.new_number(local_date(at))
    new = NewGroup(
        number=number,
        access_key="",
        access_hash=to.access_hash,
        buyer=to.buyer,
        recipient=to.recipient,
        carrier_code=order.carrier_code,
        locale=to.locale,
        placed_at=at,
        expires_at=at,
        is_sample=to.is_sample,
    )
    placed = orders.place(session, new, quote)
    wants = [LineWant(line.line_id, line.sku_id, line.quantity) for line in placed]
    catalog.reserve(session, number, wants, expires_at=at, at=at)
    return number
