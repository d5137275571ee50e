"""Fitting requests of buyers: giving up, paying, keeping addresses."""

from sqlalchemy.orm import Session

from kernel import clock
from orders.values import Buyer
from parties.values import Role
from tests.builders.api import RECIPIENT, a_shop_of_today
from tests.builders.command import Command
from tests.builders.offers import a_coupon
from tests.builders.people import a_person
from tests.builders.sales import a_group
from tests.builders.trade import a_buyer


def some_unpaid(session: Session) -> list[str]:
    """Return two orders of two buyers of one unit that nobody has paid."""
    world = a_shop_of_today(session)
    unit = a_buyer(session, "E07")
    for login in ("buyer", "buyer-too"):
        a_person(session, login, (Role.BUYER, unit))
    buyer = Buyer(None, unit, "SHLL", "person:1")
    goods, at = {world.goat.code: 2}, clock.now()
    return [a_group(session, goods, buyer=buyer, at=at).number for _ in range(2)]


def a_cancellation(session: Session) -> Command:
    """Give an unpaid order up."""
    number, another = some_unpaid(session)
    return Command(
        path=f"/api/v1/orders/{number}/cancellation",
        body={},
        other={},
        other_path=f"/api/v1/orders/{another}/cancellation",
        table="order_events",
        login="buyer",
        login_too="buyer-too",
        is_final=True,
    )


def a_beginning(session: Session) -> Command:
    """Pay an order at the demo provider."""
    number, another = some_unpaid(session)
    return Command(
        path=f"/api/v1/orders/{number}/payments",
        body={"provider": "demo"},
        other={"provider": "demo"},
        other_path=f"/api/v1/orders/{another}/payments",
        table="payments",
        login="buyer",
        login_too="buyer-too",
        is_final=True,
        asks_first=True,
    )


def an_address(session: Session) -> Command:
    """Keep an address."""
    for login in ("buyer", "buyer-too"):
        a_person(session, login)
    return Command(
        path="/api/v1/addresses",
        body={"recipient": RECIPIENT},
        other={"recipient": {**RECIPIENT, "street": "解放碑二号"}},
        table="saved_addresses",
        login="buyer",
        login_too="buyer-too",
    )


def a_pasted_address(session: Session) -> Command:
    """Take a pasted address apart."""
    for login in ("buyer", "buyer-too"):
        a_person(session, login)
    return Command(
        path="/api/v1/addresses/reading",
        body={"text": "张三 13800000000 重庆市渝中区解放碑一号"},
        other={"text": "李四 13900000000 重庆市武隆区芙蓉街道二号"},
        table="command_keys",
        login="buyer",
        login_too="buyer-too",
    )


def a_coupon_taken(session: Session) -> Command:
    """Take one of two coupons that are there to be taken."""
    at = clock.now()
    for code in ("TAKE-ME", "ME-TOO"):
        a_coupon(session, code, at=at, is_claimable=True)
    a_person(session, "buyer")
    a_person(session, "buyer-too")
    return Command(
        path="/api/v1/coupons",
        body={"code": "TAKE-ME"},
        other={"code": "ME-TOO"},
        table="coupon_grants",
        login="buyer",
        login_too="buyer-too",
    )
