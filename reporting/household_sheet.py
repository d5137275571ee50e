"""A household's own sheet: what it has of each sale."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from catalog.models import Lot, Product, Sku
from households.models import Entitlement
from households.values import Stage
from kernel.paging import Page, cut, decode_key, encode_key
from kernel.rows import fill_all
from orders.models import OrderLine
from parties.models import Organisation


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One sale a household has a part of, in fen; nothing tells who bought."""

    entitlement_id: int
    product_name: str
    product_name_en: str
    spec: str
    seller_name: str
    lot_code: str
    stage: Stage
    amount_minor: int
    reversed_minor: int
    expected_at: datetime
    earned_at: datetime | None
    reversed_at: datetime | None

    @property
    def net_minor(self) -> int:
        """Return what remains after refunds."""
        return self.amount_minor - self.reversed_minor


def list_sheet(
    session: Session, household_id: str, *, key: str | None, size: int
) -> Page[SheetRow]:
    """Return a household's sales, newest first; one statement."""
    statement = (
        select(
            Entitlement.id,
            Product.name,
            Product.name_en,
            Sku.spec,
            Organisation.name,
            Lot.code,
            Entitlement.stage,
            Entitlement.amount_minor,
            Entitlement.reversed_minor,
            Entitlement.expected_at,
            Entitlement.earned_at,
            Entitlement.reversed_at,
        )
        .join(OrderLine, OrderLine.id == Entitlement.order_line_id)
        .join(Lot, Lot.id == Entitlement.lot_id)
        .join(Sku, Sku.id == OrderLine.sku_id)
        .join(Product, Product.code == Sku.product_code)
        .join(Organisation, Organisation.code == Product.seller_code)
        .where(Entitlement.household_id == household_id)
        .order_by(Entitlement.expected_at.desc(), Entitlement.id.desc())
        .limit(size + 1)
    )
    if key:
        moment, last_id = decode_key(key, str, int)
        last = (datetime.fromisoformat(str(moment)), last_id)
        statement = statement.where(tuple_(Entitlement.expected_at, Entitlement.id) < last)
    rows = fill_all(SheetRow, session.execute(statement))
    return cut(
        rows, size, lambda row: encode_key(row.expected_at.isoformat(), row.entitlement_id)
    )
