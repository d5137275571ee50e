"""Orders on terms: an approved organisation chooses them, and its members read the bills."""

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from kernel import clock
from kernel.db import unit_of_work
from kernel.errors import ForbiddenError
from orders import queries as order_queries
from parties.values import BUYER_ROLES
from shop.security import find_actor, public
from shop.storefront.orders import caller_of
from workflows import terms

pages = Blueprint("storefront_terms", __name__)


@pages.post("/pay/<number>/terms")
@public
def choose(number: str) -> ResponseReturnValue:
    """Let the order be delivered on terms; only a member of its organisation may."""
    with unit_of_work() as session:
        group = order_queries.get_group(session, number, caller_of(number))
        code, actor = group.buyer_organisation_code, find_actor()
        if code is None or actor is None or code not in actor.organisation_codes(*BUYER_ROLES):
            raise ForbiddenError("not_yours", "only its own organisation buys on terms")
        terms.choose(session, number, at=clock.now())
    return redirect(url_for("storefront_orders.show", number=number))
