"""Which visits and meetings a month or quarter still lacks, by village and household.

A household counts for a month when its risk was open before the month began and still is; a
duty is overdue only once its period is over.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Integer, Subquery, and_, case, func, or_, select
from sqlalchemy.orm import Session

from households.models import Household, HouseholdVisit, MonitoringStatus, VillageMeeting
from households.rules.watch import DueState, Period, due_state, month_of, quarter_of
from households.values import HouseholdId, MeetingKind, RiskStatus, VisitorRole
from kernel import policy
from kernel.regions import Region
from kernel.rows import fill_all
from reporting.register.links import in_scope

PARAM_CONTACT = "contact_visits_per_month"
PARAM_MONITOR = "monitor_visits_per_month"
PARAM_MEETING = "village_meeting_per_month"
PARAM_REVIEW = "risk_review_per_quarter"


@dataclass(frozen=True, slots=True)
class Duties:
    """How often something has to be done, as in force when a period began."""

    month: Period
    quarter: Period
    contact: int
    monitor: int
    meetings: int
    reviews: int
    today: date

    def visits(self, done: int, role: VisitorRole) -> DueState:
        """Return how the visits of one role stand."""
        wanted = self.contact if role is VisitorRole.CONTACT else self.monitor
        return due_state(done, wanted, self.month, today=self.today)

    def meeting(self, done: int) -> DueState:
        """Return how the monthly meeting stands."""
        return due_state(done, self.meetings, self.month, today=self.today)

    def review(self, done: int) -> DueState:
        """Return how the quarterly review stands."""
        return due_state(done, self.reviews, self.quarter, today=self.today)


@dataclass(frozen=True, slots=True)
class HouseholdDue:
    """One monitored household with the visits of a month."""

    id: HouseholdId
    contact_done: int
    monitor_done: int
    last_visit: date | None


@dataclass(frozen=True, slots=True)
class VillageDue:
    """A village with monitored households: what the month and the quarter have seen so far."""

    village_code: str
    village_name: str
    households: int
    contact_short: int
    """Households that have had fewer visits of the contact person than due."""
    monitor_short: int
    meetings: int
    reviews: int


def find_duties(session: Session, month: date, *, today: date) -> Duties:
    """Return what is due in the month of a day; a number not in force asks for nothing."""
    period = month_of(month)
    codes = [PARAM_CONTACT, PARAM_MONITOR, PARAM_MEETING, PARAM_REVIEW]
    found = policy.list_in_force(session, codes, on=period.begin)
    contact, monitor, meetings, reviews = (int(found.get(code, 0)) for code in codes)
    return Duties(period, quarter_of(month), contact, monitor, meetings, reviews, today)


def list_by_village(session: Session, scope: str, duties: Duties) -> Sequence[VillageDue]:
    """Return every village of a region that has monitored households; one statement."""
    visits = _visits(duties)
    short = [
        func.count(Household.id.distinct()).filter(func.coalesce(done, 0) < wanted)
        for done, wanted in (
            (visits.c.contact, duties.contact),
            (visits.c.monitor, duties.monitor),
        )
    ]
    return fill_all(
        VillageDue,
        session.execute(
            select(
                Region.code,
                Region.name,
                func.count(Household.id.distinct()),
                *short,
                _meetings(MeetingKind.VILLAGE_MEETING, duties.month),
                _meetings(MeetingKind.RISK_REVIEW, duties.quarter),
            )
            .select_from(Household)
            .join(Region, Region.code == Household.village_code)
            .outerjoin(visits, visits.c.household_id == Household.id)
            .where(in_scope(scope), _counts(duties))
            .group_by(Region.code, Region.name)
            .order_by(Region.code)
        ),
    )


def list_by_household(
    session: Session, village_code: str, duties: Duties
) -> Sequence[HouseholdDue]:
    """Return the monitored households of one village with their visits; one statement."""
    visits = _visits(duties)
    last = (
        select(func.max(HouseholdVisit.visited_on))
        .where(HouseholdVisit.household_id == Household.id)
        .scalar_subquery()
    )
    return fill_all(
        HouseholdDue,
        session.execute(
            select(
                Household.id,
                func.coalesce(visits.c.contact, 0),
                func.coalesce(visits.c.monitor, 0),
                last,
            )
            .outerjoin(visits, visits.c.household_id == Household.id)
            .where(Household.village_code == village_code, _counts(duties))
            .order_by(Household.id)
        ),
    )


def _visits(duties: Duties) -> Subquery:
    def of_role(role: VisitorRole) -> ColumnElement[int]:
        return func.sum(case((HouseholdVisit.role == role, 1), else_=0)).cast(Integer)

    return (
        select(
            HouseholdVisit.household_id,
            of_role(VisitorRole.CONTACT).label("contact"),
            of_role(VisitorRole.MONITOR).label("monitor"),
        )
        .where(
            HouseholdVisit.visited_on >= duties.month.begin,
            HouseholdVisit.visited_on < duties.month.end,
        )
        .group_by(HouseholdVisit.household_id)
        .subquery()
    )


def _counts(duties: Duties) -> ColumnElement[bool]:
    last = min(duties.today, duties.month.last_day)
    return (
        select(MonitoringStatus.id)
        .where(
            MonitoringStatus.household_id == Household.id,
            MonitoringStatus.recognised_on < duties.month.begin,
            or_(
                MonitoringStatus.risk_status == RiskStatus.MONITORING,
                MonitoringStatus.eliminated_on > last,
            ),
        )
        .exists()
    )


def _meetings(kind: MeetingKind, period: Period) -> ColumnElement[int]:
    return (
        select(func.count())
        .select_from(VillageMeeting)
        .where(
            and_(
                VillageMeeting.village_code == Region.code,
                VillageMeeting.kind == kind,
                VillageMeeting.held_on >= period.begin,
                VillageMeeting.held_on < period.end,
            )
        )
        .correlate(Region)
        .scalar_subquery()
    )
