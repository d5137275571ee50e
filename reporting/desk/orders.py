"""Orders of every seller, and what the ledger booked for one of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, literal, select, tuple_
from sqlalchemy.orm import Session, aliased

from kernel.orm import UtcDateTime
from kernel.rows import fill_all
from ledger import queries as ledger_queries
from ledger.queries import EntryRow
from orders.models import Order, OrderGroup, OrderLine
from orders.values import OrderState
from parties.models import Channel, Organisation

HOUSEHOLD_ACCOUNTS = (
    "L:payable:hh:",
    "A:advance:hh:",
    "A:recover:hh:",
    "T:hh:",
    "L:wage:",
)
"""Accounts whose code names a household; what stands on them is shown as one sum."""

OrderKey = tuple[datetime, str]


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One seller's part of a checkout in the list of orders."""

    number: str
    group_number: str
    state: OrderState
    seller_name: str
    buyer: str | None
    """Name of the buying organisation; empty for a private buyer."""
    channel_name: str
    channel_name_en: str
    city: str
    goods_minor: int
    shipping_minor: int
    needs_cold_chain: bool
    placed_at: datetime
    is_sample: bool

    @property
    def total_minor(self) -> int:
        """Return goods and shipping in fen."""
        return self.goods_minor + self.shipping_minor


@dataclass(frozen=True, slots=True)
class Booking:
    """One amount of a transaction; accounts of households are one line with one sum."""

    posting_key: str
    book: str
    kind: str
    effective_at: datetime
    account: str
    households: int
    """How many accounts of households stand behind the line; 0 for any other account."""
    minor: int


def list_orders(
    session: Session,
    *,
    state: OrderState | None,
    number: str,
    after: OrderKey | None,
    limit: int,
) -> Sequence[OrderRow]:
    """Return orders, the latest placed first, beyond a key; one statement.

    `number` is the beginning of an order or group number.
    """
    buyer = aliased(Organisation)
    conditions: list[ColumnElement[bool]] = []
    if state is not None:
        conditions.append(Order.state == state)
    if number:
        conditions.append(Order.number.startswith(number, autoescape=True))
    if after is not None:
        key = tuple_(literal(after[0], UtcDateTime()), literal(after[1]))
        conditions.append(tuple_(OrderGroup.placed_at, Order.number) < key)
    rows = session.execute(
        select(
            Order.number,
            Order.group_number,
            Order.state,
            Organisation.name,
            buyer.name,
            Channel.name,
            Channel.name_en,
            OrderGroup.city,
            Order.goods_minor,
            Order.shipping_minor,
            Order.needs_cold_chain,
            OrderGroup.placed_at,
            OrderGroup.is_sample,
        )
        .join(OrderGroup, OrderGroup.number == Order.group_number)
        .join(Organisation, Organisation.code == Order.seller_code)
        .join(Channel, Channel.code == OrderGroup.channel_code)
        .outerjoin(buyer, buyer.code == OrderGroup.buyer_organisation_code)
        .where(*conditions)
        .order_by(OrderGroup.placed_at.desc(), Order.number.desc())
        .limit(limit)
    )
    return fill_all(OrderRow, rows)


def count_by_state(session: Session) -> Mapping[OrderState, int]:
    """Return how many orders stand in each state."""
    rows = session.execute(select(Order.state, func.count()).group_by(Order.state))
    return {row[0]: row[1] for row in rows}


def find_buyer(session: Session, group_number: str) -> tuple[str | None, str, str]:
    """Return the buying organisation, if one bought, and the channel in both languages."""
    row = session.execute(
        select(Organisation.name, Channel.name, Channel.name_en)
        .select_from(OrderGroup)
        .join(Channel, Channel.code == OrderGroup.channel_code)
        .outerjoin(Organisation, Organisation.code == OrderGroup.buyer_organisation_code)
        .where(OrderGroup.number == group_number)
    ).one()
    return row[0], row[1], row[2]


def list_bookings(session: Session, order_number: str, group_number: str) -> list[Booking]:
    """Return what the ledger booked for an order, its lines and refunds; two statements."""
    sources = [f"group:{group_number}", f"order:{order_number}"]
    line_ids = session.scalars(
        select(OrderLine.id).where(OrderLine.order_number == order_number)
    )
    sources.extend(f"line:{line_id}" for line_id in line_ids)
    return merge_households(ledger_queries.list_entries_of_sources(session, sources))


def merge_households(entries: Sequence[EntryRow]) -> list[Booking]:
    """Return entries with those of households made one line a transaction and kind."""
    merged: dict[tuple[int, str], list[EntryRow]] = {}
    for entry in entries:
        merged.setdefault((entry.tx_id, public_code(entry.account_code)), []).append(entry)
    return [
        Booking(
            posting_key=rows[0].posting_key,
            book=rows[0].book,
            kind=rows[0].kind,
            effective_at=rows[0].effective_at,
            account=account,
            households=len(rows) if account.endswith("*") else 0,
            minor=sum(row.minor for row in rows),
        )
        for (_tx_id, account), rows in merged.items()
    ]


def public_code(account_code: str) -> str:
    """Return an account's code, with a star where it would name a household."""
    for beginning in HOUSEHOLD_ACCOUNTS:
        if account_code.startswith(beginning):
            return f"{beginning}*"
    return account_code
