"""A herb that is no food is sold to people, not to organisations that have a canteen."""

from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from catalog.models import Product
from kernel.errors import ConflictError
from orders.models import OrderGroup
from parties.models import Organisation
from parties.values import OrganisationKind
from tests.builders.sales import World, a_group, a_world
from tests.builders.terms import buyer_of
from tests.builders.trade import a_buyer

UNIT = OrganisationKind.BUDGET_UNIT
FIRM = OrganisationKind.PRIVATE_ENTERPRISE


@pytest.fixture
def world(session: Session) -> World:
    """Goat, which is food, and shoots, which are a herb here."""
    made = a_world(session)
    session.execute(
        update(Product)
        .where(Product.code == made.shoots.product_code)
        .values(is_food=False, name="黄连", details={"food_use_allowed": False})
    )
    return made


def a_unit(session: Session, kind: OrganisationKind, details: dict[str, Any]) -> str:
    """Return an organisation of whose canteen the register says so much."""
    code = a_buyer(session, "E01")
    changed = update(Organisation).where(Organisation.code == code)
    session.execute(changed.values(kind=kind, details=details))
    return code


@pytest.mark.parametrize(
    ("kind", "details"),
    [
        (UNIT, {}),
        (UNIT, {"canteen_mode": None}),
        (UNIT, {"canteen_mode": "own", "has_canteen": True}),
        (UNIT, {"canteen_mode": "shared", "has_canteen": False}),
        (UNIT, {"canteen_mode": "outsourced"}),
        (FIRM, {"has_canteen": True, "canteen_mode": None}),
    ],
    ids=str,
)
def test_a_canteen_gets_no_herb(
    session: Session, world: World, kind: OrganisationKind, details: dict[str, Any]
) -> None:
    buyer = buyer_of(a_unit(session, kind, details))

    with pytest.raises(ConflictError) as refused:
        a_group(session, {world.shoots.code: 1, world.goat.code: 1}, buyer=buyer)

    assert refused.value.code == "not_for_canteens"
    assert refused.value.params == {"names": "黄连"}
    assert session.scalar(select(func.count()).select_from(OrderGroup)) == 0
    assert a_group(session, {world.goat.code: 1}, buyer=buyer).number


@pytest.mark.parametrize(
    ("kind", "details"),
    [
        (UNIT, {"canteen_mode": "none", "has_canteen": False}),
        (UNIT, {"has_canteen": False}),
        (FIRM, {}),
        (FIRM, {"has_canteen": False}),
    ],
    ids=str,
)
def test_who_has_none_may_buy_it(
    session: Session, world: World, kind: OrganisationKind, details: dict[str, Any]
) -> None:
    buyer = buyer_of(a_unit(session, kind, details))

    assert a_group(session, {world.shoots.code: 1}, buyer=buyer).number


def test_a_person_may_buy_it(session: Session, world: World) -> None:
    assert a_group(session, {world.shoots.code: 1}).number
