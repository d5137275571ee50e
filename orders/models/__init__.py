"""Mapped classes of baskets and orders, one file per subject."""

from orders.models.baskets import Basket, BasketLine
from orders.models.coupons import BasketCoupon, Coupon, CouponGrant, CouponUse
from orders.models.groups import LotAllocation, Order, OrderEvent, OrderGroup, OrderLine
from orders.models.shipping import ShippingRule

__all__ = [
    "Basket",
    "BasketCoupon",
    "BasketLine",
    "Coupon",
    "CouponGrant",
    "CouponUse",
    "LotAllocation",
    "Order",
    "OrderEvent",
    "OrderGroup",
    "OrderLine",
    "ShippingRule",
]
