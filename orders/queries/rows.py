"""The lines of orders, for the pages of buyers, sellers and staff."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.rows import fill
from orders.models import OrderLine, WeighedLine
from orders.queries.weighing import FACTS, read_weighed
from orders.values import BundleRef, Reduction, Weighed, seller_coupons


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line as the buyer saw it when ordering."""

    line_id: int
    order_number: str
    product_code: str
    name: str
    name_en: str
    spec: str
    picture: str
    category_code: str
    storage_code: str
    quantity: int
    unit_price_minor: int
    seller_discount_minor: int
    gross_minor: int
    platform_discount_minor: int
    refunded_minor: int
    origin_township_code: str | None
    origin_village_code: str | None
    is_sample: bool
    net_weight_g: int
    """Of one pack; of goods sold by weight what a piece was expected to weigh."""
    reductions: tuple[Reduction, ...]
    bundle: BundleRef | None
    weighed: Weighed | None
    """Its weight, for goods sold by weight."""

    @property
    def settled_minor(self) -> int:
        """Return what the line comes to, once weighed by its weight, in fen of the gross."""
        return self.gross_minor - (self.weighed.returned_minor if self.weighed else 0)

    @property
    def before_coupons_minor(self) -> int:
        """Return what the line cost before coupons, in fen."""
        return self.gross_minor + seller_coupons(self.reductions)


def list_lines(session: Session, numbers: Sequence[str]) -> Mapping[str, list[LineRow]]:
    """Return the lines of orders, by order number; one statement."""
    snapshot = OrderLine.snapshot
    rows = session.execute(
        select(
            OrderLine.id,
            OrderLine.order_number,
            OrderLine.product_code,
            snapshot["name"].as_string(),
            snapshot["name_en"].as_string(),
            snapshot["spec"].as_string(),
            snapshot["picture"].as_string(),
            snapshot["category_code"].as_string(),
            snapshot["storage_code"].as_string(),
            OrderLine.quantity,
            OrderLine.unit_price_minor,
            OrderLine.seller_discount_minor,
            OrderLine.gross_minor,
            OrderLine.platform_discount_minor,
            OrderLine.refunded_minor,
            OrderLine.origin_township_code,
            OrderLine.origin_village_code,
            snapshot["is_sample"].as_boolean(),
            snapshot["net_weight_g"].as_integer(),
            snapshot["reductions"],
            snapshot["bundle"],
            *FACTS,
        )
        .outerjoin(WeighedLine, WeighedLine.order_line_id == OrderLine.id)
        .where(OrderLine.order_number.in_(numbers))
        .order_by(OrderLine.id)
    )
    lines: dict[str, list[LineRow]] = {}
    for row in rows:
        *facts, told, box = row[: -len(FACTS)]
        weighed = read_weighed(row[-len(FACTS) :])
        reductions = msgspec.convert(told or (), tuple[Reduction, ...])
        bundle = msgspec.convert(box, BundleRef) if box else None
        lines.setdefault(row.order_number, []).append(
            fill(LineRow, (*facts, reductions, bundle, weighed))
        )
    return lines
