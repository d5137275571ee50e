"""Where goods are to go: chosen once, and then said on every page where it matters."""

from flask import Blueprint, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from kernel.db import unit_of_work
from kernel.postal import NOWHERE, PROVINCES, Place, place_of
from orders import queries as order_queries
from shop.security import find_actor, public
from shop.storefront.recipients import MAX_LENGTH

pages = Blueprint("storefront_destination", __name__)

KEY = "destination"


@pages.post("/destination")
@public
def choose() -> ResponseReturnValue:
    """Remember province and city; an empty province forgets them."""
    limit = MAX_LENGTH["city"]
    place = place_of(
        request.form.get("province", "")[:limit], request.form.get("city", "")[:limit]
    )
    if place.province:
        session[KEY] = [place.province, place.city if place.city.isprintable() else ""]
        flash(_("已按 %(place)s 显示能否送达和运费。", place=place.name), "success")
    else:
        session.pop(KEY, None)
    back = request.form.get("next", "")
    is_path = back.startswith("/") and not back.startswith(("//", "/\\"))
    return redirect(back if is_path else url_for("storefront_home.index"))


def chosen() -> Place:
    """Return the chosen place, else that of a signed-in buyer's default address."""
    kept = session.get(KEY)
    if isinstance(kept, list) and kept and kept[0] in PROVINCES:
        return Place(str(kept[0]), str(kept[1]))
    if find_actor() is None:
        return NOWHERE
    with unit_of_work() as db_session:
        return _of_default_address(db_session)


def chosen_in(db_session: Session) -> Place:
    """Return the same inside a unit of work."""
    kept = session.get(KEY)
    if isinstance(kept, list) and kept and kept[0] in PROVINCES:
        return Place(str(kept[0]), str(kept[1]))
    return _of_default_address(db_session)


def _of_default_address(db_session: Session) -> Place:
    actor = find_actor()
    if actor is None:
        return NOWHERE
    book = order_queries.list_addresses(db_session, actor.person_id)
    row = next((row for row in book if row.is_default), None)
    if row is None:
        return NOWHERE
    return place_of(row.recipient.province, row.recipient.city, row.recipient.district)
