"""What a cooperative bought from households: slips, their sums, and where goods may go."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Select, case, cast, func, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from catalog.models import Lot, LotContribution, Product, Sku
from catalog.values import ProductState
from households.models import ContractVersion, GoodsReceipt, LinkageContract
from households.values import HouseholdId, IncomeClass, LinkageModel
from kernel.errors import NotFoundError
from kernel.paging import Page, cut, decode_key, encode_key
from kernel.rows import fill, fill_all
from parties.models import Organisation


@dataclass(frozen=True, slots=True)
class Slip:
    """One goods receipt with what it rests on; households stand under their numbers."""

    receipt_id: int
    code: str
    received_on: date
    recorded_at: datetime
    household_id: HouseholdId
    contract_code: str
    version: int
    model: LinkageModel
    income_class: IncomeClass
    organisation_name: str
    product_name: str
    product_name_en: str
    spec: str
    lot_code: str
    weight_g: int
    grade_percent: int
    price_minor_per_kg: int
    market_minor_per_kg: int | None
    market_weight_g: int
    gross_minor: int
    withheld_minor: int
    pay_minor: int
    netted_minor: int
    """What of the pay had been paid in advance."""
    uplift_minor: int
    takes_back: str | None
    """The slip this one takes back."""
    taken_back_by: str | None
    is_lot_untouched: bool


@dataclass(frozen=True, slots=True)
class BoughtSums:
    """What was bought in a period, net of what was taken back, in fen."""

    receipts: int
    gross_minor: int
    withheld_minor: int
    pay_minor: int
    uplift_minor: int


@dataclass(frozen=True, slots=True)
class OpenLot:
    """A lot that still takes deliveries."""

    code: str
    product_name: str
    product_name_en: str
    spec: str
    harvested_on: date
    weight_g: int
    received: int


def list_slips(
    session: Session, organisation_code: str, *, key: str | None, size: int
) -> Page[Slip]:
    """Return an organisation's receipts, newest first; one statement."""
    statement = (
        _slips()
        .where(LinkageContract.organisation_code == organisation_code)
        .order_by(GoodsReceipt.recorded_at.desc(), GoodsReceipt.id.desc())
        .limit(size + 1)
    )
    if key:
        behind = tuple_(GoodsReceipt.recorded_at, GoodsReceipt.id)
        statement = statement.where(behind < decode_key(key, datetime, int))
    rows = fill_all(Slip, session.execute(statement))
    return cut(rows, size, lambda row: encode_key(row.recorded_at.isoformat(), row.receipt_id))


def get_slip(session: Session, organisation_codes: Collection[str], code: str) -> Slip:
    """Return one receipt of some organisations; raises `NotFoundError` for any other."""
    row = session.execute(
        _slips().where(
            LinkageContract.organisation_code.in_(organisation_codes),
            GoodsReceipt.code == code,
        )
    ).one_or_none()
    if row is None:
        raise NotFoundError("receipt_not_found", f"no goods receipt {code}", receipt=code)
    return fill(Slip, row)


def sum_bought(
    session: Session, organisation_code: str, *, since: date, until: date
) -> BoughtSums:
    """Return what an organisation bought from one day to before another."""
    sign = case((GoodsReceipt.reverses_id.is_(None), 1), else_=-1)
    row = session.execute(
        select(
            func.coalesce(func.sum(sign), 0),
            *(
                func.coalesce(cast(func.sum(sign * column), BigInteger), 0)
                for column in (
                    GoodsReceipt.gross_minor,
                    GoodsReceipt.withheld_minor,
                    GoodsReceipt.pay_minor,
                    GoodsReceipt.uplift_minor,
                )
            ),
        )
        .join(ContractVersion, ContractVersion.id == GoodsReceipt.contract_version_id)
        .join(LinkageContract, LinkageContract.id == ContractVersion.contract_id)
        .where(
            LinkageContract.organisation_code == organisation_code,
            GoodsReceipt.received_on >= since,
            GoodsReceipt.received_on < until,
        )
    ).one()
    return fill(BoughtSums, row)


def list_open_lots(
    session: Session, seller_code: str, *, on: date, limit: int = 100
) -> list[OpenLot]:
    """Return a seller's lots of which nothing has left the shelf yet, the newest first."""
    rows = session.execute(
        select(
            Lot.code,
            Product.name,
            Product.name_en,
            Sku.spec,
            Lot.harvested_on,
            Lot.weight_g,
            Lot.received,
        )
        .join(Sku, Sku.id == Lot.sku_id)
        .join(Product, Product.code == Sku.product_code)
        .where(
            Lot.seller_code == seller_code,
            Lot.received == Lot.available,
            Lot.quarantined_at.is_(None),
            Lot.harvested_on <= on,
            or_(Lot.best_before.is_(None), Lot.best_before >= on),
            or_(
                Lot.weight_g == 0,
                select(LotContribution.lot_id).where(LotContribution.lot_id == Lot.id).exists(),
            ),
        )
        .order_by(Lot.harvested_on.desc(), Lot.code)
        .limit(limit)
    )
    return fill_all(OpenLot, rows)


def list_weighed_skus(session: Session, seller_code: str) -> list[tuple[str, str, str, str]]:
    """Return (SKU, product, product in English, spec) of goods a seller can buy by weight."""
    rows = session.execute(
        select(Sku.code, Product.name, Product.name_en, Sku.spec)
        .join(Product, Product.code == Sku.product_code)
        .where(
            Product.seller_code == seller_code,
            Product.state == ProductState.LISTED,
            Sku.net_weight_g > 0,
        )
        .order_by(Sku.code)
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def _slips() -> Select[*tuple[Any, ...]]:
    original, back = aliased(GoodsReceipt), aliased(GoodsReceipt)
    return (
        select(
            GoodsReceipt.id,
            GoodsReceipt.code,
            GoodsReceipt.received_on,
            GoodsReceipt.recorded_at,
            GoodsReceipt.household_id,
            LinkageContract.code,
            ContractVersion.version,
            LinkageContract.model_code,
            LinkageContract.income_class,
            Organisation.name,
            Product.name,
            Product.name_en,
            Sku.spec,
            Lot.code,
            GoodsReceipt.weight_g,
            GoodsReceipt.grade_percent,
            GoodsReceipt.price_minor_per_kg,
            GoodsReceipt.market_minor_per_kg,
            GoodsReceipt.market_weight_g,
            GoodsReceipt.gross_minor,
            GoodsReceipt.withheld_minor,
            GoodsReceipt.pay_minor,
            GoodsReceipt.netted_minor,
            GoodsReceipt.uplift_minor,
            original.code,
            back.code,
            Lot.received == Lot.available,
        )
        .join(ContractVersion, ContractVersion.id == GoodsReceipt.contract_version_id)
        .join(LinkageContract, LinkageContract.id == ContractVersion.contract_id)
        .join(Organisation, Organisation.code == LinkageContract.organisation_code)
        .join(Lot, Lot.id == GoodsReceipt.lot_id)
        .join(Sku, Sku.id == Lot.sku_id)
        .join(Product, Product.code == Sku.product_code)
        .outerjoin(original, original.id == GoodsReceipt.reverses_id)
        .outerjoin(back, back.reverses_id == GoodsReceipt.id)
    )
