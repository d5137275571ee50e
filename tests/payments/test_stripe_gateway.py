"""Stripe as the shop asks it: sessions, refunds, signatures, errors; every call in contract."""

import json
from datetime import timedelta

import pytest

from payments.errors import GatewayAwayError, GatewayRefusedError, MessageRefusedError
from payments.gateway import RefundOrder
from payments.stripe_gateway import StripeGateway
from payments.values import (
    AttemptReading,
    DisputeReading,
    DisputeState,
    PaymentState,
    RefundReading,
    RefundState,
    SweepReading,
)
from shop.proof.ground import stripe_acts as acts
from shop.proof.ground.stripe_fake import sign
from tests.builders.stripe_fake import (
    ACCESS,
    OLD_SECRET,
    SECRET,
    Stripe,
    a_stripe,
    an_order,
)


@pytest.fixture
def stripe() -> Stripe:
    return a_stripe()


def read(stripe: Stripe, reference: str) -> AttemptReading:
    found = stripe.gateway.fetch(reference, at=stripe.at)
    assert found is not None
    return found


def test_a_session_asks_for_the_orders_total_in_fen(stripe: Stripe) -> None:
    opened = stripe.gateway.open_checkout(an_order(stripe.at))

    call = stripe.fake.calls[-1]
    assert opened.url.startswith("https://checkout.stripe.com/")
    assert call.key == "order:G1:attempt:1"
    price = call.params["line_items"][0]["price_data"]
    assert (price["currency"], price["unit_amount"]) == ("cny", "12345")
    assert call.params["allowed_payment_method_types"] == ["card", "alipay", "wechat_pay"]
    assert call.params["payment_method_options"] == {"wechat_pay": {"client": "web"}}
    assert "payment_method_types" not in call.params
    assert call.params["client_reference_id"] == "G1"
    assert stripe.fake.faults == []


def test_the_same_attempt_is_the_same_session(stripe: Stripe) -> None:
    order = an_order(stripe.at)

    first, second = (stripe.gateway.open_checkout(order) for _ in range(2))

    assert first == second
    assert len(stripe.fake.sessions) == 1


def test_the_same_key_with_another_amount_is_refused(stripe: Stripe) -> None:
    stripe.gateway.open_checkout(an_order(stripe.at))

    with pytest.raises(GatewayRefusedError):
        stripe.gateway.open_checkout(an_order(stripe.at + timedelta(minutes=1)))


def test_an_answer_that_was_lost_opens_no_second_session(stripe: Stripe) -> None:
    stripe.fake.broken, stripe.fake.lost = 1, 1

    stripe.gateway.open_checkout(an_order(stripe.at))

    keys = [call.key for call in stripe.fake.calls]
    assert keys == ["order:G1:attempt:1"] * 2
    assert len(stripe.fake.sessions) == 1


def test_a_provider_that_is_down_says_so(stripe: Stripe) -> None:
    stripe.fake.is_down = True

    with pytest.raises(GatewayAwayError):
        stripe.gateway.open_checkout(an_order(stripe.at))


def test_a_try_may_fail_and_the_next_succeed(stripe: Stripe) -> None:
    name = stripe.gateway.open_checkout(an_order(stripe.at)).reference
    seen = [read(stripe, name).state]
    acts.begin(stripe.fake, name)
    seen.append(read(stripe, name).state)
    acts.fail(stripe.fake, name)
    failed = read(stripe, name)
    acts.pay(stripe.fake, name)
    paid = read(stripe, name)

    assert seen == [PaymentState.CREATED, PaymentState.REQUIRES_ACTION]
    assert (failed.state, failed.failure_code) == (PaymentState.FAILED, "card_declined")
    assert (paid.state, paid.amount_minor, paid.currency) == (
        PaymentState.SUCCEEDED,
        12_345,
        "CNY",
    )
    assert (paid.group_number, paid.attempt, paid.method) == ("G1", 1, "alipay")
    assert paid.fee is not None
    assert paid.fee.minor == 370


