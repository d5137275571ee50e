"""Many baskets of one buyer at once: what is held unpaid never passes the cap."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from sqlalchemy import Engine, create_engine, func, select
from sqlalchemy.orm import Session

from catalog.models import Lot
from kernel import vault
from kernel.errors import ShanjiError
from kernel.policy import PolicyParam
from orders import service as orders
from orders.models import OrderGroup, OrderLine
from orders.values import Buyer
from shop.settings import DEMO_VAULT_KEY
from tests.builders.catalog import NOON
from tests.builders.people import a_person
from tests.builders.sales import RECIPIENT, a_world
from workflows import checkout
from workflows.checkout import CheckoutRequest

BASKETS, CAP, PACKS, ON_HAND = 20, 7, 2, 100
KINDS = ("guest", "person")


@pytest.fixture
def busy(fresh_database_url: str) -> Iterator[Engine]:
    vault.use_key(DEMO_VAULT_KEY)
    engine = create_engine(fresh_database_url, pool_size=BASKETS + 1)
    yield engine
    engine.dispose()


def a_shop(engine: Engine, kind: str) -> tuple[Buyer, list[str]]:
    """Make goods, one buyer and as many baskets of theirs as come at once."""
    with Session(engine) as session:
        world = a_world(session, on_hand=ON_HAND)
        number = {"code": f"hold_packs_{kind}", "value": CAP, "valid_from": date(2020, 1, 1)}
        session.add(PolicyParam(**number, unit="packs", basis="test", note=""))
        buyer = Buyer(None, None, "SHLL", "guest", guest_key="one browser")
        if kind == "person":
            person = a_person(session, "buyer")
            buyer = Buyer(person, None, "SHLL", f"person:{person}")
        tokens = []
        for _ in range(BASKETS):
            token = orders.open_basket(session, person_id=None, at=NOON)
            orders.put_in_basket(session, token, world.goat.code, PACKS, at=NOON)
            tokens.append(token)
        session.commit()
        return buyer, tokens


def order_at_once(engine: Engine, callers: Sequence[tuple[Buyer, str]]) -> list[str]:
    start = Barrier(len(callers))

    def order(caller: tuple[Buyer, str]) -> str:
        buyer, token = caller
        request = CheckoutRequest(buyer=buyer, recipient=RECIPIENT, basket_token=token)
        start.wait()
        with Session(engine) as session:
            try:
                checkout.place(session, request, at=NOON)
                session.commit()
            except ShanjiError as refusal:
                return refusal.code
            return "placed"

    with ThreadPoolExecutor(len(callers)) as pool:
        return list(pool.map(order, callers))


@pytest.mark.parametrize("kind", KINDS)
def test_twenty_baskets_at_once_hold_no_more_than_the_cap(busy: Engine, kind: str) -> None:
    buyer, tokens = a_shop(busy, kind)

    answers = order_at_once(busy, [(buyer, token) for token in tokens])

    fits = CAP // PACKS
    assert sorted(answers) == ["placed"] * fits + ["too_many_packs_held"] * (BASKETS - fits)
    with Session(busy) as session:
        held = session.scalar(select(func.sum(OrderLine.quantity)))
        groups = session.scalar(select(func.count()).select_from(OrderGroup))
        available = session.scalar(select(func.max(Lot.available).filter(Lot.held > 0)))
    assert (held, groups, available) == (fits * PACKS, fits, ON_HAND - fits * PACKS)


def test_twenty_browsers_are_not_taken_for_one(busy: Engine) -> None:
    _, tokens = a_shop(busy, "guest")
    strangers = [
        Buyer(None, None, "SHLL", "guest", guest_key=f"browser {number}")
        for number in range(BASKETS)
    ]

    answers = order_at_once(busy, list(zip(strangers, tokens, strict=True)))

    # The cap is one buyer's: the same baskets of twenty hold more than it at once.
    assert answers == ["placed"] * BASKETS
