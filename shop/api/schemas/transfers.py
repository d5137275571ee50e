"""Shapes of paying an order by bank transfer."""

from marshmallow import fields

from shop.api.schemas.fields import Shape, minor, text
from shop.api.schemas.orders import KEY, MAX_NUMBER, NUMBER


class TransferGiven(Shape):
    """Which order is to wait for a bank transfer."""

    order = text(MAX_NUMBER, pattern=NUMBER, required=True)
    key = text(
        64,
        pattern=KEY,
        metadata={"description": "The order's access key; not needed by its signed-in buyer."},
    )


class AccountTold(Shape):
    """Where buyers transfer to."""

    holder = fields.String(required=True)
    bank = fields.String(required=True)
    number = fields.String(required=True)


class TransferTold(Shape):
    """What an order waits for, and what has come."""

    order = fields.String(required=True, attribute="group_number")
    state = fields.String(
        required=True,
        metadata={
            "description": "`waiting`; `partly_paid`: something came, and the order does not "
            "expire; `paid`; `closed`: cancelled or expired, what came goes back."
        },
    )
    code = fields.String(
        required=True, metadata={"description": "To be written into the remark, as it stands."}
    )
    amount_minor = minor()
    received_minor = minor()
    due_minor = minor(description="What still has to come.")
    expires_at = fields.AwareDateTime(
        required=True, metadata={"description": "Until when the goods are held."}
    )
    account = fields.Nested(
        AccountTold,
        required=True,
        allow_none=True,
        metadata={"description": "Null while no account is in force."},
    )