def test_a_completed_session_that_is_unpaid_is_no_payment(stripe: Stripe) -> None:
    name = stripe.gateway.open_checkout(an_order(stripe.at)).reference
    acts.wait(stripe.fake, name)
    waiting = read(stripe, name).state
    acts.arrive(stripe.fake, name, is_there=False)

    assert waiting is PaymentState.PROCESSING
    # A completed session cannot be paid again: the attempt is over.
    assert read(stripe, name).state is PaymentState.CANCELED


def test_only_an_open_session_is_closed(stripe: Stripe) -> None:
    first = stripe.gateway.open_checkout(an_order(stripe.at)).reference
    second = stripe.gateway.open_checkout(an_order(stripe.at, attempt=2)).reference
    acts.pay(stripe.fake, second)

    states = [stripe.gateway.close(name, at=stripe.at) for name in (first, second, "cs_no")]

    assert [one and one.state for one in states] == [
        PaymentState.CANCELED,
        PaymentState.SUCCEEDED,
        None,
    ]


def test_a_fee_in_other_money_is_turned_into_fen(stripe: Stripe) -> None:
    name = stripe.gateway.open_checkout(an_order(stripe.at)).reference
    charge = acts.pay(stripe.fake, name)
    moved = stripe.fake.movements[charge["balance_transaction"]]
    moved |= {"currency": "hkd", "amount": 13_500, "fee": 405}

    fee = read(stripe, name).fee

    assert fee is not None
    assert fee.minor == 370  # 405 / 13,500 of 123.45 yuan, half up


def test_refunds_go_once_and_never_beyond_what_was_paid(stripe: Stripe) -> None:
    name = stripe.gateway.open_checkout(an_order(stripe.at)).reference
    acts.pay(stripe.fake, name)
    intent = read(stripe, name).intent

    def order(refund_id: int, minor: int) -> RefundOrder:
        return RefundOrder(
            refund_id=refund_id, intent=intent, amount_minor=minor, tries=1, at=stripe.at
        )

    first = stripe.gateway.refund(order(7, 12_000))
    again = stripe.gateway.refund(order(7, 12_000))

    assert (first.state, first.refund_id, first.amount_minor) == (
        RefundState.PENDING,
        7,
        12_000,
    )
    assert again == first
    assert stripe.fake.calls[-1].key == "refund:7:try:1"
    with pytest.raises(GatewayRefusedError) as error:
        stripe.gateway.refund(order(8, 346))
    assert error.value.params["why"] == "charge_already_refunded"
    assert stripe.fake.faults == []


def test_each_kind_of_message_leads_to_its_object(stripe: Stripe) -> None:
    name = stripe.gateway.open_checkout(an_order(stripe.at)).reference
    charge = acts.pay(stripe.fake, name)
    intent = charge["payment_intent"]
    refund = stripe.gateway.refund(
        RefundOrder(refund_id=1, intent=intent, amount_minor=5, tries=1, at=stripe.at)
    )
    acts.finish_refund(stripe.fake, refund.reference)
    disputed = acts.dispute(stripe.fake, charge["id"], minor=100)
    payout = acts.pay_out(stripe.fake, 900)
    found = {
        event["type"]: stripe.gateway.look_up(
            event["type"], event["data"]["object"]["id"], at=stripe.at
        )
        for event in stripe.fake.events.values()
    }

    kinds = {kind: type(one) for kind, one in found.items()}
    assert kinds["checkout.session.completed"] is AttemptReading
    assert kinds["payment_intent.succeeded"] is AttemptReading
    assert kinds["charge.updated"] is AttemptReading
    assert kinds["refund.updated"] is RefundReading
    assert kinds["charge.dispute.created"] is DisputeReading
    assert kinds["payout.paid"] is SweepReading
    assert {getattr(one, "reference", "") for one in found.values()} == {
        name,
        refund.reference,
        disputed["id"],
        payout["id"],
    }
    dispute = found["charge.dispute.created"]
    assert isinstance(dispute, DisputeReading)
    assert (dispute.state, dispute.amount_minor, dispute.fee_minor) == (
        DisputeState.WITHDRAWN,
        100,
        acts.DISPUTE_FEE,
    )
    assert stripe.gateway.look_up("refund.created", "re_no", at=stripe.at) is None
    with pytest.raises(LookupError):
        stripe.gateway.look_up("customer.created", "cus_1", at=stripe.at)
    assert stripe.fake.faults == []


