"""The packing queue: every parcel that waits, the coldest together, with what goes in."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel import clock
from kernel.access import requires
from kernel.db import unit_of_work
from orders import queries as order_queries
from parties.values import SELLER_ROLES
from supplier_portal.access import actor_code, seller_code
from supplier_portal.orders import PACKERS
from workflows import order_shipped

pages = Blueprint("supplier_parcels", __name__)


@pages.get("/parcels")
@requires(*SELLER_ROLES)
def index() -> str:
    """List the parcels to pack by temperature; those whose harvest is not there come last."""
    with unit_of_work() as session:
        queue = order_queries.list_to_pack(session, seller_code())
        numbers = sorted({parcel.order_number for parcel in queue})
        waiting = order_queries.list_waiting_numbers(session, numbers)
        contents = order_queries.list_contents(session, numbers)
    return render_template(
        "supplier_portal/parcels/index.html",
        ready=[one for one in queue if one.order_number not in waiting],
        waiting=[one for one in queue if one.order_number in waiting],
        contents=contents,
    )


@pages.post("/parcels/<number>/<int:parcel>/pack")
@requires(*PACKERS)
def pack(number: str, parcel: int) -> ResponseReturnValue:
    """Mark one parcel as packed; the last one of an order packs the order."""
    with unit_of_work() as session:
        order_queries.get_order(session, number, seller_code=seller_code())
        order_shipped.pack_parcel(session, number, parcel, actor=actor_code(), at=clock.now())
    flash(_("包裹 %(code)s 已装箱。", code=f"{number}-{parcel}"), "success")
    return redirect(url_for(".index"))
