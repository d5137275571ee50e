"""Gather what a period close is worked out from: contracts, work, trade, beneficiaries."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, text
from sqlalchemy.orm import Session

from households.models import (
    Allotment,
    AllotmentInput,
    ContractVersion,
    CooperativeMembership,
    Household,
    HouseholdCategoryPeriod,
    LinkageContract,
)
from households.rules import allotments as rules
from households.values import (
    MONITORED,
    Gathered,
    HouseholdCategory,
    LinkageModel,
    PeriodContract,
    Working,
)
from kernel import policy
from kernel.clock import at_local_midnight
from kernel.errors import NotFoundError
from parties.models import Organisation

DAY = timedelta(days=1)
PATRONAGE_FLOOR = "coop_patronage_floor_bp"
RELIEF_FLOOR = "relief_labour_floor_bp"
RELIEF_SPECIAL = "relief_labour_floor_special_bp"
EVERYBODY = "all"
"""The rule of a distribution in which every household of the village takes part."""
FIRST = (HouseholdCategory.LIFTED, *sorted(MONITORED))
"""Categories that come first where the rule does not say everybody."""

# What was taken back before it was earned never was trade; the gross of a receipt is.
TRADE = text(
    """
    WITH parts AS (
        SELECT part.id, part.household_id, part.earned_at, receipt.gross_minor,
            part.amount_minor
        FROM entitlements part
        JOIN contract_versions version ON version.id = part.contract_version_id
        JOIN linkage_contracts contract ON contract.id = version.contract_id
        LEFT JOIN goods_receipts receipt ON receipt.id = part.receipt_id
        WHERE contract.organisation_code = :organisation
            AND contract.model_code IN ('ORDER', 'INKIND', 'CONSIGN')
            AND part.household_id IS NOT NULL AND part.allotment_id IS NULL
            AND part.earned_at IS NOT NULL AND part.earned_at < :until
    ), moved AS (
        SELECT part.household_id, coalesce(part.gross_minor, part.amount_minor - coalesce((
                SELECT sum(before.minor) FROM entitlement_reversals before
                WHERE before.entitlement_id = part.id AND before.at < part.earned_at
            ), 0)) AS traded, 0 AS returned
        FROM parts part WHERE part.earned_at >= :since
        UNION ALL
        SELECT part.household_id, 0, coalesce(part.gross_minor, taken.minor)
        FROM parts part JOIN entitlement_reversals taken ON taken.entitlement_id = part.id
        WHERE taken.at >= part.earned_at AND taken.at >= :since AND taken.at < :until
    )
    SELECT household_id, CAST(sum(traded) AS bigint) AS traded,
        CAST(sum(returned) AS bigint) AS returned
    FROM moved GROUP BY household_id
    """
)

CARRIED = text(
    """
    SELECT working.party_code AS household_id,
        CAST(working.figures ->> 'carry_minor' AS bigint) AS minor
    FROM allotment_workings working
    WHERE working.party_kind = 'household' AND working.figures ? 'carry_minor'
        AND working.allotment_id = (
            SELECT earlier.id FROM allotments earlier
            WHERE earlier.organisation_code = :organisation
                AND earlier.model_code = 'PATRONAGE' AND earlier.state = 'final'
                AND earlier.contract_id IS NOT DISTINCT FROM CAST(:contract AS integer)
                AND earlier.period_to < :since
                AND NOT EXISTS (
                    SELECT 1 FROM allotments later
                    WHERE later.reverses_id = earlier.id AND later.state = 'final')
            ORDER BY earlier.period_to DESC LIMIT 1)
    """
)

PAID_BEFORE = text(
    """
    SELECT CAST(coalesce(sum(earlier.total_minor), 0) AS bigint) FROM allotments earlier
    WHERE earlier.organisation_code = :organisation AND earlier.model_code = 'RELIEFWORK'
        AND earlier.contract_id IS NOT DISTINCT FROM CAST(:contract AS integer)
        AND earlier.state = 'final' AND earlier.period_to < :since
        AND NOT EXISTS (
            SELECT 1 FROM allotments later
            WHERE later.reverses_id = earlier.id AND later.state = 'final')
    """
)


def work_out(session: Session, code: str, *, on: date) -> Working:
    """Return what an allotment would pay whom if it were decided on a day; writes nothing.

    Raises `NotFoundError`, or the refusal that would also meet the resolution.
    """
    allotment = session.scalar(select(Allotment).where(Allotment.code == code))
    if allotment is None:
        raise NotFoundError("allotment_not_found", f"no allotment {code}", code=code)
    return rules.work_out(gather(session, allotment, on=on))


def gather(session: Session, allotment: Allotment, *, on: date) -> Gathered:
    """Return everything an allotment is worked out from, as it stands on a day."""
    contracts = _contracts(session, allotment)
    numbers = policy.list_in_force(
        session, [PATRONAGE_FLOOR, RELIEF_FLOOR, RELIEF_SPECIAL], on=allotment.period_to
    )
    village = session.scalar(
        select(Organisation.village_code).where(
            Organisation.code == allotment.organisation_code
        )
    )
    traded, returned = _trade(session, allotment)
    return Gathered(
        model=allotment.model_code,
        period_from=allotment.period_from,
        period_to=allotment.period_to,
        contracts=contracts,
        basis=allotment.basis,
        inputs=_inputs(session, allotment),
        members=_members(session, allotment),
        beneficiaries=_beneficiaries(session, allotment, contracts, village or "", on),
        traded=traded,
        returned=returned,
        carried=_carried(session, allotment),
        village_code=village or "",
        patronage_floor_bp=int(numbers.get(PATRONAGE_FLOOR, 0)),
        relief_floor_bp=int(numbers.get(RELIEF_FLOOR, 0)),
        relief_special_bp=int(numbers.get(RELIEF_SPECIAL, 0)),
        paid_before_minor=_paid_before(session, allotment),
    )


def _contracts(session: Session, allotment: Allotment) -> list[PeriodContract]:
    """Return the versions that hold on some day of the period, by contract and version."""
    first = (
        select(func.min(ContractVersion.effective_from))
        .where(
            ContractVersion.contract_id == LinkageContract.id,
            ContractVersion.activated_at.is_not(None),
        )
        .correlate(LinkageContract)
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            LinkageContract.code.label("contract_code"),
            ContractVersion.id.label("version_id"),
            LinkageContract.model_code.label("model"),
            LinkageContract.household_id,
            ContractVersion.terms,
            ContractVersion.effective_from,
            ContractVersion.effective_to,
            first.label("contract_from"),
        )
        .join(ContractVersion, ContractVersion.contract_id == LinkageContract.id)
        .where(
            LinkageContract.organisation_code == allotment.organisation_code,
            LinkageContract.model_code == allotment.model_code,
            _which(allotment),
            ContractVersion.activated_at.is_not(None),
            ContractVersion.effective_from <= allotment.period_to,
            or_(
                ContractVersion.effective_to.is_(None),
                ContractVersion.effective_to >= allotment.period_from,
            ),
        )
        .order_by(LinkageContract.code, ContractVersion.effective_from)
    )
    return [PeriodContract(**row) for row in rows.mappings()]


def _which(allotment: Allotment) -> ColumnElement[bool]:
    if allotment.contract_id is None:
        return LinkageContract.household_id.is_not(None)
    return LinkageContract.id == allotment.contract_id


def _inputs(session: Session, allotment: Allotment) -> dict[str, Mapping[str, Any]]:
    rows = session.execute(
        select(AllotmentInput.household_id, AllotmentInput.figures).where(
            AllotmentInput.allotment_id == allotment.id
        )
    )
    return {row.household_id: row.figures for row in rows}


def _members(session: Session, allotment: Allotment) -> list[str]:
    """Return who is a member on the last day of the period, for a contract with everybody."""
    if allotment.contract_id is None:
        return []
    return [
        str(household_id)
        for household_id in session.scalars(
            select(CooperativeMembership.household_id)
            .where(
                CooperativeMembership.organisation_code == allotment.organisation_code,
                CooperativeMembership.valid_from <= allotment.period_to,
                or_(
                    CooperativeMembership.valid_to.is_(None),
                    CooperativeMembership.valid_to >= allotment.period_to,
                ),
            )
            .order_by(CooperativeMembership.household_id)
        )
    ]


def _beneficiaries(
    session: Session,
    allotment: Allotment,
    contracts: Sequence[PeriodContract],
    village_code: str,
    on: date,
) -> dict[str, int]:
    """Return persons by household: those with a contract, else those of the payer's village.

    Lifted and monitored households come first: where there are any, only they are listed,
    unless the declared rule says that everybody takes part.
    """
    if allotment.model_code is not LinkageModel.ASSET:
        return {}
    single = [one.household_id for one in contracts if one.household_id is not None]
    where = Household.id.in_(single) if single else Household.village_code == village_code
    rows = session.execute(
        select(Household.id, Household.members, HouseholdCategoryPeriod.category)
        .outerjoin(
            HouseholdCategoryPeriod,
            and_(
                HouseholdCategoryPeriod.household_id == Household.id,
                HouseholdCategoryPeriod.valid_from <= on,
                or_(
                    HouseholdCategoryPeriod.valid_to.is_(None),
                    HouseholdCategoryPeriod.valid_to >= on,
                ),
            ),
        )
        .where(where)
    ).all()
    first = {str(row.id): row.members for row in rows if row.category in FIRST}
    if first and allotment.basis.get("beneficiaries") != EVERYBODY:
        return first
    return {str(row.id): row.members for row in rows}


def _trade(session: Session, allotment: Allotment) -> tuple[dict[str, int], dict[str, int]]:
    if allotment.model_code is not LinkageModel.PATRONAGE:
        return {}, {}
    rows = session.execute(
        TRADE,
        {
            "organisation": allotment.organisation_code,
            "since": at_local_midnight(allotment.period_from),
            "until": at_local_midnight(allotment.period_to + DAY),
        },
    ).all()
    return (
        {row.household_id: row.traded for row in rows},
        {row.household_id: row.returned for row in rows},
    )


def _carried(session: Session, allotment: Allotment) -> dict[str, int]:
    if allotment.model_code is not LinkageModel.PATRONAGE:
        return {}
    rows = session.execute(CARRIED, _before(allotment))
    return {row.household_id: row.minor for row in rows}


def _paid_before(session: Session, allotment: Allotment) -> int:
    if allotment.model_code is not LinkageModel.RELIEFWORK:
        return 0
    return int(session.scalar(PAID_BEFORE, _before(allotment)) or 0)


def _before(allotment: Allotment) -> dict[str, Any]:
    return {
        "organisation": allotment.organisation_code,
        "contract": allotment.contract_id,
        "since": allotment.period_from,
    }
