"""The packing queue: every parcel that waits, the coldest together, with what goes in."""

from dataclasses import dataclass

import segno
from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel import clock
from kernel.access import requires
from kernel.db import unit_of_work
from kernel.errors import NotFoundError
from orders import queries as order_queries
from parties.values import SELLER_ROLES
from shop.typesetting import is_offered, typeset
from supplier_portal.access import actor_code, seller_code
from supplier_portal.orders import PACKERS
from workflows import order_shipped

pages = Blueprint("supplier_parcels", __name__)

MARK_ERROR = "m"


@pages.get("/parcels")
@requires(*SELLER_ROLES)
def index() -> str:
    """List the parcels to pack by temperature; those whose harvest is not there come last."""
    with unit_of_work() as session:
        queue = order_queries.list_to_pack(session, seller_code())
        numbers = sorted({parcel.order_number for parcel in queue})
        waiting = order_queries.list_waiting_numbers(session, numbers)
        contents = order_queries.list_contents(session, numbers)
        to_weigh = order_queries.list_to_weigh(session, numbers)
    return render_template(
        "supplier_portal/parcels/index.html",
        ready=[one for one in queue if one.order_number not in waiting],
        waiting=[one for one in queue if one.order_number in waiting],
        contents=contents,
        unweighed={line.order_number for line in to_weigh if not line.is_weighed},
    )


@pages.get("/parcels/<number>/<int:parcel>/label")
@requires(*PACKERS)
def label(number: str, parcel: int) -> Response:
    """Answer the label of one parcel: for whom, from whom, how cold, which of how many."""
    with unit_of_work() as session:
        order = order_queries.get_order(session, number, seller_code=seller_code())
        parcels = order_queries.list_parcels(session, [number]).get(number, ())
        recipient = order_queries.get_recipient(session, order.group_number)
        contents = order_queries.list_contents(session, [number])
    found = next((one for one in parcels if one.number == parcel), None)
    if found is None:
        raise NotFoundError("parcel_not_found", f"{number} has no parcel {parcel}")
    html = render_template(
        "supplier_portal/parcels/label.html",
        order=order,
        parcel=found,
        count=len(parcels),
        recipient=recipient,
        contents=contents.get((number, parcel), []),
        mark=_mark(found.carrier_number or found.code),
    )
    answer = Response(html)
    if is_offered():
        answer = Response(typeset(html), content_type="application/pdf")
        disposition = f'inline; filename="label-{found.code}.pdf"'
        answer.headers["Content-Disposition"] = disposition
    answer.headers["Cache-Control"] = "no-store"
    return answer


@dataclass(frozen=True, slots=True)
class _Mark:
    """A code that scanners read, as a drawing of squares."""

    side: int
    path: str


def _mark(text: str) -> _Mark:
    rows = list(segno.make(text, error=MARK_ERROR, micro=False).matrix)
    squares = (
        f"M{column} {line}h1v1h-1z"
        for line, row in enumerate(rows)
        for column, is_dark in enumerate(row)
        if is_dark
    )
    return _Mark(len(rows), "".join(squares))


@pages.post("/parcels/<number>/<int:parcel>/pack")
@requires(*PACKERS)
def pack(number: str, parcel: int) -> ResponseReturnValue:
    """Mark one parcel as packed; the last one of an order packs the order."""
    with unit_of_work() as session:
        order_queries.get_order(session, number, seller_code=seller_code())
        order_shipped.pack_parcel(session, number, parcel, actor=actor_code(), at=clock.now())
    flash(_("包裹 %(code)s 已装箱。", code=f"{number}-{parcel}"), "success")
    return redirect(url_for(".index"))
