"""Volume of stores: never more is booked than there is, whoever books at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session

from cold_chain import service
from cold_chain.errors import (
    BookingNotFoundError,
    BookingPeriodError,
    BookingVolumeError,
    BookingWordsError,
    ZoneFullError,
    ZoneNotFoundError,
)
from cold_chain.models import StoreBooking
from cold_chain.queries.invariants import list_invariants
from cold_chain.queries.stores import list_bookings, list_zones
from cold_chain.rules.stores import peak
from cold_chain.values import NewSite, SiteKind
from cold_chain.values.stores import Held, NewBooking, NewZone, ZoneKind
from tests.builders.cold_chain import NOON, SELLER
from tests.builders.places import TOWNSHIP, a_place, a_seller

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ZONE = "BASE-1-chilled"
OTHER = "C99"
WORKERS = 8

STAYS = st.lists(
    st.builds(
        lambda begin, length, litres: Held(
            NOON + begin * HOUR, NOON + (begin + length) * HOUR, litres
        ),
        st.integers(0, 20),
        st.integers(1, 10),
        st.integers(1, 50),
    ),
    max_size=8,
)


@given(held=STAYS, begin=st.integers(0, 20), length=st.integers(1, 10))
def test_the_peak_is_the_most_taken_in_any_hour(
    held: list[Held], begin: int, length: int
) -> None:
    hours = [NOON + hour * HOUR for hour in range(begin, begin + length)]

    found = peak(held, hours[0], hours[-1] + HOUR)

    assert found == max(
        sum(one.volume_l for one in held if one.from_at <= hour < one.to_at) for hour in hours
    )


def a_zone(session: Session, *, volume_l: int = 1_000, is_shared: bool = True) -> None:
    for seller in (SELLER, OTHER):
        a_seller(session, seller)
    service.register_sites(
        session,
        NewSite(
            code="BASE-1",
            name="中部片冷链基地",
            name_en="Central cold-chain base",
            kind=SiteKind.BASE,
            organisation_code=SELLER,
            region_code=a_place(session, TOWNSHIP),
        ),
    )
    zone = NewZone(
        code=ZONE,
        site_code="BASE-1",
        name="冷藏区",
        kind=ZoneKind.CHILLED,
        volume_l=volume_l,
        is_shared=is_shared,
    )
    for _ in range(2):
        service.register_zones(session, zone)
    service.register_zones(session)


def a_booking(key: str = "one", volume_l: int = 600) -> NewBooking:
    return NewBooking(
        zone_code=ZONE,
        organisation_code=OTHER,
        goods="鲜竹笋",
        volume_l=volume_l,
        from_at=NOON + DAY,
        to_at=NOON + 3 * DAY,
        key=key,
        actor="person:1",
    )


def test_a_zone_is_booked_up_to_its_volume_and_no_further(session: Session) -> None:
    a_zone(session)
    first = service.book_zone(session, a_booking(), at=NOON)

    with pytest.raises(ZoneFullError) as refused:
        service.book_zone(session, a_booking("two", 401), at=NOON)

    assert refused.value.params["free_m3"] == "0.4"
    assert service.book_zone(session, a_booking(), at=NOON) == first
    service.book_zone(session, a_booking("three", 400), at=NOON)
    later = replace(a_booking("four", 1_000), from_at=NOON + 3 * DAY, to_at=NOON + 4 * DAY)
    service.book_zone(session, later, at=NOON)
    assert session.scalar(select(func.sum(StoreBooking.volume_l))) == 2_000
    assert all(one.violations == 0 for one in list_invariants(session))


def test_what_is_given_back_can_be_booked_again(session: Session) -> None:
    a_zone(session)
    booking = service.book_zone(session, a_booking(volume_l=1_000), at=NOON)
    for _ in range(2):
        service.release_booking(session, booking, organisation_code=OTHER, at=NOON + 2 * DAY)
    rest = replace(a_booking("two", 1_000), from_at=NOON + 2 * DAY, to_at=NOON + 3 * DAY)
    service.book_zone(session, rest, at=NOON + 2 * DAY)

    [zone] = list_zones(session, OTHER, at=NOON, until=NOON + 30 * DAY)
    running, over = list_bookings(session, OTHER, since=NOON, at=NOON + 2 * DAY)

    assert (zone.taken_l, zone.most_l, zone.free_l) == (0, 1_000, 0)
    assert running.is_running
    assert not over.is_running
    assert over.released_at == NOON + 2 * DAY


def test_nobody_gives_back_what_others_booked(session: Session) -> None:
    a_zone(session)
    booking = service.book_zone(session, a_booking(), at=NOON)

    with pytest.raises(BookingNotFoundError):
        service.release_booking(session, booking, organisation_code=SELLER, at=NOON)

    assert list_bookings(session, SELLER, since=NOON, at=NOON) == []


def test_a_store_of_ones_own_is_not_for_others(session: Session) -> None:
    a_zone(session, is_shared=False)

    with pytest.raises(ZoneNotFoundError):
        service.book_zone(session, a_booking(), at=NOON)
    with pytest.raises(ZoneNotFoundError):
        service.book_zone(session, replace(a_booking(), zone_code="none"), at=NOON)

    service.book_zone(session, replace(a_booking(), organisation_code=SELLER), at=NOON)
    assert list_zones(session, OTHER, at=NOON, until=NOON + DAY) == []
    assert len(list_zones(session, SELLER, at=NOON, until=NOON + DAY)) == 1


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"to_at": NOON + DAY}, BookingPeriodError),
        ({"from_at": NOON - 3 * DAY, "to_at": NOON - DAY}, BookingPeriodError),
        ({"volume_l": 0}, BookingVolumeError),
        ({"goods": " "}, BookingWordsError),
    ],
)
def test_a_booking_that_says_nothing_is_refused(
    session: Session, changed: dict[str, Any], error: type[Exception]
) -> None:
    a_zone(session)

    with pytest.raises(error):
        service.book_zone(session, replace(a_booking(), **changed), at=NOON)

    assert session.scalar(select(func.count()).select_from(StoreBooking)) == 0


def test_of_many_who_book_at_once_only_as_many_get_room_as_there_is(
    fresh_database_url: str,
) -> None:
    engine = create_engine(fresh_database_url)
    with Session(engine) as session, session.begin():
        a_zone(session, volume_l=1_000)
    barrier = Barrier(WORKERS)

    def book(worker: int) -> int:
        got = 0
        for number in range(3):
            barrier.wait()
            with Session(engine) as session, session.begin():
                try:
                    service.book_zone(session, a_booking(f"{worker}-{number}", 100), at=NOON)
                except ZoneFullError:
                    continue
            got += 1
        return got

    with ThreadPoolExecutor(WORKERS) as pool:
        got = sum(pool.map(book, range(WORKERS)))

    with Session(engine) as session:
        [zone] = list_zones(session, OTHER, at=NOON, until=NOON + 30 * DAY)
    engine.dispose()
    assert got == 10
    assert zone.free_l == 0
