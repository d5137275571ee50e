"""Temperature charts of an order's shipments, for those who may see the order."""

from flask import Blueprint, Response

from cold_chain import queries as cold_chain_queries
from kernel import clock
from kernel.db import unit_of_work
from orders import queries
from orders.errors import OrderNotFoundError
from shop import intake
from shop.api import contract
from shop.api.contract import Caller, Operation, operation
from shop.api.orders import caller_of
from shop.api.schemas import orders as order_shapes
from shop.api.schemas import shipments as shapes
from shop.security import public
from workflows import epcis_told

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


@pages.get("/shipments/<order_number>/events")
@public
@operation(
    Operation(
        summary="Get the journey of a seller's part as events of EPCIS 2.0",
        description=(
            "For whoever has the order's key, its signed-in buyer and the staff: an "
            "EPCISDocument from the commissioning of the lots to the door, with what each "
            "holder's time measured. Names stand for nobody in it, and no address does."
        ),
        tag="shipments",
        path={"order_number": ORDER_NUMBER},
        query=order_shapes.OrderKey,
        refusals={
            404: "There is no such order, or not for this caller.",
            409: "No GS1 company prefix is registered, so nothing can be named.",
        },
        caller=Caller.READER,
    )
)
def show_events(order_number: str) -> Response:
    """Tell the shipments of an order that left, and hand out all that was told of them."""
    query = contract.read_query(order_shapes.OrderKey)
    at = clock.now()
    with unit_of_work() as session:
        group = queries.get_group(session, order_number.rpartition("-")[0], caller_of(query))
        if order_number not in {order.number for order in group.orders}:
            raise OrderNotFoundError(order_number)
        shipments = cold_chain_queries.list_order_shipments(session, [order_number])
        departed = [one.shipment_id for one in shipments if one.departed_at is not None]
        epcis_told.tell(session, departed, at=at)
        document = epcis_told.document(session, departed, at=at)
    response = Response(intake.dump(document), content_type=contract.JSON)
    response.headers["Cache-Control"] = "no-store"
    return response
