"""Shapes of paying: ways to pay, attempts, what goes back, and a buyer's list of orders."""

from marshmallow import fields

from kernel.paging import MAX_PAGE
from orders.values import GroupState
from payments.values import PaymentState, Provider, RefundState
from shop.api.schemas.catalog import Language
from shop.api.schemas.fields import Shape, choice, minor, query_whole, text

PAGE_KEY = r"^[A-Za-z0-9_-]+$"
STATES = "One of " + ", ".join(f"`{state}`" for state in PaymentState) + "."
REFUND_STATES = "One of " + ", ".join(f"`{state}`" for state in RefundState) + "."


class OrdersQuery(Language):
    """Which of one's own orders to list."""

    state = choice([state.value for state in GroupState])
    after = text(
        200,
        pattern=PAGE_KEY,
        metadata={"description": "The `next_key` of the page before."},
    )
    limit = query_whole(1, MAX_PAGE, load_default=20)


class OrderListed(Shape):
    """One order of the list."""

    number = fields.String(required=True)
    state = fields.String(required=True)
    total_minor = minor()
    placed_at = fields.AwareDateTime(required=True)
    sellers = fields.Integer(
        required=True, metadata={"description": "How many sellers have a part in it."}
    )
    delivered = fields.Integer(
        required=True, metadata={"description": "How many of those parts have arrived."}
    )
    name = fields.String(required=True, attribute="first_name")
    name_en = fields.String(required=True, attribute="first_name_en")


class OrderPage(Shape):
    """Some orders, newest first."""

    rows = fields.List(fields.Nested(OrderListed), required=True)
    next_key = fields.String(required=True, allow_none=True)


class NothingGiven(Shape):
    """A command that needs no words: an empty object."""


class PaymentGiven(Shape):
    """How to pay."""

    provider = choice(
        [Provider.STRIPE.value, Provider.DEMO.value],
        required=True,
        metadata={"description": "One of the `ways` the order's payments tell."},
    )


class PaymentBegun(Shape):
    """Where the buyer goes on."""

    provider = fields.String(required=True)
    url = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "The provider's page; null where there is none and the order is "
            "paid already."
        },
    )
    state = fields.String(
        required=True, metadata={"description": "The order's state after this command."}
    )


class AttemptTold(Shape):
    """One attempt to pay."""

    provider = fields.String(required=True)
    state = fields.String(required=True, metadata={"description": STATES})
    amount_minor = minor()
    created_at = fields.AwareDateTime(required=True)
    captured_at = fields.AwareDateTime(required=True, allow_none=True)


class PaymentsTold(Shape):
    """How an order can be paid, and what was tried."""

    state = fields.String(required=True, metadata={"description": "The order's state."})
    total_minor = minor()
    ways = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "Providers that take money for it now; none when closed."},
    )
    payments = fields.List(fields.Nested(AttemptTold), required=True)


class RefundTold(Shape):
    """One refund and how far it is."""

    id = fields.Integer(required=True)
    order_number = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The seller's part; null for money nobody asked for."},
    )
    state = fields.String(required=True, metadata={"description": REFUND_STATES})
    amount_minor = minor()
    reason = fields.String(required=True)
    requested_at = fields.AwareDateTime(required=True)
    succeeded_at = fields.AwareDateTime(required=True, allow_none=True)


class RefundsTold(Shape):
    """Everything that goes back to the buyer of an order, oldest first."""

    refunds = fields.List(fields.Nested(RefundTold), required=True)
