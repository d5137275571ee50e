"""Which payment providers this shop talks to; one that is switched off is not there."""

from collections.abc import Mapping

from flask import Flask, current_app

from kernel.errors import ConflictError
from payments.demo_gateway import DemoGateway
from payments.gateway import Gateway
from payments.stripe_gateway import StripeAccess, StripeGateway
from payments.values import Provider
from shop.settings import Settings

NAME = "shanji_gateways"


def init_app(app: Flask, settings: Settings) -> None:
    """Prepare the gateways of the settings; nothing is asked yet."""
    install(app, build(settings))


def install(app: Flask, gateways: Mapping[Provider, Gateway]) -> None:
    """Let an application talk to these providers and no others."""
    app.extensions[NAME] = dict(gateways)


def build(settings: Settings) -> dict[Provider, Gateway]:
    """Return the gateways that are switched on."""
    found: dict[Provider, Gateway] = {}
    if Provider.DEMO in settings.payment_providers:
        found[Provider.DEMO] = DemoGateway()
    if settings.takes_stripe and settings.stripe_secret_key:
        found[Provider.STRIPE] = StripeGateway(
            StripeAccess(
                secret_key=settings.stripe_secret_key,
                webhook_secrets=settings.stripe_webhook_secrets,
                account=settings.stripe_account,
            )
        )
    return found


def find(provider: Provider) -> Gateway | None:
    """Return the gateway to a provider, or None where it is switched off."""
    found: Mapping[Provider, Gateway] = current_app.extensions[NAME]
    return found.get(provider)


def get(provider: Provider) -> Gateway:
    """Return the gateway to a provider; raises `ConflictError` where it is switched off."""
    gateway = find(provider)
    if gateway is None:
        raise ConflictError("gateway_missing", f"no gateway for {provider}", provider=provider)
    return gateway
