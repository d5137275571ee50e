"""Short builders of goods sold before the harvest."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from catalog import service
from catalog.models import Sku
from catalog.values import NewPresale, NewSupply
from kernel.clock import local_date
from tests.builders.catalog import NOON


def a_presale(
    session: Session, sku: Sku, *, seller: str, at: datetime = NOON, **changes: Any
) -> int:
    """Open a presale of ten packs for two days that leave within ten; return its id."""
    values: dict[str, Any] = {
        "sku_code": sku.code,
        "seller_code": seller,
        "season": at.year,
        "cap": 10,
        "opens_at": at - timedelta(hours=1),
        "closes_at": at + timedelta(days=2),
        "ships_until": local_date(at) + timedelta(days=10),
    }
    return service.open_presale(session, NewPresale(**(values | changes)), actor="t", at=at)


def a_supply(
    session: Session, sku: Sku, weight_g: int, *, seller: str, at: datetime = NOON
) -> None:
    """Lay down what this year gives of a product."""
    new = NewSupply(
        product_code=sku.product_code,
        seller_code=seller,
        year=at.year,
        weight_g=weight_g,
        basis=" 60 mu ",
    )
    service.set_supply(session, new, at=at)
