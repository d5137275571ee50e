"""A seller's part arrives and is accepted: what was expected becomes earned.

Takes one order or many; many are carried out set by set. Row locks: seller orders by number,
lots at cost by id, entitlements by line, ledger balances by account.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from catalog.service import LinePick
from households import service as households
from households.values import Issued, LinePosting, Traced
from kernel import outbox
from ledger import service as ledger
from ledger.values import Book, Entry, Line, PostingKind
from orders import queries as order_queries
from orders import service as orders
from orders.events import OrderDelivered
from orders.values import OrderHead, OrderState, OrderStep
from payments.queries import terms as term_queries
from payments.values.terms import SaleRow
from workflows import attribution, own_goods, terms, travel
from workflows.covering import cover
from workflows.own_goods import TracedLines
from workflows.travel import Delivery

GOODWILL = "E:goodwill"
"""What the platform pays of prices in the buyers' place."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Who brought an order and who took it; two different people or roles."""

    given_by: str
    taken_by: str


def deliver(session: Session, order_number: str, receipt: Receipt, *, at: datetime) -> None:
    """Accept a shipped order; see `deliver_many`."""
    deliver_many(session, [Delivery(order_number, receipt.given_by, receipt.taken_by, at)])


def deliver_many(session: Session, deliveries: Sequence[Delivery]) -> None:
    """Accept shipped orders: shipments are judged, parties earn, the ledger owes them.

    Raises `StepNotAllowedError` for an order that is not on its way.
    """
    held = orders.lock_orders(session, [one.order_number for one in deliveries])
    steps = [OrderStep(held[one.order_number], one.given_by, one.at) for one in deliveries]
    orders.step_many(session, steps, OrderState.DELIVERED)
    travel.arrive_and_accept(session, deliveries)
    lines = order_queries.list_line_ids(session, list(held))
    funded = order_queries.list_funded(session, list(held))
    sellers = {line: held[number].seller_code for number, ids in lines.items() for line in ids}
    moments = {line: one.at for one in deliveries for line in lines[one.order_number]}
    issued = _issue(session, list(held), moments)
    traced = own_goods.traced(issued)
    attribution.renew(session, lines, moments)
    earned = {one.order_line_id: one for one in households.earn_many(session, moments)}
    sales = term_queries.list_sales(session, [order.group_number for order in held.values()])
    entries: list[Entry] = []
    owed: list[tuple[OrderHead, int, datetime]] = []
    for one in deliveries:
        order = held[one.order_number]
        postings = [earned[line] for line in lines[one.order_number] if line in earned]
        sale = sales.get(order.group_number)
        own = _entries((order, sale), postings, (funded, traced), one.at)
        owed.append((order, _debited(own, terms.debtor(sale, order.number)), one.at))
        entries += own
    terms.bill(session, sales, owed)
    _post(session, deliveries, entries, own_goods.cost_entries(session, issued, sellers))
    outbox.record(
        session,
        *(
            OrderDelivered(occurred_at=one.at, order_number=one.order_number)
            for one in deliveries
        ),
    )


def _issue(
    session: Session, numbers: Sequence[str], moments: Mapping[int, datetime]
) -> list[Issued]:
    """Note what the packs of bought lots had cost, in the order of the deliveries."""
    picks = [LinePick(*pick) for pick in order_queries.list_allocations(session, *numbers)]
    return own_goods.sell(session, picks, moments)


def _post(
    session: Session,
    deliveries: Sequence[Delivery],
    entries: Sequence[Entry],
    costs: Sequence[Entry],
) -> None:
    """Post what is earned; claims on over-paid parties come first, then bought goods."""
    set_off = _set_off(session, deliveries, [*entries, *costs])
    covered = cover(session, costs, alongside=[*entries, *set_off])
    ledger.post_many(session, [*entries, *covered, *set_off])


Payer = tuple[OrderHead, SaleRow | None]
"""An order, and how it was sold on terms."""


def _debited(entries: Sequence[Entry], account_code: str) -> int:
    return sum(
        line.minor
        for entry in entries
        for line in entry.lines
        if line.account_code == account_code
    )


def _entries(
    payer: Payer,
    earned: Sequence[LinePosting],
    known: tuple[Mapping[int, int], TracedLines],
    at: datetime,
) -> list[Entry]:
    """P2 for lines and shipping, and the trace of the lines."""
    order, _ = payer
    funded, traced = known
    entries = [
        _earn_entry(payer, posting, funded.get(posting.order_line_id, 0), at)
        for posting in earned
    ]
    entries += [
        entry
        for posting in earned
        if (entry := _trace_entry(posting, traced.get(posting.order_line_id, ()), at))
    ]
    if order.shipping_minor > order.shipping_refunded_minor:
        entries.append(_shipping_entry(payer, at))
    return entries


def _set_off(
    session: Session, deliveries: Sequence[Delivery], entries: Sequence[Entry]
) -> list[Entry]:
    """Net what over-paid parties owe from before out of what they earn now, once for all."""
    last = max(deliveries, key=lambda one: (one.at, one.order_number))
    recovery = ledger.recovery_entry(
        session,
        # All lines, because a balance locked later would be out of order.
        [line for entry in entries for line in entry.lines],
        key=f"order:{last.order_number}:set-off",
        source=f"order:{last.order_number}",
        effective_at=last.at,
    )
    return [recovery] if recovery else []


def _earn_entry(payer: Payer, posting: LinePosting, funded_minor: int, at: datetime) -> Entry:
    """P2, with C1 where the platform pays part of the price: nobody earns less for that.

    On terms (P2n) the buyer owes what otherwise was prepaid.
    """
    order, sale = payer
    credited = [Line(code, minor) for code, minor in posting.amounts]
    if funded_minor:
        credited.append(Line(GOODWILL, funded_minor))
    return Entry(
        book=Book.MONEY,
        key=earn_key(posting.order_line_id),
        kind=PostingKind.TERMS_LINE_EARNED if sale else PostingKind.LINE_EARNED,
        effective_at=at,
        source=f"line:{posting.order_line_id}",
        lines=[
            Line(terms.debtor(sale, order.number), posting.minor - funded_minor),
            *credited,
        ],
    )


def _shipping_entry(payer: Payer, at: datetime) -> Entry:
    order, sale = payer
    minor = order.shipping_minor - order.shipping_refunded_minor
    credit = Line(f"L:payable:logistics:{order.carrier_code}", -minor)
    return Entry(
        book=Book.MONEY,
        key=shipping_key(order.number),
        kind=PostingKind.SHIPPING_EARNED,
        effective_at=at,
        source=f"order:{order.number}",
        lines=[Line(terms.debtor(sale, order.number), minor), credit],
    )


def _trace_entry(posting: LinePosting, bought: Sequence[Traced], at: datetime) -> Entry | None:
    """Trace book: whose goods this line sold, shared or bought, under opaque numbers."""
    line_id = posting.order_line_id
    lines = own_goods.trace_lines(line_id, [*posting.traced, *bought], sign=1)
    if not lines:
        return None
    return Entry(
        book=Book.TRACE,
        key=trace_key(line_id),
        kind=PostingKind.TRACED,
        effective_at=at,
        source=f"line:{line_id}",
        lines=lines,
    )


def earn_key(order_line_id: int) -> str:
    """Return the posting key under which a line was earned."""
    return f"line:{order_line_id}:earn:v1"


def shipping_key(order_number: str) -> str:
    """Return the posting key under which an order's shipping was earned."""
    return f"order:{order_number}:shipping"


def trace_key(order_line_id: int) -> str:
    """Return the posting key under which a line was traced."""
    return f"line:{order_line_id}:trace:v1"
