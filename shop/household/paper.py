"""A household's year on paper: a PDF where the machine can set Chinese type, else printing.

One household's statement takes well under a second, so it is set while the reader waits.
"""

import shutil
import subprocess
from functools import lru_cache

from flask import Blueprint, Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from kernel import clock
from kernel.db import unit_of_work
from shop.household.statement import own_household, read_year
from shop.security import signed_in
from shop.settings import CHECKOUT

try:
    import weasyprint
except OSError:  # The system lacks Pango; the page then offers to print instead.
    weasyprint = None

pages = Blueprint("household_paper", __name__)

STYLES = CHECKOUT / "static" / "css" / "paper.css"
FONT_SECONDS = 10


@pages.get("/statement.pdf")
@signed_in
def show() -> ResponseReturnValue:
    """Answer the year as a PDF, or lead to the page that prints."""
    household_id = own_household()
    with unit_of_work() as session:
        told = read_year(session, household_id)
    if not is_offered():
        return redirect(url_for("household_statement.show", year=told.year))
    html = render_template("household/paper/show.html", told=told, at=clock.now())
    response = Response(_typeset(html), content_type="application/pdf")
    name = f"statement-{household_id}-{told.year}.pdf"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.app_context_processor
def _offer() -> dict[str, object]:
    return {"pdf_is_offered": is_offered}


@lru_cache(maxsize=1)
def is_offered() -> bool:
    """Say whether this machine can set a page in Chinese type."""
    lister = shutil.which("fc-list")
    if weasyprint is None or lister is None:
        return False
    found = subprocess.run(  # noqa: S603 -- a program of the system with fixed arguments
        [lister, ":lang=zh-cn", "family"],
        capture_output=True,
        check=False,
        timeout=FONT_SECONDS,
    )
    return bool(found.stdout.strip())


def _typeset(html: str) -> bytes:
    """Set one document; it may load nothing, neither from the network nor from a file."""
    document = weasyprint.HTML(string=html, url_fetcher=_refuse)
    written: bytes = document.write_pdf(stylesheets=[weasyprint.CSS(filename=STYLES)])
    return written


def _refuse(url: str) -> dict[str, object]:
    raise ValueError(f"a statement loads nothing, not even {url}")
