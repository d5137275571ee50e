"""A gateway to a fake Stripe, and what it is asked for."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from payments.gateway import CheckoutOrder
from payments.stripe_gateway import StripeAccess, StripeGateway
from shop.proof.ground.stripe_fake import StripeFake

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
