"""Lists of contracts: of a payer, of a household, of a region's payers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from households.models import (
    ContractVersion,
    CooperativeMembership,
    Household,
    LinkageContract,
)
from households.queries.contracts import ContractRow, find_terms, in_force
from households.rules.examples import Assumed
from households.values import HouseholdId, LinkageModel, PremiumInForce
from kernel import policy
from kernel.paging import MAX_PAGE, Page, cut, decode_key, encode_key
from parties.models import Organisation

RELIEF_FLOOR = "relief_labour_floor_bp"
RELIEF_SPECIAL = "relief_labour_floor_special_bp"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCount:
    """How many contracts of one model a payer has."""

    model: LinkageModel
    contracts: int
    in_force: int
    drafts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionCount:
    """How many contracts of one model an organisation of a region has in force."""

    organisation_code: str
    organisation_name: str
    model: LinkageModel
    contracts: int
    households: int
    """Households with a contract of their own."""
    joint_code: str | None
    """The number of the one that binds everybody who gives to the payer's lots."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """What holds on a day whatever a contract says: premiums of payers, policy floors."""

    premiums: Mapping[str, PremiumInForce | None]
    relief_floor_bp: int
    relief_special_bp: int

    def of(
        self, organisation_code: str, terms: Mapping[str, Any], given: Assumed | None = None
    ) -> Assumed:
        """Return what an example of one contract assumes."""
        is_special = terms.get("special_fund") is not False
        return replace(
            given or Assumed(),
            premium=self.premiums.get(organisation_code),
            relief_floor_bp=self.relief_special_bp if is_special else self.relief_floor_bp,
        )


def list_latest(
    session: Session,
    organisation_code: str,
    *,
    on: date,
    model: LinkageModel | None = None,
    key: str | None = None,
    size: int = 50,
) -> Page[ContractRow]:
    """Return a payer's contracts by code, each with the version that counts on a day.

    That is the version in force, else the newest one; a contract without versions has none.
    """
    size = min(size, MAX_PAGE)
    statement = _latest(on).where(LinkageContract.organisation_code == organisation_code)
    if model is not None:
        statement = statement.where(LinkageContract.model_code == model)
    if key is not None:
        (after,) = decode_key(key, str)
        statement = statement.where(LinkageContract.code > after)
    rows = session.execute(statement.limit(size + 1)).mappings()
    found = [ContractRow(**row) for row in rows]
    return cut(found, size, lambda row: encode_key(row.contract_code))


def count_by_model(
    session: Session, organisation_code: str, *, on: date
) -> Sequence[ModelCount]:
    """Count a payer's contracts by model: all, in force on a day, with a draft."""
    rows = session.execute(
        select(
            LinkageContract.model_code,
            func.count(LinkageContract.id.distinct()),
            func.count(LinkageContract.id.distinct()).filter(in_force(on)),
            func.count(LinkageContract.id.distinct()).filter(
                ContractVersion.id.is_not(None), ContractVersion.activated_at.is_(None)
            ),
        )
        .outerjoin(ContractVersion, ContractVersion.contract_id == LinkageContract.id)
        .where(LinkageContract.organisation_code == organisation_code)
        .group_by(LinkageContract.model_code)
        .order_by(LinkageContract.model_code)
    )
    return [
        ModelCount(model=model, contracts=every, in_force=holding, drafts=drafts)
        for model, every, holding, drafts in rows
    ]


def list_member_numbers(
    session: Session, organisation_code: str, *, on: date
) -> list[HouseholdId]:
    """Return the households that belong to an organisation on a day, by number."""
    return list(
        session.scalars(
            select(CooperativeMembership.household_id)
            .where(CooperativeMembership.organisation_code == organisation_code, _member(on))
            .distinct()
            .order_by(CooperativeMembership.household_id)
        )
    )


def free_code(session: Session, stem: str) -> str:
    """Return a contract number that begins with `stem` and is not taken yet."""
    taken = set(
        session.scalars(
            select(LinkageContract.code).where(
                LinkageContract.code.startswith(stem, autoescape=True)
            )
        )
    )
    if stem not in taken:
        return stem
    return next(code for n in range(2, len(taken) + 3) if (code := f"{stem}-{n}") not in taken)


def list_joint(session: Session, household_id: HouseholdId, *, on: date) -> list[ContractRow]:
    """Return the contracts in force that a household shares with all of its organisations."""
    member_of = select(CooperativeMembership.organisation_code).where(
        CooperativeMembership.household_id == household_id, _member(on)
    )
    statement = _latest(on).where(
        LinkageContract.household_id.is_(None),
        LinkageContract.organisation_code.in_(member_of),
        in_force(on),
    )
    return [ContractRow(**row) for row in session.execute(statement).mappings()]


def find_assumptions(
    session: Session, organisation_codes: Iterable[str], *, on: date
) -> Assumptions:
    """Return what examples of payers' contracts assume on a day; two statements."""
    terms = find_terms(session, organisation_codes, on=on)
    floors = policy.list_in_force(session, [RELIEF_FLOOR, RELIEF_SPECIAL], on=on)
    return Assumptions(
        premiums={code: found.terms.premium for code, found in terms.items()},
        relief_floor_bp=int(floors.get(RELIEF_FLOOR, 0)),
        relief_special_bp=int(floors.get(RELIEF_SPECIAL, 0)),
    )


def count_in_region(session: Session, scope: str, *, on: date) -> Sequence[RegionCount]:
    """Count contracts in force on a day by payer and model, of payers and households there.

    `scope` is the beginning of a region's code. Counts only: no household stands in it.
    """
    rows = session.execute(
        select(
            LinkageContract.organisation_code,
            Organisation.name,
            LinkageContract.model_code,
            func.count(LinkageContract.id.distinct()),
            func.count(LinkageContract.household_id.distinct()),
            func.min(LinkageContract.code).filter(LinkageContract.household_id.is_(None)),
        )
        .join(ContractVersion, ContractVersion.contract_id == LinkageContract.id)
        .join(Organisation, Organisation.code == LinkageContract.organisation_code)
        .outerjoin(Household, Household.id == LinkageContract.household_id)
        .where(
            in_force(on),
            or_(
                Household.village_code.startswith(scope),
                and_(
                    LinkageContract.household_id.is_(None),
                    Organisation.region_code.startswith(scope),
                ),
            ),
        )
        .group_by(
            LinkageContract.organisation_code, Organisation.name, LinkageContract.model_code
        )
        .order_by(LinkageContract.organisation_code, LinkageContract.model_code)
    )
    return [
        RegionCount(
            organisation_code=code,
            organisation_name=name,
            model=model,
            contracts=contracts,
            households=households,
            joint_code=joint_code,
        )
        for code, name, model, contracts, households, joint_code in rows
    ]


def _latest(on: date) -> Select[tuple[object, ...]]:
    """Select each contract once, with its version in force before its newest one."""
    holds = case((in_force(on), 1), else_=0)
    statement: Select[tuple[object, ...]] = (
        select(
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
        )
        .outerjoin(ContractVersion, ContractVersion.contract_id == LinkageContract.id)
        .ext(distinct_on(LinkageContract.code))
        .order_by(LinkageContract.code, holds.desc(), ContractVersion.version.desc())
    )
    return statement


def _member(on: date) -> ColumnElement[bool]:
    return and_(
        CooperativeMembership.valid_from <= on,
        or_(CooperativeMembership.valid_to.is_(None), CooperativeMembership.valid_to >= on),
    )
