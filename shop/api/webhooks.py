"""Messages of payment providers: proved on the raw bytes, stored, answered at once."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from kernel import clock
from kernel.db import unit_of_work
from kernel.errors import NotFoundError
from payments.values import Provider
from shop import gateways
from shop.api import contract
from shop.api.contract import Operation, operation
from shop.patience import limiter
from shop.security import public
from workflows import payment_received

pages = Blueprint("api_webhooks", __name__)

MAX_BYTES = 256 * 1024
SIGNATURE = "Stripe-Signature"


@pages.post("/webhooks/stripe")
@public
@limiter.exempt
@operation(
    Operation(
        summary="Take a message of Stripe",
        description=(
            "An event as Stripe sends it, proved by the header `Stripe-Signature` over the raw "
            "bytes. It is stored and answered at once; what it is about is asked for "
            "afterwards. The same event again is answered alike and changes nothing."
        ),
        tag="payments",
        body={contract.JSON: {"type": "object", "additionalProperties": True}},
        refusals={404: "The shop takes no payments through Stripe."},
    )
)
def take_stripe_event() -> ResponseReturnValue:
    """Store a message of Stripe; the worker asks Stripe what became of its object.

    A message that does not prove where it comes from is refused before anything is read of it;
    one that was stored before is answered alike. While the database is away the answer is an
    error, so that Stripe sends it again.
    """
    gateway = gateways.find(Provider.STRIPE)
    if gateway is None:
        raise NotFoundError("provider_missing", "Stripe is switched off")
    if request.content_length is None or request.content_length > MAX_BYTES:
        raise RequestEntityTooLarge
    body = request.get_data(cache=False)
    at = clock.now()
    message = gateway.read_message(body, request.headers.get(SIGNATURE, ""), at=at)
    with unit_of_work() as session:
        payment_received.store_message(session, Provider.STRIPE, message, at=at)
    return {"received": True}
