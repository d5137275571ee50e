"""Lists and figures of the register: who is on them, who is not, and against which line."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from households import service
from households.values import (
    Baseline,
    HouseholdCategory,
    HouseholdId,
    IncomeClass,
    LinkageModel,
    Measure,
    MeasureKind,
    MeetingKind,
    Visit,
    VisitorRole,
)
from kernel.clock import at_local_midnight
from kernel.policy import find_disclosure
from reporting import volumes
from reporting.register import card, due, figures, income, links, roll
from reporting.register.roll import Report, RollFilter
from reporting.rules.disclosure import TOTAL
from tests.builders.catalog import NOON, TODAY
from tests.builders.households import a_contract, a_line
from tests.builders.places import DISTRICT, TOWNSHIP, VILLAGE
from tests.builders.register import a_number, a_registered, an_own_contract, the_numbers

DAYS = links.LinkDays(TODAY, date(2025, 6, 1))
JOB = MeasureKind.JOB


@pytest.fixture(autouse=True)
def numbers(session: Session) -> None:
    the_numbers(session)


def listed(session: Session, report: Report = Report.ALL, **changes: object) -> list[str]:
    wanted = RollFilter(scope=DISTRICT, report=report, **changes)  # type: ignore[arg-type]
    page = roll.list_roll(session, wanted, DAYS, key=None, size=50)
    assert roll.count_roll(session, wanted, DAYS) == len(page.rows)
    return [row.id for row in page.rows]


@pytest.mark.parametrize(
    ("per_person", "below"), [(599_999, True), (600_000, False), (600_001, False)]
)
def test_a_registered_year_stands_strictly_below_its_own_line(
    session: Session, per_person: int, *, below: bool
) -> None:
    baseline = Baseline(
        year=2021,
        wage_minor=per_person * 3,
        operating_gross_minor=0,
        operating_cost_minor=0,
        property_minor=0,
        transfer_minor=0,
    )
    household = a_registered(session, baselines=[baseline])

    file = card.read_file(session, card.find_place(session, household, on=TODAY), on=TODAY)

    assert file.baselines[0].is_below is below


def test_a_year_without_a_line_is_told_the_last_one_and_not_judged(session: Session) -> None:
    baseline = Baseline(
        year=2024,
        wage_minor=1,
        operating_gross_minor=0,
        operating_cost_minor=0,
        property_minor=0,
        transfer_minor=0,
    )
    household = a_registered(session, baselines=[baseline])

    file = card.read_file(session, card.find_place(session, household, on=TODAY), on=TODAY)

    assert file.line == card.LineOfYear(600_000, 2021, is_own=False)
    assert file.baselines[0].is_below is None
    assert card.find_line(session, 2020) is None


def test_a_line_published_later_is_that_years_own(session: Session) -> None:
    session.add(
        a_number("monitor_line_per_capita_year", 700_000, date(2024, 1, 1), date(2024, 12, 31))
    )
    session.flush()

    assert card.find_line(session, 2024) == card.LineOfYear(700_000, 2024, is_own=True)
    assert card.find_line(session, 2022) == card.LineOfYear(600_000, 2021, is_own=False)


def test_monitored_with_labour_and_without_a_contract(session: Session) -> None:
    a_registered(session, "H0001", monitored=True)
    an_own_contract(session, a_registered(session, "H0002", monitored=True))
    a_registered(session, "H0003", monitored=True, labour=0)
    a_registered(session, "H0004")

    assert listed(session, Report.UNLINKED) == ["H0001"]


def test_a_recent_delivery_links_to_the_sellers_common_contract(session: Session) -> None:
    for number in ("H1", "H2", "H3"):
        a_registered(session, number, monitored=True)
    a_contract(session)
    a_line(session)
    late = links.LinkDays(TODAY, TODAY)

    assert listed(session, Report.UNLINKED) == []
    wanted = RollFilter(scope=DISTRICT, report=Report.UNLINKED)
    assert roll.count_roll(session, wanted, late) == 3


def test_relocated_households_need_a_job_and_a_product(session: Session) -> None:
    both = a_registered(session, "H0001", is_relocated=True)
    an_own_contract(session, both)
    service.record_measure(
        session,
        Measure(household_id=both, kind=JOB, since=TODAY),
        actor="x",
        at=NOON,
    )
    job = a_registered(session, "H0002", is_relocated=True)
    an_own_contract(session, job, LinkageModel.WAGE)
    rent = a_registered(session, "H0003", is_relocated=True)
    an_own_contract(session, rent, LinkageModel.RENT)
    a_registered(session, "H0004")

    assert listed(session, Report.RELOCATED) == ["H0002", "H0003"]


def test_monitored_without_a_measure(session: Session) -> None:
    helped = a_registered(session, "H0001", monitored=True)
    a_registered(session, "H0002", monitored=True)
    old = a_registered(session, "H0003", monitored=True)
    for household, until in ((helped, None), (old, TODAY - timedelta(days=1))):
        service.record_measure(
            session,
            Measure(household_id=household, kind=JOB, since=date(2026, 1, 1), until=until),
            actor="x",
            at=NOON,
        )

    assert listed(session, Report.UNAIDED) == ["H0002", "H0003"]


def test_filters_narrow_the_roll(session: Session) -> None:
    a_registered(session, "H0001", monitored=True)
    a_registered(session, "H0002", is_relocated=True)
    an_own_contract(session, a_registered(session, "H0103"))

    assert listed(session, monitored=True) == ["H0001"]
    assert listed(session, relocated=False) == ["H0001", "H0103"]
    assert listed(session, linked=True) == ["H0103"]
    assert listed(session, word="H01") == ["H0103"]
    assert listed(session, categories=frozenset({HouseholdCategory.LIFTED})) == [
        "H0002",
        "H0103",
    ]


def test_the_roll_goes_on_where_a_page_ended(session: Session) -> None:
    for number in range(7):
        a_registered(session, f"H000{number}", village_code=f"{TOWNSHIP}20{number % 3}")
    found: list[str] = []
    key = None
    while True:
        page = roll.list_roll(session, RollFilter(scope=DISTRICT), DAYS, key=key, size=3)
        found += [row.id for row in page.rows]
        key = page.next_key
        if key is None:
            break

    assert len(found) == len(set(found)) == 7


def test_income_that_fell_by_a_fifth_is_listed(session: Session) -> None:
    a_contract(session)
    comparison = income.find_comparison(session, on=TODAY)
    for number in ("H1", "H2", "H3"):
        a_registered(session, number)
    early = a_line(session, 9_999, at=NOON - timedelta(days=380))
    service.earn(session, [early.id], at=NOON - timedelta(days=380))

    falling = income.list_falling(session, DISTRICT, comparison, key=None, size=10)
    assert {row.percent for row in falling.rows} == {100}
    assert len(falling.rows) == 3

    late = a_line(session, 9_999, at=NOON - timedelta(days=20))
    service.earn(session, [late.id], at=NOON - timedelta(days=20))
    assert income.list_falling(session, DISTRICT, comparison, key=None, size=10).rows == []


def test_comparison_takes_whole_months_and_the_same_a_year_before(session: Session) -> None:
    found = income.find_comparison(session, on=date(2026, 2, 14))

    assert (found.begin, found.end) == (date(2025, 11, 1), date(2026, 2, 1))
    assert (found.begin_before, found.end_before) == (date(2024, 11, 1), date(2025, 2, 1))


def test_visits_are_overdue_after_the_month_only(session: Session) -> None:
    household = a_registered(session, monitored=True)
    for day in (4, 11, 18):
        for role in VisitorRole:
            service.record_visit(
                session,
                Visit(household_id=household, role=role, visited_on=date(2026, 5, day)),
                actor="x",
                at=NOON,
            )
    service.hold_meeting(
        session,
        VILLAGE,
        MeetingKind.RISK_REVIEW,
        held_on=date(2026, 4, 2),
        paper="",
        actor="x",
        at=NOON,
    )

    running = due.find_duties(session, date(2026, 5, 1), today=date(2026, 5, 31))
    over = due.find_duties(session, date(2026, 5, 1), today=date(2026, 6, 1))
    (row,) = due.list_by_household(session, VILLAGE, over)
    (village,) = due.list_by_village(session, DISTRICT, over)

    assert (row.contact_done, row.monitor_done) == (3, 3)
    assert (village.contact_short, village.monitor_short) == (0, 1)
    assert running.visits(row.monitor_done, VisitorRole.MONITOR) == "running"
    assert over.visits(row.monitor_done, VisitorRole.MONITOR) == "overdue"
    assert over.visits(row.contact_done, VisitorRole.CONTACT) == "done"
    assert (village.meetings, village.reviews) == (0, 1)
    assert over.review(village.reviews) == "done"


def test_a_household_recognised_within_the_month_is_not_due_yet(session: Session) -> None:
    household = a_registered(session)
    service.recognise_risk(session, household, risk_type="因病", on=date(2026, 5, 2))

    may = due.find_duties(session, date(2026, 5, 1), today=TODAY)
    june = due.find_duties(session, date(2026, 6, 1), today=TODAY)

    assert due.list_by_household(session, VILLAGE, may) == []
    assert len(due.list_by_household(session, VILLAGE, june)) == 1


def test_published_counts_hide_the_few_and_give_nobody_away(session: Session) -> None:
    for number in range(24):
        household = a_registered(session, f"H{number:04}", village_code=f"{TOWNSHIP}201")
        if number < 12:
            an_own_contract(session, household)
    for number in range(100, 103):
        a_registered(session, f"H{number:04}", village_code=f"{TOWNSHIP}202", monitored=True)
    places = list(volumes.list_places(session, TOWNSHIP))
    shown = find_disclosure(session, on=TODAY)

    table = figures.count(session, TOWNSHIP, DAYS, places=places, shown=shown)

    for key, group in table.groups.items():
        if key not in table.withheld:
            assert group.households == 0 or group.households >= 10
    assert table.find(f"{TOWNSHIP}202", TOTAL) is None
    assert table.find(TOTAL, figures.FigureColumn.MONITORED_UNAIDED) is None
    assert figures.aided(table, TOTAL) is None


def test_coverage_is_lifted_with_a_contract_of_all_lifted(session: Session) -> None:
    for number in range(40):
        household = a_registered(session, f"H{number:04}")
        if number < 28:
            an_own_contract(session, household)
    places = list(volumes.list_places(session, DISTRICT))
    shown = find_disclosure(session, on=TODAY)

    table = figures.count(session, DISTRICT, DAYS, places=places, shown=shown)

    assert figures.coverage(table, TOTAL) == figures.Rate(28, 40)
    assert figures.Rate(28, 40).tenths == 700
    assert figures.find_target(session, DAYS) == 90


def test_credited_income_of_a_year_is_told_by_class(session: Session) -> None:
    for number in ("H1", "H2", "H3"):
        a_registered(session, number)
    a_contract(session)
    line = a_line(session)
    service.earn(session, [line.id], at=at_local_midnight(TODAY))

    found = income.credited_by_class(
        session, HouseholdId("H1"), since=date(2026, 1, 1), until=date(2027, 1, 1)
    )

    assert found[IncomeClass.OPERATING] == line.minors()["H1"] > 0
    assert sum(found.values()) == found[IncomeClass.OPERATING]
