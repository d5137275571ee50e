"""To whom and in which language a buyer is written to."""

from dataclasses import dataclass

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from orders.errors import OrderNotFoundError
from orders.models import Order, OrderGroup
from orders.values import Recipient


@dataclass(frozen=True, slots=True)
class Addressee:
    """Where letters about a group go; an empty address means that none was given."""

    group_number: str
    email: str
    locale: str
    is_sample: bool


def get_addressee(
    session: Session, *, group_number: str = "", order_number: str = ""
) -> Addressee:
    """Return whom to write to about a group or one of its orders; one statement.

    Raises `OrderNotFoundError`.
    """
    statement = select(
        OrderGroup.number, OrderGroup.recipient, OrderGroup.locale, OrderGroup.is_sample
    )
    if order_number:
        statement = statement.join(Order, Order.group_number == OrderGroup.number).where(
            Order.number == order_number
        )
    else:
        statement = statement.where(OrderGroup.number == group_number)
    row = session.execute(statement).one_or_none()
    if row is None:
        raise OrderNotFoundError(order_number or group_number)
    recipient = msgspec.json.decode(row.recipient, type=Recipient)
    return Addressee(row.number, recipient.email, row.locale, row.is_sample)
