"""Public notices of recognitions: what is asked for, until when anybody may object, and how."""

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from catalog.errors.papers import ApplicationNotFoundError
from catalog.queries import recognition as queries
from catalog.queries.recognition import ApplicationRow
from catalog.service import recognition as service
from kernel import clock
from kernel.db import unit_of_work
from kernel.errors import ConflictError, InvalidError
from kernel.policy import find_disclosure
from shop.errors import sentence
from shop.security import public
from shop.storefront.disclosed import driven_count

pages = Blueprint("storefront_recognition", __name__)


@pages.get("/recognition")
@public
def index() -> ResponseReturnValue:
    """List what stands on public notice today."""
    today = clock.local_date(clock.now())
    with unit_of_work() as session:
        rows = queries.list_on_notice(session, on=today)
    return _not_indexed(render_template("storefront/recognition/index.html", rows=rows))


@pages.get("/recognition/<code>")
@public
def show(code: str) -> ResponseReturnValue:
    """Show one notice, and the form to object."""
    return _not_indexed(_page(code))


@pages.post("/recognition/<code>/objections")
@public
def object_to(code: str) -> ResponseReturnValue:
    """Take an objection from anybody."""
    try:
        with unit_of_work() as session:
            service.object_to(
                session,
                code,
                request.form.get("words", ""),
                request.form.get("contact", ""),
                at=clock.now(),
            )
    except (InvalidError, ConflictError) as refused:
        return _not_indexed(_page(code, error=sentence(refused)), status=422)
    flash(_("异议已记录，由区县答复后才会作出决定。"), "success")
    return redirect(url_for(".show", code=code))


def _page(code: str, error: str = "") -> str:
    today = clock.local_date(clock.now())
    with unit_of_work() as session:
        row = _on_notice(queries.list_on_notice(session, on=today), code)
        shown = find_disclosure(session, on=today)
    driven = row.households_lifted + row.households_monitored
    return render_template(
        "storefront/recognition/show.html",
        row=row,
        households=driven_count(driven, shown),
        errors={"words": error} if error else {},
        typed=request.form if error else {},
    )


def _on_notice(rows: list[ApplicationRow], code: str) -> ApplicationRow:
    for row in rows:
        if row.code == code:
            return row
    raise ApplicationNotFoundError


def _not_indexed(page: str, status: int = 200) -> ResponseReturnValue:
    response = make_response(page, status)
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response
