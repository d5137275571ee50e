"""Cold stores to book: what is free of each zone, one's own bookings, a form for a new one."""

import re
import secrets
from datetime import datetime, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from cold_chain import service as cold_chain
from cold_chain.queries.stores import list_bookings, list_zones
from cold_chain.values.stores import NewBooking
from kernel import audit, clock
from kernel.access import requires
from kernel.audit import Act
from kernel.clock import at_local_midnight
from kernel.db import unit_of_work
from kernel.errors import InvalidError
from parties.values import SELLER_ROLES, Role
from supplier_portal import numbers
from supplier_portal.access import actor_code, seller_code

pages = Blueprint("supplier_stores", __name__)

KEEPERS = (Role.MANAGER, Role.CLERK, Role.PACKER)
AHEAD_DAYS = 30
"""So far ahead the page says what is free throughout."""
PAST_DAYS = 60
CUBIC_METRES = re.compile(r"(\d{1,6})(?:\.(\d{1,3}))?")
KEY = re.compile(r"[0-9a-f]{32}")


@pages.get("/stores")
@requires(*SELLER_ROLES)
def index() -> str:
    """List zones with what is free of them, and one's own bookings."""
    seller, at = seller_code(), clock.now()
    with unit_of_work() as session:
        zones = list_zones(session, seller, at=at, until=at + timedelta(days=AHEAD_DAYS))
        bookings = list_bookings(session, seller, since=at - timedelta(days=PAST_DAYS), at=at)
    return render_template(
        "supplier_portal/stores/index.html",
        zones=zones,
        bookings=bookings,
        today=clock.local_date(at),
        ahead=AHEAD_DAYS,
        key=secrets.token_hex(16),
    )


@pages.post("/stores")
@requires(*KEEPERS)
def book() -> ResponseReturnValue:
    """Keep volume of a zone for some days."""
    new, at = _read(seller_code()), clock.now()
    with unit_of_work() as session:
        booking_id = cold_chain.book_zone(session, new, at=at)
        audit.record(session, _act("store_booked", booking_id))
    flash(_("已预订，到期前可随时退还。"), "success")
    return redirect(url_for(".index"))


@pages.post("/stores/<int:booking_id>/release")
@requires(*KEEPERS)
def release(booking_id: int) -> ResponseReturnValue:
    """Give volume back from now on."""
    with unit_of_work() as session:
        cold_chain.release_booking(
            session, booking_id, organisation_code=seller_code(), at=clock.now()
        )
        audit.record(session, _act("store_released", booking_id))
    flash(_("已退还，余下的时间可由别人预订。"), "success")
    return redirect(url_for(".index"))


def _read(seller: str) -> NewBooking:
    today = clock.local_date(clock.now())
    begins, ends = numbers.day("from"), numbers.day("to")
    return NewBooking(
        zone_code=numbers.word("zone"),
        organisation_code=seller,
        goods=numbers.word("goods"),
        volume_l=_litres(numbers.word("volume_m3")),
        from_at=_begin(at_local_midnight(begins), is_today=begins == today),
        to_at=at_local_midnight(ends + timedelta(days=1)),
        key=_key(),
        actor=actor_code(),
    )


def _begin(midnight: datetime, *, is_today: bool) -> datetime:
    """Return when a booking begins: what is booked for today is taken from now on."""
    return clock.now() if is_today else midnight


def _litres(cubic_metres: str) -> int:
    found = CUBIC_METRES.fullmatch(cubic_metres) if cubic_metres.isascii() else None
    if found is None:
        raise InvalidError("store_booking_volume", "cubic metres above zero")
    return int(found[1]) * 1000 + int(((found[2] or "") + "000")[:3])


def _key() -> str:
    """Return the key of the form, so that one sent twice books once."""
    key = request.form.get("key", "")
    if not KEY.fullmatch(key):
        raise InvalidError("store_booking_key", "a form is sent from its own page")
    return key


def _act(action: str, booking_id: int) -> Act:
    return Act(
        actor=actor_code(),
        action=action,
        subject=f"store_booking:{booking_id}",
        purpose="supplier_portal",
        at=clock.now(),
        detail={},
    )
