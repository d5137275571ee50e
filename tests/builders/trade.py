"""Short builders of past purchases as reports see them, written straight into the tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from sqlalchemy import insert
from sqlalchemy.orm import Session

from orders.models import Order, OrderGroup, OrderLine
from orders.values import GroupState, OrderState
from parties.models import Channel, Organisation
from parties.values import OrganisationKind
from payments.models import Payment, Refund, RefundLine
from payments.values import PaymentState, Provider, RefundState
from tests.builders.catalog import NOON, a_sku
from tests.builders.places import VILLAGE, a_place, a_seller, once

NUMBERS = count(1)
CARRIER = "LOG90"


@dataclass(frozen=True, slots=True)
class Bought:
    """A purchase that was written."""

    number: str
    line_id: int


def a_channel(session: Session, code: str = "SHLL", order: int = 1) -> str:
    """Make a purchase channel."""
    values = {"code": code, "name": f"渠道{code}", "name_en": f"Channel {code}"}
    rest = {"who": "", "counts": "", "sort_order": order}
    return once(session, Channel, values | rest, key="code")


def a_buyer(session: Session, code: str, channel: str = "SHLL", name: str = "") -> str:
    """Make an organisation that buys."""
    values = {
        "code": code,
        "name": name or f"采购单位{code}",
        "kind": OrganisationKind.PRIVATE_ENTERPRISE,
        "channel_code": a_channel(session, channel),
    }
    return once(session, Organisation, values, key="code")


def a_purchase(
    session: Session,
    minor: int,
    *,
    origin: str | None = VILLAGE,
    district: str = "500156",
    channel: str = "SHLL",
    buyer: str | None = None,
    at: datetime = NOON,
    refunds: Sequence[tuple[datetime, int]] = (),
    is_paid: bool = True,
    is_sample: bool = False,
) -> Bought:
    """Write an order of one line, paid at a moment, with refunds as (moment, fen).

    `origin` is a township or village code, or None for goods that name neither.
    """
    number = f"T{next(NUMBERS):06}"
    line_id = _order(
        session,
        number,
        minor,
        origin=origin,
        district=district,
        group={
            "channel_code": a_channel(session, channel),
            "buyer_organisation_code": buyer,
            "paid_at": at if is_paid else None,
            "state": GroupState.PAID if is_paid else GroupState.PENDING_PAYMENT,
            "is_sample": is_sample,
        },
        at=at,
    )
    if refunds:
        _refund(session, number, line_id, minor, refunds)
    return Bought(number, line_id)


def _order(
    session: Session,
    number: str,
    minor: int,
    *,
    origin: str | None,
    district: str,
    group: dict[str, object],
    at: datetime,
) -> int:
    for place in (district, origin):
        if place:
            a_place(session, place)
    carrier = {"code": CARRIER, "name": "承运", "kind": OrganisationKind.CARRIER}
    amounts = {"goods_minor": minor, "shipping_minor": 0}
    session.execute(
        insert(OrderGroup).values(
            number=number,
            access_hash=b"\x00",
            **amounts,
            total_minor=minor,
            recipient="{}",
            city="重庆市",
            placed_at=at - timedelta(minutes=5),
            expires_at=at + timedelta(minutes=10),
            **group,
        )
    )
    session.execute(
        insert(Order).values(
            number=f"{number}-1",
            group_number=number,
            seller_code=a_seller(session),
            carrier_code=once(session, Organisation, carrier, key="code"),
            state=OrderState.PAID if group["paid_at"] else OrderState.PENDING_PAYMENT,
            **amounts,
            needs_cold_chain=False,
        )
    )
    return _line(session, number, minor, origin=origin, district=district)


def _line(
    session: Session, number: str, minor: int, *, origin: str | None, district: str
) -> int:
    sku = a_sku(session, price_minor=minor)
    return session.execute(
        insert(OrderLine)
        .values(
            order_number=f"{number}-1",
            sku_id=sku.id,
            product_code=sku.product_code,
            quantity=1,
            unit_price_minor=minor,
            gross_minor=minor,
            origin_district_code=district,
            origin_township_code=origin[:9] if origin else None,
            origin_village_code=origin if origin and len(origin) == 12 else None,
            snapshot={"name": "老鹰茶", "name_en": "Eagle tea", "is_sample": False},
        )
        .returning(OrderLine.id)
    ).scalar_one()


def _refund(
    session: Session,
    number: str,
    line_id: int,
    minor: int,
    refunds: Sequence[tuple[datetime, int]],
) -> None:
    payment_id = session.execute(
        insert(Payment)
        .values(
            group_number=number,
            provider=Provider.DEMO,
            reference=f"demo-{number}",
            state=PaymentState.SUCCEEDED,
            amount_minor=minor,
            currency="CNY",
            created_at=NOON,
            captured_at=NOON,
        )
        .returning(Payment.id)
    ).scalar_one()
    for step, (at, refunded) in enumerate(refunds):
        refund_id = session.execute(
            insert(Refund)
            .values(
                payment_id=payment_id,
                order_number=f"{number}-1",
                idempotency_key=f"{number}:{step}",
                state=RefundState.REQUESTED,
                amount_minor=refunded,
                reason="damaged",
                requested_at=at,
            )
            .returning(Refund.id)
        ).scalar_one()
        session.execute(
            insert(RefundLine).values(
                refund_id=refund_id, order_line_id=line_id, amount_minor=refunded
            )
        )
