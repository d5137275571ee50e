"""A shop that takes payments through a fake Stripe."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from flask import Flask

from kernel.db import db
from payments.stripe_gateway import StripeAccess, StripeGateway
from payments.values import Provider
from shop import gateways
from shop.app import create_app
from shop.proof.ground.stripe_fake import StripeFake
from shop.settings import Settings

SECRET: Final = "whsec_of_the_proof"  # noqa: S105 -- of nobody
ACCESS: Final = StripeAccess(
    secret_key="sk_test_proof",  # noqa: S106 -- of nobody
    webhook_secrets=(SECRET,),
    account="acct_of_the_proof",
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
