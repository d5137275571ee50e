"""Write a checkout: a group, its seller orders and their lines."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime

import msgspec
from sqlalchemy import insert
from sqlalchemy.orm import Session

from orders import rules
from orders.models import (
    Order,
    OrderGroup,
    OrderLine,
    OrderParcel,
)
from orders.rules import shipping
from orders.service import weighing
from orders.values import (
    Buyer,
    GroupState,
    OrderState,
    PlacedLine,
    Quote,
    QuotedLine,
    QuotedOrder,
    QuotedParcel,
    Recipient,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGroup:
    """Everything an order group is made of besides its quote."""

    number: str
    access_key: str
    buyer: Buyer
    recipient: Recipient
    carrier_code: str
    locale: str
    placed_at: datetime
    expires_at: datetime
    is_sample: bool = False
    terms_version: str | None = None
    """The terms of trade in force, which placing the order agrees to."""
    access_hash: bytes | None = None
    """Opens the order with the key of another one, in place of a key of its own."""


def place(session: Session, new: NewGroup, quote: Quote) -> list[PlacedLine]:
    """Write a group, its orders, lines and parcels in four statements; return the lines.

    A fifth one where goods are sold by weight.
    """
    _place_group(session, new, quote)
    numbered = {
        rules.order_key(order): f"{new.number}-{position}"
        for position, order in enumerate(quote.orders, start=1)
    }
    session.execute(
        insert(Order).values(
            [
                _order_values(numbered[rules.order_key(order)], new, order)
                for order in quote.orders
            ]
        )
    )
    rows = session.execute(
        insert(OrderLine)
        .values(
            [
                _line_values(numbered[rules.order_key(order)], line, order)
                for order in quote.orders
                for line in order.lines
            ]
        )
        .returning(OrderLine.id, OrderLine.order_number, OrderLine.sku_id, OrderLine.quantity)
    )
    _place_parcels(session, numbered, quote)
    placed = [PlacedLine(*row) for row in sorted(rows)]
    weighing.note_terms(session, quote, placed)
    return placed


def _place_group(session: Session, new: NewGroup, quote: Quote) -> None:
    session.execute(
        insert(OrderGroup).values(
            number=new.number,
            access_hash=new.access_hash or rules.access_hash(new.access_key),
            buyer_person_id=new.buyer.person_id,
            buyer_organisation_code=new.buyer.organisation_code,
            channel_code=new.buyer.channel_code,
            state=GroupState.PENDING_PAYMENT,
            goods_minor=quote.goods_minor,
            shipping_minor=quote.shipping_minor,
            discount_minor=quote.discount_minor,
            total_minor=quote.total_minor,
            recipient=msgspec.json.encode(asdict(new.recipient)).decode(),
            city=new.recipient.city,
            locale=new.locale,
            placed_at=new.placed_at,
            expires_at=new.expires_at,
            hold_key=new.buyer.hold_key,
            terms_version=new.terms_version,
            is_sample=new.is_sample,
        )
    )


def _place_parcels(
    session: Session, numbered: Mapping[tuple[str, date], str], quote: Quote
) -> None:
    parcels = [
        {"order_number": numbered[rules.order_key(order)], "number": number, **_parcel(parcel)}
        for order in quote.orders
        for number, parcel in enumerate(order.parcels, start=1)
    ]
    if parcels:
        session.execute(insert(OrderParcel).values(parcels))


def _parcel(parcel: QuotedParcel) -> dict[str, object]:
    return {
        "storage_code": parcel.storage_code,
        "limit_profile": parcel.limit_profile,
        "temperature": parcel.temperature,
        "weight_g": parcel.weight_g,
        "shipping_minor": parcel.shipping_minor,
        "rule_id": parcel.rule_id,
    }


def _order_values(number: str, new: NewGroup, order: QuotedOrder) -> dict[str, object]:
    return {
        "number": number,
        "group_number": new.number,
        "seller_code": order.seller_code,
        "carrier_code": new.carrier_code,
        "state": OrderState.PENDING_PAYMENT,
        "goods_minor": order.goods_minor,
        "shipping_minor": order.shipping_minor,
        "discount_minor": order.discount_minor,
        "needs_cold_chain": order.needs_cold_chain,
        "ships_until": order.ships_until,
    }


def _line_values(order_number: str, line: QuotedLine, order: QuotedOrder) -> dict[str, object]:
    return {
        "order_number": order_number,
        "parcel_number": shipping.parcel_number(line, order.parcels),
        "sku_id": line.sku_id,
        "bundle_sku_id": line.bundle.sku_id if line.bundle else None,
        "product_code": line.product_code,
        "quantity": line.quantity,
        "unit_price_minor": line.unit_price_minor,
        "seller_discount_minor": line.seller_discount_minor,
        "gross_minor": line.gross_minor,
        "platform_discount_minor": line.platform_discount_minor,
        "origin_district_code": line.origin_district_code,
        "origin_township_code": line.origin_township_code,
        "origin_village_code": line.origin_village_code,
        "snapshot": {
            "name": line.name,
            "name_en": line.name_en,
            "spec": line.spec,
            "picture": line.picture,
            "category_code": line.category_code,
            "seller_name": line.seller_name,
            "storage_code": line.storage_code,
            "limit_profile": line.limit_profile,
            "needs_cold_chain": line.needs_cold_chain,
            "net_weight_g": line.net_weight_g,
            "is_sample": line.is_sample,
            "reductions": [asdict(one) for one in line.reductions],
            "bundle": asdict(line.bundle) if line.bundle else None,
        },
    }
