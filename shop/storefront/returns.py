"""What a buyer may ask for after a sale, told before paying."""

from kernel import clock
from kernel.db import unit_of_work
from orders import queries as order_queries
from orders.values import ClaimTerms
from shop.storefront import memory


def terms_today() -> ClaimTerms:
    """Return the terms of claims in force today."""
    today = clock.local_date(clock.now())

    def ask() -> ClaimTerms:
        with unit_of_work() as session:
            return order_queries.get_terms(session, on=today)

    return memory.recall(("claim terms", today), ask)
