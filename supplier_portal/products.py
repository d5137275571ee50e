"""My products: what is listed at which price, and how much of it is on the shelf."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from catalog import queries as catalog_queries
from catalog import service as catalog
from kernel import audit, clock
from kernel.access import requires
from kernel.audit import Act
from kernel.db import unit_of_work
from kernel.errors import InvalidError
from parties.values import SELLER_ROLES, Role
from supplier_portal.access import actor_code, seller_code

pages = Blueprint("supplier_products", __name__)

LISTERS = (Role.MANAGER, Role.CLERK)
MAX_YUAN_DIGITS = 7
DECIMALS = 2


@pages.get("/products")
@requires(*SELLER_ROLES)
def index() -> str:
    """List the seller's SKUs with price, state and stock."""
    today = clock.local_date(clock.now())
    with unit_of_work() as session:
        rows = catalog_queries.list_seller_skus(session, seller_code(), on=today)
    return render_template("supplier_portal/products/index.html", rows=rows)


@pages.post("/products/<sku>")
@requires(*LISTERS)
def change(sku: str) -> ResponseReturnValue:
    """Change the price of one SKU, or take it off and put it on sale."""
    price_minor = _fen(request.form.get("price", ""))
    is_on_sale = "on_sale" in request.form
    with unit_of_work() as session:
        before = catalog.change_sku(
            session,
            sku,
            seller_code=seller_code(),
            price_minor=price_minor,
            is_on_sale=is_on_sale,
        )
        act = Act(
            actor=actor_code(),
            action="sku_changed",
            subject=f"sku:{sku}",
            purpose="supplier_portal",
            at=clock.now(),
            detail={"before": before, "after": price_minor, "is_on_sale": is_on_sale},
        )
        audit.record(session, act)
    flash(_("已保存。已下单的价格不受影响。"), "success")
    return redirect(url_for(".index"))


def _fen(text: str) -> int:
    """Read yuan with at most two decimals as fen; raises `InvalidError` for anything else."""
    plain = text.strip().removeprefix("¥").replace(",", "")
    whole, _, part = plain.partition(".")
    is_whole = whole.isascii() and whole.isdigit() and len(whole) <= MAX_YUAN_DIGITS
    is_part = part == "" or (part.isascii() and part.isdigit() and len(part) <= DECIMALS)
    minor = int(whole) * 100 + int((part + "00")[:2]) if is_whole and is_part else 0
    if minor <= 0:
        raise InvalidError("price_not_an_amount", "a price is an amount in yuan above zero")
    return minor
