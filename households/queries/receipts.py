"""Read goods receipts and the purchase contracts they rest on."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Select, and_, case, cast, func, or_, select
from sqlalchemy.orm import Session

from households.models import ContractVersion, GoodsReceipt, LinkageContract
from households.queries.contracts import in_force
from households.rules.receipts import PURCHASE_MODELS
from households.values import Delivered, PurchaseInForce, Received

SIGN = case((GoodsReceipt.reverses_id.is_(None), 1), else_=-1)


def list_purchases(
    session: Session, organisation_code: str, *, on: date
) -> list[PurchaseInForce]:
    """Return an organisation's purchase contracts in force on a day, by contract code."""
    rows = session.execute(
        _purchases()
        .where(
            LinkageContract.organisation_code == organisation_code,
            LinkageContract.model_code.in_(PURCHASE_MODELS),
            in_force(on),
        )
        .order_by(LinkageContract.code)
    )
    return [PurchaseInForce(**row) for row in rows.mappings()]


def find_purchases(
    session: Session, wanted: Collection[tuple[str, date]]
) -> dict[tuple[str, date], PurchaseInForce]:
    """Return contracts with their terms of given days; those without are absent."""
    first, last = min(day for _, day in wanted), max(day for _, day in wanted)
    rows = session.execute(
        _purchases()
        .add_columns(ContractVersion.effective_from, ContractVersion.effective_to)
        .where(
            LinkageContract.code.in_({code for code, _ in wanted}),
            ContractVersion.activated_at.is_not(None),
            ContractVersion.effective_from <= last,
            or_(ContractVersion.effective_to.is_(None), ContractVersion.effective_to >= first),
        )
    ).mappings()
    versions: dict[str, list[tuple[date, date, PurchaseInForce]]] = {}
    for row in rows:
        terms = {key: row[key] for key in PurchaseInForce.__dataclass_fields__}
        period = (row["effective_from"], row["effective_to"] or date.max)
        versions.setdefault(row["contract_code"], []).append(
            (*period, PurchaseInForce(**terms))
        )
    return {
        (code, day): purchase
        for code, day in wanted
        for begins, ends, purchase in versions.get(code, [])
        if begins <= day <= ends
    }


def sum_delivered(session: Session, contract_ids: Iterable[int]) -> dict[int, Delivered]:
    """Return what each contract took in over its whole life, net of what was taken back."""
    rows = session.execute(
        select(
            ContractVersion.contract_id,
            cast(func.sum(SIGN * GoodsReceipt.weight_g), BigInteger),
            cast(func.sum(SIGN * GoodsReceipt.withheld_minor), BigInteger),
        )
        .join(ContractVersion, ContractVersion.id == GoodsReceipt.contract_version_id)
        .where(ContractVersion.contract_id.in_(list(contract_ids)))
        .group_by(ContractVersion.contract_id)
    )
    return {contract: Delivered(grams, withheld) for contract, grams, withheld in rows}


def find_receipts(session: Session, codes: Collection[str]) -> dict[str, Received]:
    """Return recorded receipts by code; unknown codes are absent."""
    rows = session.execute(
        select(
            GoodsReceipt.id.label("receipt_id"),
            GoodsReceipt.code,
            LinkageContract.code.label("contract_code"),
            LinkageContract.organisation_code,
            GoodsReceipt.household_id,
            GoodsReceipt.lot_id,
            GoodsReceipt.received_on,
            GoodsReceipt.weight_g,
            GoodsReceipt.grade_percent,
            GoodsReceipt.gross_minor,
            GoodsReceipt.withheld_minor,
            GoodsReceipt.pay_minor,
        )
        .join(ContractVersion, ContractVersion.id == GoodsReceipt.contract_version_id)
        .join(LinkageContract, LinkageContract.id == ContractVersion.contract_id)
        .where(GoodsReceipt.code.in_(codes))
    )
    return {row["code"]: Received(**row) for row in rows.mappings()}


def _purchases() -> Select[Any]:
    return select(
        LinkageContract.id.label("contract_id"),
        LinkageContract.code.label("contract_code"),
        LinkageContract.organisation_code,
        LinkageContract.household_id,
        LinkageContract.model_code.label("model"),
        ContractVersion.id.label("version_id"),
        ContractVersion.terms,
    ).join(ContractVersion, and_(ContractVersion.contract_id == LinkageContract.id))
