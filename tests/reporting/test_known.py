"""As known at a moment: what is recorded later changes nothing, whatever day it is dated to."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from catalog.models import Lot
from kernel.disclosure import DisclosurePolicy
from reporting import known as known_of
from reporting import measures, volumes
from reporting.benefits import Year
from reporting.measure_facts import Measure
from reporting.measure_sources import Asked, list_sources
from reporting.measures import Income
from reporting.rules.disclosure import TOTAL
from tests.builders.catalog import NOON
from tests.builders.cold_chain import a_device
from tests.builders.places import DISTRICT
from tests.builders.sales import World, a_paid_group, a_world
from workflows import order_cancelled, order_delivered, order_shipped
from workflows.order_cancelled import Refusal
from workflows.order_delivered import Receipt
from workflows.travel import HandOver

AS_OF = datetime(NOON.year, 12, 31, 4, tzinfo=UTC)
OPEN = DisclosurePolicy(minimum=1, dominance_percent=100)
FIRST_BOOKED = datetime(NOON.year, 8, 1, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass
class Books:
    """The world, and the moments at which what happened in it was recorded."""

    session: Session
    world: World
    now: datetime = FIRST_BOOKED
    delivered: list[tuple[str, datetime]] = field(default_factory=list)
    paid: list[tuple[str, datetime]] = field(default_factory=list)

    def note(self) -> None:
        """Let what was posted since the last time be recorded now, and the next day begin."""
        self.session.flush()
        self.session.execute(text("SET LOCAL session_replication_role = replica"))
        self.session.execute(
            text("UPDATE ledger_txs SET recorded_at = :at WHERE recorded_at = now()"),
            {"at": self.now},
        )
        self.session.execute(text("SET LOCAL session_replication_role = origin"))
        self.now += DAY

    def pay(self, at: datetime) -> None:
        """Somebody pays an order at a moment."""
        group = a_paid_group(self.session, {self.world.goat.code: 1}, at=at)
        self.paid.append((f"{group.number}-1", at))

    def deliver(self, at: datetime) -> None:
        """The first order that waits is delivered; without one, another is paid."""
        if not self.paid:
            self.pay(at)
        number, before = self.paid.pop(0)
        at = max(at, before)
        logger = a_device(self.session)
        order_shipped.pack(self.session, number, actor="person:1", at=at)
        over = HandOver(actor="person:1", device_code=logger)
        order_shipped.ship(self.session, number, over, at=at)
        arrived = at + timedelta(hours=6)
        receipt = Receipt("person:1", "hall")
        order_delivered.deliver(self.session, number, receipt, at=arrived)
        self.delivered.append((number, arrived))

    def refund(self, at: datetime) -> None:
        """The first order there is goes back, delivered or not."""
        for waiting in (self.delivered, self.paid):
            if waiting:
                number, before = waiting.pop(0)
                refusal, then = Refusal("person:1", "spoilt"), max(at, before)
                order_cancelled.refund_in_full(self.session, number, refusal, at=then)
                return


def counted(session: Session, known: datetime | None) -> Income:
    places = list(volumes.list_places(session, DISTRICT))
    return measures.count(
        session, DISTRICT, Year(NOON.year, AS_OF), places=places, shown=OPEN, known=known
    )


def add_up_sources(session: Session, known: datetime | None) -> None:
    """Every figure that is taken apart is its rows and its rest."""
    income = counted(session, known)
    for measure in (Measure.SALES, Measure.TRACED, Measure.RECOGNISED, Measure.PAID):
        for month in (TOTAL, *income.months[4:8]):
            for place in (TOTAL, *income.places):
                asked = Asked(measure, place, month)
                found = list_sources(session, income, asked, shown=OPEN, known=known)
                assert found is not None
                assert found.minor == income.find(measure, place, month)
                rows = sum(row.minor for row in found.rows)
                assert rows + found.rest_minor == found.minor
                assert found.rest_minor == 0 or measure is not Measure.SALES


def told(session: Session, known: datetime | None) -> dict[tuple[str, str, str], int | None]:
    income = counted(session, known)
    return {
        (measure, place, month): income.find(measure, place, month)
        for measure in Measure
        for place in (TOTAL, *income.places)
        for month in (*income.months, TOTAL)
    }


@pytest.fixture
def books(session: Session) -> Books:
    world = a_world(session)
    session.execute(update(Lot).values(best_before=NOON.date() + timedelta(days=300)))
    made = Books(session, world)
    made.note()
    return made


ACTS: dict[str, Callable[[Books, datetime], None]] = {
    "pay": Books.pay,
    "deliver": Books.deliver,
    "refund": Books.refund,
}


@given(
    acts=st.lists(
        st.tuples(st.sampled_from(sorted(ACTS)), st.integers(0, 40)), min_size=2, max_size=6
    )
)
@settings(
    max_examples=5,
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_a_moment_s_figures_never_change(books: Books, acts: list[tuple[str, int]]) -> None:
    session = books.session
    begun = session.begin_nested()
    there = Books(session, books.world, books.now)
    kept = {}
    try:
        for act, days in acts:
            ACTS[act](there, NOON + days * DAY)
            there.note()
            kept[there.now] = told(session, there.now)
            assert kept[there.now] == told(session, None)
        for moment, figures in kept.items():
            assert told(session, moment) == figures
        add_up_sources(session, min(kept))
    finally:
        begun.rollback()
        session.expire_all()
        session.commit()


def test_a_late_refund_leaves_the_past_page_alone(books: Books) -> None:
    books.deliver(NOON)
    books.note()
    before, then = told(books.session, books.now), books.now
    books.refund(NOON + DAY)
    books.note()

    assert before["M3", TOTAL, TOTAL]
    assert told(books.session, then) == before
    assert told(books.session, None)["M3", TOTAL, TOTAL] == 0


def test_what_is_dated_back_is_not_known_before_it_is_recorded(books: Books) -> None:
    books.deliver(NOON + 31 * DAY)
    books.note()
    then = books.now
    books.deliver(NOON)
    books.note()

    month = f"{NOON:%Y-%m}"
    assert told(books.session, then)["M3", TOTAL, month] == 0
    assert told(books.session, books.now)["M3", TOTAL, month]


def test_nothing_is_recorded_before_what_is_settled(session: Session) -> None:
    settled = known_of.find_recorded(session).settled

    booked = session.execute(text("SELECT now(), clock_timestamp()")).one()
    assert settled >= booked[0]
    assert settled <= booked[1]
