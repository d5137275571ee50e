"""A buyer asks for invoices of paid orders; a refund takes its part back by red-letter.

Row locks: seller orders by number, then the seller's counter of the year.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from kernel import policy
from kernel.clock import local_date
from kernel.errors import ConflictError, InvalidError
from kernel.quantity import amount_of
from orders import queries as order_queries
from orders import service as orders
from orders.queries import invoicing
from orders.queries.invoicing import Part, Payable
from orders.values import LineToWeigh
from parties import queries as party_queries
from payments.queries import invoices as invoice_queries
from payments.rules import invoices as rules
from payments.service import invoices
from payments.values.invoices import (
    Invoiced,
    InvoiceForm,
    InvoiceLine,
    NewInvoice,
    TaxRate,
    Title,
)
from workflows import goods_weighed

RATES = "invoice_tax_rates"
KILOGRAM_G = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceWish:
    """What a buyer asks for: for one order group, or of an organisation for a period."""

    title: Title
    order_numbers: tuple[str, ...]
    group_number: str | None = None
    buyer_person_id: int | None = None
    buyer_organisation_code: str | None = None


def wish_of(parts: Sequence[Part], title: Title) -> InvoiceWish:
    """Return the wish for one order, or for a summary over several of one buyer.

    Raises `ConflictError` `invoice_buyers_differ` for orders of several buyers.
    """
    groups = {part.group_number for part in parts}
    buyers = {part.buyer_organisation_code or part.buyer_person_id for part in parts}
    if len(buyers) != 1:
        raise ConflictError("invoice_buyers_differ", "one invoice is one buyer's")
    people = {part.buyer_person_id for part in parts}
    return InvoiceWish(
        title=title,
        order_numbers=tuple(part.order_number for part in parts),
        group_number=groups.pop() if len(groups) == 1 else None,
        buyer_person_id=people.pop() if len(people) == 1 else None,
        buyer_organisation_code=parts[0].buyer_organisation_code,
    )


def issue(session: Session, wish: InvoiceWish, *, at: datetime) -> list[int]:
    """Issue one invoice for each seller over what was paid and stands on none; return ids.

    Raises `ConflictError` `invoice_nothing_left` when everything stands on an invoice, and
    `InvalidError` `invoice_special_exempt` for a special invoice of goods that bear no tax.
    """
    held = orders.lock_orders(session, sorted(wish.order_numbers))
    numbers = [number for number, head in held.items() if head.state in invoicing.PAID]
    known = {
        (one.line.order_number, one.line.order_line_id)
        for one in invoices.list_invoiced(session, numbers)
    }
    wanted = [
        one
        for one in invoicing.list_payable(session, numbers)
        if (one.order_number, one.order_line_id) not in known and one.left_minor > 0
    ]
    if not wanted:
        raise ConflictError("invoice_nothing_left", "everything stands on an invoice")
    rates, weighed = _rates(session, on=local_date(at)), _weighed(session, numbers)
    sellers = sorted({held[one.order_number].seller_code for one in wanted})
    kinds = party_queries.list_organisations(session, sellers)
    issued = []
    for seller in sellers:
        lines = [
            rules.tax_line(_line(one, weighed), _rate(rates, one), kinds[seller].kind)
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
    weighed = _weighed(session, [order_number])
    by_weight = invoice_queries.list_back(session, order_number, goods_weighed.REASON)
    red: dict[int, list[InvoiceLine]] = {}
    for one in invoices.list_invoiced(session, [order_number]):
        line_id = one.line.order_line_id
        still = left.get(line_id, 0)
        taken = one.line.gross_minor - one.taken_minor - still
        if taken <= 0:
            continue
        line = weighed.get(line_id or 0)
        is_settled = line is not None and line.settled_at is not None and still > 0
        red.setdefault(one.invoice_id, []).extend(
            rules.take_back_weighed(
                one,
                taken_minor=taken,
                by_weight_minor=by_weight.get(line_id or 0, 0) if is_settled else taken,
                lighter_g=_lighter(one, line, still),
            )
        )
    return [invoices.red_letter(session, blue, lines, at=at) for blue, lines in red.items()]


def _lighter(one: Invoiced, line: LineToWeigh | None, left_minor: int) -> int:
    """Return by how many grams what is left of a line weighs less than invoices tell."""
    if left_minor <= 0:
        return one.told_g
    return max(0, one.told_g - _weight(line)) if line is not None and one.told_g else 0


def _weighed(session: Session, numbers: Sequence[str]) -> dict[int, LineToWeigh]:
    return {line.line_id: line for line in order_queries.list_to_weigh(session, numbers)}


def _weight(line: LineToWeigh) -> int:
    """Return the grams a line is paid for: its one net weight once that was settled."""
    if line.settled_at is not None and line.weight_g is not None:
        return line.weight_g
    return line.terms.most_g * line.packs_left


def _rates(session: Session, *, on: date) -> dict[str, TaxRate]:
    return rules.read_rates(policy.get_value(session, RATES, on=on))


def _rate(rates: dict[str, TaxRate], one: Payable) -> TaxRate:
    category = one.category_code if one.order_line_id is not None else rules.SHIPPING
    if category not in rates:
        raise InvalidError("invoice_rate_missing", f"no rate for {category}", category=category)
    return rates[category]


def _line(one: Payable, weighed: Mapping[int, LineToWeigh]) -> InvoiceLine:
    line = InvoiceLine(
        one.order_number, one.order_line_id, one.name, one.quantity, one.left_minor
    )
    found = weighed.get(one.order_line_id or 0)
    if found is None:
        return line
    per_kg = amount_of(found.terms.jin_minor, KILOGRAM_G)
    return replace(line, weight_g=_weight(found), per_kg_minor=per_kg)
