"""Writes what officials of the sample recorded: procedures, visits, measures, one warning.

Everything goes through the services of the running shop; who did it is the sample itself.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.values import WeekPrice
from households import service as households
from households.rules.watch import month_of, quarter_of
from households.values import (
    STEPS,
    WITH_NOTICE,
    EventKind,
    HouseholdCategory,
    HouseholdId,
    Measure,
    MeasureKind,
    MeetingKind,
    NewProcedure,
    ProcedureId,
    ProcedureKind,
    RiskEvent,
    StepRecord,
    Visit,
    VisitFinding,
    VisitorRole,
)
from kernel.clock import local_date
from shop.sample import tables
from shop.sample.signins import DISTRICT, VILLAGE
from shop.sample.tables import Change
from workflows import price_watch

ACTOR: Final = "task:sample"
DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(weeks=1)
STEP_DAYS: Final = 6
NOTICE_DAYS: Final = 5
FULL_MONTHS: Final = 2
"""Whole months before the present one whose visits are on record."""
MONITOR_DAYS: Final = (3, 10, 17, 24)
CONTACT_DAY: Final = 8
PRICES: Final = (1_180, 1_195, 1_200, 1_140, 1_060, 980, 900)
"""Fen a kilogram, week by week up to the present one; the last four fall by a quarter."""
PRICE_SOURCE: Final = "样例行情"
PAPER: Final = "村档案柜(样例)"


def load(session: Session, *, at: datetime) -> Change:
    """Record a few months of an official's work, once."""
    if session.scalar(select(tables.table("household_visits").c.id).limit(1)) is not None:
        return Change("household_visits", 0, 0, 1)
    monitored = _monitored(session)
    visits = sum(
        households.record_visit(session, visit, actor=ACTOR, at=at)
        for visit in _visits(monitored, today=local_date(at))
    )
    for measure in _measures(monitored):
        households.record_measure(session, measure, actor=ACTOR, at=at)
    _meet(session, monitored, at=at)
    _procedures(session, monitored, at=at)
    _event(session, at=at)
    _let_a_price_fall(session, at=at)
    return Change("household_visits", visits, 0, 0)


def _monitored(session: Session) -> Sequence[tuple[HouseholdId, str]]:
    """Return the monitored households of the district with their villages."""
    risks, homes = tables.table("monitoring_statuses"), tables.table("households")
    rows = session.execute(
        select(homes.c.id, homes.c.village_code)
        .join(risks, risks.c.household_id == homes.c.id)
        .where(risks.c.risk_status == "monitoring", homes.c.village_code.startswith(DISTRICT))
        .order_by(homes.c.id)
    )
    return [(HouseholdId(row.id), row.village_code) for row in rows]


def _visits(monitored: Sequence[tuple[HouseholdId, str]], *, today: date) -> Iterator[Visit]:
    """Visit as the rule asks, but forget some: the due list has something to show."""
    month = month_of(today)
    months = [month]
    for _earlier in range(FULL_MONTHS):
        months.append(month_of(months[-1].begin - DAY))
    for position, (household_id, _village) in enumerate(monitored):
        for month in months:
            days = [(VisitorRole.MONITOR, day) for day in MONITOR_DAYS]
            days.append((VisitorRole.CONTACT, CONTACT_DAY))
            for number, (role, day) in enumerate(days):
                on = month.begin.replace(day=day)
                is_forgotten = (position + number + month.begin.month) % 11 == 0
                if on <= today and not is_forgotten:
                    yield Visit(
                        household_id=household_id,
                        role=role,
                        visited_on=on,
                        finding=VisitFinding.BETTER
                        if (position + day) % 9 == 0
                        else VisitFinding.UNCHANGED,
                    )


def _measures(monitored: Sequence[tuple[HouseholdId, str]]) -> Iterator[Measure]:
    kinds = (MeasureKind.INDUSTRY, MeasureKind.JOB, MeasureKind.INSURANCE, MeasureKind.RELIEF)
    for position, (household_id, _village) in enumerate(monitored):
        if position % 5:
            yield Measure(
                household_id=household_id,
                kind=kinds[position % len(kinds)],
                since=date(2025, 1 + position % 12, 5),
            )


