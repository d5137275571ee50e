"""Reads of what orders cost their buyers, after refunds, for invoices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from kernel.clock import at_local_midnight
from kernel.rows import fill_all
from orders.models import Order, OrderGroup


@dataclass(frozen=True, slots=True)
class Payable:
    """What a line, or without a line the shipping, still costs the buyer."""

    order_number: str
    order_line_id: int | None
    name: str
    category_code: str
    quantity: int
    left_minor: int


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
