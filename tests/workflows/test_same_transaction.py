"""What is booked and what is told of it are one transaction, and locks follow one order."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.orm import Session

from kernel import outbox, vault
from shop.settings import DEMO_VAULT_KEY
from tests.builders.catalog import NOON
from tests.builders.cold_chain import a_device
from tests.builders.sales import a_paid_group, a_world
from workflows import order_cancelled, order_delivered, order_shipped
from workflows.order_cancelled import Refusal
from workflows.order_delivered import Receipt
from workflows.travel import HandOver

LATER = NOON + timedelta(hours=1)
WRITTEN_WITH = """
SELECT fact, xmin::text AS transaction FROM outbox
WHERE fact IN ('OrderPaid', 'OrderRefunded', 'RefundRequested')
UNION ALL
SELECT kind, xmin::text FROM ledger_txs
UNION ALL
SELECT 'entry', entry.xmin::text FROM ledger_entries entry
"""
ORDER_OF_LOCKS = (
    "FROM seller_orders",
    "FROM payments",
    "FROM lots",
    "FROM entitlements",
    "JOIN account_balances",
    "INSERT INTO ledger_txs",
)
"""The first statement of each kind in a full refund after delivery, in this order."""


@pytest.fixture
def shop(fresh_database_url: str) -> Iterator[Engine]:
    vault.use_key(DEMO_VAULT_KEY)
    engine = create_engine(fresh_database_url)
    yield engine
    engine.dispose()


def test_a_payment_and_its_fact_are_one_transaction(shop: Engine) -> None:
    with Session(shop) as session, session.begin():
        sku = a_world(session).shoots.code
    with Session(shop) as session, session.begin():
        number = a_paid_group(session, {sku: 1}).number
    with Session(shop) as session, session.begin():
        order_cancelled.refund_in_full(
            session, f"{number}-1", Refusal("person:1", "late"), at=NOON
        )

    with Session(shop) as session:
        rows = session.execute(text(WRITTEN_WITH)).all()
    of = {name: {row.transaction for row in rows if row.fact == name} for name, _ in rows}
    assert of["OrderPaid"] == of["payment_captured"]
    assert of["OrderRefunded"] == of["RefundRequested"] == of["refund_unearned"]
    assert of["entry"] == of["payment_captured"] | of["refund_unearned"]
    assert len(of["entry"]) == 2


def test_what_cannot_be_told_is_not_booked(
    shop: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Session(shop) as session, session.begin():
        sku = a_world(session).shoots.code

    def broken(*_facts: object) -> None:
        raise RuntimeError("the outbox is full")

    monkeypatch.setattr(outbox, "record", broken)
    with (
        pytest.raises(RuntimeError, match="outbox is full"),
        Session(shop) as session,
        session.begin(),
    ):
        a_paid_group(session, {sku: 1})

    with Session(shop) as session:
        left = session.execute(
            text("SELECT (SELECT count(*) FROM ledger_txs) + (SELECT count(*) FROM outbox)")
        ).scalar_one()
    assert left == 0


def test_a_refund_locks_order_payment_lots_entitlements_and_balances_in_this_order(
    shop: Engine,
) -> None:
    with Session(shop) as session, session.begin():
        sku = a_world(session).shoots.code
        logger = a_device(session, "LOG-1")
        number = f"{a_paid_group(session, {sku: 1}).number}-1"
        order_shipped.pack(session, number, actor="person:1", at=NOON)
        order_shipped.ship(
            session, number, HandOver(actor="person:1", device_code=logger), at=NOON
        )
        order_delivered.deliver(session, number, Receipt("person:1", "guest"), at=LATER)
    seen: list[str] = []
    event.listen(shop, "before_cursor_execute", lambda *given: seen.append(given[2]))
    with Session(shop) as session, session.begin():
        order_cancelled.refund_in_full(session, number, Refusal("person:1", "late"), at=LATER)

    locks = [one for one in seen if "FOR " in one or "UPDATE" in one or "INSERT" in one]
    first = [
        next(place for place, one in enumerate(locks) if words in " ".join(one.split()))
        for words in ORDER_OF_LOCKS
    ]
    assert first == sorted(first)
