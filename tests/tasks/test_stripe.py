"""A payment through Stripe from the page to the books, whatever happens in between."""

import json
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from catalog.models import Reservation
from kernel import clock, outbox
from orders.models import OrderGroup
from orders.values import GroupState
from payments.models import Misfit, Payment, PaymentEvent, Refund
from payments.values import (
    EventStatus,
    MisfitKind,
    PaymentState,
    Provider,
    RefundState,
)
from shop import checkouts
from shop.proof.ground import stripe_acts as acts
from shop.tasks import outbox as relay_task
from shop.tasks import payments as tasks
from tests.builders.sales import World, a_group, balances, packs
from tests.builders.stripe_fake import Stripe, a_session, deliver, post, reference
from workflows import checkout

pytestmark = pytest.mark.usefixtures("spool")


def state_of(session: Session, number: str) -> GroupState:
    session.expire_all()
    return session.scalars(select(OrderGroup.state).where(OrderGroup.number == number)).one()


def payment_states(session: Session) -> list[PaymentState]:
    session.expire_all()
    return list(session.scalars(select(Payment.state).order_by(Payment.id)))


def test_a_buyer_pays_and_the_books_know_fee_and_custodian(
    session: Session, client: FlaskClient, stripe: Stripe, world: World
) -> None:
    group, name = a_session(session, world)
    charge = acts.pay(stripe.fake, name)

    deliver(client, stripe)
    relay_task.relay()

    fee = stripe.fake.movements[charge["balance_transaction"]]["fee"]
    assert state_of(session, group.number) is GroupState.PAID
    assert balances(session) == {
        "A:stripe:pending": group.total_minor - fee,
        "E:payment_fee": fee,
        f"L:prepaid:{group.number}-1": -group.total_minor,
    }
    statuses = set(session.scalars(select(PaymentEvent.status)))
    assert statuses == {EventStatus.APPLIED}


def test_the_way_back_marks_nothing(
    session: Session, client: FlaskClient, stripe: Stripe, world: World
) -> None:
    group, name = a_session(session, world)
    acts.pay(stripe.fake, name)

    page = client.get(f"/pay/{group.number}/back?key={group.access_key}")

    assert page.status_code == 200
    assert 'http-equiv="refresh"' in page.text
    assert state_of(session, group.number) is GroupState.PENDING_PAYMENT


