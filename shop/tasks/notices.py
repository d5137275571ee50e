"""Which gateway carries short messages, and the demo's, which keeps them for the operator."""

from kernel import clock
from kernel.db import unit_of_work
from payments import service as payments
from payments.notices import NoticeGateway
from shop.settings import Settings

DEMO = "demo"


class DemoNotices:
    """Writes messages into the demo's outbox; settings of production refuse it."""

    def send(self, phone: str, body: str, *, key: str) -> None:
        """Keep one message, sealed."""
        with unit_of_work() as session:
            payments.store_demo_notice(session, key, phone, body, at=clock.now())


def find_gateway(settings: Settings) -> NoticeGateway | None:
    """Return the gateway of the settings, or None where no message can be sent."""
    return DemoNotices() if settings.notices == DEMO else None
