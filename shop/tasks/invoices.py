"""Red-letter invoices for what was refunded after its invoice."""

from kernel import clock
from kernel.db import unit_of_work
from orders.events import OrderRefunded
from shop.tasks.reacting import reaction
from workflows import invoice_issued


@reaction(OrderRefunded)
def take_back(fact: OrderRefunded) -> None:
    """Take the refunded part back from the invoices of an order; once, however often told."""
    with unit_of_work() as session:
        invoice_issued.take_back(session, fact.order_number, at=clock.now())
