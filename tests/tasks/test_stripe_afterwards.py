"""Stripe after the payment: forged messages, refunds, disputes, payouts."""

import json
import time

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel import clock
from payments.models import Dispute, PaymentEvent, Refund
from payments.values import (
    DisputeState,
    RefundState,
)
from shop.proof.ground import stripe_acts as acts
from shop.proof.ground.stripe_fake import sign
from shop.tasks import outbox as relay_task
from shop.tasks import payments as tasks
from tests.builders.sales import World, balances
from tests.builders.stripe_fake import HOOK, SECRET, Stripe, a_session, deliver, post
from workflows import order_cancelled
from workflows.checkout import PlacedGroup
from workflows.order_cancelled import Refusal

pytestmark = pytest.mark.usefixtures("spool")


@pytest.mark.parametrize(
    ("secret", "skew", "cut"),
    [("whsec_wrong", 0, 0), (SECRET, -301, 0), (SECRET, 301, 0), (SECRET, 0, 1)],
)
def test_forged_messages_are_refused_and_not_kept(
    session: Session, client: FlaskClient, stripe: Stripe, secret: str, skew: int, cut: int
) -> None:
    body = json.dumps({"id": "evt_1", "type": "x", "created": 1, "data": {"object": {}}})
    header = sign(body, secret, at=int(time.time()) + skew)

    answer = client.post(HOOK, data=body[cut:].encode(), headers={"Stripe-Signature": header})

    assert answer.status_code in (400, 422)
    assert session.scalars(select(PaymentEvent.id)).all() == []


def test_a_message_that_is_too_long_is_refused(client: FlaskClient, stripe: Stripe) -> None:
    assert post(client, " " * 300_000) == 413


def test_without_stripe_there_is_no_such_address(client: FlaskClient) -> None:
    assert post(client, "{}") == 404


def a_refund(session: Session, group: PlacedGroup) -> int:
    refusal = Refusal("person:1", "damaged")
    made = order_cancelled.refund_in_full(session, f"{group.number}-1", refusal, at=clock.now())
    session.commit()
    return made


def a_paid_session(
    session: Session, client: FlaskClient, stripe: Stripe, world: World
) -> tuple[PlacedGroup, dict[str, object]]:
    group, name = a_session(session, world)
    charge = acts.pay(stripe.fake, name, method="card")
    deliver(client, stripe)
    relay_task.relay()
    return group, charge


def test_a_refund_fails_after_it_had_arrived_and_is_owed_again(
    session: Session, client: FlaskClient, stripe: Stripe, world: World
) -> None:
    group, _ = a_paid_session(session, client, stripe, world)
    refund_id = a_refund(session, group)
    relay_task.relay()
    (name,) = stripe.fake.refunds
    acts.finish_refund(stripe.fake, name)
    deliver(client, stripe, "refund.updated")
    relay_task.relay()
    arrived = balances(session)
    acts.finish_refund(stripe.fake, name, reason="expired_or_canceled_card")
    deliver(client, stripe, "refund.failed", "refund.updated")
    relay_task.relay()

    assert f"L:refund:{refund_id}" not in arrived
    assert balances(session)[f"L:refund:{refund_id}"] == -group.total_minor
    refund = session.scalars(select(Refund)).one()
    assert (refund.state, refund.failure_code) == (
        RefundState.FAILED,
        "expired_or_canceled_card",
    )


def test_a_refund_the_provider_will_not_carry_out_stays_owed(
    session: Session, client: FlaskClient, stripe: Stripe, world: World
) -> None:
    group, charge = a_paid_session(session, client, stripe, world)
    refund_id = a_refund(session, group)
    charge["amount_refunded"] = 1

    relay_task.relay()

    refund = session.scalars(select(Refund)).one()
    assert refund.state is RefundState.FAILED
    assert "charge_already_refunded" in (refund.failure_code or "")
    assert balances(session)[f"L:refund:{refund_id}"] == -group.total_minor


def test_a_refund_whose_answer_was_lost_is_the_same_refund(
    session: Session, client: FlaskClient, stripe: Stripe, world: World
) -> None:
    group, _ = a_paid_session(session, client, stripe, world)
    refund_id = a_refund(session, group)
    stripe.fake.lost = 3
    with pytest.raises(Exception, match="APIConnectionError"):
        tasks.send_refund.run({"occurred_at": clock.now().isoformat(), "refund_id": refund_id})

    tasks.send_refund.run({"occurred_at": clock.now().isoformat(), "refund_id": refund_id})

    refund = session.scalars(select(Refund)).one()
    assert (refund.state, refund.tries) == (RefundState.PENDING, 1)
    assert len(stripe.fake.refunds) == 1


@pytest.mark.parametrize("is_won", [True, False])
def test_a_dispute_takes_the_money_and_the_bank_decides(
    session: Session,
    client: FlaskClient,
    stripe: Stripe,
    world: World,
    is_won: bool,  # noqa: FBT001 -- the case
) -> None:
    group, charge = a_paid_session(session, client, stripe, world)
    disputed = acts.dispute(stripe.fake, str(charge["id"]))
    deliver(client, stripe, "charge.dispute.created", "charge.dispute.funds_withdrawn")
    relay_task.relay()
    gone = balances(session)
    acts.decide(stripe.fake, disputed["id"], is_won=is_won)
    deliver(client, stripe)
    relay_task.relay()

    dispute = session.scalars(select(Dispute)).one()
    assert gone[f"A:dispute:{dispute.id}"] == group.total_minor
    assert gone["E:dispute_fee"] == acts.DISPUTE_FEE
    after = balances(session)
    assert f"A:dispute:{dispute.id}" not in after
    assert dispute.state is (DisputeState.WON if is_won else DisputeState.LOST)
    assert (f"L:prepaid:{group.number}-1" in after) is is_won
    assert session.scalars(select(Refund.state)).all() == (
        [] if is_won else [RefundState.SUCCEEDED]
    )
    assert stripe.fake.refunds == {}


def test_a_partial_dispute_that_is_lost_takes_its_part(
    session: Session, client: FlaskClient, stripe: Stripe, world: World
) -> None:
    group, charge = a_paid_session(session, client, stripe, world)
    disputed = acts.dispute(stripe.fake, str(charge["id"]), minor=1_234)
    acts.decide(stripe.fake, disputed["id"], is_won=False)
    deliver(client, stripe)
    relay_task.relay()

    after = balances(session)
    assert after[f"L:prepaid:{group.number}-1"] == 1_234 - group.total_minor
    assert "E:goodwill" not in after
    assert session.scalars(select(Refund.amount_minor)).all() == [1_234]


def test_what_stripe_paid_out_stands_in_the_bank(
    session: Session, client: FlaskClient, stripe: Stripe, world: World
) -> None:
    a_paid_session(session, client, stripe, world)
    acts.pay_out(stripe.fake, 5_000)

    deliver(client, stripe)
    relay_task.relay()

    assert balances(session)["A:bank:main"] == 5_000
