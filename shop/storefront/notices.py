"""Public notices of what was decided: body, total, number of households; nobody by name.

A notice is open while it runs and gone afterwards; search engines are told to leave it out.
"""

from dataclasses import dataclass

from flask import Blueprint, make_response, render_template
from flask.typing import ResponseReturnValue

from households import queries
from households.queries import AllotmentRow
from kernel import clock
from kernel.db import unit_of_work
from kernel.disclosure import DisclosurePolicy
from kernel.policy import find_disclosure
from reporting import notices
from shop.security import find_actor, public
from shop.storefront.disclosed import household_count

pages = Blueprint("storefront_notices", __name__)


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice as everybody may see it."""

    row: AllotmentRow
    households: str
    total_minor: int | None
    """None where so few households stand behind it that a total would tell on one."""


@pages.get("/notices")
@public
def index() -> ResponseReturnValue:
    """List what is on public notice today."""
    today = clock.local_date(clock.now())
    with unit_of_work() as session:
        rows = queries.list_notices(session, on=today)
        shown = find_disclosure(session, on=today)
        told = notices.disclose(session, [row.code for row in rows], shown)
    listed = [_notice(row, told, shown) for row in rows]
    return _not_indexed(render_template("storefront/notices/index.html", notices=listed))


@pages.get("/notices/<code>")
@public
def show(code: str) -> ResponseReturnValue:
    """Show one notice with the titles of its papers and how to object."""
    today = clock.local_date(clock.now())
    actor = find_actor()
    with unit_of_work() as session:
        row = queries.get_notice(session, code, on=today)
        shown = find_disclosure(session, on=today)
        told = notices.disclose(session, [code], shown)
        papers = queries.list_documents(session, code)
    page = render_template(
        "storefront/notices/show.html",
        notice=_notice(row, told, shown),
        row=row,
        papers=papers,
        is_household=actor is not None and actor.household_id is not None,
    )
    return _not_indexed(page)


def _notice(
    row: AllotmentRow, told: dict[str, notices.Told], shown: DisclosurePolicy
) -> Notice:
    one = told[row.code]
    return Notice(row, household_count(one.households, shown), one.total_minor)


def _not_indexed(page: str) -> ResponseReturnValue:
    response = make_response(page)
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response