def _meet(
    session: Session, monitored: Sequence[tuple[HouseholdId, str]], *, at: datetime
) -> None:
    """Hold the meetings of last month and of this quarter in two villages of three."""
    today = local_date(at)
    last_month = month_of(month_of(today).begin - DAY).begin
    quarter = quarter_of(today).begin
    for position, village in enumerate(sorted({village for _, village in monitored})):
        if position % 3 == 0:
            continue
        for kind, on in (
            (MeetingKind.VILLAGE_MEETING, last_month + 2 * DAY),
            (MeetingKind.RISK_REVIEW, min(quarter + 9 * DAY, today)),
        ):
            households.hold_meeting(
                session, village, kind, held_on=on, paper=PAPER, actor=ACTOR, at=at
            )


def _procedures(
    session: Session, monitored: Sequence[tuple[HouseholdId, str]], *, at: datetime
) -> None:
    """Leave a recognition half way and one cancelled, an elimination half way and one done."""
    known = {household_id for household_id, _ in monitored}
    homes = tables.table("households")
    others = [
        HouseholdId(row)
        for row in session.scalars(
            select(homes.c.id)
            .where(homes.c.village_code.startswith(VILLAGE[:9]))
            .order_by(homes.c.village_code != VILLAGE, homes.c.id)
        )
        if row not in known and not _was_recognised(session, row)
    ]
    for household_id, steps in zip(others[:2], (4, 2), strict=False):
        recognition = NewProcedure(
            household_id=household_id,
            kind=ProcedureKind.RECOGNITION,
            category=HouseholdCategory.AT_RISK,
            risk_type="因灾",
        )
        number = _walk(session, recognition, steps, at=at)
    if len(others) > 1:
        households.cancel_procedure(
            session, number, reason="入户核实后不符合条件(样例)", actor=ACTOR, at=at
        )
    for household_id, steps in zip([one for one, _ in monitored[-2:]], (3, 5), strict=False):
        elimination = NewProcedure(household_id=household_id, kind=ProcedureKind.ELIMINATION)
        _walk(session, elimination, steps, at=at)


def _was_recognised(session: Session, household_id: str) -> bool:
    risks = tables.table("monitoring_statuses")
    found = select(risks.c.id).where(risks.c.household_id == household_id).limit(1)
    return session.scalar(found) is not None


def _walk(session: Session, new: NewProcedure, steps: int, *, at: datetime) -> ProcedureId:
    """Open a procedure some weeks ago and record its first steps."""
    begin = local_date(at) - timedelta(days=STEP_DAYS * (len(STEPS[new.kind]) + 1))
    number = households.open_procedure(session, new, actor=ACTOR, at=at)
    for position, step in enumerate(STEPS[new.kind][:steps], start=1):
        on = begin + timedelta(days=STEP_DAYS * position)
        record = StepRecord(
            done_on=on,
            done_by="经办单位(样例)",
            paper=PAPER,
            notice_until=on + timedelta(days=NOTICE_DAYS) if step in WITH_NOTICE else None,
        )
        households.record_step(
            session,
            number,
            position,
            record,
            actor=ACTOR,
            scope_digits=len(DISTRICT),
            at=at,
        )
    return number


def _event(session: Session, *, at: datetime) -> None:
    event = RiskEvent(
        kind=EventKind.DISASTER,
        happened_on=local_date(at) - timedelta(days=40),
        note="暴雨冲毁部分竹林便道(样例)",
        village_codes=(VILLAGE,),
    )
    households.record_event(session, event, scope=DISTRICT, actor=ACTOR, at=at)


def _let_a_price_fall(session: Session, *, at: datetime) -> None:
    """Publish prices of one product of the demo village, and let the shop's watch find them."""
    product = _product_of(session, VILLAGE)
    if product is None:
        return
    today = local_date(at)
    monday = today - timedelta(days=today.weekday())
    catalog.record_market_prices(
        session,
        [
            WeekPrice(
                product, monday - (len(PRICES) - 1 - position) * WEEK, minor, PRICE_SOURCE
            )
            for position, minor in enumerate(PRICES)
        ],
    )
    price_watch.watch_prices(session, at=at)


def _product_of(session: Session, village: str) -> str | None:
    """Return the product of which the village's households delivered last."""
    lots, skus = tables.table("lots"), tables.table("skus")
    parts, homes = tables.table("lot_contributions"), tables.table("households")
    return session.scalar(
        select(skus.c.product_code)
        .join(lots, lots.c.sku_id == skus.c.id)
        .join(parts, parts.c.lot_id == lots.c.id)
        .join(homes, homes.c.id == parts.c.household_id)
        .where(homes.c.village_code == village)
        .order_by(lots.c.harvested_on.desc(), skus.c.product_code)
        .limit(1)
    )
