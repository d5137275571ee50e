"""Orders sold before the harvest that did not leave in time, over all sellers."""

from flask import Blueprint, render_template

from kernel import clock
from kernel.access import requires
from kernel.db import unit_of_work
from orders import queries as order_queries
from parties.values import Role

pages = Blueprint("console_late", __name__)


@pages.get("/late")
@requires(Role.OPERATOR)
def index() -> str:
    """List what should have left before today, the longest overdue first."""
    today = clock.local_date(clock.now())
    with unit_of_work() as session:
        due = order_queries.list_due_presales(session, until=today)
    return render_template("console/late/index.html", due=due, today=today)
