"""Who is in the register, and what changes about them; earlier states are kept."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from households.models import (
    CooperativeMembership,
    Household,
    HouseholdBaseline,
    HouseholdCategoryPeriod,
    HouseholdIdentity,
    MonitoringStatus,
)
from households.values import (
    Baseline,
    HouseholdCategory,
    HouseholdId,
    Identity,
    Monitoring,
    NewHousehold,
    RiskStatus,
)
from kernel.errors import ConflictError, InvalidError, NotFoundError

DAY = timedelta(days=1)


def register_households(
    session: Session, households: Sequence[NewHousehold]
) -> list[HouseholdId]:
    """Register households with their histories and return the numbers that were new.

    A number that is registered already is left as it is, so repeating changes nothing.
    """
    if not households:
        return []
    statement = (
        insert(Household)
        .values(
            [
                {
                    "id": household.id,
                    "village_code": household.village_code,
                    "members": household.members,
                    "labour": household.labour,
                    "is_relocated": household.is_relocated,
                    "registered_on": household.registered_on,
                }
                for household in households
            ]
        )
        .on_conflict_do_nothing(index_elements=[Household.id])
        .returning(Household.id)
    )
    added = set(session.scalars(statement))
    fresh = [household for household in households if household.id in added]
    _add_histories(session, fresh)
    return [household.id for household in fresh]


def seal_identity(session: Session, household_id: HouseholdId, identity: Identity) -> None:
    """Store who a household is, sealed; replaces what was stored before."""
    seal_identities(session, {household_id: identity})


def seal_identities(session: Session, identities: Mapping[HouseholdId, Identity]) -> None:
    """Store who several households are, sealed, with one statement."""
    if not identities:
        return
    statement = insert(HouseholdIdentity).values(
        [
            {
                "household_id": household_id,
                "name": identity.name,
                "phone": identity.phone,
                "id_number": identity.id_number,
                "bank_account": identity.bank_account,
            }
            for household_id, identity in identities.items()
        ]
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[HouseholdIdentity.household_id],
            set_={
                name: statement.excluded[name]
                for name in ("name", "phone", "id_number", "bank_account", "erased_at")
            },
        )
    )


def replace_bank_account(session: Session, household_id: HouseholdId, number: str) -> None:
    """Store where a household is paid, sealed; raises `NotFoundError` without an identity."""
    changed = session.scalars(
        update(HouseholdIdentity)
        .where(
            HouseholdIdentity.household_id == household_id,
            HouseholdIdentity.name.is_not(None),
        )
        .values(bank_account=number)
        .returning(HouseholdIdentity.household_id)
    ).all()
    if not changed:
        raise NotFoundError("identity_not_found", "no identity is stored for this household")


def is_registered(session: Session, household_id: HouseholdId) -> bool:
    """Say whether a household has this number."""
    return session.get(Household, household_id) is not None


def find_phones(
    session: Session, household_ids: Collection[HouseholdId]
) -> dict[HouseholdId, bool]:
    """Say which households left a phone number; those nobody has or erased are absent.

    The numbers stay sealed.
    """
    rows = session.execute(
        select(Household.id, HouseholdIdentity.phone.is_not(None))
        .outerjoin(HouseholdIdentity, HouseholdIdentity.household_id == Household.id)
        .where(Household.id.in_(household_ids), HouseholdIdentity.erased_at.is_(None))
    )
    return {household_id: bool(has_phone) for household_id, has_phone in rows}


def correct_identity(
    session: Session, household_id: HouseholdId, changes: Mapping[str, str]
) -> None:
    """Replace single fields of an identity that is on record; the others stay sealed."""
    wanted = {name: value.strip() for name, value in changes.items() if value.strip()}
    if not wanted:
        raise InvalidError("correction_empty", "nothing is to be corrected")
    corrected = session.scalars(
        update(HouseholdIdentity)
        .where(
            HouseholdIdentity.household_id == household_id,
            HouseholdIdentity.erased_at.is_(None),
        )
        .values(wanted)
        .returning(HouseholdIdentity.household_id)
    ).all()
    if not corrected:
        raise NotFoundError("identity_not_found", "no identity is stored for this household")


def destroy_contacts(session: Session, household_id: HouseholdId) -> None:
    """Destroy phone and id number, which no payment needs; repeating is harmless."""
    session.execute(
        update(HouseholdIdentity)
        .where(HouseholdIdentity.household_id == household_id)
        .values(phone=None, id_number=None)
    )


def destroy_identity(session: Session, household_id: HouseholdId, *, at: datetime) -> None:
    """Destroy every sealed value of a household; the number and its books stay."""
    session.execute(
        update(HouseholdIdentity)
        .where(
            HouseholdIdentity.household_id == household_id,
            HouseholdIdentity.erased_at.is_(None),
        )
        .values(name=None, phone=None, id_number=None, bank_account=None, erased_at=at)
    )


def record_baseline(session: Session, household_id: HouseholdId, baseline: Baseline) -> None:
    """Record a household's income of one year; it holds from now on instead of what was before.

    The same figures again change nothing.
    """
    values = _baseline_values(household_id, baseline)
    present = session.execute(
        select(*(getattr(HouseholdBaseline, name) for name in values))
        .where(
            HouseholdBaseline.household_id == household_id,
            HouseholdBaseline.year == baseline.year,
        )
        .order_by(HouseholdBaseline.recorded_at.desc())
        .limit(1)
    )
    if dict(present.mappings().one_or_none() or {}) == values:
        return
    session.execute(
        insert(HouseholdBaseline)
        .values(values)
        .on_conflict_do_update(
            index_elements=[
                HouseholdBaseline.household_id,
                HouseholdBaseline.year,
                HouseholdBaseline.recorded_at,
            ],
            set_=values,
        )
    )


def change_category(
    session: Session,
    household_id: HouseholdId,
    category: HouseholdCategory,
    *,
    on: date,
    basis: str = "",
) -> None:
    """Put a household into another category from a day on and end the one before.

    Repeating the same change does nothing. Raises `ConflictError` for a day that does not
    follow the present period's first day.
    """
    present = session.scalars(
        select(HouseholdCategoryPeriod)
        .where(
            HouseholdCategoryPeriod.household_id == household_id,
            HouseholdCategoryPeriod.valid_to.is_(None),
        )
        .with_for_update()
    ).one_or_none()
    if present is not None:
        if present.category is category:
            return
        if present.valid_from >= on:
            raise ConflictError(
                "category_out_of_order", f"the present category holds from {present.valid_from}"
            )
        present.valid_to = on - DAY
        session.flush()
    session.add(
        HouseholdCategoryPeriod(
            household_id=household_id, category=category, valid_from=on, basis=basis
        )
    )
    session.flush()


def recognise_risk(
    session: Session, household_id: HouseholdId, *, risk_type: str, on: date
) -> None:
    """Record that a household was recognised as at risk; repeating changes nothing."""
    row = Monitoring(risk_type=risk_type, recognised_on=on, status=RiskStatus.MONITORING)
    session.execute(
        insert(MonitoringStatus)
        .values(_monitoring_values(household_id, row))
        .on_conflict_do_nothing()
    )


def eliminate_risk(session: Session, household_id: HouseholdId, *, on: date) -> None:
    """Record that the open risk of a household is over; raises `NotFoundError` for none."""
    ended = session.execute(
        update(MonitoringStatus)
        .where(
            MonitoringStatus.household_id == household_id,
            MonitoringStatus.risk_status == RiskStatus.MONITORING,
            MonitoringStatus.recognised_on <= on,
        )
        .values(risk_status=RiskStatus.ELIMINATED, eliminated_on=on)
        .returning(MonitoringStatus.id)
    ).all()
    if not ended:
        raise NotFoundError("risk_not_open", f"{household_id} has no open risk")


def join_cooperative(
    session: Session, household_id: HouseholdId, organisation_code: str, *, on: date
) -> None:
    """Record that a household became a member; raises `ConflictError` if it still is one."""
    try:
        with session.begin_nested():
            session.execute(
                insert(CooperativeMembership).values(
                    household_id=household_id,
                    organisation_code=organisation_code,
                    valid_from=on,
                )
            )
    except IntegrityError as error:
        raise ConflictError(
            "membership_overlaps", f"{household_id} is a member of {organisation_code} already"
        ) from error


def leave_cooperative(
    session: Session, household_id: HouseholdId, organisation_code: str, *, on: date
) -> None:
    """Record a membership's last day; raises `NotFoundError` when there is none open."""
    ended = session.execute(
        update(CooperativeMembership)
        .where(
            CooperativeMembership.household_id == household_id,
            CooperativeMembership.organisation_code == organisation_code,
            CooperativeMembership.valid_from <= on,
            CooperativeMembership.valid_to.is_(None),
        )
        .values(valid_to=on)
        .returning(CooperativeMembership.id)
    ).all()
    if not ended:
        raise NotFoundError(
            "membership_not_found", f"{household_id} is no member of {organisation_code}"
        )


