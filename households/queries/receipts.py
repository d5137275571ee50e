"""Read goods receipts and the purchase contracts they rest on."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Select, case, cast, exists, func, or_, select, text
from sqlalchemy.orm import Session, aliased

from households.models import ContractVersion, GoodsReceipt, LinkageContract
from households.queries.contracts import in_force
from households.rules.receipts import PURCHASE_MODELS
from households.values import Delivered, HouseholdId, PurchaseInForce, Received

SIGN = case((GoodsReceipt.reverses_id.is_(None), 1), else_=-1)


STRANGERS = text(
    """
    SELECT asked.household FROM unnest(CAST(:households AS text[]),
        CAST(:organisations AS text[]), CAST(:days AS date[]))
        AS asked (household, organisation, day)
    WHERE NOT EXISTS (
        SELECT 1 FROM cooperative_memberships member
        WHERE member.household_id = asked.household
            AND member.organisation_code = asked.organisation
            AND member.valid_from <= asked.day
            AND (member.valid_to IS NULL OR member.valid_to >= asked.day))
    ORDER BY asked.household
    """
)


def list_strangers(
    session: Session, wanted: Collection[tuple[str, str, date]]
) -> list[HouseholdId]:
    """Return which households are no members of an organisation on a day."""
    if not wanted:
        return []
    who, whose, days = zip(*sorted(wanted), strict=True)
    given = {"households": list(who), "organisations": list(whose), "days": list(days)}
    return [HouseholdId(row.household) for row in session.execute(STRANGERS, given)]


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
    back = aliased(GoodsReceipt)
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
            GoodsReceipt.netted_minor,
            or_(
                GoodsReceipt.reverses_id.is_not(None),
                exists().where(back.reverses_id == GoodsReceipt.id),
            ).label("is_taken_back"),
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
    ).join(ContractVersion, ContractVersion.contract_id == LinkageContract.id)
