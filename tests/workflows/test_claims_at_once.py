"""Many claims on the same packs at once: exactly those that fit are taken, counted."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, create_engine, func, select
from sqlalchemy.orm import Session

from kernel import vault
from kernel.errors import ConflictError
from orders import queries as order_queries
from orders.models import Claim, OrderLine
from orders.values import Buyer, ClaimKind, ClaimState
from payments.models import Refund
from shop.settings import DEMO_VAULT_KEY
from tests.builders.catalog import NOON
from tests.builders.claims import a_photo, some_terms
from tests.builders.cold_chain import a_device
from tests.builders.people import a_person
from tests.builders.sales import a_paid_group, a_world
from workflows import claim_decisions, claims, order_delivered, order_shipped
from workflows.claim_steps import Word
from workflows.claims import Asked
from workflows.order_delivered import Receipt
from workflows.travel import HandOver

WORKERS, PACKS, TRIES = 10, 7, 24
LIMIT = 10_000_000
LATER = NOON + timedelta(hours=2)


@pytest.fixture
def busy(fresh_database_url: str) -> Iterator[Engine]:
    vault.use_key(DEMO_VAULT_KEY)
    engine = create_engine(fresh_database_url, pool_size=WORKERS + 2)
    yield engine
    engine.dispose()


def a_delivered_order(engine: Engine, **terms: int) -> tuple[str, int, int]:
    with Session(engine) as session:
        world = a_world(session)
        some_terms(session, **terms)
        a_device(session, "LOG-1")
        person = a_person(session, "buyer")
        buyer = Buyer(person, None, "SHLL", f"person:{person}")
        group = a_paid_group(session, {world.goat.code: PACKS}, buyer=buyer)
        number = f"{group.number}-1"
        order_shipped.pack(session, number, actor="person:1", at=NOON)
        hand_over = HandOver(actor="person:1", device_code="LOG-1")
        order_shipped.ship(session, number, hand_over, at=NOON)
        order_delivered.deliver(session, number, Receipt("person:1", "guest"), at=LATER)
        (line,) = order_queries.list_line_heads(session, order_number=number)
        session.commit()
        return number, line.line_id, person


def claim_at_once(engine: Engine, number: str, line: int, person: int) -> list[str]:
    def run(place: int) -> str:
        asked = Asked(
            kind=ClaimKind.SPOILED,
            packs={line: 1},
            key=f"k{place}",
            actor="guest",
            person_id=person,
            photos=(a_photo(),),
        )
        with Session(engine) as session:
            try:
                claims.open_claim(session, number, asked, at=LATER)
                session.commit()
            except ConflictError as refusal:
                return refusal.code
            return "taken"

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(run, range(TRIES)))


def test_of_many_claims_exactly_those_that_fit_are_taken(busy: Engine) -> None:
    what = a_delivered_order(busy, claim_auto_minor=LIMIT, claim_auto_month_minor=LIMIT)

    found = claim_at_once(busy, *what)

    assert found.count("taken") == PACKS
    # Once nothing is left of the order there is nothing of it to claim either.
    assert set(found) <= {"taken", "claim_exceeds_packs", "step_not_allowed"}
    with Session(busy) as session:
        line = session.scalars(select(OrderLine)).one()
        assert line.refunded_minor == line.gross_minor
        assert session.scalar(select(func.sum(Refund.amount_minor))) == line.gross_minor


def test_the_month_of_a_buyer_is_not_passed_by_claiming_at_once(busy: Engine) -> None:
    what = a_delivered_order(busy, claim_auto_minor=9_800, claim_auto_month_minor=20_000)

    claim_at_once(busy, *what)

    with Session(busy) as session:
        settled = select(func.count()).where(Claim.state == ClaimState.SETTLED)
        assert session.scalar(settled) == 2


def test_two_decisions_on_one_claim_are_one(busy: Engine) -> None:
    number, line, person = a_delivered_order(busy, claim_auto_minor=0)
    claim_at_once(busy, number, line, person)
    with Session(busy) as session:
        ids = session.scalars(select(Claim.id).order_by(Claim.id)).all()

    def decide(place: int) -> str:
        with Session(busy) as session:
            try:
                claim_decisions.approve(session, ids[place % 2], Word("person:1"), at=LATER)
                session.commit()
            except ConflictError as refusal:
                return refusal.code
            return "done"

    with ThreadPoolExecutor(WORKERS) as pool:
        found = list(pool.map(decide, range(10)))

    assert sorted(found) == ["claim_step_not_allowed"] * 8 + ["done"] * 2
