"""States of groups and orders, and the frozen values other storeys pass in and see."""

from orders.values.heads import (
    Buyer,
    GroupHead,
    HoldTerms,
    LineHead,
    OrderHead,
    OrderStep,
    PlacedLine,
    Recipient,
)
from orders.values.quoting import Quote, QuotedLine, QuotedOrder, ShippingTerms
from orders.values.states import CouponScope, GroupState, OrderState

__all__ = [
    "Buyer",
    "CouponScope",
    "GroupHead",
    "GroupState",
    "HoldTerms",
    "LineHead",
    "OrderHead",
    "OrderState",
    "OrderStep",
    "PlacedLine",
    "Quote",
    "QuotedLine",
    "QuotedOrder",
    "Recipient",
    "ShippingTerms",
]
