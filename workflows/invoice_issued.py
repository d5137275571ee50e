"""A buyer asks for invoices of paid orders; a refund takes its part back by red-letter.

Row locks: seller orders by number, then the seller's counter of the year.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from kernel import policy
from kernel.clock import local_date
from kernel.errors import ConflictError, InvalidError
from orders import service as orders
from orders.queries import invoicing
from orders.queries.invoicing import Payable
from orders.values import OrderState
from parties import queries as party_queries
from payments.rules import invoices as rules
from payments.service import invoices
from payments.values.invoices import InvoiceForm, InvoiceLine, NewInvoice, TaxRate, Title

RATES = "invoice_tax_rates"
OPEN = frozenset({OrderState.PAID, OrderState.PACKED, OrderState.SHIPPED, OrderState.DELIVERED})


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceWish:
    """What a buyer asks for: for one order group, or of an organisation for a period."""

    title: Title
    order_numbers: tuple[str, ...]
    group_number: str | None = None
    buyer_person_id: int | None = None
    buyer_organisation_code: str | None = None


def issue(session: Session, wish: InvoiceWish, *, at: datetime) -> list[int]:
    """Issue one invoice for each seller over what was paid and stands on none; return ids.

    Raises `ConflictError` `invoice_nothing_left` when everything stands on an invoice, and
    `InvalidError` `invoice_special_exempt` for a special invoice of goods that bear no tax.
    """
    held = orders.lock_orders(session, sorted(wish.order_numbers))
    numbers = [number for number, head in held.items() if head.state in OPEN]
    known = {
        (line.order_number, line.order_line_id)
        for _, line, _ in invoices.list_invoiced(session, numbers)
    }
    wanted = [
        one
        for one in invoicing.list_payable(session, numbers)
        if (one.order_number, one.order_line_id) not in known and one.left_minor > 0
    ]
    if not wanted:
        raise ConflictError("invoice_nothing_left", "everything stands on an invoice")
    rates = _rates(session, on=local_date(at))
    sellers = sorted({held[one.order_number].seller_code for one in wanted})
    kinds = party_queries.list_organisations(session, sellers)
    issued = []
    for seller in sellers:
        lines = [
            rules.tax_line(_line(one), _rate(rates, one), kinds[seller].kind)
            for one in wanted
            if held[one.order_number].seller_code == seller
        ]
        if wish.title.form is InvoiceForm.SPECIAL and any(line.is_exempt for line in lines):
            raise InvalidError("invoice_special_exempt", "exempt goods bear no special invoice")
        new = NewInvoice(
            seller_code=seller,
            title=wish.title,
            lines=tuple(lines),
            group_number=wish.group_number,
            buyer_person_id=wish.buyer_person_id,
            buyer_organisation_code=wish.buyer_organisation_code,
        )
        issued.append(invoices.issue(session, new, at=at))
    return issued


def issue_summary(
    session: Session,
    organisation_code: str,
    title: Title,
    period: tuple[date, date],
    *,
    at: datetime,
) -> list[int]:
    """Issue summaries of what an organisation paid in a period, one for each seller."""
    numbers = invoicing.list_paid_orders(session, organisation_code, *period)
    if not numbers:
        raise ConflictError("invoice_nothing_left", "nothing was paid in the period")
    wish = InvoiceWish(
        title=title, order_numbers=tuple(numbers), buyer_organisation_code=organisation_code
    )
    return issue(session, wish, at=at)


def take_back(session: Session, order_number: str, *, at: datetime) -> list[int]:
    """Issue red-letter invoices over what was refunded since; nothing when all is told.

    Compares what stands on invoices with what the order still costs, so that it may be called
    any number of times, after any number of refunds.
    """
    orders.lock_order(session, order_number)
    left = {
        one.order_line_id: one.left_minor
        for one in invoicing.list_payable(session, [order_number])
    }
    red: dict[int, list[InvoiceLine]] = {}
    for blue_id, line, before in invoices.list_invoiced(session, [order_number]):
        taken = line.gross_minor - before - left.get(line.order_line_id, 0)
        if taken > 0:
            back = rules.take_back(line, before_minor=before, taken_minor=taken)
            red.setdefault(blue_id, []).append(back)
    return [invoices.red_letter(session, blue, lines, at=at) for blue, lines in red.items()]


def _rates(session: Session, *, on: date) -> dict[str, TaxRate]:
    return rules.read_rates(policy.get_value(session, RATES, on=on))


def _rate(rates: dict[str, TaxRate], one: Payable) -> TaxRate:
    category = one.category_code if one.order_line_id is not None else rules.SHIPPING
    if category not in rates:
        raise InvalidError("invoice_rate_missing", f"no rate for {category}", category=category)
    return rates[category]


def _line(one: Payable) -> InvoiceLine:
    return InvoiceLine(
        one.order_number, one.order_line_id, one.name, one.quantity, one.left_minor
    )
