"""Mapped classes of baskets and orders, one file per subject."""

from orders.models.addresses import SavedAddress
from orders.models.baskets import Basket, BasketLine
from orders.models.claims import Claim, ClaimEvent, ClaimLine, ClaimPhoto, ClaimUpload
from orders.models.coupons import BasketCoupon, Coupon, CouponGrant, CouponUse
from orders.models.groups import LotAllocation, Order, OrderEvent, OrderGroup, OrderLine
from orders.models.notices import LotNotice
from orders.models.shipping import OrderParcel, ShippingRule
from orders.models.weighing import WeighedLine, Weighing

__all__ = [
    "Basket",
    "BasketCoupon",
    "BasketLine",
    "Claim",
    "ClaimEvent",
    "ClaimLine",
    "ClaimPhoto",
    "ClaimUpload",
    "Coupon",
    "CouponGrant",
    "CouponUse",
    "LotAllocation",
    "LotNotice",
    "Order",
    "OrderEvent",
    "OrderGroup",
    "OrderLine",
    "OrderParcel",
    "SavedAddress",
    "ShippingRule",
    "WeighedLine",
    "Weighing",
]
