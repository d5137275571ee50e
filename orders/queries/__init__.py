"""Reads of baskets and orders: what workflows decide by, and rows for pages."""

from orders.queries.baskets import count_basket, list_basket, list_wanted
from orders.queries.groups import (
    GroupCaller,
    GroupRow,
    GroupSummary,
    LineRow,
    OrderRow,
    StepRow,
    count_seller_orders,
    get_group,
    get_order,
    get_recipient,
    list_groups,
    list_seller_orders,
    list_steps,
)
from orders.queries.lines import (
    PickRow,
    list_allocations,
    list_expired,
    list_line_heads,
    list_line_ids,
    list_order_totals,
    list_picks,
)

__all__ = [
    "GroupCaller",
    "GroupRow",
    "GroupSummary",
    "LineRow",
    "OrderRow",
    "PickRow",
    "StepRow",
    "count_basket",
    "count_seller_orders",
    "get_group",
    "get_order",
    "get_recipient",
    "list_allocations",
    "list_basket",
    "list_expired",
    "list_groups",
    "list_line_heads",
    "list_line_ids",
    "list_order_totals",
    "list_picks",
    "list_seller_orders",
    "list_steps",
    "list_wanted",
]
