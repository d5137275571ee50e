"""Pages of goods as guests read them, remembered for some seconds, with holes.

Whatever is a guest's own is cut out of a page before it is remembered and filled in anew for
everybody: the token of the forms and the count at the basket. A page is only ever remembered
for guests who chose no destination and are told nothing; for all others it is made anew. The
version of the catalogue is part of what it is remembered by, so a change of goods ends it.
"""

import re
import secrets
import time
from collections.abc import Callable, Hashable
from functools import wraps
from html import escape
from typing import ParamSpec, TypeVar

from flask import Response, current_app, g, make_response, request, session
from flask.sansio.app import App
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from catalog.listing import version
from kernel import clock
from kernel.access import find_actor
from kernel.db import unit_of_work
from shop.i18n import choose_locale
from shop.storefront.memory import Memory

P = ParamSpec("P")
T = TypeVar("T")

EXTENSION = "storefront_bodies"
SECONDS = 15.0
VERSION_SECONDS = 1.0
SETTLING = 5.0
"""A change counts the version before it is committed: what is made so soon after is brief."""
OWN = frozenset({"destination", "_flashes"})
"""What of a guest's cookie changes a page of goods, besides the holes."""
LONGEST = 300
"""Longer addresses are asked for once."""
ENTRIES = 200
HOLE = re.compile(r"@hole:([0-9a-f]{32}):(csrf|basket)@")


class Shelf:
    """The remembered pages of one process, and the version they were made of."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Keep pages for so many seconds; zero keeps nothing."""
        self.seconds = seconds
        self.pages = Memory(seconds, clock, ENTRIES)
        self.brief = Memory(min(seconds, VERSION_SECONDS), clock, ENTRIES)
        self.versions = Memory(min(seconds, VERSION_SECONDS), clock)
        self.mark = secrets.token_hex(16)
        """Nobody outside the process knows it, so no text of a page reads as a hole."""
        self._clock = clock
        self._seen: tuple[Hashable, float] = (None, 0.0)

    def memory_for(self, found: Hashable) -> Memory:
        """Return where pages of a version are kept: briefly, where it is quite new."""
        if found != self._seen[0]:
            self._seen = (found, self._clock())
        return self.brief if self._clock() - self._seen[1] < SETTLING else self.pages


def for_guests(view: Callable[P, str]) -> Callable[P, Response | str]:
    """Remember what a view answers to guests."""

    @wraps(view)
    def answer(*args: P.args, **kwargs: P.kwargs) -> Response | str:
        shelf: Shelf = current_app.extensions[EXTENSION]
        if not shelf.seconds or not _is_anybody():
            return view(*args, **kwargs)
        found = shelf.versions.recall("version", _version)
        day = clock.local_date(clock.now())
        key = (found, day, choose_locale(), request.host_url, request.full_path)

        def make() -> str:
            g.holes = shelf.mark
            try:
                return view(*args, **kwargs)
            finally:
                g.holes = None

        pages = shelf.memory_for(found)
        return make_response(_filled(pages.recall(key, make), shelf.mark))

    return answer


def recall(key: Hashable, make: Callable[[], T]) -> T:
    """Return a part of guests' pages, remembered as long as the pages themselves.

    It must not tell one guest from another. For everybody else it is made anew.
    """
    shelf: Shelf = current_app.extensions[EXTENSION]
    if not shelf.seconds or not _is_anybody():
        return make()
    found = shelf.versions.recall("version", _version)
    day = clock.local_date(clock.now())
    return shelf.memory_for(found).recall((found, day, key), make)


def init_app(app: App) -> None:
    """Give the application its shelf; tests remember nothing, because they change the data."""
    if EXTENSION in app.extensions:
        return
    app.extensions[EXTENSION] = Shelf(0 if app.testing else SECONDS)
    # Templates see the one, macros the other.
    app.context_processor(lambda: {"csrf_token": token})
    app.jinja_env.globals.update(csrf_token=token, basket_mark=basket_mark)


def token() -> str:
    """Return the token of a page's forms, or the hole it is filled into later."""
    mark = g.get("holes")
    return f"@hole:{mark}:csrf@" if mark else _csrf()


def _csrf() -> str:
    """Return a new token; none where nobody asks for it, as in tests that read words."""
    return str(generate_csrf()) if current_app.config["WTF_CSRF_ENABLED"] else ""


def basket_mark() -> str:
    """Return the number at the basket as HTML, or the hole it is filled into later."""
    mark = g.get("holes")
    return f"@hole:{mark}:basket@" if mark else _basket()


def _basket() -> str:
    count = int(session.get("basket_count", 0))
    if not count:
        return ""
    hint = f'<span class="visually-hidden">{escape(_("件数"))} </span>'
    return f' <span class="tool-count">{hint}{count}</span>'


def _filled(page: str, mark: str) -> str:
    """Fill the holes of a page with what is the reader's own."""
    own = {"csrf": _csrf(), "basket": _basket()}
    return HOLE.sub(lambda hole: own[hole[2]] if hole[1] == mark else hole[0], page)


def _is_anybody() -> bool:
    """Say whether a request is a guest's of whom nothing but the holes is on the page."""
    return (
        find_actor() is None
        and len(request.full_path) <= LONGEST
        and OWN.isdisjoint(session.keys())
    )


def _version() -> version.Version:
    with unit_of_work() as db_session:
        return version.find_version(db_session, at=clock.now())
