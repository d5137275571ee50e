"""Where groups and orders stand."""

from enum import StrEnum


class GroupState(StrEnum):
    """Where a checkout stands with its payment."""

    PENDING_PAYMENT = "pending_payment"
    AWAITING_BANK = "awaiting_bank"
    """Its buyer pays by bank transfer; the goods are held for days."""
    CANCEL_REQUESTED = "cancel_requested"
    """Nobody shall pay it any more; its goods are held until the provider agrees."""
    PAID = "paid"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class OrderState(StrEnum):
    """Where one seller's part stands."""

    PENDING_PAYMENT = "pending_payment"
    PAID = "paid"
    PACKED = "packed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"


class Temperature(StrEnum):
    """At what temperature a parcel travels, as shipping is charged."""

    AMBIENT = "ambient"
    CHILLED = "chilled"
    FROZEN = "frozen"


class CouponScope(StrEnum):
    """What of a basket a coupon holds for."""

    ALL = "all"
    SELLER = "seller"
    CATEGORY = "category"
    PRODUCT = "product"
