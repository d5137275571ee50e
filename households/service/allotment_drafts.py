"""Draw up a period close: whose contracts, which days, declared figures, attendance."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from households.models import (
    Allotment,
    AllotmentInput,
    ContractVersion,
    Household,
    LinkageContract,
)
from households.rules import attribution
from households.rules.terms import PREMIUM_FUND
from households.service.allotment_states import ensure, lock_allotment
from households.values import (
    ALLOTTED,
    VILLAGE_MODELS,
    AllotmentSource,
    AllotmentState,
    Attendance,
    NewAllotment,
    PartyKind,
)
from kernel.clock import local_date
from kernel.errors import ConflictError, InvalidError, NotFoundError
from parties.models import Organisation
from parties.values import OrganisationKind

VILLAGE_FUND: Final = PREMIUM_FUND.lower()
"""The fund a premium goes to, as `households.rules.attribution` names its account."""
LONGEST_PERIOD: Final = timedelta(days=366)


def draw_up_allotment(session: Session, new: NewAllotment, *, at: datetime) -> str:
    """Draw up a period close and return its code; nothing is owed yet.

    Raises `InvalidError` for a period or model that cannot be closed, `ConflictError`
    `allotment_period_overlaps` when a day of the period is closed or being closed already.
    """
    _check_new(new, at)
    payer = session.scalar(
        select(Organisation).where(Organisation.code == new.organisation_code)
    )
    if payer is None:
        raise NotFoundError("organisation_not_found", "there is no such organisation")
    _check_contracted(session, new)
    values = {
        "code": _next_code(session, new),
        "organisation_code": payer.code,
        "model_code": new.model,
        "contract_id": _contract_id(session, new),
        "source": new.source,
        "payer_account": _payer_account(payer, new),
        "period_from": new.period_from,
        "period_to": new.period_to,
        "basis": dict(new.basis),
        "total_minor": 0,
        "state": AllotmentState.DRAFT,
        "proposed_by": new.proposed_by,
        "proposed_at": at,
        "reverses_id": _replaced_id(session, new),
    }
    try:
        with session.begin_nested():
            session.execute(insert(Allotment).values(**values))
    except IntegrityError as error:
        raise ConflictError(
            "allotment_period_overlaps",
            f"a day from {new.period_from} to {new.period_to} is closed already",
            period_from=new.period_from,
            period_to=new.period_to,
        ) from error
    return str(values["code"])


def declare(session: Session, code: str, basis: Mapping[str, Any]) -> None:
    """Replace the declared figures of a draft."""
    allotment = lock_allotment(session, code)
    ensure(allotment, AllotmentState.DRAFT)
    session.execute(
        update(Allotment).where(Allotment.id == allotment.id).values(basis=dict(basis))
    )
    session.expire(allotment)


def set_attendance(session: Session, code: str, rows: Sequence[Attendance]) -> None:
    """Replace the attendance of a draft payroll; an unknown household is refused."""
    allotment = lock_allotment(session, code)
    ensure(allotment, AllotmentState.DRAFT)
    wanted = {row.household_id for row in rows}
    if len(wanted) < len(rows):
        raise InvalidError("attendance_twice", "a household stands twice in the list")
    known = set(session.scalars(select(Household.id).where(Household.id.in_(wanted))))
    if missing := sorted(wanted - known):
        raise InvalidError(
            "attendance_household_unknown", f"no household {missing[0]}", household=missing[0]
        )
    session.execute(delete(AllotmentInput).where(AllotmentInput.allotment_id == allotment.id))
    if rows:
        session.execute(
            insert(AllotmentInput),
            [
                {
                    "allotment_id": allotment.id,
                    "household_id": row.household_id,
                    "figures": {
                        "half_days": row.half_days,
                        "hours": row.hours,
                        "pieces": row.pieces,
                    },
                }
                for row in rows
            ],
        )


def _check_new(new: NewAllotment, at: datetime) -> None:
    if new.model not in ALLOTTED:
        raise InvalidError("model_not_by_period", f"{new.model} is not paid by the period")
    if new.source is not AllotmentSource.OWN and new.model not in VILLAGE_MODELS:
        raise InvalidError(
            "village_money_other_model", "village money is divided as asset income or by shares"
        )
    if new.period_to < new.period_from:
        raise InvalidError("period_reversed", "the period ends before it begins")
    if new.period_to - new.period_from >= LONGEST_PERIOD:
        raise InvalidError("period_too_long", "a period is a year at most")
    if new.period_to > local_date(at):
        raise InvalidError(
            "period_not_over", f"the period lasts until {new.period_to}", until=new.period_to
        )


def _check_contracted(session: Session, new: NewAllotment) -> None:
    """Refuse a period that was over before the first contract of its kind began."""
    first = session.scalar(
        select(func.min(ContractVersion.effective_from))
        .join(LinkageContract, LinkageContract.id == ContractVersion.contract_id)
        .where(
            LinkageContract.organisation_code == new.organisation_code,
            LinkageContract.model_code == new.model,
            ContractVersion.activated_at.is_not(None),
        )
    )
    if first is not None and new.period_to < first:
        raise InvalidError(
            "day_before_contract", f"{new.period_to} lies before {first}", since=first
        )


def _payer_account(payer: Organisation, new: NewAllotment) -> str:
    if new.source is AllotmentSource.OWN:
        return attribution.account_of(PartyKind.COOPERATIVE, payer.code)
    if payer.kind is not OrganisationKind.VILLAGE_COLLECTIVE or payer.village_code is None:
        raise InvalidError(
            "village_money_not_yours", "only a village collective divides the village's money"
        )
    if new.source is AllotmentSource.VILLAGE:
        return attribution.account_of(PartyKind.VILLAGE, payer.village_code)
    fund = str(new.basis.get("fund") or VILLAGE_FUND)
    return attribution.account_of(PartyKind.VILLAGE, f"{payer.village_code}.{fund}")


def _contract_id(session: Session, new: NewAllotment) -> int | None:
    if new.contract_code is None:
        return None
    contract_id = session.scalar(
        select(LinkageContract.id).where(
            LinkageContract.code == new.contract_code,
            LinkageContract.organisation_code == new.organisation_code,
            LinkageContract.model_code == new.model,
            LinkageContract.household_id.is_(None),
        )
    )
    if contract_id is None:
        raise NotFoundError("contract_not_found", "there is no such contract")
    return contract_id


def _replaced_id(session: Session, new: NewAllotment) -> int | None:
    if new.reverses_code is None:
        return None
    replaced = lock_allotment(session, new.reverses_code)
    if replaced.state is not AllotmentState.FINAL:
        raise ConflictError(
            "allotment_not_final", "only a final allotment is put right by another one"
        )
    return replaced.id


def _next_code(session: Session, new: NewAllotment) -> str:
    source = "" if new.source is AllotmentSource.OWN else f"-{new.source.value.upper()}"
    stem = f"AL-{new.organisation_code}-{new.model.value}{source}-{new.period_to:%Y%m%d}"
    taken = session.scalar(
        select(func.count()).where((Allotment.code == stem) | Allotment.code.like(f"{stem}.%"))
    )
    return f"{stem}.{taken + 1}" if taken else stem
