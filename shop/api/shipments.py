"""Temperature charts of an order's shipments, for those who may see the order."""

from flask import Blueprint, Response

from cold_chain import queries as cold_chain_queries
from kernel import clock
from kernel.db import unit_of_work
from orders import queries
from orders.errors import OrderNotFoundError
from shop.api import contract
from shop.api.contract import Caller, Operation, operation
from shop.api.orders import caller_of
from shop.api.schemas import orders as order_shapes
from shop.api.schemas import shipments as shapes
from shop.security import public

pages = Blueprint("api_shipments", __name__)

ORDER_NUMBER = order_shapes.path_number(
    order_shapes.ORDER_NUMBER, "Number of one seller's part of an order, such as …-1."
)


@pages.get("/shipments/<order_number>/chart")
@public
@operation(
    Operation(
        summary="Get the temperature charts of a seller's part",
        description="For whoever has the order's key, its signed-in buyer and the staff.",
        tag="shipments",
        path={"order_number": ORDER_NUMBER},
        query=order_shapes.OrderKey,
        answer=shapes.OrderCharts,
        refusals={404: "There is no such order, or not for this caller."},
        caller=Caller.READER,
    )
)
def show_chart(order_number: str) -> Response:
    """Curves with limits, gaps and excursions, one for each shipment under limits."""
    query = contract.read_query(order_shapes.OrderKey)
    group_number = order_number.rpartition("-")[0]
    with unit_of_work() as session:
        group = queries.get_group(session, group_number, caller_of(query))
        if order_number not in {order.number for order in group.orders}:
            raise OrderNotFoundError(order_number)
        shipments = cold_chain_queries.list_order_shipments(session, [order_number])
        charts = cold_chain_queries.list_charts(
            session, [one.shipment_id for one in shipments], at=clock.now()
        )
    return contract.answer(shapes.OrderCharts, {"order_number": order_number, "charts": charts})
