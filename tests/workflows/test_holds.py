"""Holds end by themselves, with and without the worker, and nobody holds too much at once."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import service as catalog
from kernel.policy import PolicyParam
from orders.errors import TooManyPacksHeldError, TooMuchHeldError
from orders.models import OrderGroup
from orders.values import Buyer, GroupState
from tests.builders.catalog import NOON
from tests.builders.people import a_person
from tests.builders.sales import GUEST, a_capture, a_group, a_world, packs
from workflows import checkout, order_paid
from workflows.order_paid import Outcome

OVER = NOON + timedelta(minutes=15)


def a_guest(key: str) -> Buyer:
    return Buyer(None, None, "SHLL", "guest", guest_key=key)


def cap(session: Session, code: str, value: int) -> None:
    session.add(
        PolicyParam(
            code=code,
            value=value,
            unit="",
            valid_from=date(2020, 1, 1),
            basis="test",
            note="",
        )
    )
    session.flush()


def states(session: Session) -> list[GroupState]:
    return list(session.scalars(select(OrderGroup.state).order_by(OrderGroup.placed_at)))


def test_what_ran_out_is_found_at_its_moment_and_freed_once(session: Session) -> None:
    world = a_world(session)
    group = a_group(session, {world.goat.code: 10, world.shoots.code: 4})

    early = catalog.find_lapsed(session, at=OVER - timedelta(seconds=1), most=20)
    due = catalog.find_lapsed(session, at=OVER, most=20)

    assert (early, due) == ([], [group.number])
    assert checkout.expire_lapsed(session, group.number, at=OVER)
    assert not checkout.expire_lapsed(session, group.number, at=OVER)
    assert states(session) == [GroupState.EXPIRED]
    assert packs(session, world.lots[world.goat.code]) == (10, 0, 0, 0)
    assert packs(session, world.lots[world.shoots.code]) == (10, 0, 0, 0)


def test_money_for_a_hold_that_was_freed_is_owed_back(session: Session) -> None:
    world = a_world(session)
    first = a_group(session, {world.goat.code: 10})
    capture = a_capture(session, first, at=OVER)
    checkout.expire_lapsed(session, first.number, at=OVER)
    a_group(session, {world.goat.code: 10}, at=OVER)

    assert order_paid.settle(session, capture) is Outcome.LATE


@pytest.mark.parametrize("kind", ["guest", "person"])
def test_nobody_holds_more_packs_unpaid_than_allowed(session: Session, kind: str) -> None:
    world = a_world(session)
    cap(session, f"hold_packs_{kind}", 5)
    buyer = a_guest("one") if kind == "guest" else _person(session)
    first = a_group(session, {world.goat.code: 3}, buyer=buyer)

    with pytest.raises(TooManyPacksHeldError) as refused:
        a_group(session, {world.goat.code: 2, world.shoots.code: 1}, buyer=buyer)

    assert refused.value.params == {"held": 3, "wanted": 3, "maximum": 5}
    a_group(session, {world.goat.code: 2}, buyer=buyer)
    checkout.cancel(session, first.number, actor="buyer", at=NOON)
    assert a_group(session, {world.shoots.code: 3}, buyer=buyer).total_minor > 0


def test_a_browser_is_told_apart_from_another(session: Session) -> None:
    world = a_world(session)
    cap(session, "hold_packs_guest", 5)
    a_group(session, {world.goat.code: 5}, buyer=a_guest("one"))

    assert a_group(session, {world.goat.code: 5}, buyer=a_guest("two")).total_minor > 0


def test_one_order_alone_may_be_too_much_even_of_a_caller_nobody_knows(
    session: Session,
) -> None:
    world = a_world(session)
    cap(session, "hold_packs_guest", 5)

    with pytest.raises(TooManyPacksHeldError):
        a_group(session, {world.goat.code: 6}, buyer=GUEST)


def test_value_is_capped_too_and_paid_goods_do_not_count(session: Session) -> None:
    world = a_world(session)
    cap(session, "hold_minor_guest", 40_000)
    buyer = a_guest("one")
    first = a_group(session, {world.goat.code: 3}, buyer=buyer)

    with pytest.raises(TooMuchHeldError):
        a_group(session, {world.goat.code: 3}, buyer=buyer)

    order_paid.settle(session, a_capture(session, first))
    assert a_group(session, {world.goat.code: 3}, buyer=buyer).total_minor > 0


def test_what_ran_out_does_not_count_against_the_cap(session: Session) -> None:
    world = a_world(session)
    cap(session, "hold_packs_guest", 5)
    buyer = a_guest("one")
    a_group(session, {world.goat.code: 5}, buyer=buyer)

    assert a_group(session, {world.goat.code: 5}, buyer=buyer, at=OVER).total_minor > 0


def test_a_guest_is_kept_only_as_a_fingerprint(session: Session) -> None:
    world = a_world(session)

    a_group(session, {world.goat.code: 1}, buyer=a_guest("the browser's basket"))

    key = session.scalars(select(OrderGroup.hold_key)).one()
    assert key is not None
    assert key.startswith("guest:")
    assert "basket" not in key


def _person(session: Session) -> Buyer:
    person_id = a_person(session, "buyer-of-many")
    return Buyer(person_id, None, "SHLL", f"person:{person_id}")
