"""Pure checks of coupons before they are written."""

import re

from kernel.errors import InvalidError
from orders.values import CouponScope, NewCoupon

CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{3,31}")
MAX_PERCENT = 99


def check_coupon(new: NewCoupon) -> None:
    """Refuse a coupon whose terms contradict each other."""
    if not CODE.fullmatch(new.code) or not new.name.strip():
        raise InvalidError("coupon_code_unfit", "4 to 32 letters A-Z, digits and hyphens")
    if new.ends_at <= new.starts_at:
        raise InvalidError("period_out_of_order", "it ends before it begins")
    if (new.amount_minor is None) == (new.percent is None):
        raise InvalidError("coupon_amount_or_percent", "either an amount or a percentage")
    if new.percent is not None and not 1 <= new.percent <= MAX_PERCENT:
        raise InvalidError("percent_out_of_bounds", "1 to 99 percent", maximum=MAX_PERCENT)
    limits = (
        new.amount_minor,
        new.cap_minor,
        new.total_limit,
        new.limit_per_buyer,
        new.budget_minor,
        new.claim_limit,
    )
    if any(limit is not None and limit <= 0 for limit in limits) or new.min_spend_minor < 0:
        raise InvalidError("limit_not_positive", "limits are above zero")
    if new.claim_limit is not None and not new.is_claimable:
        raise InvalidError("coupon_not_claimable", "only what is taken has such a limit")
    if (new.scope is CouponScope.ALL) != (new.scope_code is None):
        raise InvalidError("coupon_scope_unfit", "a scope names what it holds for")
