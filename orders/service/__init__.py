"""Commands on baskets and orders; states move only along the tables in `rules`."""

from orders.service.addresses import (
    change_address,
    delete_address,
    make_default_address,
    save_address,
)
from orders.service.baskets import empty_basket, open_basket, put_in_basket, set_in_basket
from orders.service.claims import (
    lock_claim,
    open_claim,
    record_compensation,
    settle_claim,
    step_claim,
    wait_for_buyer,
)
from orders.service.coupons import (
    give_back_coupons,
    give_coupon,
    lock_coupons_used,
    make_coupon,
    put_coupon_to_basket,
    redeem_coupons,
    stop_coupon,
    take_coupon_from_basket,
)
from orders.service.holding import check_hold, lock_unpaid
from orders.service.placing import NewGroup, place
from orders.service.steps import (
    await_transfer,
    close_group,
    hold_until,
    lock_group,
    lock_order,
    lock_orders,
    mark_group_paid,
    record_allocations,
    record_refund,
    request_cancel,
    step,
    step_many,
)

__all__ = [
    "NewGroup",
    "await_transfer",
    "change_address",
    "check_hold",
    "close_group",
    "delete_address",
    "empty_basket",
    "give_back_coupons",
    "give_coupon",
    "hold_until",
    "lock_claim",
    "lock_coupons_used",
    "lock_group",
    "lock_order",
    "lock_orders",
    "lock_unpaid",
    "make_coupon",
    "make_default_address",
    "mark_group_paid",
    "open_basket",
    "open_claim",
    "place",
    "put_coupon_to_basket",
    "put_in_basket",
    "record_allocations",
    "record_compensation",
    "record_refund",
    "redeem_coupons",
    "request_cancel",
    "save_address",
    "set_in_basket",
    "settle_claim",
    "step",
    "step_claim",
    "step_many",
    "stop_coupon",
    "take_coupon_from_basket",
    "wait_for_buyer",
]
