"""Record visits, measures, meetings, events and price warnings; repeating changes nothing."""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from households.models import (
    ContractVersion,
    Household,
    HouseholdMeasure,
    HouseholdVisit,
    LinkageContract,
    PriceWarning,
    PriceWarningHousehold,
    PriceWarningNote,
    RiskEventContract,
    RiskEventVillage,
    VillageMeeting,
)
from households.models import RiskEvent as RiskEventRow
from households.values import HouseholdId, Measure, MeetingKind, PriceFall, RiskEvent, Visit
from kernel.clock import local_date
from kernel.errors import InvalidError, NotFoundError
from kernel.regions import Region

NOTE_MAX = 200


def record_visit(session: Session, visit: Visit, *, actor: str, at: datetime) -> bool:
    """Record a visit and say whether it was new; one a day and role is kept."""
    _check_day(visit.visited_on, at)
    _check_registered(session, visit.household_id, visit.visited_on)
    added = session.execute(
        insert(HouseholdVisit)
        .values(
            household_id=visit.household_id,
            role=visit.role,
            visited_on=visit.visited_on,
            finding=visit.finding,
            note=_note(visit.note),
            recorded_by=actor,
            recorded_at=at,
        )
        .on_conflict_do_nothing()
        .returning(HouseholdVisit.id)
    ).all()
    return bool(added)


def record_measure(session: Session, measure: Measure, *, actor: str, at: datetime) -> bool:
    """Put a measure on file and say whether it was new."""
    _check_day(measure.since, at)
    if measure.until is not None and measure.until < measure.since:
        raise InvalidError("period_reversed", "the last day comes before the first")
    _check_registered(session, measure.household_id, measure.since)
    added = session.execute(
        insert(HouseholdMeasure)
        .values(
            household_id=measure.household_id,
            kind=measure.kind,
            since=measure.since,
            until=measure.until,
            note=_note(measure.note),
            recorded_by=actor,
            recorded_at=at,
        )
        .on_conflict_do_nothing()
        .returning(HouseholdMeasure.id)
    ).all()
    return bool(added)


def end_measure(
    session: Session, household_id: HouseholdId, measure_id: int, *, on: date
) -> None:
    """Put the last day of a measure on file; raises `NotFoundError` when none is open."""
    ended = session.execute(
        update(HouseholdMeasure)
        .where(
            HouseholdMeasure.id == measure_id,
            HouseholdMeasure.household_id == household_id,
            HouseholdMeasure.until.is_(None),
            HouseholdMeasure.since <= on,
        )
        .values(until=on)
        .returning(HouseholdMeasure.id)
    ).all()
    if not ended:
        raise NotFoundError("measure_not_open", "there is no such measure in force")


def hold_meeting(
    session: Session,
    village_code: str,
    kind: MeetingKind,
    *,
    held_on: date,
    paper: str,
    actor: str,
    at: datetime,
) -> bool:
    """Record that a village held a meeting and say whether it was new."""
    _check_day(held_on, at)
    _ensure_villages(session, [village_code])
    _check_villages(session, [village_code], held_on)
    added = session.execute(
        insert(VillageMeeting)
        .values(
            village_code=village_code,
            kind=kind,
            held_on=held_on,
            paper=_note(paper),
            recorded_by=actor,
            recorded_at=at,
        )
        .on_conflict_do_nothing()
        .returning(VillageMeeting.id)
    ).all()
    return bool(added)


def record_event(
    session: Session, event: RiskEvent, *, scope: str, actor: str, at: datetime
) -> int:
    """Record something that happened, with the villages and contracts it touches.

    A contract with a household outside the region `scope` is as unknown as one there is not.
    """
    _check_day(event.happened_on, at)
    note = _note(event.note)
    if not note or not event.village_codes:
        raise InvalidError("event_incomplete", "say what happened, and in which villages")
    _ensure_villages(session, event.village_codes)
    _check_villages(session, event.village_codes, event.happened_on)
    contracts = session.scalars(
        select(LinkageContract.id)
        .outerjoin(Household, Household.id == LinkageContract.household_id)
        .where(
            LinkageContract.code.in_(event.contract_codes),
            or_(
                LinkageContract.household_id.is_(None),
                Household.village_code.startswith(scope, autoescape=True),
            ),
        )
    ).all()
    if len(contracts) != len(set(event.contract_codes)):
        raise NotFoundError("contract_not_found", "a contract of the event is unknown")
    _check_contracts(session, contracts, event.happened_on)
    row = RiskEventRow(
        kind=event.kind,
        happened_on=event.happened_on,
        note=note,
        recorded_by=actor,
        recorded_at=at,
    )
    session.add(row)
    session.flush()
    session.add_all(
        RiskEventVillage(event_id=row.id, village_code=code)
        for code in set(event.village_codes)
    )
    session.add_all(
        RiskEventContract(event_id=row.id, contract_id=contract_id) for contract_id in contracts
    )
    session.flush()
    return row.id


