"""Read linkage contracts and the terms in force on a day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select, text
from sqlalchemy.orm import Session

from households.models import ContractVersion, LinkageContract
from households.rules.terms import read_consignment, read_premium
from households.values import (
    ConsignmentTerms,
    ContractVersionId,
    HouseholdId,
    IncomeClass,
    LinkageModel,
    PremiumInForce,
)

# `in_force` said for every line on its own day. A premium is new where the payer of an
# entitlement has one in force that the line knows nothing of.
OUTDATED = text(
    """
    SELECT DISTINCT part.order_line_id
    FROM unnest(CAST(:lines AS bigint[]), CAST(:days AS date[])) AS line (id, day)
    JOIN entitlements part ON part.order_line_id = line.id
    JOIN contract_versions version ON version.id = part.contract_version_id
    JOIN linkage_contracts contract ON contract.id = version.contract_id
    WHERE NOT EXISTS (
            SELECT 1 FROM entitlements refunded
            WHERE refunded.order_line_id = line.id AND refunded.reversed_minor > 0)
        AND (version.activated_at IS NULL OR line.day < version.effective_from
        OR line.day > version.effective_to
        OR EXISTS (
            SELECT 1 FROM linkage_contracts premium
            JOIN contract_versions promised ON promised.contract_id = premium.id
            WHERE premium.organisation_code = contract.organisation_code
                AND premium.model_code = 'PREMIUM' AND premium.household_id IS NULL
                AND promised.activated_at IS NOT NULL AND promised.effective_from <= line.day
                AND (promised.effective_to IS NULL OR promised.effective_to >= line.day)
                AND NOT EXISTS (
                    SELECT 1 FROM entitlements known
                    WHERE known.order_line_id = line.id
                        AND known.contract_version_id = promised.id)))
    ORDER BY part.order_line_id
    """
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


def list_outdated_lines(session: Session, days: Mapping[int, date]) -> list[int]:
    """Return the order lines expected under a contract version not in force on their day.

    `days` are by order line. A workflow attributes them anew at delivery, because a share
    contract counts from then; so it does where a premium contract of the seller came into
    force since. A line of which part was refunded before stays under the version it was sold
    under.
    """
    asked = {"lines": list(days), "days": list(days.values())}
    return list(session.scalars(OUTDATED, asked))


def in_force(on: date) -> ColumnElement[bool]:
    """Return the condition that a contract version is activated and holds on a day."""
    return and_(
        ContractVersion.activated_at.is_not(None),
        ContractVersion.effective_from <= on,
        or_(ContractVersion.effective_to.is_(None), ContractVersion.effective_to >= on),
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
