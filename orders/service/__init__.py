"""Commands on baskets and orders; states move only along the tables in `rules`."""

from orders.service.baskets import empty_basket, open_basket, put_in_basket, set_in_basket
from orders.service.holding import check_hold, lock_unpaid
from orders.service.placing import NewGroup, place
from orders.service.steps import (
    close_group,
    lock_group,
    lock_order,
    lock_orders,
    mark_group_paid,
    record_allocations,
    record_refund,
    step,
    step_many,
)

__all__ = [
    "NewGroup",
    "check_hold",
    "close_group",
    "empty_basket",
    "lock_group",
    "lock_order",
    "lock_orders",
    "lock_unpaid",
    "mark_group_paid",
    "open_basket",
    "place",
    "put_in_basket",
    "record_allocations",
    "record_refund",
    "set_in_basket",
    "step",
    "step_many",
]
