"""What a certificate is worth now: open to everybody who scans its code on paper or page."""

import io

import segno
from flask import Blueprint, Response, make_response, render_template, url_for
from flask.typing import ResponseReturnValue

from catalog.queries import papers as queries
from kernel import clock
from kernel.db import unit_of_work
from shop.security import public

pages = Blueprint("storefront_certificates", __name__)

DAY_SECONDS = 86_400
QR_ERROR_LEVEL = "m"


@pages.get("/certificates/<code>")
@public
def show(code: str) -> ResponseReturnValue:
    """Show type, number, holder, scope, issuer, days, and what it is worth at this moment.

    The scan is not shown: it may name people.
    """
    at = clock.now()
    with unit_of_work() as session:
        paper = queries.get_paper(session, code, at=at)
    page = render_template(
        "storefront/certificates/show.html",
        paper=paper,
        at=at,
        address=url_for(".show", code=code, _external=True),
    )
    response = make_response(page)
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.get("/certificates/<code>/qr.svg")
@public
def qr(code: str) -> ResponseReturnValue:
    """Draw the QR code of a certificate: the address of its page."""
    with unit_of_work() as session:
        paper = queries.get_paper(session, code, at=clock.now())
    drawing = io.BytesIO()
    segno.make(
        url_for(".show", code=paper.code, _external=True), error=QR_ERROR_LEVEL, micro=False
    ).save(drawing, kind="svg", scale=4, border=4, light="#fff", xmldecl=False)
    response = Response(drawing.getvalue(), mimetype="image/svg+xml")
    response.cache_control.public = True
    response.cache_control.max_age = DAY_SECONDS
    return response
