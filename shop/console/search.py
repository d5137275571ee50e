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
from shop.search_engines import writers
from shop.tasks import search

pages = Blueprint("console_search", __name__)


@pages.get("/search")
@requires(Role.OPERATOR)
def show() -> str:
    """Show every index, the one that answers first, and what differs from the goods on sale."""
    at = clock.now()
    with unit_of_work() as session:
        engines = writers(operations.settings(), session)
        states = [desk.find_state(session, engine, at=at) for engine in engines]
    return render_template("console/search/show.html", states=states)


@pages.post("/search/rebuild")
@requires(Role.OPERATOR)
def rebuild() -> ResponseReturnValue:
    """Build the indexes anew at once; searches use the old ones until it is done."""
    at = clock.now()
    done = search.rebuild_index(at=at)
    with unit_of_work() as session:
        detail = {"products": str(done.changed)}
        audit.record(session, act("search_rebuilt", "search", at=at, detail=detail))
    flash(_("搜索索引已重建。"), "success")
    return redirect(url_for(".show"))
