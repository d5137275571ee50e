"""What is recorded lies neither in the future nor before it can have happened."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from households import service
from households.values import (
    AllotmentSource,
    EventKind,
    HouseholdCategory,
    HouseholdId,
    LinkageModel,
    MeetingKind,
    NewAllotment,
    NewProcedure,
    ProcedureKind,
    RiskEvent,
    StepRecord,
    Visit,
    VisitorRole,
)
from kernel.errors import InvalidError
from tests.builders.catalog import NOON, TODAY
from tests.builders.places import VILLAGE
from tests.builders.register import a_registered, an_own_contract, the_terms

REGISTERED = date(2021, 1, 1)
DAY = timedelta(days=1)
DISTRICT = 6


@pytest.fixture
def household(session: Session) -> HouseholdId:
    the_terms(session)
    return a_registered(session, monitored=True)


def visit(session: Session, household: HouseholdId, on: date) -> None:
    told = Visit(household_id=household, role=VisitorRole.CONTACT, visited_on=on)
    service.record_visit(session, told, actor="x", at=NOON)


def meeting(session: Session, household: HouseholdId, on: date) -> None:
    del household
    kind = MeetingKind.RISK_REVIEW
    service.hold_meeting(session, VILLAGE, kind, held_on=on, paper="", actor="x", at=NOON)


def event(session: Session, household: HouseholdId, on: date) -> None:
    del household
    told = RiskEvent(
        kind=EventKind.DISASTER, happened_on=on, note="旱灾", village_codes=(VILLAGE,)
    )
    service.record_event(session, told, scope=VILLAGE[:6], actor="x", at=NOON)


@pytest.mark.parametrize("record", [visit, meeting, event])
@pytest.mark.parametrize(
    ("on", "code"), [(TODAY + DAY, "day_in_future"), (REGISTERED - DAY, "day_before_register")]
)
def test_a_day_before_the_register_or_to_come_is_refused(
    session: Session, household: HouseholdId, record: object, on: date, code: str
) -> None:
    with pytest.raises(InvalidError) as refusal:
        record(session, household, on)  # type: ignore[operator]

    assert refusal.value.code == code


@pytest.mark.parametrize("record", [visit, meeting, event])
def test_the_first_day_of_the_register_is_accepted(
    session: Session, household: HouseholdId, record: object
) -> None:
    record(session, household, REGISTERED)  # type: ignore[operator]


def test_no_step_of_an_ending_is_older_than_the_risk(
    session: Session, household: HouseholdId
) -> None:
    new = NewProcedure(household_id=household, kind=ProcedureKind.ELIMINATION)

    assert first_step(session, new, on=date(2024, 12, 1)) == "day_before_risk"


def test_no_step_of_a_recognition_is_older_than_the_household(session: Session) -> None:
    the_terms(session)
    new = NewProcedure(
        household_id=a_registered(session),
        kind=ProcedureKind.RECOGNITION,
        category=HouseholdCategory.AT_RISK,
        risk_type="因病",
    )

    assert first_step(session, new, on=REGISTERED - DAY) == "day_before_register"


def test_no_period_is_closed_that_was_over_before_the_contract(
    session: Session, household: HouseholdId
) -> None:
    an_own_contract(session, household, LinkageModel.RENT)
    new = NewAllotment(
        organisation_code="C90",
        model=LinkageModel.RENT,
        source=AllotmentSource.OWN,
        period_from=date(2023, 1, 1),
        period_to=date(2023, 12, 31),
        proposed_by="person:1",
        basis={},
    )

    with pytest.raises(InvalidError) as refusal:
        service.draw_up_allotment(session, new, at=NOON)

    assert refusal.value.code == "day_before_contract"


def first_step(session: Session, new: NewProcedure, *, on: date) -> str:
    """Return the code with which a first step on a day is refused."""
    number = service.open_procedure(session, new, actor="x", at=NOON)
    record = StepRecord(done_on=on, done_by="村委会", paper="档案柜")
    with pytest.raises(InvalidError) as refusal:
        service.record_step(
            session, number, 1, record, actor="x", scope_digits=DISTRICT, at=NOON
        )
    return refusal.value.code
