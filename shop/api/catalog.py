"""Reads of the catalogue for programs: products, one product, one lot's trace."""

from dataclasses import asdict

from flask import Blueprint, Response

from catalog.listing import cards, product, trace
from catalog.listing.filters import Filter, Sort
from kernel import clock
from kernel.db import unit_of_work
from kernel.disclosure import count_shown
from kernel.policy import find_disclosure
from shop.api import contract
from shop.api.contract import Operation, operation
from shop.api.schemas import catalog as shapes
from shop.security import find_person_id, public

pages = Blueprint("api_catalog", __name__)

TAG = "catalogue"
PRODUCT_CODE = shapes.path_code("Code of a product.")
LOT_CODE = shapes.path_code("Code of a lot, as printed on the pack.")


@pages.get("/products")
@public
@operation(
    Operation(
        summary="List products on sale",
        tag=TAG,
        query=shapes.ProductQuery,
        answer=shapes.ProductPage,
    )
)
def list_products() -> Response:
    """List one page of products, filtered and sorted; pages follow each other by key."""
    query = contract.read_query(shapes.ProductQuery)
    wanted = Filter(
        categories=_one(query, "category"),
        places=_one(query, "township"),
        villages=_one(query, "village"),
        seller=query.get("seller", ""),
        text=query.get("q", ""),
        is_in_stock=query.get("in_stock", False),
        min_minor=query.get("min_minor"),
        max_minor=query.get("max_minor"),
    )
    with unit_of_work() as session:
        page = cards.list_cards(
            session,
            wanted,
            sort=Sort(query["sort"]),
            key=query.get("after"),
            size=query["limit"],
            at=clock.now(),
            person_id=find_person_id(),
        )
    return contract.answer(shapes.ProductPage, page)


def _one(query: dict[str, str], name: str) -> tuple[str, ...]:
    return (query[name],) if name in query else ()


@pages.get("/products/<code>")
@public
@operation(
    Operation(
        summary="Get one product with its SKUs, lots and certificates",
        tag=TAG,
        path={"code": PRODUCT_CODE},
        query=shapes.Language,
        answer=shapes.Product,
        refusals={404: "No such product is on sale."},
    )
)
def show_product(code: str) -> Response:
    """Show one product on sale with everything a shopper can choose from."""
    contract.read_query(shapes.Language)
    at = clock.now()
    with unit_of_work() as session:
        found = product.get_product(session, code, at=at)
        offers = product.list_offers(session, code, at=at, person_id=find_person_id())
    return contract.answer(shapes.Product, {**asdict(found), "offers": offers})


@pages.get("/lots/<code>")
@public
@operation(
    Operation(
        summary="Trace one lot",
        tag=TAG,
        path={"code": LOT_CODE},
        query=shapes.Language,
        answer=shapes.Trace,
        refusals={404: "There is no such lot."},
    )
)
def show_lot(code: str) -> Response:
    """Tell what everybody may know of a lot, sold out or not."""
    contract.read_query(shapes.Language)
    today = clock.local_date(clock.now())
    with unit_of_work() as session:
        lot = trace.get_trace(session, code)
        shown = find_disclosure(session, on=today)
    return contract.answer(
        shapes.Trace,
        {**asdict(lot), "households": count_shown(lot.households, shown)},
    )