def test_the_page_sends_the_buyer_to_stripe_and_back_to_the_same_session(
    session: Session, client: FlaskClient, stripe: Stripe, world: World
) -> None:
    group = a_group(session, {world.goat.code: 1}, at=clock.now())
    session.commit()
    client.get(f"/pay/{group.number}?key={group.access_key}")
    token = client.get(f"/pay/{group.number}").text.split('name="csrf_token" value="')[1]

    answers = [
        client.post(f"/pay/{group.number}/stripe", data={"csrf_token": token.split('"')[0]})
        for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert len({answer.location for answer in answers}) == 1
    assert len(stripe.fake.sessions) == 1


def test_the_hold_outlasts_the_page_at_the_provider(
    session: Session, stripe: Stripe, world: World
) -> None:
    group, name = a_session(session, world)

    ends = stripe.fake.sessions[name]["expires_at"]
    held = session.scalars(select(Reservation.expires_at)).one()
    until = session.scalars(select(OrderGroup.expires_at)).one()
    assert held == until
    assert until.timestamp() > ends > group.expires_at.timestamp()


def test_goods_are_not_held_for_ever_by_opening_pages(
    session: Session, stripe: Stripe, world: World
) -> None:
    group, name = a_session(session, world)
    acts.begin(stripe.fake, name)
    stripe.fake.end(stripe.fake.sessions[name])
    checkouts.close_all(group.number)
    session.execute(update(OrderGroup).values(placed_at=clock.now() - timedelta(minutes=100)))
    session.commit()

    with pytest.raises(Exception, match="held long enough"):
        checkouts.open_at(Provider.STRIPE, group.number, locale="en")
    assert state_of(session, group.number) is GroupState.PENDING_PAYMENT


def test_cancelling_waits_until_nobody_can_pay(
    session: Session, stripe: Stripe, world: World
) -> None:
    group, name = a_session(session, world, packs=2)
    assert checkout.cancel(session, group.number, actor="guest", at=clock.now())
    session.commit()
    waiting = (state_of(session, group.number), packs(session, world.lots[world.goat.code]))

    relay_task.relay()

    assert waiting == (GroupState.CANCEL_REQUESTED, (8, 2, 0, 0))
    assert stripe.fake.sessions[name]["status"] == "expired"
    assert state_of(session, group.number) is GroupState.CANCELLED
    assert packs(session, world.lots[world.goat.code]) == (10, 0, 0, 0)
    assert payment_states(session) == [PaymentState.CANCELED]


def test_a_provider_that_is_down_keeps_the_goods_held(
    session: Session, stripe: Stripe, world: World
) -> None:
    group, _ = a_session(session, world, packs=2)
    checkout.expire(session, group.number, at=clock.now())
    session.commit()
    stripe.fake.is_down = True

    relay_task.relay()
    while_down = state_of(session, group.number)
    stripe.fake.is_down = False
    checkouts.close_all(group.number)

    assert while_down is GroupState.CANCEL_REQUESTED
    assert outbox.count_undelivered(session) == 1
    assert state_of(session, group.number) is GroupState.EXPIRED


def test_money_that_came_while_cancelling_pays_the_order(
    session: Session, stripe: Stripe, world: World
) -> None:
    group, name = a_session(session, world)
    acts.pay(stripe.fake, name)
    checkout.cancel(session, group.number, actor="guest", at=clock.now())
    session.commit()

    relay_task.relay()

    assert state_of(session, group.number) is GroupState.PAID
    assert packs(session, world.lots[world.goat.code]) == (9, 0, 1, 0)


def test_money_that_came_after_all_goes_back_once(
    session: Session, client: FlaskClient, stripe: Stripe, world: World
) -> None:
    group, name = a_session(session, world)
    checkout.cancel(session, group.number, actor="guest", at=clock.now())
    session.commit()
    relay_task.relay()
    acts.pay(stripe.fake, name)

    deliver(client, stripe)
    relay_task.relay()
    for refund in list(stripe.fake.refunds):
        acts.finish_refund(stripe.fake, refund)
    deliver(client, stripe, "refund.created", "refund.updated")
    relay_task.relay()

    assert payment_states(session) == [PaymentState.LATE]
    assert session.scalars(select(Refund.state)).all() == [RefundState.SUCCEEDED]
    assert len(stripe.fake.refunds) == 1
    assert balances(session).keys() == {"A:stripe:pending", "E:payment_fee"}
    page = client.get(f"/orders/{group.number}?key={group.access_key}")
    assert "已原路退回" in page.text


def test_the_second_payment_of_an_order_goes_back(
    session: Session, client: FlaskClient, stripe: Stripe, world: World
) -> None:
    group, first = a_session(session, world)
    # The first page is past its time here and still open there.
    session.execute(update(Payment).values(expires_at=clock.now() - timedelta(minutes=1)))
    session.commit()
    checkouts.open_at(Provider.STRIPE, group.number, locale="en")
    second = reference(session, group.number)
    acts.pay(stripe.fake, second)
    acts.pay(stripe.fake, first)

    deliver(client, stripe)
    relay_task.relay()

    assert sorted(payment_states(session)) == [PaymentState.DUPLICATE, PaymentState.SUCCEEDED]
    refund = session.scalars(select(Refund)).one()
    assert (refund.reason, refund.amount_minor) == ("paid_twice", group.total_minor)
    assert len(stripe.fake.refunds) == 1


def test_other_pages_are_closed_once_an_order_is_paid(
    session: Session, client: FlaskClient, stripe: Stripe, world: World
) -> None:
    group, first = a_session(session, world)
    session.execute(update(Payment).values(expires_at=clock.now() - timedelta(minutes=1)))
    session.commit()
    checkouts.open_at(Provider.STRIPE, group.number, locale="en")
    acts.pay(stripe.fake, reference(session, group.number))

    deliver(client, stripe)
    relay_task.relay()

    assert stripe.fake.sessions[first]["status"] == "expired"
    assert payment_states(session) == [PaymentState.CANCELED, PaymentState.SUCCEEDED]


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        ({"minor": 1}, MisfitKind.AMOUNT),
        ({"currency": "usd"}, MisfitKind.CURRENCY),
        ({"client_reference_id": "WL-OTHER"}, MisfitKind.ORDER),
    ],
)
def test_money_that_does_not_fit_waits_for_a_person(
    session: Session,
    client: FlaskClient,
    stripe: Stripe,
    world: World,
    wrong: dict[str, object],
    kind: MisfitKind,
) -> None:
    group, name = a_session(session, world)
    if "client_reference_id" in wrong:
        stripe.fake.sessions[name] |= wrong
        acts.pay(stripe.fake, name)
    else:
        acts.pay(stripe.fake, name, **wrong)  # type: ignore[arg-type]  # as the case says

    deliver(client, stripe)
    relay_task.relay()

    assert payment_states(session) == [PaymentState.MISMATCH]
    assert session.scalars(select(Misfit.kind)).all() == [kind]
    assert state_of(session, group.number) is GroupState.PENDING_PAYMENT
    held = -balances(session).get(f"L:unapplied:{group.number}", 0)
    assert held == {"amount": 1, "currency": 0, "order": group.total_minor}[kind]


