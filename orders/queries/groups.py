"""Reads of order groups for the pages of buyers, sellers and staff."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, func, or_, select, true, tuple_
from sqlalchemy.orm import Session

from kernel import paging
from kernel.paging import Page
from kernel.rows import fill, fill_all
from orders.errors import OrderNotFoundError
from orders.models import Order, OrderEvent, OrderGroup, OrderLine
from orders.queries.rows import LineRow, list_lines
from orders.rules import access_hash, masked
from orders.values import (
    Buyer,
    GroupState,
    OrderState,
    Recipient,
    Reduction,
    shown_reductions,
)
from parties.models import Organisation


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One seller's part with its lines."""

    number: str
    group_number: str
    seller_code: str
    seller_name: str
    carrier_code: str
    state: OrderState
    goods_minor: int
    shipping_minor: int
    discount_minor: int
    needs_cold_chain: bool
    ships_until: date | None
    packed_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    refunded_at: datetime | None
    lines: tuple[LineRow, ...]

    @property
    def total_minor(self) -> int:
        """Return what the buyer pays for goods and shipping in fen."""
        return self.goods_minor + self.shipping_minor - self.discount_minor

    @property
    def reductions(self) -> tuple[Reduction, ...]:
        """Return what coupons and the platform took off the order, by cause."""
        return shown_reductions(line.reductions for line in self.lines)


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One checkout with its sellers' parts."""

    number: str
    state: GroupState
    goods_minor: int
    shipping_minor: int
    discount_minor: int
    total_minor: int
    channel_code: str
    buyer_person_id: int | None
    buyer_organisation_code: str | None
    city: str
    placed_at: datetime
    expires_at: datetime
    paid_at: datetime | None
    closed_at: datetime | None
    is_sample: bool
    recipient: Recipient
    orders: tuple[OrderRow, ...]
    terms_version: str | None = None
    """The terms of trade it was placed under."""

    @property
    def reductions(self) -> tuple[Reduction, ...]:
        """Return what coupons and the platform took off the whole, by cause."""
        return shown_reductions(
            line.reductions for order in self.orders for line in order.lines
        )


@dataclass(frozen=True, slots=True)
class GroupCaller:
    """Who asks for a group: its key, its buyer, or a member of the buying organisation."""

    key: str | None = None
    person_id: int | None = None
    organisation_codes: frozenset[str] = frozenset()
    may_see_all: bool = False


def get_group(session: Session, number: str, caller: GroupCaller) -> GroupRow:
    """Return a group for somebody who may see it, in three statements.

    Raises `OrderNotFoundError` for a group that does not exist and for a caller who may not see
    it alike, so that nobody learns which numbers exist.
    """
    group = session.execute(
        select(OrderGroup).where(OrderGroup.number == number)
    ).scalar_one_or_none()
    if group is None or not (caller.may_see_all or _is_own(group, caller)):
        raise OrderNotFoundError(number)
    orders = _orders_of(session, Order.group_number == number)
    recipient = msgspec.json.decode(group.recipient, type=Recipient)
    # Staff that looks at somebody else's order has no need of the address.
    if caller.person_id is not None and not _is_own(group, caller):
        recipient = masked(recipient)
    return GroupRow(
        number=group.number,
        state=group.state,
        goods_minor=group.goods_minor,
        shipping_minor=group.shipping_minor,
        discount_minor=group.discount_minor,
        total_minor=group.total_minor,
        channel_code=group.channel_code,
        buyer_person_id=group.buyer_person_id,
        buyer_organisation_code=group.buyer_organisation_code,
        city=group.city,
        placed_at=group.placed_at,
        expires_at=group.expires_at,
        paid_at=group.paid_at,
        closed_at=group.closed_at,
        is_sample=group.is_sample,
        recipient=recipient,
        orders=tuple(orders),
        terms_version=group.terms_version,
    )


def _is_own(group: OrderGroup, caller: GroupCaller) -> bool:
    if caller.key is not None and bytes(group.access_hash) == access_hash(caller.key):
        return True
    if caller.person_id is not None and group.buyer_person_id == caller.person_id:
        return True
    return group.buyer_organisation_code in caller.organisation_codes


_ORDER = (
    Order.number,
    Order.group_number,
    Order.seller_code,
    Organisation.name,
    Order.carrier_code,
    Order.state,
    Order.goods_minor,
    Order.shipping_minor,
    Order.discount_minor,
    Order.needs_cold_chain,
    Order.ships_until,
    Order.packed_at,
    Order.shipped_at,
    Order.delivered_at,
    Order.refunded_at,
)


def _orders_of(session: Session, wanted: ColumnElement[bool]) -> list[OrderRow]:
    heads = session.execute(
        select(*_ORDER)
        .join(Organisation, Organisation.code == Order.seller_code)
        .where(wanted)
        .order_by(Order.number)
    ).all()
    lines = list_lines(session, [head.number for head in heads])
    return [fill(OrderRow, (*head, tuple(lines.get(head.number, ())))) for head in heads]


def get_order(session: Session, number: str, *, seller_code: str | None) -> OrderRow:
    """Return one seller order; with a seller given, only that seller's. Two statements."""
    wanted: ColumnElement[bool] = Order.number == number
    if seller_code is not None:
        wanted = wanted & (Order.seller_code == seller_code)
    found = _orders_of(session, wanted)
    if not found:
        raise OrderNotFoundError(number)
    return found[0]