def test_all_that_happened_is_told_again_page_by_page(stripe: Stripe) -> None:
    for attempt in range(120):
        order = an_order(stripe.at, attempt=attempt + 1)
        acts.pay(stripe.fake, stripe.gateway.open_checkout(order).reference)

    messages = list(stripe.gateway.list_messages(since=stripe.at - timedelta(days=30)))

    assert sum(one.kind == "checkout.session.completed" for one in messages) == 120
    assert all(one.is_ours for one in messages)
    assert stripe.fake.faults == []


def event_body(**more: object) -> str:
    event = {
        "id": "evt_1",
        "object": "event",
        "type": "payment_intent.succeeded",
        "created": 1_790_000_000,
        "livemode": False,
        "data": {"object": {"id": "pi_1", "receipt_email": "buyer@example.org"}},
    }
    return json.dumps(event | more)


@pytest.mark.parametrize("secret", [SECRET, OLD_SECRET])
def test_a_message_is_read_under_either_secret(stripe: Stripe, secret: str) -> None:
    body = event_body()

    message = stripe.gateway.read_message(
        body.encode(), sign(body, secret, at=stripe.fake.now), at=stripe.at
    )

    assert (message.event_id, message.kind, message.reference, message.is_ours) == (
        "evt_1",
        "payment_intent.succeeded",
        "pi_1",
        True,
    )
    assert "buyer@example.org" not in json.dumps(dict(message.payload))


@pytest.mark.parametrize("more", [{"account": "acct_x"}, {"livemode": True}])
def test_a_message_of_another_account_or_mode_is_not_ours(
    stripe: Stripe, more: dict[str, object]
) -> None:
    ours, other = event_body(account="acct_ours"), event_body(**more)

    messages = [
        stripe.gateway.read_message(
            body.encode(), sign(body, SECRET, at=stripe.fake.now), at=stripe.at
        )
        for body in (ours, other)
    ]

    assert [one.is_ours for one in messages] == [True, False]


@pytest.mark.parametrize("seconds", [-301, 301, 3_600])
def test_a_moment_too_far_from_now_is_refused(stripe: Stripe, seconds: int) -> None:
    body = event_body()
    header = sign(body, SECRET, at=stripe.fake.now + seconds)

    with pytest.raises(MessageRefusedError):
        stripe.gateway.read_message(body.encode(), header, at=stripe.at)


@pytest.mark.parametrize(
    "header", ["", "t=,v1=", "v1=00", "t=x,v1=00", "t=1790000000", "t=1790000000,v0=00"]
)
def test_a_header_that_proves_nothing_is_refused(stripe: Stripe, header: str) -> None:
    with pytest.raises(MessageRefusedError):
        stripe.gateway.read_message(event_body().encode(), header, at=stripe.at)


@pytest.mark.parametrize(
    "body", ["[]", "{}", "null", "{", '{"id": 1, "type": "a", "data": {"object": []}}', "\0"]
)
def test_signed_nonsense_is_refused(stripe: Stripe, body: str) -> None:
    header = sign(body, SECRET, at=stripe.fake.now)

    with pytest.raises(MessageRefusedError):
        stripe.gateway.read_message(body.encode(), header, at=stripe.at)


def test_a_changed_body_is_refused(stripe: Stripe) -> None:
    body = event_body()
    header = sign(body, SECRET, at=stripe.fake.now)

    with pytest.raises(MessageRefusedError):
        stripe.gateway.read_message(body.replace("pi_1", "pi_2").encode(), header, at=stripe.at)
    with pytest.raises(MessageRefusedError):
        stripe.gateway.read_message(b"\xff" + body.encode(), header, at=stripe.at)


def test_no_secret_stands_in_what_is_printed() -> None:
    assert "sk_test" not in repr(ACCESS)
    assert "whsec" not in repr(ACCESS)
    assert isinstance(a_stripe().gateway, StripeGateway)
