"""The day at a glance: what to pack, what is on the way, what expires, what was earned."""

from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, render_template

from catalog import queries as catalog_queries
from catalog.queries import LotRow
from kernel import clock, policy
from kernel.access import requires
from kernel.db import unit_of_work
from orders import queries as order_queries
from orders.values import OrderState
from parties import queries as party_queries
from parties.values import SELLER_ROLES
from supplier_portal.access import seller_code, seller_codes
from supplier_portal.earnings import Earnings, earnings_of

pages = Blueprint("supplier_home", __name__)

PARAM_EXPIRY_NOTICE = "expiry_notice_days"


@dataclass(frozen=True, slots=True)
class Day:
    """What a seller's page of the day shows."""

    seller_name: str
    counts: dict[str, int]
    expiring: list[LotRow]
    earnings: Earnings
    late: int
    """Orders sold before the harvest that leave today or should have left."""


@pages.get("/")
@requires(*SELLER_ROLES)
def show() -> str:
    """Show today's tasks and figures of one seller."""
    code, at = seller_code(), clock.now()
    today = clock.local_date(at)
    with unit_of_work() as session:
        notice = policy.get_int(session, PARAM_EXPIRY_NOTICE, on=today)
        lots = catalog_queries.list_lots(session, code, only_on_shelf=True)
        counts = order_queries.count_seller_orders(session, code)
        day = Day(
            seller_name=party_queries.get_organisation(session, code).name,
            counts={state.value: counts.get(state, 0) for state in OrderState},
            expiring=[
                lot
                for lot in lots
                if lot.best_before is not None
                and lot.best_before <= today + timedelta(days=notice)
            ],
            earnings=earnings_of(session, code),
            late=len(order_queries.list_due_presales(session, until=today, seller_code=code)),
        )
    return render_template(
        "supplier_portal/home/show.html", day=day, today=today, sellers=seller_codes()
    )
