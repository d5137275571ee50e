"""The plan of the past follows from files, seed and day alone, and can be carried out."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from shop.sample import crew, promises
from shop.sample.checks import Files
from shop.sample.crew import Job, Plan
from shop.sample.signins import PEOPLE, SIGN_INS
from shop.sample.timeline import Step
from shop.sample.trade import agenda

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


def a_job(*, orders: int = 600, until: datetime = NOON, seed: str = "test") -> Job:
    return Job(url="", vault_keys=(), orders=orders, until=until, seed=seed)


@pytest.fixture(scope="module")
def planned(files: Files) -> Plan:
    """A plan of six hundred orders."""
    return crew.plan(files, a_job())


def test_the_same_seed_plans_the_same(files: Files, planned: Plan) -> None:
    assert crew.plan(files, a_job()) == planned


def test_another_seed_plans_something_else(files: Files, planned: Plan) -> None:
    other = crew.plan(files, a_job(seed="other"))

    assert [one.group.number for one in other.checkouts] != [
        one.group.number for one in planned.checkouts
    ]


def test_about_as_many_orders_are_planned_as_are_asked_for(planned: Plan) -> None:
    parts = sum(len(one.journeys) for one in planned.checkouts)

    assert 580 <= parts <= 640


def test_no_basket_mixes_the_halves(planned: Plan) -> None:
    for one in planned.checkouts:
        assert {good.half for good, _ in one.group.basket} == {one.group.half}


def test_one_order_never_travels_under_two_limits(planned: Plan) -> None:
    for one in planned.checkouts:
        for part in one.journeys:
            assert len({good.profile for good in part.goods if good.profile}) <= 1


def test_no_logger_travels_twice_at_a_time(planned: Plan) -> None:
    trips = defaultdict(list)
    for one in planned.checkouts:
        for part in one.journeys:
            if part.number in planned.loggers:
                trips[planned.loggers[part.number]].append((part.shipped_at, part.delivered_at))

    for taken in trips.values():
        ordered = sorted(taken)
        for (_, back), (out, _) in pairwise(ordered):
            assert back < out


def test_every_step_follows_the_one_before(planned: Plan) -> None:
    for one in planned.checkouts:
        for part in one.journeys:
            assert one.paid_at is not None
            assert one.group.placed_at < one.paid_at < part.packed_at
            assert part.packed_at < part.shipped_at < part.delivered_at
            assert part.delivered_at.date() > part.shipped_at.date()


def test_nothing_happens_after_the_day_of_the_load(planned: Plan) -> None:
    events = agenda(planned.checkouts, until=NOON)

    assert all(event.at <= NOON for event in events)
    assert {event.step for event in events} == set(Step)


def test_lots_cover_what_is_bought_and_live_long_enough(planned: Plan) -> None:
    stock: dict[str, int] = defaultdict(int)
    for lot in planned.lots:
        stock[lot.good.sku] += lot.quantity
        assert lot.best_before is None or lot.best_before > lot.received_at.date()
    for one in planned.checkouts:
        for good, packs in one.group.basket:
            stock[good.sku] -= packs

    assert min(stock.values()) >= 0


@pytest.mark.parametrize("month", [2, 5, 8])
def test_the_demo_has_chilled_goods_of_two_cooperatives_in_every_season(
    files: Files, month: int
) -> None:
    until = datetime(2027, month, 28, 4, 0, tzinfo=UTC)
    shelf = crew.plan(files, a_job(orders=30, until=until)).lots

    fresh = {lot.good.product for lot in shelf if lot.received_at > until - timedelta(days=30)}

    assert {"P030", "P020"} <= fresh
    assert ("P012" in fresh) is (month in {1, 2, 3, 9, 10, 11, 12})


def test_a_load_before_dawn_still_has_stock(files: Files) -> None:
    until = datetime(2026, 11, 19, 17, 0, tzinfo=UTC)

    lots = crew.plan(files, a_job(orders=30, until=until)).lots

    assert any(lot.good.product == "P012" for lot in lots)
    assert all(lot.received_at < until for lot in lots)


def test_sign_ins_can_be_told_and_are_long_enough() -> None:
    assert len({login for _, login, _, _ in SIGN_INS}) == len(PEOPLE)
    assert all(len(password) >= 10 for _, _, password, _ in SIGN_INS)
    assert all(path.startswith("/") for *_, path in SIGN_INS)


def test_on_every_day_something_is_sold_ahead_outside_of_its_season(files: Files) -> None:
    seasons = {row.id: set(row.season_months) for row in files.products}
    for day in (date(2026, 1, 1) + timedelta(days=past) for past in range(730)):
        found = promises.seasons(files, today=day)
        assert any(one.opens_on <= day <= one.closes_on for one in found), day
        for one in found:
            months = {one.opens_on.month, one.closes_on.month}
            assert day <= one.closes_on <= one.ships_until
            assert one.closes_on - one.opens_on < timedelta(days=200)
            assert not months & seasons[one.entry.sku[:4]]