def raise_warning(
    session: Session, fall: PriceFall, households: Collection[HouseholdId], *, at: datetime
) -> bool:
    """Keep a warning of a falling price up to date and say whether it is new.

    The same run of weeks is one warning: a further week deepens it and may add households.
    """
    deeper = {
        "latest_week": fall.latest_week,
        "latest_minor": fall.latest_minor,
        "weeks": fall.weeks,
    }
    added = session.scalar(
        insert(PriceWarning)
        .values(
            product_code=fall.product_code,
            baseline_week=fall.baseline_week,
            baseline_minor=fall.baseline_minor,
            raised_at=at,
            **deeper,
        )
        .on_conflict_do_nothing()
        .returning(PriceWarning.id)
    )
    present = (
        PriceWarning.product_code == fall.product_code,
        (PriceWarning.baseline_week == fall.baseline_week),
    )
    session.execute(
        update(PriceWarning)
        .where(*present, PriceWarning.latest_week < fall.latest_week)
        .values(**deeper)
    )
    warning_id = session.scalars(select(PriceWarning.id).where(*present)).one()
    if households:
        session.execute(
            insert(PriceWarningHousehold)
            .values(
                [
                    {"warning_id": warning_id, "household_id": household_id}
                    for household_id in sorted(set(households))
                ]
            )
            .on_conflict_do_nothing()
        )
    return added is not None


def note_warning(
    session: Session,
    warning_id: int,
    note: str,
    *,
    region_code: str | None = None,
    organisation_code: str | None = None,
    actor: str,
    at: datetime,
) -> bool:
    """Record that one side has seen a warning, and what it does; its first note stands."""
    text = _note(note)
    if not text:
        raise InvalidError("warning_note_missing", "say what is being done")
    if session.get(PriceWarning, warning_id) is None:
        raise NotFoundError("warning_not_found", f"no warning {warning_id}")
    added = session.execute(
        insert(PriceWarningNote)
        .values(
            warning_id=warning_id,
            region_code=region_code,
            organisation_code=organisation_code,
            note=text,
            noted_by=actor,
            noted_at=at,
        )
        .on_conflict_do_nothing()
        .returning(PriceWarningNote.id)
    ).all()
    return bool(added)


def _check_day(day: date, at: datetime) -> None:
    if day > local_date(at):
        raise InvalidError("day_in_future", f"{day} has not come yet")


def _note(text: str) -> str:
    stripped = text.strip()
    if len(stripped) > NOTE_MAX:
        raise InvalidError(
            "note_too_long", f"a note has at most {NOTE_MAX} signs", maximum=NOTE_MAX
        )
    return stripped


def _check_registered(session: Session, household_id: HouseholdId, day: date) -> None:
    """Refuse a day on which the household did not stand in the register yet."""
    household = session.get(Household, household_id)
    if household is None:
        raise NotFoundError("household_not_found", f"no household {household_id}")
    _check_since_register(day, household.registered_on)


def _check_villages(session: Session, codes: Collection[str], day: date) -> None:
    """Refuse a day before any household of the villages stood in the register."""
    first = session.scalar(
        select(func.min(Household.registered_on)).where(Household.village_code.in_(codes))
    )
    _check_since_register(day, first)


def _check_contracts(session: Session, contract_ids: Collection[int], day: date) -> None:
    """Refuse a day before the first of the contracts an event touches began."""
    first = session.scalar(
        select(func.min(ContractVersion.effective_from)).where(
            ContractVersion.contract_id.in_(contract_ids)
        )
    )
    if first is not None and day < first:
        raise InvalidError("day_before_contract", f"{day} lies before {first}", since=first)


def _check_since_register(day: date, first: date | None) -> None:
    if first is not None and day < first:
        raise InvalidError("day_before_register", f"{day} lies before {first}", since=first)


def _ensure_villages(session: Session, codes: Collection[str]) -> None:
    known = session.scalars(select(Region.code).where(Region.code.in_(codes))).all()
    if set(known) != set(codes):
        raise NotFoundError("region_not_found", "a village is unknown")
