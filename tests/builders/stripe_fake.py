"""A gateway to a fake Stripe, and what it is asked for."""

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel import clock
from payments.gateway import CheckoutOrder
from payments.models import Payment
from payments.stripe_gateway import StripeAccess, StripeGateway
from payments.values import Provider
from shop import checkouts
from shop.proof.ground.stripe_fake import StripeFake, sign
from tests.builders.sales import World, a_group
from workflows.checkout import PlacedGroup

HOOK = "/api/v1/webhooks/stripe"
SECRET, OLD_SECRET = "whsec_new", "whsec_old"
ACCESS = StripeAccess(
    secret_key="sk_test_fake",
    webhook_secrets=(SECRET, OLD_SECRET),
    account="acct_ours",
)


@dataclass(frozen=True, slots=True)
class Stripe:
    """Both sides of the border."""

    fake: StripeFake
    gateway: StripeGateway

    @property
    def at(self) -> datetime:
        """Return the fake's present moment."""
        return datetime.fromtimestamp(self.fake.now, UTC)


def a_stripe(*, at: datetime | None = None) -> Stripe:
    """Make a fake Stripe, by a clock that stands at a moment, and the gateway to it."""
    fake = StripeFake(now=int(at.timestamp())) if at else StripeFake()
    return Stripe(fake, StripeGateway(ACCESS, http_client=fake))


def an_order(at: datetime, *, group: str = "G1", attempt: int = 1) -> CheckoutOrder:
    """Ask for 123.45 yuan within 31 minutes."""
    return CheckoutOrder(
        group_number=group,
        attempt=attempt,
        amount_minor=12_345,
        title="山集订单",
        return_url="https://shop.example/pay/G1/back",
        cancel_url="https://shop.example/pay/G1",
        expires_at=at + timedelta(minutes=31),
    )


def a_session(session: Session, world: World, packs: int = 1) -> tuple[PlacedGroup, str]:
    """Place an order and open Stripe's page for it."""
    group = a_group(session, {world.goat.code: packs}, at=clock.now())
    session.commit()
    checkouts.open_at(Provider.STRIPE, group.number, locale="zh_CN")
    return group, reference(session, group.number)


def reference(session: Session, number: str) -> str:
    session.expire_all()
    return session.scalars(
        select(Payment.reference).where(Payment.group_number == number).order_by(Payment.id)
    ).all()[-1]


def deliver(client: FlaskClient, stripe: Stripe, *kinds: str) -> None:
    """Send the events of some kinds, or all of them, as Stripe does."""
    for event in list(stripe.fake.events.values()):
        if not kinds or event["type"] in kinds:
            answer = post(client, json.dumps(event))
            assert answer == 200


def post(client: FlaskClient, body: str, *, secret: str = SECRET, skew: int = 0) -> int:
    header = sign(body, secret, at=int(time.time()) + skew)
    answer = client.post(
        HOOK,
        data=body.encode(),
        headers={"Stripe-Signature": header, "Content-Type": "application/json"},
    )
    return answer.status_code
