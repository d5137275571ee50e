"""Commands on baskets."""

import secrets
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from catalog.models import Sku
from kernel.errors import InvalidError
from orders.models import (
    Basket,
    BasketLine,
)

MAX_LINE_QUANTITY = 9_999


MAX_BASKET_LINES = 100


def open_basket(session: Session, *, person_id: int | None, at: datetime) -> str:
    """Make an empty basket and return its token."""
    token = secrets.token_urlsafe(24)
    session.add(Basket(token=token, person_id=person_id, updated_at=at))
    session.flush()
    return token


def put_in_basket(
    session: Session, token: str, sku_code: str, quantity: int, *, at: datetime
) -> None:
    """Add packs to a basket; raises for an unknown SKU or basket or a wrong quantity."""
    sku_id, basket_id = _basket_and_sku(session, token, sku_code)
    _check_quantity(quantity)
    count = session.scalar(
        select(func.count()).select_from(BasketLine).where(BasketLine.basket_id == basket_id)
    )
    if (count or 0) >= MAX_BASKET_LINES:
        raise InvalidError("basket_full", "too many different goods", maximum=MAX_BASKET_LINES)
    statement = upsert(BasketLine).values(
        basket_id=basket_id, sku_id=sku_id, quantity=quantity, added_at=at
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[BasketLine.basket_id, BasketLine.sku_id],
            set_={
                "quantity": func.least(BasketLine.quantity + quantity, MAX_LINE_QUANTITY),
            },
        )
    )


def set_in_basket(
    session: Session, token: str, sku_code: str, quantity: int, *, at: datetime
) -> None:
    """Set the packs of one SKU; zero takes the line out."""
    sku_id, basket_id = _basket_and_sku(session, token, sku_code)
    if quantity == 0:
        session.execute(
            delete(BasketLine).where(
                BasketLine.basket_id == basket_id, BasketLine.sku_id == sku_id
            )
        )
        return
    _check_quantity(quantity)
    statement = upsert(BasketLine).values(
        basket_id=basket_id, sku_id=sku_id, quantity=quantity, added_at=at
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[BasketLine.basket_id, BasketLine.sku_id],
            set_={"quantity": quantity},
        )
    )


def _check_quantity(quantity: int) -> None:
    if not 1 <= quantity <= MAX_LINE_QUANTITY:
        raise InvalidError(
            "quantity_out_of_bounds",
            f"a quantity is between 1 and {MAX_LINE_QUANTITY}",
            maximum=MAX_LINE_QUANTITY,
        )


def _basket_and_sku(session: Session, token: str, sku_code: str) -> tuple[int, int]:
    sku_id = session.scalar(select(Sku.id).where(Sku.code == sku_code))
    basket_id = session.scalar(select(Basket.id).where(Basket.token == token))
    if sku_id is None:
        raise InvalidError("sku_unknown", f"no SKU {sku_code}", code=sku_code)
    if basket_id is None:
        raise InvalidError("basket_unknown", "this basket is gone")
    return sku_id, basket_id


def empty_basket(session: Session, token: str) -> None:
    """Take every line out of a basket."""
    session.execute(
        delete(BasketLine).where(
            BasketLine.basket_id
            == select(Basket.id).where(Basket.token == token).scalar_subquery()
        )
    )
