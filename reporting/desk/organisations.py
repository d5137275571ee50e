"""Organisations with what they sell and buy, for the operator's list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, func, select, true
from sqlalchemy.orm import Session

from catalog.models import Product
from catalog.values import ProductState
from kernel.regions import Region
from kernel.rows import fill_all
from parties.models import Channel, Organisation
from parties.values import SELLER_KINDS, OrganisationKind


class Side(StrEnum):
    """Which organisations are listed."""

    SELLERS = "sellers"
    BUYERS = "buyers"
    OTHERS = "others"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class OrganisationRow:
    """One organisation in the operator's list."""

    code: str
    name: str
    kind: OrganisationKind
    region_name: str | None
    city: str
    channel_name: str | None
    channel_name_en: str | None
    suspended_at: datetime | None
    products: int
    """How many of its products are listed."""
    is_sample: bool


def list_organisations(session: Session, side: Side) -> Sequence[OrganisationRow]:
    """Return the organisations of one side by code; one statement."""
    return fill_all(
        OrganisationRow, session.execute(_rows().where(_side(side)).order_by(Organisation.code))
    )


def _rows() -> Select[*tuple[object, ...]]:
    products = (
        select(func.count().label("listed"))
        .where(Product.seller_code == Organisation.code, Product.state == ProductState.LISTED)
        .lateral("products")
    )
    return (
        select(
            Organisation.code,
            Organisation.name,
            Organisation.kind,
            Region.name,
            Organisation.city,
            Channel.name,
            Channel.name_en,
            Organisation.suspended_at,
            products.c.listed,
            Organisation.is_sample,
        )
        .outerjoin(Region, Region.code == Organisation.region_code)
        .outerjoin(Channel, Channel.code == Organisation.channel_code)
        .join(products, true())
    )


def _side(side: Side) -> ColumnElement[bool]:
    sells = Organisation.kind.in_(list(SELLER_KINDS))
    buys = Organisation.channel_code.is_not(None)
    conditions = {
        Side.SELLERS: sells,
        Side.BUYERS: buys,
        Side.OTHERS: ~sells & ~buys,
        Side.SUSPENDED: Organisation.suspended_at.is_not(None),
    }
    return conditions[side]


def list_of_kind(session: Session, kind: OrganisationKind) -> list[tuple[str, str]]:
    """Return code and name of every organisation of a kind, by code."""
    rows = session.execute(
        select(Organisation.code, Organisation.name)
        .where(Organisation.kind == kind)
        .order_by(Organisation.code)
    )
    return [(row.code, row.name) for row in rows]
