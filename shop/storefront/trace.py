"""The trace of a lot: open to everybody who holds a parcel or thinks of buying one."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from catalog.listing import trace as trace_queries
from kernel import clock
from kernel.db import unit_of_work
from kernel.policy import find_disclosure
from reporting import named_goods
from reporting.lot_journey import find_journey
from shop.security import public
from shop.storefront import memory, qr_code
from shop.storefront.cards import picture, place_name
from shop.storefront.disclosed import household_count

pages = Blueprint("storefront_trace", __name__)
pages.record_once(lambda state: memory.init_app(state.app))

MAX_CODE = 64


@pages.get("/trace")
@public
def index() -> ResponseReturnValue:
    """Say what a trace shows, and lead to the lot whose code was typed."""
    code = request.args.get("lot", "").strip()[:MAX_CODE]
    if code:
        return redirect(url_for(".show", code=code))
    return render_template("storefront/trace/index.html")


@pages.get("/trace/<code>")
@public
def show(code: str) -> str:
    """Show one lot: product, village, harvest, certificate, households, packs."""
    on = clock.local_date(clock.now())
    with unit_of_work() as session:
        lot = trace_queries.get_trace(session, code)
        journey = find_journey(session, lot.code)
        shown = memory.recall(("disclosure", on), lambda: find_disclosure(session, on=on))
        address = _address(session, lot.code)
    places = (
        place_name(lot.district_name, lot.district_pinyin),
        place_name(lot.township_name or "", lot.township_pinyin),
        lot.village_name or "",
    )
    return render_template(
        "storefront/trace/show.html",
        lot=lot,
        journey=journey,
        place=" ".join(filter(None, places)),
        picture=picture(lot.picture),
        households=household_count(lot.households, shown),
        is_past=lot.best_before is not None and lot.best_before < on,
        address=address,
    )


@pages.get("/trace/<code>/qr.svg")
@public
def qr(code: str) -> ResponseReturnValue:
    """Draw the QR code that goes on the lot's boxes: the address of its trace."""
    with unit_of_work() as session:
        lot = trace_queries.get_trace(session, code)
        address = _address(session, lot.code)
    return qr_code.answer(address, title=lot.code)


def _address(session: Session, code: str) -> str:
    """Return the address on the lot's boxes: a GS1 Digital Link once the goods have a GTIN."""
    names = named_goods.find_names(session, code)
    if names is None:
        return url_for(".show", code=code, _external=True)
    gtin, called = names
    return url_for("storefront_digital_link.show_lot", gtin=gtin, lot=called, _external=True)