def _add_histories(session: Session, households: Sequence[NewHousehold]) -> None:
    categories = [
        {
            "household_id": household.id,
            "category": household.category,
            "valid_from": household.registered_on,
            "basis": household.basis,
        }
        for household in households
    ]
    baselines = [
        _baseline_values(household.id, baseline)
        for household in households
        for baseline in household.baselines
    ]
    monitoring = [
        _monitoring_values(household.id, row)
        for household in households
        for row in household.monitoring
    ]
    memberships = [
        {
            "household_id": household.id,
            "organisation_code": code,
            "valid_from": household.registered_on,
        }
        for household in households
        for code in household.cooperative_codes
    ]
    for model, rows in (
        (HouseholdCategoryPeriod, categories),
        (HouseholdBaseline, baselines),
        (MonitoringStatus, monitoring),
        (CooperativeMembership, memberships),
    ):
        if rows:
            session.execute(insert(model), rows)


def _baseline_values(household_id: HouseholdId, baseline: Baseline) -> dict[str, object]:
    return {
        "household_id": household_id,
        "year": baseline.year,
        "wage_minor": baseline.wage_minor,
        "operating_gross_minor": baseline.operating_gross_minor,
        "operating_cost_minor": baseline.operating_cost_minor,
        "property_minor": baseline.property_minor,
        "transfer_minor": baseline.transfer_minor,
        "medical_minor": baseline.medical_minor,
    }


def _monitoring_values(household_id: HouseholdId, row: Monitoring) -> dict[str, object]:
    return {
        "household_id": household_id,
        "risk_type": row.risk_type,
        "recognised_on": row.recognised_on,
        "risk_status": row.status,
        "eliminated_on": row.eliminated_on,
    }
