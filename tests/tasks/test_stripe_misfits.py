"""What Stripe says otherwise than asked for, until a person has settled it."""

import json
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kernel import clock
from payments.models import Misfit, PaymentEvent, Refund
from payments.values import EventStatus, MisfitKind, RefundState, Remedy
from reporting.desk import exceptions as desk
from reporting.desk.exceptions import Queue
from shop.proof.ground import stripe_acts as acts
from shop.tasks import outbox as relay_task
from shop.tasks import payments as tasks
from tests.builders.sales import World, balances
from tests.builders.stripe_fake import Stripe, a_session, deliver, post
from workflows import misfits
from workflows.misfits import Decider, Seen

pytestmark = pytest.mark.usefixtures("spool")
WHO = Decider("person:1", "seen")


def a_misfit(
    session: Session, client: FlaskClient, stripe: Stripe, world: World, **wrong: object
) -> tuple[int, dict[str, object]]:
    _, name = a_session(session, world)
    charge = acts.pay(stripe.fake, name, **wrong)  # type: ignore[arg-type]  # as the case says
    deliver(client, stripe)
    relay_task.relay()
    return session.scalars(select(Misfit.id)).one(), charge


def test_other_money_goes_back_through_stripe(
    session: Session, client: FlaskClient, stripe: Stripe, world: World
) -> None:
    misfit_id, _ = a_misfit(session, client, stripe, world, currency="usd", minor=1_234)
    misfits.repay(session, Seen(misfit_id, 1_234), WHO, at=clock.now())
    session.commit()

    relay_task.relay()
    (refund,) = stripe.fake.refunds.values()
    acts.finish_refund(stripe.fake, refund["id"])
    deliver(client, stripe, "refund.created", "refund.updated")
    relay_task.relay()

    assert (refund["amount"], refund["currency"]) == (1_234, "usd")
    assert session.scalars(select(Refund.state)).all() == [RefundState.SUCCEEDED]
    assert balances(session) == {}


@pytest.mark.parametrize("part", [1_000, 0])
def test_what_a_bank_took_in_the_end_is_not_refunded_again(
    session: Session, client: FlaskClient, stripe: Stripe, world: World, part: int
) -> None:
    misfit_id, charge = a_misfit(session, client, stripe, world, minor=5_000)
    fee = sum(one["fee"] for one in stripe.fake.movements.values())
    disputed = acts.dispute(stripe.fake, str(charge["id"]), minor=part or None)
    acts.decide(stripe.fake, disputed["id"], is_won=False)
    deliver(client, stripe)
    relay_task.relay()

    row = desk.get_exception(session, misfit_id)
    left = 5_000 - part if part else 0
    assert (row.left_minor, row.returned_minor) == (left, 5_000 - left)
    assert row.remedy is (None if part else Remedy.REFUNDED)
    if part:
        misfits.repay(session, Seen(misfit_id, left), WHO, at=clock.now())
        session.commit()
        relay_task.relay()
    stands = balances(session)
    assert stands["A:stripe:pending"] == left - fee - acts.DISPUTE_FEE
    assert not [code for code in stands if code.startswith(("L:unapplied", "A:dispute"))]


def test_a_message_that_matches_nothing_is_put_before_a_person_in_time(
    session: Session, client: FlaskClient, stripe: Stripe, world: World
) -> None:
    event = {"id": "evt_x", "type": "refund.updated", "data": {"object": {"id": "re_x"}}}
    assert post(client, json.dumps(event | {"created": 1, "livemode": False})) == 200
    relay_task.relay()
    early = session.scalars(select(Misfit.kind)).all()
    session.execute(
        update(PaymentEvent).values(
            received_at=clock.now() - timedelta(minutes=61), next_try_at=clock.now()
        )
    )

    for _ in range(2):
        tasks.apply_parked()
        session.execute(update(PaymentEvent).values(next_try_at=clock.now()))

    on = clock.local_date(clock.now())
    assert (early, session.scalars(select(Misfit.kind)).all()) == ([], [MisfitKind.UNMATCHED])
    assert desk.count_exceptions(session, on=on)[Queue.OPEN] == 1
    session.execute(update(PaymentEvent).values(status=EventStatus.APPLIED))
    assert desk.count_exceptions(session, on=on)[Queue.OPEN] == 0