def test_a_message_of_another_account_is_kept_for_a_person(
    session: Session, client: FlaskClient, stripe: Stripe, world: World
) -> None:
    _, name = a_session(session, world)
    acts.pay(stripe.fake, name)
    event = next(iter(stripe.fake.events.values())) | {"account": "acct_other"}

    assert post(client, json.dumps(event)) == 200
    relay_task.relay()

    assert session.scalars(select(PaymentEvent.status)).all() == [EventStatus.REFUSED]
    assert session.scalars(select(Misfit.kind)).all() == [MisfitKind.ACCOUNT]
    assert payment_states(session) == [PaymentState.CREATED]


def test_an_early_message_waits_and_an_unknown_one_is_not_lost(
    session: Session, client: FlaskClient, stripe: Stripe, world: World
) -> None:
    early = {"id": "evt_early", "type": "refund.updated", "data": {"object": {"id": "re_x"}}}
    other = {"id": "evt_other", "type": "customer.created", "data": {"object": {"id": "cus"}}}
    for event in (early, other):
        body = json.dumps(event | {"created": stripe.fake.now, "livemode": False})
        assert post(client, body) == 200

    relay_task.relay()
    due = clock.now() + timedelta(hours=2)
    session.execute(update(PaymentEvent).values(next_try_at=due))
    not_yet = tasks.apply_parked()
    session.execute(update(PaymentEvent).values(next_try_at=clock.now()))
    tasks.apply_parked()

    session.expire_all()
    rows = session.scalars(select(PaymentEvent).order_by(PaymentEvent.id)).all()
    assert not_yet == 0
    assert [row.status for row in rows] == [EventStatus.PARKED] * 2
    assert [row.tries for row in rows] == [2, 2]
    assert [row.note for row in rows] == ["unknown to the provider", "unknown kind"]


def test_an_answer_that_was_lost_is_found_again(
    session: Session, client: FlaskClient, stripe: Stripe, world: World
) -> None:
    group = a_group(session, {world.goat.code: 1}, at=clock.now())
    session.commit()
    stripe.fake.lost = 3
    with pytest.raises(Exception, match="APIConnectionError"):
        checkouts.open_at(Provider.STRIPE, group.number, locale="en")
    (name,) = stripe.fake.sessions
    acts.pay(stripe.fake, name)

    deliver(client, stripe)
    relay_task.relay()

    assert state_of(session, group.number) is GroupState.PAID
    assert reference(session, group.number) == name


def test_what_was_never_opened_there_is_closed(
    session: Session, stripe: Stripe, world: World
) -> None:
    group = a_group(session, {world.goat.code: 1}, at=clock.now())
    session.commit()
    stripe.fake.is_down = True
    with pytest.raises(Exception, match="APIConnectionError"):
        checkouts.open_at(Provider.STRIPE, group.number, locale="en")
    stripe.fake.is_down = False
    stripe.fake.now += 3_600
    checkout.cancel(session, group.number, actor="guest", at=clock.now())
    session.commit()

    relay_task.relay()

    assert state_of(session, group.number) is GroupState.CANCELLED
    assert stripe.fake.sessions == {}


def test_an_attempt_nothing_is_heard_of_is_asked_for(
    session: Session, stripe: Stripe, world: World
) -> None:
    group, name = a_session(session, world)
    acts.pay(stripe.fake, name)
    fresh = tasks.recheck()
    session.execute(update(Payment).values(created_at=clock.now() - timedelta(minutes=16)))
    session.commit()

    assert (fresh, tasks.recheck()) == (0, 1)
    assert state_of(session, group.number) is GroupState.PAID


def test_messages_that_never_came_are_fetched(
    session: Session, stripe: Stripe, world: World
) -> None:
    group, name = a_session(session, world)
    acts.pay(stripe.fake, name)

    counts = (tasks.catch_up(), tasks.catch_up())
    relay_task.relay()

    assert counts == (2, 0)
    assert state_of(session, group.number) is GroupState.PAID
