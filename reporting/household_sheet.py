"""A household's own sheet: what it has of each sale, receipt and allotment."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.orm import Session

from catalog.models import Lot, Product, Sku
from households.models import ContractVersion, Entitlement, LinkageContract
from households.values import LinkageModel, Stage
from kernel.paging import Page, cut, decode_key, encode_key
from kernel.rows import fill_all
from orders.models import OrderLine
from parties.models import Organisation


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One source of income of a household, in fen; nothing tells who bought."""

    entitlement_id: int
    model: LinkageModel
    product_name: str | None
    """None for an allotment: it is not about any goods."""
    product_name_en: str | None
    spec: str | None
    payer_name: str
    lot_code: str | None
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
    session: Session,
    household_id: str,
    *,
    within: tuple[datetime, datetime],
    key: str | None,
    size: int,
) -> Page[SheetRow]:
    """Return what a household has of each source, newest first; one statement.

    `within` bounds the moment it was earned, or is expected since while it is not.
    """
    statement = (
        _rows(household_id, within)
        .order_by(Entitlement.expected_at.desc(), Entitlement.id.desc())
        .limit(size + 1)
    )
    if key:
        behind = tuple_(Entitlement.expected_at, Entitlement.id)
        statement = statement.where(behind < decode_key(key, datetime, int))
    rows = fill_all(SheetRow, session.execute(statement))
    return cut(
        rows, size, lambda row: encode_key(row.expected_at.isoformat(), row.entitlement_id)
    )


def _rows(household_id: str, within: tuple[datetime, datetime]) -> Select[*tuple[Any, ...]]:
    counted_at = func.coalesce(Entitlement.earned_at, Entitlement.expected_at)
    return (
        select(
            Entitlement.id,
            LinkageContract.model_code,
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
        .join(ContractVersion, ContractVersion.id == Entitlement.contract_version_id)
        .join(LinkageContract, LinkageContract.id == ContractVersion.contract_id)
        .join(Organisation, Organisation.code == LinkageContract.organisation_code)
        .outerjoin(OrderLine, OrderLine.id == Entitlement.order_line_id)
        .outerjoin(Lot, Lot.id == Entitlement.lot_id)
        .outerjoin(Sku, Sku.id == func.coalesce(OrderLine.sku_id, Lot.sku_id))
        .outerjoin(Product, Product.code == Sku.product_code)
        .where(
            Entitlement.household_id == household_id,
            counted_at >= within[0],
            counted_at < within[1],
        )
    )
