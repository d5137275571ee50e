"""The state of the search index, and building it anew."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel import audit, clock
from kernel.access import requires
from kernel.db import unit_of_work
from parties.values import Role
from reporting.desk import search as desk
from shop import operations
from shop.console.acting import act
from shop.tasks import search

pages = Blueprint("console_search", __name__)


@pages.get("/search")
@requires(Role.OPERATOR)
def show() -> str:
    """Show which index is in use and what differs from the products on sale."""
    folder = search.index_folder(operations.settings())
    with unit_of_work() as session:
        state = desk.find_state(session, folder)
    return render_template("console/search/show.html", state=state)


@pages.post("/search/rebuild")
@requires(Role.OPERATOR)
def rebuild() -> ResponseReturnValue:
    """Build the index anew at once; searches use the old one until it is done."""
    at = clock.now()
    name = search.refresh_index(at=at, always=True)
    with unit_of_work() as session:
        audit.record(
            session, act("search_rebuilt", "search", at=at, detail={"index": name or ""})
        )
    flash(_("搜索索引已重建。"), "success")
    return redirect(url_for(".show"))
