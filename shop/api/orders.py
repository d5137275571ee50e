"""Orders by programs: place one under an idempotency key, see what became of it."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from flask import Blueprint, Response, current_app, url_for
from sqlalchemy.orm import Session

from catalog.errors import NotEnoughStockError
from cold_chain import queries as cold_chain_queries
from kernel import clock
from kernel.db import unit_of_work
from kernel.disclosure import DisclosurePolicy
from kernel.errors import ShanjiError
from kernel.policy import find_disclosure
from kernel.postal import place_of
from orders import queries
from orders.errors import OutOfReachError
from orders.queries import GroupCaller, GroupRow
from orders.rules import confirming, shipping
from orders.values import Buyer, Quote, QuotedLine, QuotedOrder, Recipient
from parties.values import BUYER_ROLES, Role
from reporting import trail
from shop.api import contract, once
from shop.api.contract import Caller, Operation, operation
from shop.api.schemas import orders as shapes
from shop.api.schemas import quotes as quote_shapes
from shop.api.schemas.catalog import Language
from shop.api.schemas.keys import IdempotencyHeader, OptionalKey
from shop.errors import sentence
from shop.i18n import choose_locale
from shop.lapsed import freeing_lapsed
from shop.security import find_actor, public
from workflows import checkout
from workflows.checkout import CheckoutRequest, PlacedGroup
from workflows.pricing import Wanted

pages = Blueprint("api_orders", __name__)
# Whatever face an order comes through: an app that takes orders tells the relay about them.

TAG = "orders"
CONSUMER_CHANNEL = "SHLL"
CREATED = 201
NUMBER = shapes.path_number()


@pages.post("/quotes")
@public
@operation(
    Operation(
        summary="Price a basket",
        description=(
            "Tiers, campaigns, gift boxes, coupons and shipping as an order would be charged "
            "now, by parcel and with what would not reach the destination in time. Nothing is "
            "held. Send `confirmation` with the order, and what the buyer saw "
            "is what is charged."
        ),
        tag=TAG,
        query=Language,
        headers=OptionalKey,
        body={contract.JSON: quote_shapes.QuoteGiven},
        answer=quote_shapes.QuoteTold,
        refusals={
            404: "There is no such coupon.",
            409: "The key was used for another request.",
        },
        caller=Caller.BUYER,
    )
)
def quote_basket() -> Response:
    """Price goods and coupons for a guest or the signed-in person."""
    check_form_token()
    contract.read_query(Language)
    given = contract.read_body(quote_shapes.QuoteGiven)
    actor = find_actor()
    wanted = Wanted(
        person_id=actor.person_id if actor else None,
        quantities=_quantities(given),
        coupons=_coupons(given),
        place=place_of(**{"province": "", "city": "", **given.get("destination", {})}),
    )
    return once.once_if_asked(
        given, lambda session: _told(checkout.quote(session, wanted, at=clock.now()))
    )


def _told(quote: Quote) -> Response:
    told = {
        "goods_minor": quote.goods_minor,
        "shipping_minor": quote.shipping_minor,
        "discount_minor": quote.discount_minor,
        "total_minor": quote.total_minor,
        "destination": _destination(quote),
        "orders": [_part(quote, order) for order in quote.orders],
        "coupons": quote.coupons,
        "confirmation": confirming.confirmation(quote),
    }
    return contract.answer(quote_shapes.QuoteTold, told)


def _destination(quote: Quote) -> dict[str, Any] | None:
    return {**asdict(quote.place), "hours": quote.hours} if quote.place else None


def _part(quote: Quote, order: QuotedOrder) -> dict[str, Any]:
    """Return one seller's part: its parcels, and each line with what stands against it."""
    found = [shipping.parcel_number(line, order.parcels) for line in order.lines]
    placed = list(zip(order.lines, found, strict=True))
    return {
        "seller_code": order.seller_code,
        "seller_name": order.seller_name,
        "goods_minor": order.goods_minor,
        "shipping_minor": order.shipping_minor,
        "discount_minor": order.discount_minor,
        "total_minor": order.total_minor,
        "ships_until": order.ships_until,
        "lines": [_line(quote, line) | {"parcel": number} for line, number in placed],
        "parcels": [
            {
                **asdict(parcel),
                "number": number,
                "skus": [line.sku_code for line, one in placed if one == number],
            }
            for number, parcel in enumerate(order.parcels, start=1)
        ],
    }


def _line(quote: Quote, line: QuotedLine) -> dict[str, Any]:
    """Return a line with why an order would be refused with it, if it would."""
    told = {name: getattr(line, name) for name in quote_shapes.OF_LINE}
    refusal: ShanjiError | None = None
    if line.is_out_of_reach:
        refusal = OutOfReachError(quote.place.name, [line.name])
    elif line.is_short:
        refusal = NotEnoughStockError(line.sku_id, wanted=line.quantity, left=line.available)
    told["refused"] = refusal.code if refusal else None
    told["reason"] = sentence(refusal) if refusal else None
    return told


