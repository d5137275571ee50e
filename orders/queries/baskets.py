"""What baskets hold and wanted goods cost today, with stock, in one statement each."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    BindParameter,
    ColumnElement,
    Date,
    Select,
    String,
    and_,
    any_,
    bindparam,
    cast,
    exists,
    false,
    func,
    null,
    select,
    text,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import LateralFromClause

from catalog.listing.sellable import shelf_lot
from catalog.models import Lot, Product, Sku, StorageClass
from catalog.values import ProductState
from households.models import ContractVersion, LinkageContract
from households.queries.contracts import in_force
from households.values import LinkageModel
from kernel.clock import at_local_midnight
from kernel.orm import UtcDateTime
from kernel.rows import fill
from orders.models import Basket, BasketLine
from orders.queries.offers import Asked, offers_of, read_offers
from orders.queries.promises import PROMISED, with_promises
from orders.values import NO_OFFERS, QuotedLine
from parties.models import Organisation

TODAY: BindParameter[date] = bindparam("today", type_=Date)
UNTIL: BindParameter[datetime] = bindparam("at", type_=UtcDateTime())
ASKED_AT: BindParameter[datetime] = bindparam("asked_at", type_=UtcDateTime())
ASKED_BY: BindParameter[int] = bindparam("asked_by", type_=BigInteger)
CODES = select(bindparam("codes", type_=ARRAY(String))).scalar_subquery()


def _moments(on: date, asked: Asked | None) -> dict[str, Any]:
    """Return the values of the parameters above and of what is promised."""
    until = at_local_midnight(on + timedelta(days=1))
    at = asked.at if asked else until
    who = {"asked_by": asked.person_id} if asked and asked.person_id is not None else {}
    told = {"asked_at": asked.at} if asked else {}
    return {"today": on, "at": until, "promised_on": on, "promised_at": at, **told, **who}


def _stock() -> LateralFromClause:
    return (
        select(Lot.sku_id, func.sum(Lot.available).label("available"))
        .where(
            # Named here, so that no plan ever looks at the lots of others.
            Lot.sku_id == Sku.id,
            Lot.available > 0,
            text(shelf_lot("lots", "products")).bindparams(TODAY, UNTIL),
        )
        .group_by(Lot.sku_id)
        .correlate(Sku)
        .lateral("stock")
    )


@cache
def _quotable(*, asks: bool, is_known: bool) -> Select[*tuple[Any, ...]]:
    """Return the statement of lines, built once for each kind of asking, of nobody or of one.

    Building it anew would take longer than its answer.
    """
    stock = _stock()
    available = func.coalesce(stock.c.available, 0)
    asked = Asked(ASKED_AT, ASKED_BY if is_known else None) if asks else None  # type: ignore[arg-type]  # parameters stand for what is given later
    return (
        select(
            Sku.id,
            Sku.code,
            Product.code,
            Product.name,
            Product.name_en,
            Sku.spec,
            Product.picture,
            Product.category_code,
            Sku.price_minor,
            Sku.net_weight_g,
            Product.seller_code,
            Organisation.name,
            Product.storage_code,
            Product.details["limit_profile"].as_string(),
            StorageClass.needs_cold_chain,
            Product.origin_district_code,
            Product.origin_township_code,
            Product.origin_village_code,
            available,
            Product.is_sample,
            _sellable().label("is_sellable"),
            func.coalesce(Product.details["net_unit"].as_string() == "ml", false()),
            Sku.piece_min_g,
            Sku.piece_max_g,
            (null() if asked is None else offers_of(asked)).label("offers"),
            PROMISED,
        )
        .join(Product, Product.code == Sku.product_code)
        .join(StorageClass, StorageClass.code == Product.storage_code)
        .join(Organisation, Organisation.code == Product.seller_code)
        .outerjoin(stock, stock.c.sku_id == Sku.id)
    )


def _sellable() -> ColumnElement[bool]:
    return and_(
        Sku.is_on_sale,
        Product.state == ProductState.LISTED,
        Organisation.suspended_at.is_(None),
        # Money of a seller without a sale contract could not be attributed to anybody.
        exists().where(
            LinkageContract.organisation_code == Product.seller_code,
            LinkageContract.household_id.is_(None),
            LinkageContract.model_code == LinkageModel.CONSIGN,
            ContractVersion.contract_id == LinkageContract.id,
            in_force(TODAY),  # type: ignore[arg-type]  # a parameter stands for the day
        ),
    )


@cache
def _in_basket(*, asks: bool, is_known: bool) -> Select[*tuple[Any, ...]]:
    return (
        _quotable(asks=asks, is_known=is_known)
        .add_columns(BasketLine.quantity)
        .join(BasketLine, BasketLine.sku_id == Sku.id)
        .join(Basket, Basket.id == BasketLine.basket_id)
        .where(Basket.token == bindparam("token", type_=String))
        .order_by(Product.seller_code, Sku.code)
    )


@cache
def _wanted(*, asks: bool, is_known: bool) -> Select[*tuple[Any, ...]]:
    return (
        _quotable(asks=asks, is_known=is_known)
        # Inside a query of its own, so that one plan does for however many are asked for:
        # planning anew takes several times as long as the answer.
        .where(Sku.code == any_(cast(CODES, ARRAY(String))))
        .order_by(Product.seller_code, Sku.code)
    )


def _kind(asked: Asked | None) -> dict[str, bool]:
    is_known = asked is not None and asked.person_id is not None
    return {"asks": asked is not None, "is_known": is_known}


def _quoted(row: Sequence[Any], quantity: int) -> QuotedLine:
    *facts, available, is_sample, is_sellable, is_by_volume, low, high, offers, promised = row
    line = fill(
        QuotedLine,
        (*facts[:8], quantity, *facts[8:], available if is_sellable else 0, is_sample),
    )
    found = NO_OFFERS if offers is None else read_offers(offers)
    pieces = None if low is None else (low, high)
    line = replace(line, is_by_volume=is_by_volume, offers=found, piece_range=pieces)
    return with_promises(line, promised, is_sellable=is_sellable)


def list_basket(
    session: Session, token: str, *, on: date, asked: Asked | None = None
) -> list[QuotedLine]:
    """Return a basket's lines with today's prices and stock; one statement.

    With somebody who asks, what lowers prices for them is among the facts.
    """
    given = {**_moments(on, asked), "token": token}
    rows = session.execute(_in_basket(**_kind(asked)), given)
    return [_quoted(row[:-1], row[-1]) for row in rows]


def list_wanted(
    session: Session,
    quantities: Mapping[str, int],
    *,
    on: date,
    asked: Asked | None = None,
) -> list[QuotedLine]:
    """Return lines for SKU codes and quantities; unknown codes are absent; one statement.

    With somebody who asks, what lowers prices for them is among the facts.
    """
    given = {**_moments(on, asked), "codes": list(quantities)}
    rows = session.execute(_wanted(**_kind(asked)), given)
    return [_quoted(row, quantities[str(row[1])]) for row in rows]


def count_basket(session: Session, token: str) -> int:
    """Return how many packs are in a basket."""
    return (
        session.scalar(
            select(func.coalesce(func.sum(BasketLine.quantity), 0))
            .join(Basket, Basket.id == BasketLine.basket_id)
            .where(Basket.token == token)
        )
        or 0
    )
