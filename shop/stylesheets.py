"""Sends the style sheets of a page as two files: those of its layout, and its own.

A template names its sheets one by one; the base layout passes the links through the filter
`bundled`, which joins them. The layout's own carry `data-layout`: they are the same on every
page of a face, so that a browser fetches them once.
"""

import hashlib
import re
from functools import lru_cache

from flask import Blueprint, Flask, Response, current_app, url_for
from markupsafe import Markup
from werkzeug.exceptions import NotFound

from shop.security import public
from shop.settings import CHECKOUT

pages = Blueprint("stylesheets", __name__)

FOLDER = CHECKOUT / "static" / "css"
NAME = r"[a-z][a-z_]*"
LINK = re.compile(
    r'<link rel="stylesheet"(?P<shared> data-layout)? '
    rf'href="[^"]*/css/(?P<name>{NAME})\.css[^"]*">\s*'
)
NAMES = re.compile(rf"{NAME}(?:\+{NAME})*")
MOST = 16
YEAR_SECONDS = 31_536_000


def init_app(app: Flask) -> None:
    """Give templates the filter that joins sheets."""
    app.jinja_env.filters["bundled"] = bundled


# Next to the single sheets, so that what they name relative to themselves is found from here.
@pages.get("/static/sheets/<names>.css")
@public
def show(names: str) -> Response:
    """Send several sheets, one after the other."""
    if not NAMES.fullmatch(names) or names.count("+") >= MOST:
        raise NotFound
    try:
        response = Response(_content(names), mimetype="text/css")
    except FileNotFoundError:
        raise NotFound from None
    response.cache_control.public = True
    response.cache_control.max_age = YEAR_SECONDS
    response.cache_control.immutable = True
    return response


def bundled(html: str) -> Markup:
    """Return HTML with one link for the layout's sheets and one for the page's own."""
    shared: list[str] = []
    own: list[str] = []
    for link in LINK.finditer(html):
        (shared if link["shared"] else own).append(link["name"])
    own = [name for name in dict.fromkeys(own) if name not in shared]
    sheets = ["+".join(names) for names in (dict.fromkeys(shared), own) if names]
    addresses = (url_for("stylesheets.show", names=names, v=_digest(names)) for names in sheets)
    links = "\n  ".join(f'<link rel="stylesheet" href="{where}">' for where in addresses)
    return Markup(f"{links}\n  {LINK.sub('', html).strip()}\n")  # noqa: S704 -- a template's own


def _content(names: str) -> bytes:
    """Return several sheets as one; whoever works on them sees what is written."""
    return _joined.__wrapped__(names) if current_app.debug else _joined(names)


@lru_cache(maxsize=256)
def _joined(names: str) -> bytes:
    return b"\n".join((FOLDER / f"{name}.css").read_bytes() for name in names.split("+"))


def _digest(names: str) -> str:
    return hashlib.sha256(_content(names)).hexdigest()[:10]
