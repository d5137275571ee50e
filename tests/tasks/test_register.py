"""The watch over prices: a long and deep fall warns those with a live contract, once."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog.models import MarketPrice
from households.models import PriceWarning, PriceWarningHousehold
from kernel import clock
from shop.queues import SCHEDULE, TASK_MODULES
from shop.tasks import register
from tests.builders.catalog import a_lot, a_product, a_sku
from tests.builders.households import a_contract
from tests.builders.places import a_seller
from tests.builders.register import a_registered, the_numbers
from workflows import price_watch


def a_week(back: int) -> date:
    today = clock.local_date(clock.now())
    return today - timedelta(days=today.weekday(), weeks=back)


def publish(session: Session, product: str, *minors: int) -> None:
    """Write weekly prices, the last one of this week."""
    for position, minor in enumerate(minors):
        week = a_week(len(minors) - 1 - position)
        session.add(
            MarketPrice(product_code=product, week_on=week, minor_per_kg=minor, source="市场")
        )
    session.flush()


@pytest.fixture
def product(session: Session) -> str:
    """A product two households delivered, one of them under a contract of its seller."""
    the_numbers(session)
    a_registered(session, "H0001")
    a_registered(session, "H0002")
    a_contract(session)
    code = a_product(session, seller_code=a_seller(session, "C90"))
    sku = a_sku(session, code, net_weight_g=500)
    a_lot(
        session,
        sku,
        on_hand=1,
        households={"H0001": 500},
        harvested_on=clock.local_date(clock.now()) - timedelta(days=30),
    )
    return code


def warned(session: Session) -> list[str]:
    return list(session.scalars(select(PriceWarningHousehold.household_id)))


def test_a_fall_warns_who_delivered_the_product(
    app: Flask, session: Session, product: str
) -> None:
    publish(session, product, 1_000, 900, 850, 800)
    session.commit()

    with app.app_context():
        assert register.watch_prices() == 1
        assert register.watch_prices() == 0
    assert warned(session) == ["H0001"]
    warning = session.scalars(select(PriceWarning)).one()
    assert (warning.weeks, warning.baseline_minor, warning.latest_minor) == (3, 1_000, 800)


@pytest.mark.parametrize(
    "prices", [(1_000, 900, 800), (1_000, 950, 900, 801), (1_000, 900, 850, 700, 720)]
)
def test_a_short_shallow_or_past_fall_warns_nobody(
    session: Session, product: str, prices: tuple[int, ...]
) -> None:
    publish(session, product, *prices)

    assert price_watch.watch_prices(session, at=clock.now()) == 0


def test_a_further_week_deepens_the_same_warning(session: Session, product: str) -> None:
    publish(session, product, 1_000, 900, 850, 800)
    price_watch.watch_prices(session, at=clock.now() - timedelta(weeks=1))
    price_watch.watch_prices(session, at=clock.now())
    session.add(
        MarketPrice(
            product_code=product,
            week_on=a_week(0) + timedelta(weeks=1),
            minor_per_kg=700,
            source="市场",
        )
    )
    session.flush()

    assert price_watch.watch_prices(session, at=clock.now() + timedelta(weeks=1)) == 0
    assert session.scalar(select(func.count()).select_from(PriceWarning)) == 1
    assert session.scalars(select(PriceWarning.latest_minor)).one() == 700


def test_an_old_delivery_links_nobody(session: Session, product: str) -> None:
    publish(session, product, 1_000, 900, 850, 800)
    later = clock.now() + timedelta(days=500)
    for position, minor in enumerate((1_000, 900, 850, 800)):
        monday = a_week(0) + timedelta(weeks=70 + position)
        session.add(
            MarketPrice(product_code=product, week_on=monday, minor_per_kg=minor, source="市场")
        )
    session.flush()

    price_watch.watch_prices(session, at=later + timedelta(weeks=3))

    assert warned(session) == []


def test_the_watch_runs_by_the_clock() -> None:
    assert SCHEDULE["watch prices"][0] == "shop.tasks.register.watch_prices"
    assert TASK_MODULES["shop.tasks.register"] == "clock"
