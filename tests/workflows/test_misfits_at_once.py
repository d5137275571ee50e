"""Eight people decide on the same money at the same moment: one of them does."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import Engine, create_engine, func, select
from sqlalchemy.orm import Session

from kernel import vault
from kernel.errors import ConflictError
from orders.models import OrderGroup
from orders.values import GroupState
from payments.models import Misfit, Refund
from shop.settings import DEMO_VAULT_KEY
from tests.builders.catalog import NOON
from tests.builders.sales import a_capture, a_group, a_world, balances
from workflows import misfits, order_paid
from workflows.misfits import Decider, Seen

CLICKS = 8
OVER = 500
Step = Callable[..., int | None]


@pytest.fixture
def engine(fresh_database_url: str) -> Iterator[Engine]:
    vault.use_key(DEMO_VAULT_KEY)
    made = create_engine(fresh_database_url, pool_size=CLICKS + 1)
    yield made
    made.dispose()


@pytest.mark.parametrize("is_mixed", [False, True])
def test_one_click_of_eight_is_carried_out(
    engine: Engine,
    is_mixed: bool,  # noqa: FBT001 -- the case
) -> None:
    with Session(engine) as session, session.begin():
        world = a_world(session)
        group = a_group(session, {world.goat.code: 1})
        capture = a_capture(session, group, amount_minor=group.total_minor + OVER)
        order_paid.settle(session, capture)
        seen = Seen(session.scalars(select(Misfit.id)).one(), capture.amount_minor)
    start = Barrier(CLICKS)

    def click(place: int) -> str:
        step: Step = misfits.repay if is_mixed and place % 2 else misfits.accept
        start.wait()
        with Session(engine) as session:
            try:
                step(session, seen, Decider(f"person:{place}", "seen"), at=NOON)
                session.commit()
            except ConflictError as refusal:
                return refusal.code
        return step.__name__

    with ThreadPoolExecutor(CLICKS) as pool:
        told = Counter(pool.map(click, range(CLICKS)))

    assert told.pop("misfit_settled") == CLICKS - 1
    (done,) = told
    with Session(engine) as session:
        state = session.scalars(select(OrderGroup.state)).one()
        count, minor = session.execute(
            select(func.count(), func.sum(Refund.amount_minor))
        ).one()
        books = balances(session)
    is_paid = done == "accept"
    assert state is (GroupState.PAID if is_paid else GroupState.PENDING_PAYMENT)
    assert (count, minor) == (1, OVER if is_paid else group.total_minor + OVER)
    assert books.get(f"L:prepaid:{group.number}-1", 0) == (-group.total_minor if is_paid else 0)
    assert f"L:unapplied:{group.number}" not in books
