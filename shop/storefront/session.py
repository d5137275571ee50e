"""What the browser's session remembers of a buyer: basket, its count, keys of placed orders."""

from datetime import datetime

from flask import session
from sqlalchemy.orm import Session

from orders import service as orders
from shop.security import Actor, find_actor

KEPT_KEYS = 20


def basket_token() -> str | None:
    """Return the token of this browser's basket, if it has one."""
    token = session.get("basket")
    return token if isinstance(token, str) else None


def open_basket(db_session: Session, *, at: datetime) -> str:
    """Return this browser's basket, making one on first use."""
    token = basket_token()
    if token is None:
        actor = find_actor()
        token = orders.open_basket(
            db_session, person_id=actor.person_id if actor else None, at=at
        )
        session["basket"] = token
    return token


def remember_count(count: int) -> None:
    """Keep how many packs are in the basket, for the number in every page's head."""
    session["basket_count"] = count


def remember_key(number: str, key: str) -> None:
    """Keep the key of a placed order, so that a guest can come back to it."""
    keys = dict(session.get("order_keys", {}))
    keys[number] = key
    session["order_keys"] = dict(list(keys.items())[-KEPT_KEYS:])


def order_key(number: str) -> str | None:
    """Return the key this browser has of an order."""
    keys = session.get("order_keys", {})
    return keys.get(number) if isinstance(keys, dict) else None


def buyer_organisations(actor: Actor | None) -> frozenset[str]:
    """Return the organisations an actor may buy for and see the orders of."""
    from_roles = ("buyer", "approver", "acceptor", "finance")
    if actor is None:
        return frozenset()
    return frozenset(
        grant.organisation_code
        for grant in actor.grants
        if grant.organisation_code and grant.role in from_roles
    )
