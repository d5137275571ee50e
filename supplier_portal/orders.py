"""Orders to ship: the queue, one order with its lots and label, and its three steps."""

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from cold_chain import queries as cold_chain_queries
from kernel import clock
from kernel.access import requires
from kernel.db import unit_of_work
from kernel.errors import InvalidError, NotFoundError
from orders import queries as order_queries
from orders.values import OrderState
from parties.values import SELLER_ROLES, Role
from reporting.temperature import chart_data
from supplier_portal.access import actor_code, seller_code
from workflows import order_delivered, order_shipped
from workflows.order_delivered import Receipt
from workflows.travel import HandOver, ParcelOver

pages = Blueprint("supplier_orders", __name__)

QUEUES = {
    "paid": [OrderState.PAID],
    "packed": [OrderState.PACKED],
    "shipped": [OrderState.SHIPPED],
    "done": [OrderState.DELIVERED, OrderState.REFUNDED],
}
PACKERS = (Role.MANAGER, Role.CLERK, Role.PACKER)
CENTI_LIMIT = 10_000


@pages.get("/orders")
@requires(*SELLER_ROLES)
def index() -> str:
    """List the seller's orders of one queue, the longest waiting first."""
    queue = request.args.get("queue", "paid")
    if queue not in QUEUES:
        raise InvalidError("queue_unknown", f"no queue {queue}")
    code = seller_code()
    with unit_of_work() as session:
        rows = order_queries.list_seller_orders(session, code, QUEUES[queue])
        counts = order_queries.count_seller_orders(session, code)
    return render_template(
        "supplier_portal/orders/index.html",
        rows=rows,
        queue=queue,
        counts={
            name: sum(counts.get(state, 0) for state in states)
            for name, states in QUEUES.items()
        },
    )


@pages.get("/orders/<number>")
@requires(*SELLER_ROLES)
def show(number: str) -> str:
    """Show one order: what to pick from which lot, the label, and the next step."""
    code = seller_code()
    with unit_of_work() as session:
        order = order_queries.get_order(session, number, seller_code=code)
        recipient = order_queries.get_recipient(session, order.group_number)
        picks = order_queries.list_picks(session, number)
        parcels = order_queries.list_parcels(session, [number]).get(number, ())
        waiting = order_queries.list_waiting_numbers(session, [number])
        shipments = cold_chain_queries.list_order_shipments(session, [number])
        loggers = cold_chain_queries.list_free_devices(session, order.carrier_code)
        to_weigh = order_queries.list_to_weigh(session, [number])
        boxes = cold_chain_queries.list_boxes(session, number)
    return render_template(
        "supplier_portal/orders/show.html",
        order=order,
        recipient=recipient,
        picks=picks,
        parcels=parcels,
        is_waiting=bool(waiting),
        shipments=shipments,
        loggers=loggers,
        to_weigh=to_weigh,
        names={line.line_id: line for line in order.lines},
        boxes=boxes,
    )


@pages.get("/orders/<number>/temperature/<int:shipment_id>")
@requires(*SELLER_ROLES)
def temperature(number: str, shipment_id: int) -> ResponseReturnValue:
    """Answer the temperature curve of one of the order's shipments as chart data."""
    with unit_of_work() as session:
        order_queries.get_order(session, number, seller_code=seller_code())
        charts = cold_chain_queries.list_charts(session, [shipment_id], at=clock.now())
    if not charts or charts[0].order_number != number:
        raise NotFoundError("chart_not_found", "no temperature record of this shipment")
    return jsonify(chart_data(charts[0], name=_("温度")))


@pages.post("/orders/<number>/pack")
@requires(*PACKERS)
def pack(number: str) -> ResponseReturnValue:
    """Mark an order as packed."""
    with unit_of_work() as session:
        order_queries.get_order(session, number, seller_code=seller_code())
        order_shipped.pack(session, number, actor=actor_code(), at=clock.now())
    flash(_("已打包，可以交给承运商。"), "success")
    return redirect(url_for(".show", number=number))


@pages.post("/orders/<number>/ship")
@requires(*PACKERS)
def ship(number: str) -> ResponseReturnValue:
    """Hand the parcels of a packed order to the carrier, each with its number and logger."""
    with unit_of_work() as session:
        order_queries.get_order(session, number, seller_code=seller_code())
        parcels = order_queries.list_parcels(session, [number]).get(number, ())
        hand_over = HandOver(
            actor=actor_code(),
            parcels={parcel.number: _parcel(f"-{parcel.number}") for parcel in parcels},
            device_code=_parcel("").device_code,
            box_centi=_parcel("").box_centi,
            override=_parcel("").override,
        )
        order_shipped.ship(session, number, hand_over, at=clock.now())
    flash(_("已交给承运商，温度记录开始。"), "success")
    return redirect(url_for(".show", number=number))


@pages.post("/orders/<number>/deliver")
@requires(*PACKERS)
def deliver(number: str) -> ResponseReturnValue:
    """Record that the recipient took the goods; everybody behind them has earned."""
    with unit_of_work() as session:
        order = order_queries.get_order(session, number, seller_code=seller_code())
        receipt = Receipt(actor_code(), f"recipient:{order.group_number}")
        order_delivered.deliver(session, number, receipt, at=clock.now())
    flash(_("已签收，收入已计入各方账户。"), "success")
    return redirect(url_for(".show", number=number))


def _parcel(mark: str) -> ParcelOver:
    """Read what was entered for one parcel; without a mark, for all that say nothing."""
    return ParcelOver(
        carrier_number=request.form.get(f"carrier_number{mark}", "").strip(),
        device_code=request.form.get(f"device{mark}") or None,
        box_centi=_centi(request.form.get(f"box_celsius{mark}", "")),
        override=request.form.get(f"override{mark}", "").strip(),
    )


def _centi(text: str) -> int | None:
    """Read degrees Celsius with two decimals at most as hundredths; None for an empty box."""
    plain = text.strip().replace("，", ".").replace(",", ".").replace("−", "-")
    if not plain:
        return None
    sign = -1 if plain.startswith("-") else 1
    whole, _, part = plain.removeprefix("-").partition(".")
    if not (whole.isascii() and whole.isdigit()) or not (part.isdigit() or part == ""):
        raise InvalidError("temperature_not_a_number", "a temperature is a number")
    centi = sign * (int(whole) * 100 + int((part + "00")[:2]))
    if abs(centi) > CENTI_LIMIT:
        raise InvalidError("temperature_not_a_number", "a temperature is a number")
    return centi
