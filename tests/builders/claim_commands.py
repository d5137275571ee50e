"""One fitting request for every POST about claims, with the delivered order it needs."""

import base64
from datetime import timedelta

from sqlalchemy.orm import Session

from kernel import clock
from orders import queries as order_queries
from orders import service as orders
from orders.values import Buyer, ClaimKind
from parties.values import Role
from tests.builders.api import a_shop_of_today
from tests.builders.claims import a_photo, a_picture, some_terms
from tests.builders.cold_chain import a_device
from tests.builders.command import Command
from tests.builders.people import a_person
from tests.builders.sales import a_paid_group
from tests.builders.trade import a_buyer
from workflows import claims, order_delivered, order_shipped
from workflows.claims import Asked
from workflows.order_delivered import Receipt
from workflows.travel import HandOver


def a_delivered_order(session: Session) -> tuple[str, str, int]:
    """Return group, part and line of an order of six packs of two buyers of one unit."""
    world = a_shop_of_today(session)
    some_terms(session)
    unit = a_buyer(session, "E07")
    for login in ("buyer", "buyer-too"):
        a_person(session, login, (Role.BUYER, unit))
    at = clock.now() - timedelta(hours=4)
    buyer = Buyer(None, unit, "SHLL", "person:1")
    group = a_paid_group(session, {world.goat.code: 6}, buyer=buyer, at=at)
    part = f"{group.number}-1"
    hand_over = HandOver(actor="person:1", device_code=a_device(session))
    order_shipped.pack(session, part, actor="person:1", at=at)
    order_shipped.ship(session, part, hand_over, at=at)
    later = at + timedelta(hours=1)
    order_delivered.deliver(session, part, Receipt("person:1", "guest"), at=later)
    (line,) = order_queries.list_line_heads(session, order_number=part)
    return group.number, part, line.line_id


def a_picture_given(session: Session) -> Command:
    """Hand in a picture for a claim."""
    number, _part, _line = a_delivered_order(session)
    photos = [base64.b64encode(a_picture(size=(64, high))).decode() for high in (48, 49)]
    return Command(
        path=f"/api/v1/orders/{number}/photos",
        body={"photo": photos[0]},
        other={"photo": photos[1]},
        table="claim_uploads",
        login="buyer",
        login_too="buyer-too",
    )


def a_claim(session: Session) -> Command:
    """Ask for goods in exchange."""
    number, part, line = a_delivered_order(session)
    photos = [f"{place:032x}" for place in range(4)]
    for photo in photos:
        orders.keep_upload(session, number, photo, a_photo(), at=clock.now())
    body = {
        "order_number": part,
        "kind": "spoiled",
        "percent": 50,
        "lines": [{"line_id": line, "packs": 1}],
        "photos": photos[:1],
    }
    return Command(
        path=f"/api/v1/orders/{number}/claims",
        body=body,
        other=body | {"photos": photos[1:2], "words": "两袋"},
        table="claims",
        login="buyer",
        login_too="buyer-too",
        is_final=True,
    )


def a_step(session: Session) -> Command:
    """Withdraw a claim."""
    number, part, line = a_delivered_order(session)
    asked = Asked(
        kind=ClaimKind.SPOILED,
        packs={line: 1},
        key="one",
        actor="guest",
        percent=50,
        photos=(a_photo(),),
    )
    claim = claims.open_claim(session, part, asked, at=clock.now())
    return Command(
        path=f"/api/v1/orders/{number}/claims/{claim}/steps",
        body={"step": "withdraw"},
        other={"step": "withdraw", "reason": "误点"},
        table="claim_events",
        login="buyer",
        login_too="buyer-too",
        is_final=True,
    )