def get_recipient(session: Session, group_number: str) -> Recipient:
    """Return where a group's parcels go; for the seller's label and nobody else."""
    sealed = session.scalar(
        select(OrderGroup.recipient).where(OrderGroup.number == group_number)
    )
    if sealed is None:
        raise OrderNotFoundError(group_number)
    return msgspec.json.decode(sealed, type=Recipient)


@dataclass(frozen=True, slots=True)
class BuyerOfGroup:
    """Who bought a group, whereto it went, and what opens it."""

    buyer: Buyer
    recipient: Recipient
    access_hash: bytes
    locale: str
    is_sample: bool


def get_buyer(session: Session, group_number: str) -> BuyerOfGroup:
    """Return who bought a group; raises `OrderNotFoundError` where the address was erased."""
    group = session.get_one(OrderGroup, group_number)
    if group.recipient_erased_at is not None:
        raise OrderNotFoundError(group_number)
    person = group.buyer_person_id
    return BuyerOfGroup(
        buyer=Buyer(
            person_id=person,
            organisation_code=group.buyer_organisation_code,
            channel_code=group.channel_code,
            actor="guest" if person is None else f"person:{person}",
        ),
        recipient=msgspec.json.decode(group.recipient, type=Recipient),
        access_hash=bytes(group.access_hash),
        locale=group.locale,
        is_sample=group.is_sample,
    )


def list_seller_orders(
    session: Session,
    seller_code: str,
    states: Sequence[OrderState],
    *,
    limit: int = 100,
) -> list[OrderRow]:
    """Return a seller's orders in some states, the longest waiting first. Two statements."""
    numbers = (
        select(Order.number)
        .join(OrderGroup, OrderGroup.number == Order.group_number)
        .where(Order.seller_code == seller_code, Order.state.in_(states))
        .order_by(OrderGroup.paid_at, Order.number)
        .limit(limit)
    )
    return _orders_of(session, Order.number.in_(numbers))


def count_seller_orders(session: Session, seller_code: str) -> Mapping[OrderState, int]:
    """Return how many of a seller's orders stand in each state."""
    rows = session.execute(
        select(Order.state, func.count())
        .where(Order.seller_code == seller_code)
        .group_by(Order.state)
    )
    return {row[0]: row[1] for row in rows}


@dataclass(frozen=True, slots=True)
class GroupSummary:
    """One row of a buyer's order list."""

    number: str
    state: GroupState
    total_minor: int
    placed_at: datetime
    sellers: int
    first_name: str
    first_name_en: str
    first_picture: str
    first_category: str
    delivered: int


def page_groups(
    session: Session,
    caller: GroupCaller,
    *,
    key: str | None,
    size: int,
    states: Sequence[GroupState] = tuple(GroupState),
) -> Page[GroupSummary]:
    """Return a page of a buyer's groups in some states, newest first.

    Raises `InvalidError` for a key of
    nobody's making.
    """
    statement = _summary().order_by(OrderGroup.placed_at.desc(), OrderGroup.number.desc())
    owned: list[ColumnElement[bool]] = []
    if caller.person_id is not None:
        owned.append(OrderGroup.buyer_person_id == caller.person_id)
    if caller.organisation_codes:
        owned.append(OrderGroup.buyer_organisation_code.in_(caller.organisation_codes))
    if not owned:
        return Page([], None)
    statement = statement.where(or_(*owned), OrderGroup.state.in_(states))
    if key is not None:
        behind = tuple_(OrderGroup.placed_at, OrderGroup.number)
        statement = statement.where(behind < paging.decode_key(key, datetime, str))
    rows = fill_all(GroupSummary, session.execute(statement.limit(size + 1)))
    return paging.cut(
        rows, size, lambda row: paging.encode_key(row.placed_at.isoformat(), row.number)
    )


def _summary() -> Select[*tuple[Any, ...]]:
    first = (
        select(
            OrderLine.snapshot["name"].as_string().label("name"),
            OrderLine.snapshot["name_en"].as_string().label("name_en"),
            OrderLine.snapshot["picture"].as_string().label("picture"),
            OrderLine.snapshot["category_code"].as_string().label("category"),
        )
        .join(Order, Order.number == OrderLine.order_number)
        .where(Order.group_number == OrderGroup.number)
        .order_by(OrderLine.id)
        .limit(1)
        .lateral("first_line")
    )
    parts = (
        select(
            func.count().label("sellers"),
            func.count().filter(Order.state == OrderState.DELIVERED).label("delivered"),
        )
        .where(Order.group_number == OrderGroup.number)
        .lateral("parts")
    )
    return (
        select(
            OrderGroup.number,
            OrderGroup.state,
            OrderGroup.total_minor,
            OrderGroup.placed_at,
            parts.c.sellers,
            first.c.name,
            first.c.name_en,
            first.c.picture,
            first.c.category,
            parts.c.delivered,
        )
        .select_from(OrderGroup)
        .join(parts, true())
        .join(first, true())
    )


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step of a group or an order."""

    order_number: str | None
    state: str
    actor: str
    at: datetime


def list_steps(session: Session, group_number: str) -> list[StepRow]:
    """Return the history of a group and its orders, oldest first."""
    rows = session.execute(
        select(OrderEvent.order_number, OrderEvent.state, OrderEvent.actor, OrderEvent.at)
        .where(OrderEvent.group_number == group_number)
        .order_by(OrderEvent.at, OrderEvent.id)
    )
    return fill_all(StepRow, rows)
