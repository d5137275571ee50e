"""Read linkage contracts and the terms in force on a day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from households.models import ContractVersion, Entitlement, LinkageContract
from households.rules.terms import read_consignment, read_premium
from households.values import (
    ConsignmentTerms,
    ContractVersionId,
    HouseholdId,
    IncomeClass,
    LinkageModel,
    PremiumInForce,
)


@dataclass(frozen=True, slots=True)
class TermsInForce:
    """The consignment terms of one seller on one day."""

    contract_version_id: ContractVersionId
    contract_code: str
    terms: ConsignmentTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractRow:
    """One version of a contract as pages see it."""

    contract_code: str
    organisation_code: str
    household_id: HouseholdId | None
    model: LinkageModel
    income_class: IncomeClass
    version_id: ContractVersionId | None
    version: int | None
    terms: Mapping[str, Any] | None
    effective_from: date | None
    effective_to: date | None
    activated_at: datetime | None
    document_note: str | None


def find_terms(
    session: Session, seller_codes: Iterable[str], *, on: date
) -> dict[str, TermsInForce]:
    """Return each seller's consignment terms with its producers on a day, in one statement.

    The terms carry the seller's premium for the village of origin, where a premium contract is
    in force. A seller without a consignment contract in force is absent.
    """
    rows = session.execute(
        select(
            LinkageContract.organisation_code,
            LinkageContract.code,
            LinkageContract.model_code,
            ContractVersion.id,
            ContractVersion.terms,
        )
        .join(ContractVersion, ContractVersion.contract_id == LinkageContract.id)
        .where(
            LinkageContract.organisation_code.in_(list(seller_codes)),
            LinkageContract.household_id.is_(None),
            LinkageContract.model_code.in_([LinkageModel.CONSIGN, LinkageModel.PREMIUM]),
            in_force(on),
        )
    ).all()
    premiums = {
        row.organisation_code: PremiumInForce(read_premium(row.terms).fund_bp, row.id)
        for row in rows
        if row.model_code is LinkageModel.PREMIUM
    }
    found = {}
    for row in rows:
        if row.model_code is LinkageModel.CONSIGN:
            premium = premiums.get(row.organisation_code)
            terms = replace(read_consignment(row.terms), premium=premium)
            found[row.organisation_code] = TermsInForce(row.id, row.code, terms)
    return found


def find_contract(session: Session, contract_code: str) -> list[ContractRow]:
    """Return every version of a contract, newest first; empty for an unknown code."""
    return _rows(
        session,
        _contract_rows()
        .where(LinkageContract.code == contract_code)
        .order_by(ContractVersion.version.desc()),
    )


def list_contracts(session: Session, organisation_code: str, *, on: date) -> list[ContractRow]:
    """Return an organisation's contracts with the version in force on a day or the draft."""
    return _rows(
        session,
        _contract_rows(or_(in_force(on), ContractVersion.activated_at.is_(None)))
        .where(LinkageContract.organisation_code == organisation_code)
        .order_by(LinkageContract.code, ContractVersion.version),
    )


def list_household_contracts(
    session: Session, household_id: HouseholdId, *, on: date
) -> list[ContractRow]:
    """Return the contracts of one household in force on a day."""
    return _rows(
        session,
        _contract_rows()
        .where(LinkageContract.household_id == household_id, in_force(on))
        .order_by(LinkageContract.code),
    )


def list_outdated_lines(
    session: Session, order_line_ids: Iterable[int], *, on: date
) -> list[int]:
    """Return the order lines expected under a contract version not in force on a day.

    A workflow attributes them anew at delivery, because a share contract counts from then; so
    it does where a premium contract of the seller came into force since. A line of which part
    was refunded before stays under the version it was sold under.
    """
    return list(
        session.scalars(
            select(Entitlement.order_line_id)
            .join(ContractVersion, ContractVersion.id == Entitlement.contract_version_id)
            .join(LinkageContract, LinkageContract.id == ContractVersion.contract_id)
            .where(
                Entitlement.order_line_id.in_(list(order_line_ids)),
                or_(~in_force(on), _premium_is_new(on)),
                ~_is_partly_refunded(),
            )
            .distinct()
            .order_by(Entitlement.order_line_id)
        )
    )


def in_force(on: date, version: type[ContractVersion] = ContractVersion) -> ColumnElement[bool]:
    """Return the condition that a contract version is activated and holds on a day."""
    return and_(
        version.activated_at.is_not(None),
        version.effective_from <= on,
        or_(version.effective_to.is_(None), version.effective_to >= on),
    )


def _is_partly_refunded() -> ColumnElement[bool]:
    """Say that a line was refunded in part; what is left keeps its version."""
    other = aliased(Entitlement)
    return exists().where(
        other.order_line_id == Entitlement.order_line_id, other.reversed_minor > 0
    )


def _premium_is_new(on: date) -> ColumnElement[bool]:
    """Say that the payer of an entitlement has a premium in force that its line knows not."""
    contract, version = aliased(LinkageContract), aliased(ContractVersion)
    other = aliased(Entitlement)
    known = exists().where(
        other.order_line_id == Entitlement.order_line_id,
        other.contract_version_id == version.id,
    )
    return exists().where(
        contract.organisation_code == LinkageContract.organisation_code,
        contract.model_code == LinkageModel.PREMIUM,
        contract.household_id.is_(None),
        version.contract_id == contract.id,
        in_force(on, version),
        ~known,
    )


def _contract_rows(which: ColumnElement[bool] | None = None) -> Select[Any]:
    joined = ContractVersion.contract_id == LinkageContract.id
    return select(
        LinkageContract.code.label("contract_code"),
        LinkageContract.organisation_code,
        LinkageContract.household_id,
        LinkageContract.model_code.label("model"),
        LinkageContract.income_class,
        ContractVersion.id.label("version_id"),
        ContractVersion.version,
        ContractVersion.terms,
        ContractVersion.effective_from,
        ContractVersion.effective_to,
        ContractVersion.activated_at,
        ContractVersion.document_note,
    ).outerjoin(ContractVersion, joined if which is None else and_(joined, which))


def _rows(session: Session, statement: Select[Any]) -> list[ContractRow]:
    return [ContractRow(**row) for row in session.execute(statement).mappings()]
