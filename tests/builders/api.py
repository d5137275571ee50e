"""What programs send to the interface, and the shop they find."""

import uuid
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from catalog.models import Lot
from cold_chain.rules.intake import sign
from kernel import clock
from tests.builders.cold_chain import SECRET
from tests.builders.sales import World, a_world

RECIPIENT = {
    "name": "王小姐",
    "phone": "13800000000",
    "province": "重庆市",
    "city": "重庆市",
    "district": "渝中区",
    "street": "解放碑一号",
}


def a_shop_of_today(session: Session, **changes: Any) -> World:
    """Make the small world with lots that are on sale today, whatever day it is."""
    world = a_world(session, **changes)
    session.execute(update(Lot).values(best_before=None))
    session.commit()
    return world


def an_order_request(quantities: dict[str, int], **changes: Any) -> dict[str, Any]:
    """Return the body of an order."""
    lines = [{"sku": sku, "quantity": quantity} for sku, quantity in quantities.items()]
    return {"lines": lines, "recipient": RECIPIENT} | changes


def a_key() -> dict[str, str]:
    """Return the header of a fresh idempotency key."""
    return {"Idempotency-Key": str(uuid.uuid4())}


def signed(body: bytes, *, device: str = "LOG-1", **changes: str) -> dict[str, str]:
    """Return the headers by which a logger proves a body."""
    timestamp = int(clock.now().timestamp())
    nonce = uuid.uuid4().hex
    headers = {
        "X-Device": device,
        "X-Timestamp": str(timestamp),
        "X-Nonce": nonce,
        "X-Signature": sign(SECRET, timestamp=timestamp, nonce=nonce, body=body),
    }
    return headers | changes
