"""A shop that takes payments through a fake Stripe, and the messages the fake sends it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from typing import Any, Final

from flask import Flask

from kernel.db import db
from payments.stripe_gateway import StripeAccess, StripeGateway
from payments.values import Provider
from shop import gateways
from shop.app import create_app
from shop.proof.ground.stripe_fake import StripeFake
from shop.settings import Settings

HOOK: Final = "/api/v1/webhooks/stripe"
SECRET, OTHER_SECRET = "whsec_of_the_proof", "whsec_of_somebody_else"
ACCESS: Final = StripeAccess(
    secret_key="sk_test_proof",  # noqa: S106 -- of nobody
    webhook_secrets=(SECRET,),
    account="acct_of_the_proof",
)
KEPT = (
    *("sessions", "intents", "charges", "movements"),
    *("refunds", "disputes", "payouts", "events"),
)


def taking(settings: Settings) -> Settings:
    """Return the settings of a shop that takes payments through Stripe, without Redis."""
    return replace(
        settings,
        redis_url="",
        payment_providers=("demo", "stripe"),
        stripe_secret_key=ACCESS.secret_key,
        stripe_webhook_secrets=ACCESS.webhook_secrets,
        stripe_account=ACCESS.account,
    )


def gateway_to(fake: StripeFake) -> StripeGateway:
    """Return the gateway behind which a fake stands."""
    return StripeGateway(ACCESS, http_client=fake)


@contextmanager
def shop_with(settings: Settings, fake: StripeFake) -> Iterator[Flask]:
    """Give an application that asks the fake, inside its context."""
    app = create_app(taking(settings))
    gateways.install(app, {Provider.STRIPE: gateway_to(fake)})
    with app.app_context():
        yield app
        db.engine.dispose()


def copy_of(fake: StripeFake) -> StripeFake:
    """Return a fake that remembers the same and goes its own way from now on."""
    made = StripeFake(now=fake.now, prefix=fake.prefix)
    with fake.lock:
        for name in KEPT:
            setattr(made, name, deepcopy(getattr(fake, name)))
    return made


def written(event: dict[str, Any]) -> str:
    """Return an event as it is sent."""
    return json.dumps(event)