def _quantities(given: dict[str, Any]) -> dict[str, int]:
    return {line["sku"]: line["quantity"] for line in given["lines"]}


def _coupons(given: dict[str, Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(given.get("coupons", ())))


@pages.post("/orders")
@public
@operation(
    Operation(
        summary="Place an order",
        description=(
            "Holds the goods, the soonest to expire first, and gives the address where the "
            "buyer pays."
        ),
        tag=TAG,
        query=Language,
        headers=IdempotencyHeader,
        body={contract.JSON: shapes.OrderGiven},
        status=CREATED,
        answer=shapes.OrderPlaced,
        refusals={
            404: "There is no such coupon.",
            409: "Not enough stock, another total, or the key was used for another request.",
        },
        caller=Caller.BUYER,
    )
)
def place_order() -> Response:
    """Place an order for a guest or the signed-in person."""
    check_form_token()
    contract.read_query(Language)
    given = contract.read_body(shapes.OrderGiven)
    return freeing_lapsed(
        lambda: once.once(given, lambda session: _placed(_place(session, given)))
    )


def check_form_token() -> None:
    """Demand the form token where a cookie proves the caller, as every form does."""
    if find_actor() is not None and current_app.config["WTF_CSRF_ENABLED"]:
        current_app.extensions["csrf"].protect()


def _place(session: Session, given: dict[str, Any]) -> PlacedGroup:
    return checkout.place(session, _request(given), at=clock.now())


def _request(given: dict[str, Any]) -> CheckoutRequest:
    actor = find_actor()
    return CheckoutRequest(
        buyer=Buyer(
            person_id=actor.person_id if actor else None,
            organisation_code=None,
            channel_code=CONSUMER_CHANNEL,
            actor=once.caller(),
        ),
        recipient=Recipient(**given["recipient"]),
        quantities=_quantities(given),
        coupons=_coupons(given),
        confirmed=given.get("confirmed", ""),
        seen_total_minor=given.get("expected_total_minor"),
        locale=choose_locale(),
    )


def _placed(group: PlacedGroup) -> Response:
    number, key = group.number, group.access_key
    # The order's page remembers the key for this browser; from there the buyer goes on to pay.
    address = url_for("storefront_orders.show", number=number, key=key, _external=True)
    body = {**asdict(group), "pay_url": address}
    return contract.answer(shapes.OrderPlaced, body, status=CREATED)


@pages.get("/orders/<number>")
@public
@operation(
    Operation(
        summary="Get an order",
        description="For whoever has its key, its signed-in buyer and the staff.",
        tag=TAG,
        path={"number": NUMBER},
        query=shapes.OrderKey,
        answer=shapes.Order,
        refusals={404: "There is no such order, or not for this caller."},
        caller=Caller.READER,
    )
)
def show_order(number: str) -> Response:
    """State, lines, shipments and where each fen goes."""
    query = contract.read_query(shapes.OrderKey)
    today = clock.local_date(clock.now())
    with unit_of_work() as session:
        group = queries.get_group(session, number, caller_of(query))
        orders = _with_trails(session, group, find_disclosure(session, on=today))
    return contract.answer(shapes.Order, {**_head(group), "orders": orders})


def caller_of(query: dict[str, Any]) -> GroupCaller:
    """Say who asks for an order: by key, as a person, for an organisation, as staff."""
    actor = find_actor()
    if actor is None:
        return GroupCaller(key=query.get("key"))
    return GroupCaller(
        key=query.get("key"),
        person_id=actor.person_id,
        organisation_codes=actor.organisation_codes(*BUYER_ROLES),
        may_see_all=actor.has(Role.OPERATOR),
    )


def buyer_of(query: Mapping[str, Any]) -> GroupCaller:
    """Say who asks as a buyer; staff has the console for the orders of others."""
    return replace(caller_of(dict(query)), may_see_all=False)


def _head(group: GroupRow) -> dict[str, Any]:
    return {name: getattr(group, name) for name in shapes.Order().fields if name != "orders"}


def _with_trails(
    session: Session, group: GroupRow, disclosure: DisclosurePolicy
) -> list[dict[str, Any]]:
    numbers = [order.number for order in group.orders]
    trails = trail.list_trails(session, numbers, disclosure=disclosure)
    shipments = cold_chain_queries.list_order_shipments(session, numbers)
    parcels = queries.list_parcels(session, numbers)
    return [
        {
            **asdict(order),
            "trail": trails.get(order.number),
            "parcels": parcels.get(order.number, ()),
            "shipments": [one for one in shipments if one.order_number == order.number],
        }
        for order in group.orders
    ]
