"""Reads of what orders cost their buyers, after refunds, for invoices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, or_, select, text, true
from sqlalchemy.orm import Session

from kernel.clock import at_local_midnight
from kernel.rows import fill_all
from orders.errors import OrderNotFoundError
from orders.models import Order, OrderGroup
from orders.queries.groups import GroupCaller
from orders.values import OrderState
from parties.models import Organisation
from payments.models import InvoiceEntry

PAID = (OrderState.PAID, OrderState.PACKED, OrderState.SHIPPED, OrderState.DELIVERED)
"""Orders that are paid, and not refunded whole."""
MAX_PARTS = 50
"""How many orders one summary goes over."""


@dataclass(frozen=True, slots=True)
class Payable:
    """What a line, or without a line the shipping, still costs the buyer."""

    order_number: str
    order_line_id: int | None
    name: str
    category_code: str
    quantity: int
    left_minor: int


@dataclass(frozen=True, slots=True)
class Part:
    """One seller's part of an order, and who bought it."""

    group_number: str
    order_number: str
    seller_code: str
    seller_name: str
    total_minor: int
    paid_at: datetime | None
    buyer_person_id: int | None
    buyer_organisation_code: str | None


PAYABLE = text("""
    SELECT line.order_number, line.id AS order_line_id,
        line.snapshot ->> 'name' AS name, line.snapshot ->> 'category_code' AS category_code,
        line.quantity, CAST(line.gross_minor - line.platform_discount_minor
            - coalesce(back.minor, 0) AS bigint) AS left_minor
    FROM order_lines line
    LEFT JOIN (
        SELECT order_line_id, sum(amount_minor - funded_minor) AS minor
        FROM refund_lines GROUP BY order_line_id
    ) AS back ON back.order_line_id = line.id
    WHERE line.order_number = ANY (CAST(:numbers AS text[]))
    UNION ALL
    SELECT part.number, NULL, '', '', 1, part.shipping_minor - part.shipping_refunded_minor
    FROM seller_orders part
    WHERE part.number = ANY (CAST(:numbers AS text[])) AND part.shipping_minor > 0
    ORDER BY 1, 2
""")


def list_payable(session: Session, order_numbers: Sequence[str]) -> list[Payable]:
    """Return what every line of some orders still costs, the shipping last."""
    rows = session.execute(PAYABLE, {"numbers": list(order_numbers)})
    return fill_all(Payable, rows)


def list_paid_orders(
    session: Session, organisation_code: str, first: date, last: date
) -> list[str]:
    """Return the orders an organisation paid from one day to another, in order."""
    return list(
        session.scalars(
            select(Order.number)
            .join(OrderGroup, OrderGroup.number == Order.group_number)
            .where(
                OrderGroup.buyer_organisation_code == organisation_code,
                OrderGroup.paid_at >= at_local_midnight(first),
                OrderGroup.paid_at < at_local_midnight(last + timedelta(days=1)),
            )
            .order_by(Order.number)
        )
    )


def list_parts(session: Session, caller: GroupCaller, numbers: Sequence[str]) -> list[Part]:
    """Return the parts of somebody's own orders, named by order or one by one, by number.

    Raises `OrderNotFoundError` for what is not there and for another buyer's alike.
    """
    named = or_(Order.group_number.in_(numbers), Order.number.in_(numbers))
    statement = _parts(caller).where(named).order_by(Order.number)
    parts = fill_all(Part, session.execute(statement))
    known = {name for part in parts for name in (part.group_number, part.order_number)}
    for number in numbers:
        if number not in known:
            raise OrderNotFoundError(number)
    return parts


def list_uninvoiced(
    session: Session, caller: GroupCaller, *, group_number: str = "", limit: int = MAX_PARTS
) -> list[Part]:
    """Return paid parts of somebody's own orders no invoice names yet, the newest first.

    With a number, those of one order.
    """
    told = exists().where(InvoiceEntry.order_number == Order.number)
    statement = (
        _parts(caller)
        .where(Order.state.in_(PAID), ~told)
        .where(Order.group_number == group_number if group_number else true())
        .order_by(OrderGroup.paid_at.desc(), Order.number)
        .limit(limit)
    )
    return fill_all(Part, session.execute(statement))


def _parts(caller: GroupCaller) -> Select[*tuple[Any, ...]]:
    owned: list[ColumnElement[bool]] = [
        OrderGroup.buyer_organisation_code.in_(caller.organisation_codes)
    ]
    if caller.person_id is not None:
        owned.append(OrderGroup.buyer_person_id == caller.person_id)
    return (
        select(
            Order.group_number,
            Order.number,
            Order.seller_code,
            Organisation.name,
            Order.goods_minor + Order.shipping_minor - Order.discount_minor,
            OrderGroup.paid_at,
            OrderGroup.buyer_person_id,
            OrderGroup.buyer_organisation_code,
        )
        .join(OrderGroup, OrderGroup.number == Order.group_number)
        .join(Organisation, Organisation.code == Order.seller_code)
        .where(true() if caller.may_see_all else or_(*owned))
    )
