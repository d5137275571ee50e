"""Invoices asked for before the payment, and red-letter ones for what was refunded later."""

from kernel import clock
from kernel.db import unit_of_work
from orders.events import OrderPaid, OrderRefunded
from shop.tasks.reacting import reaction
from workflows import invoice_asked, invoice_issued


@reaction(OrderRefunded)
def take_back(fact: OrderRefunded) -> None:
    """Take the refunded part back from the invoices of an order; once, however often told."""
    with unit_of_work() as session:
        invoice_issued.take_back(session, fact.order_number, at=clock.now())


@reaction(OrderPaid)
def issue_asked(fact: OrderPaid) -> None:
    """Issue what the buyer asked for with the order; once, however often told."""
    with unit_of_work() as session:
        invoice_asked.answer(session, fact.group_number, at=clock.now())
