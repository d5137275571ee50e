"""Series of readings, profiles and shipments for tests of the cold chain."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cold_chain import service
from cold_chain.life_catalogue import LIFE_MODELS, LIFE_POINTS
from cold_chain.models import LifeModelRow, LifePointRow, LimitProfile, LimitRule
from cold_chain.profile_catalogue import PROFILES, RULES
from cold_chain.rules.moments import MINUTE_US, to_us
from cold_chain.values import (
    AlarmMode,
    AlarmRule,
    ChannelKind,
    Departure,
    LimitSide,
    Loading,
    Measured,
    NewChannel,
    NewDevice,
    PlannedShipment,
    Profile,
    Sample,
    ShipmentId,
    Span,
    Upload,
)
from orders.models import Order, OrderGroup
from orders.values import GroupState, OrderState
from parties.models import Channel, Organisation
from parties.values import OrganisationKind
from tests.builders.places import TOWNSHIP, a_place, a_seller, once

NOON = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
"""Twelve o'clock in Shanghai."""


def at_minute(minute: float, start: datetime = NOON) -> int:
    """Return the microseconds of so many minutes after a start."""
    return to_us(start) + round(minute * MINUTE_US)


def minutes_after(at_us: int, start: datetime = NOON) -> float:
    """Return how many minutes after a start a moment lies."""
    return (at_us - to_us(start)) / MINUTE_US


def a_series(celsius: Sequence[float], *, every_min: int = 5, first: float = 0) -> list[Sample]:
    """Return readings of so many °C at a regular interval."""
    return [
        a_sample(first + index * every_min, value, every_min=every_min)
        for index, value in enumerate(celsius)
    ]


def a_sample(minute: float, celsius: float, *, every_min: int = 5) -> Sample:
    """Return one reading so many minutes after noon."""
    return Sample(at_minute(minute), round(celsius * 100), every_min * MINUTE_US)


def a_custody(minutes: float, *, first: float = 0) -> Span:
    """Return a custody that begins so many minutes after noon and lasts so long."""
    return Span(at_minute(first), at_minute(first + minutes))


def a_rule(celsius: float, delay_min: int, **changes: Any) -> AlarmRule:
    """Return a single-event rule for an upper limit, or what the changes make of it."""
    values: dict[str, Any] = {
        "code": "warm",
        "side": LimitSide.UPPER,
        "limit_centi": round(celsius * 100),
        "mode": AlarmMode.SINGLE,
        "delay_min": delay_min,
    }
    return AlarmRule(**(values | changes))


def a_profile(*rules: AlarmRule, limit: float = 8, **changes: Any) -> Profile:
    """Return a profile without start-up period and hysteresis, unless changed."""
    values: dict[str, Any] = {
        "code": "TEST",
        "version": 1,
        "rules": rules or (a_rule(limit, 30),),
        "dose_limit_centi": round(limit * 100),
    }
    return Profile(**(values | changes))


SELLER = "C90"
CARRIER = "L90"
ACTOR = "person:1"
SECRET = "a secret of thirty-two characters"


def an_order(session: Session, number: str) -> str:
    """Make a paid seller order that can be shipped, and everything it refers to."""
    a_seller(session, SELLER)
    carrier = {"code": CARRIER, "name": "承运", "kind": OrganisationKind.CARRIER}
    once(session, Organisation, carrier, key="code")
    channel = {"code": "K", "name": "K", "name_en": "K", "who": "", "counts": ""}
    once(session, Channel, channel | {"sort_order": 1}, key="code")
    group = {
        "number": f"G{number}",
        "access_hash": b"",
        "channel_code": "K",
        "state": GroupState.PAID,
        "goods_minor": 100,
        "shipping_minor": 0,
        "total_minor": 100,
        "recipient": "{}",
        "city": "重庆市",
        "placed_at": NOON,
        "expires_at": NOON,
        "paid_at": NOON,
    }
    once(session, OrderGroup, group, key="number")
    order = {
        "number": number,
        "group_number": f"G{number}",
        "seller_code": SELLER,
        "carrier_code": CARRIER,
        "state": OrderState.PAID,
        "goods_minor": 100,
        "shipping_minor": 0,
        "needs_cold_chain": True,
    }
    return once(session, Order, order, key="number")


def a_plan(session: Session, number: str = "WL-1-1", **changes: Any) -> PlannedShipment:
    """Return a plan for chilled goat of an order, which is made as well."""
    session.execute(insert(LimitProfile).on_conflict_do_nothing(), list(PROFILES))
    session.execute(insert(LimitRule).on_conflict_do_nothing(), list(RULES))
    session.execute(insert(LifeModelRow).on_conflict_do_nothing(), list(LIFE_MODELS))
    session.execute(insert(LifePointRow).on_conflict_do_nothing(), list(LIFE_POINTS))
    values: dict[str, Any] = {
        "order_number": an_order(session, number),
        "storage_class": "CHILL_MEAT",
        "carrier_code": CARRIER,
        "shipper_code": SELLER,
        "origin_region_code": a_place(session, TOWNSHIP),
        "destination_city": "重庆市",
        "planned_at": NOON - timedelta(hours=2),
        "actor": ACTOR,
    }
    return PlannedShipment(**(values | changes))


def a_device(session: Session, code: str = "LOG-1", *, every_s: int = 300) -> str:
    """Register a logger with one thermometer and one door contact."""
    a_plan(session)
    channels = (
        NewChannel(code="t1", kind=ChannelKind.TEMPERATURE, sampling_interval_s=every_s),
        NewChannel(code="door", kind=ChannelKind.DOOR, sampling_interval_s=every_s),
    )
    device = NewDevice(
        code=code,
        serial=f"S-{code}",
        organisation_code=CARRIER,
        secret=SECRET,
        channels=channels,
        registered_at=NOON - timedelta(days=1),
    )
    service.register_devices(session, device)
    return code


def a_departed_shipment(
    session: Session, number: str = "WL-1-1", *, device: str = "LOG-1", **changes: Any
) -> ShipmentId:
    """Plan, load and send off a shipment at noon with a logger."""
    a_device(session, device)
    shipment_id = service.plan_shipment(session, a_plan(session, number, **changes))
    service.load(
        session, Loading(shipment_id=shipment_id, at=NOON, actor=ACTOR, box_centi=-1200)
    )
    service.depart(
        session, Departure(shipment_id=shipment_id, at=NOON, actor=ACTOR, device_code=device)
    )
    return shipment_id


def an_upload(
    celsius: Sequence[float], *, device: str = "LOG-1", first: float = 0, every_min: int = 5
) -> Upload:
    """Return what a logger sends of regular readings, received when the last was taken."""
    readings = tuple(
        Measured("t1", NOON + timedelta(minutes=first + index * every_min), round(value * 100))
        for index, value in enumerate(celsius)
    )
    return Upload(
        device_code=device,
        body=repr(readings).encode(),
        received_at=readings[-1].at,
        readings=readings,
    )
