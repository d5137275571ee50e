"""Goods looked at lately: kept in this browser's cookie alone, and forgotten on one press."""

from collections.abc import Sequence
from datetime import datetime

from flask import Blueprint, flash, redirect, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from catalog.listing import cards as card_queries
from catalog.listing.cards import CardRow
from catalog.listing.filters import Filter, Sort
from shop.security import find_person_id, public

pages = Blueprint("storefront_seen", __name__)

KEY = "seen"
KEPT = 8
LONGEST = 40
"""Longer codes would fill the cookie."""


@pages.post("/seen/forget")
@public
def forget() -> ResponseReturnValue:
    """Forget what was looked at."""
    session.pop(KEY, None)
    flash(_("浏览记录已清除。"), "success")
    return redirect(url_for("storefront_home.index"))


def remember(code: str) -> None:
    """Put a product in front of what was looked at; the oldest falls out."""
    before = codes()
    if len(code) > LONGEST or before[:1] == [code]:
        return
    session[KEY] = [code, *(one for one in before if one != code)][:KEPT]


def codes() -> list[str]:
    """Return what was looked at, the last first."""
    kept = session.get(KEY)
    return [one for one in kept if isinstance(one, str)] if isinstance(kept, list) else []


def list_of(db_session: Session, wanted: Sequence[str], *, at: datetime) -> Sequence[CardRow]:
    """Return the cards of those products that are on sale, in the order they are named."""
    if not wanted:
        return []
    page = card_queries.list_cards(
        db_session,
        Filter(codes=tuple(wanted)),
        sort=Sort.RELEVANCE,
        size=len(wanted),
        at=at,
        person_id=find_person_id(),
    )
    return page.rows
