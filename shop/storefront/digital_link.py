"""GS1 Digital Link: the addresses printed on lots and parcels lead to what they name."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from kernel.db import unit_of_work
from kernel.errors import NotFoundError
from reporting import named_goods
from shop.security import public
from shop.storefront import qr_code

pages = Blueprint("storefront_digital_link", __name__)


@pages.get("/01/<gtin>")
@public
def show_goods(gtin: str) -> ResponseReturnValue:
    """Lead to the goods a GTIN names."""
    with unit_of_work() as session:
        product = named_goods.find_product(session, gtin)
    if product is None:
        raise _unknown(gtin)
    return redirect(url_for("storefront_catalog.show", code=product))


@pages.get("/01/<gtin>/10/<lot>")
@public
def show_lot(gtin: str, lot: str) -> ResponseReturnValue:
    """Lead to the trace of the lot a GTIN and a lot code name."""
    with unit_of_work() as session:
        code = named_goods.find_lot(session, gtin, lot)
    if code is None:
        raise _unknown(f"{gtin}/10/{lot}")
    return redirect(url_for("storefront_trace.show", code=code))


@pages.get("/00/<sscc>")
@public
def show(sscc: str) -> ResponseReturnValue:
    """Lead to the trace of what is in a parcel; whose it is is told to nobody here."""
    lots = _lots(sscc)
    if len(lots) == 1:
        return redirect(url_for("storefront_trace.show", code=lots[0]))
    return render_template("storefront/digital_link/show.html", sscc=sscc, lots=lots)


@pages.get("/00/<sscc>/qr.svg")
@public
def qr(sscc: str) -> ResponseReturnValue:
    """Draw the QR code that goes on a parcel."""
    _lots(sscc)
    return qr_code.answer(url_for(".show", sscc=sscc, _external=True), title=sscc)


def _lots(sscc: str) -> list[str]:
    with unit_of_work() as session:
        lots = named_goods.list_parcel_lots(session, sscc)
    if not lots:
        raise _unknown(sscc)
    return lots


def _unknown(number: str) -> NotFoundError:
    return NotFoundError("gs1_key_unknown", f"{number} names nothing here", number=number[:60])
