"""Unpaid goods whose time is over, freed by pages that show or sell stock.

The worker does it by the clock; a shop without its worker gives goods back all the same, to the
next who looks.
"""

from collections.abc import Callable
from typing import TypeVar

import structlog
from sqlalchemy.exc import DBAPIError

from catalog import service as catalog
from catalog.errors import NotEnoughStockError
from kernel import clock
from kernel.db import unit_of_work
from kernel.errors import ShanjiError
from orders.errors import QuoteChangedError
from workflows import checkout

T = TypeVar("T")

AT_ONCE = 20
"""How many groups one visit frees; it should not wait for all of a long break."""

log = structlog.get_logger()


def free_lapsed() -> int:
    """Expire groups whose holds ran out, each in its own transaction; return how many.

    Usually there are none and one statement says so.
    """
    with unit_of_work() as session:
        numbers = catalog.find_lapsed(session, at=clock.now(), most=AT_ONCE)
    return sum(_free(number) for number in numbers)


def freeing_lapsed(place: Callable[[], T]) -> T:
    """Place an order; when goods are short of it, free those whose time is over and try again.

    `place` is one whole transaction. Raises what it raises when there was nothing to free.
    """
    try:
        return place()
    except (NotEnoughStockError, QuoteChangedError):
        if not free_lapsed():
            raise
    return place()


def _free(number: str) -> bool:
    try:
        with unit_of_work() as session:
            return checkout.expire_lapsed(session, number, at=clock.now())
    except (ShanjiError, DBAPIError):
        # Whoever looks next tries again; a page is shown all the same.
        log.exception("freeing_failed", group=number)
        return False
