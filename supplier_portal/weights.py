"""Goods sold by weight: the packer enters what each piece weighs, beside the scale."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel import clock
from kernel.access import requires
from kernel.db import unit_of_work
from kernel.errors import ConflictError, InvalidError
from orders import queries as order_queries
from orders.values import LineToWeigh, Weighing
from parties.values import SELLER_ROLES, Role
from supplier_portal.access import actor_code, seller_code
from workflows import goods_weighed

pages = Blueprint("supplier_weights", __name__)

PACKERS = (Role.MANAGER, Role.CLERK, Role.PACKER)
UNUSUAL = "weight_unusual"
DIGITS = 6


@pages.get("/orders/<number>/weights")
@requires(*SELLER_ROLES)
def show(number: str) -> str:
    """Show the pieces to weigh, what the scale showed last, and everything before."""
    return _page(number)


@pages.post("/orders/<number>/weights")
@requires(*PACKERS)
def save(number: str) -> ResponseReturnValue:
    """Write down the weights; a piece outside its range is asked for a second time."""
    try:
        with unit_of_work() as session:
            order_queries.get_order(session, number, seller_code=seller_code())
            lines = order_queries.list_to_weigh(session, [number])
            read = Weighing(
                {line.line_id: _pieces(line) for line in lines},
                actor_code(),
                clock.now(),
                is_confirmed=request.form.get("confirmed") == "yes",
            )
            goods_weighed.weigh(session, number, read)
    except ConflictError as refused:
        if refused.code != UNUSUAL:
            raise
        return _page(number, refused), 409
    flash(_("重量已记下，发出前可以更正。"), "success")
    return redirect(url_for("supplier_orders.show", number=number))


def _page(number: str, refused: ConflictError | None = None) -> str:
    with unit_of_work() as session:
        order = order_queries.get_order(session, number, seller_code=seller_code())
        lines = order_queries.list_to_weigh(session, [number])
        history = order_queries.list_weighings(session, number)
    return render_template(
        "supplier_portal/weights/show.html",
        order=order,
        lines=lines,
        named={line.line_id: line for line in order.lines},
        history=history,
        is_open=order.state in goods_weighed.OPEN,
        entered=request.form if refused else {},
        refused=refused,
    )


def _pieces(line: LineToWeigh) -> tuple[int, ...]:
    return tuple(
        _grams(request.form.get(f"g-{line.line_id}-{piece}", ""))
        for piece in range(1, line.packs_left + 1)
    )


def _grams(text: str) -> int:
    """Read whole grams, as a scale shows them."""
    plain = text.strip()
    if not (plain.isascii() and plain.isdigit() and len(plain) <= DIGITS):
        raise InvalidError("weight_not_grams", "a weight is whole grams")
    return int(plain)
