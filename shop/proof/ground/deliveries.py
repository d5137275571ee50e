"""An order that has arrived at a demo person, whatever else the sample holds."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import text

from kernel.db import unit_of_work
from orders.values import Buyer
from shop.proof.ground import buying, wares
from workflows import checkout, order_delivered, order_shipped
from workflows.order_delivered import Receipt
from workflows.travel import HandOver

AGO, ON_THE_WAY = timedelta(hours=3), timedelta(hours=1)
"""How long ago it was placed, and how long it travelled."""
PERSON = text("SELECT id FROM people WHERE login = :login")


def deliver_to(login: str, *, at: datetime) -> str:
    """Let a person buy a pack of something and receive it; return the number of the order.

    Needs an application's context.
    """
    placed = at - AGO
    with unit_of_work() as session:
        person = session.execute(PERSON, {"login": login}).scalar_one()
        ware = wares.list_wares(session, at=at, storage="AMBIENT")[0]
    request = replace(
        buying.request({ware.sku: 1}), buyer=Buyer(person, None, "SHLL", f"person:{person}")
    )
    with unit_of_work() as session:
        group = checkout.place(session, request, at=placed)
    buying.pay(group.number, group.total_minor, at=placed)
    with unit_of_work() as session:
        (part,) = buying.list_parts(session, group.number)
        order_shipped.pack(session, part, actor="person:1", at=placed)
        order_shipped.ship(session, part, HandOver(actor="person:1"), at=placed)
        receipt = Receipt("person:1", "recipient")
        order_delivered.deliver(session, part, receipt, at=placed + ON_THE_WAY)
    return group.number
