"""Reads of what sellers charge for parcels, and of the parcels of orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Text, cast, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.orm import Session

from catalog.models import Lot
from kernel.rows import fill_all
from orders.models import LotAllocation, Order, OrderGroup, OrderLine, OrderParcel, ShippingRule
from orders.values import OrderState, ShippingRuleTerms, Temperature

_RULE = (
    ShippingRule.id,
    ShippingRule.seller_code,
    ShippingRule.temperature,
    ShippingRule.provinces,
    ShippingRule.first_g,
    ShippingRule.first_minor,
    ShippingRule.step_g,
    ShippingRule.step_minor,
    ShippingRule.free_from_minor,
    ShippingRule.valid_from,
    ShippingRule.valid_to,
)


def list_shipping_rules(
    session: Session, sellers: Sequence[str], *, on: date
) -> dict[str, tuple[ShippingRuleTerms, ...]]:
    """Return the rules in force on a day, by seller; one statement."""
    rows = session.execute(
        select(*_RULE)
        .where(
            ShippingRule.seller_code.in_(sellers),
            ShippingRule.valid_from <= on,
            or_(ShippingRule.valid_to.is_(None), ShippingRule.valid_to >= on),
        )
        .order_by(ShippingRule.id)
    )
    found: dict[str, tuple[ShippingRuleTerms, ...]] = {}
    for row in rows:
        terms = _terms(row)
        found[terms.seller_code] = (*found.get(terms.seller_code, ()), terms)
    return found


def list_own_rules(session: Session, seller: str, *, on: date) -> list[ShippingRuleTerms]:
    """Return a seller's rules that hold on a day or will, the present ones first."""
    rows = session.execute(
        select(*_RULE)
        .where(
            ShippingRule.seller_code == seller,
            or_(ShippingRule.valid_to.is_(None), ShippingRule.valid_to >= on),
        )
        .order_by(
            ShippingRule.temperature,
            ShippingRule.provinces,
            ShippingRule.valid_from,
            ShippingRule.id,
        )
    )
    return [_terms(row) for row in rows]


def _terms(row: Sequence[object]) -> ShippingRuleTerms:
    names = (column.key for column in _RULE)
    told = dict(zip(names, row, strict=True))
    told["rule_id"] = told.pop("id")
    told["provinces"] = tuple(told["provinces"])  # type: ignore[arg-type]  # an array of text
    return ShippingRuleTerms(**told)  # type: ignore[arg-type]  # by the names of its columns


@dataclass(frozen=True, slots=True)
class ParcelRow:
    """One parcel of an order."""

    order_number: str
    number: int
    storage_code: str
    limit_profile: str
    temperature: Temperature
    weight_g: int
    shipping_minor: int
    packed_at: datetime | None
    carrier_number: str | None
    line_ids: tuple[int, ...] = ()

    @property
    def code(self) -> str:
        """Return what stands on the parcel."""
        return f"{self.order_number}-{self.number}"


def list_parcels(
    session: Session, order_numbers: Sequence[str]
) -> dict[str, tuple[ParcelRow, ...]]:
    """Return the parcels of orders with the lines each carries, by order; two statements."""
    carried: dict[tuple[str, int | None], list[int]] = {}
    for order, number, line_id in session.execute(
        select(OrderLine.order_number, OrderLine.parcel_number, OrderLine.id)
        .where(OrderLine.order_number.in_(order_numbers), OrderLine.parcel_number.is_not(None))
        .order_by(OrderLine.id)
    ):
        carried.setdefault((order, number), []).append(line_id)
    rows = session.execute(
        select(
            OrderParcel.order_number,
            OrderParcel.number,
            OrderParcel.storage_code,
            OrderParcel.limit_profile,
            OrderParcel.temperature,
            OrderParcel.weight_g,
            OrderParcel.shipping_minor,
            OrderParcel.packed_at,
            OrderParcel.carrier_number,
        )
        .where(OrderParcel.order_number.in_(order_numbers))
        .order_by(OrderParcel.order_number, OrderParcel.number)
    )
    found: dict[str, tuple[ParcelRow, ...]] = {}
    for row in rows:
        lines = tuple(carried.get((row[0], row[1]), ()))
        found[row[0]] = (*found.get(row[0], ()), ParcelRow(*row, lines))
    return found


@dataclass(frozen=True, slots=True)
class QueuedParcel:
    """A parcel that is to be packed."""

    order_number: str
    number: int
    storage_code: str
    temperature: Temperature
    weight_g: int
    ships_until: date | None
    paid_at: datetime


def list_to_pack(session: Session, seller: str, *, limit: int = 200) -> list[QueuedParcel]:
    """Return a seller's parcels that wait to be packed, the coldest together, oldest first."""
    rows = session.execute(
        select(
            OrderParcel.order_number,
            OrderParcel.number,
            OrderParcel.storage_code,
            OrderParcel.temperature,
            OrderParcel.weight_g,
            Order.ships_until,
            OrderGroup.paid_at,
        )
        .join(Order, Order.number == OrderParcel.order_number)
        .join(OrderGroup, OrderGroup.number == Order.group_number)
        .where(
            Order.seller_code == seller,
            Order.state == OrderState.PAID,
            OrderParcel.packed_at.is_(None),
        )
        .order_by(
            OrderParcel.temperature.desc(),
            OrderParcel.storage_code,
            Order.ships_until.nulls_first(),
            OrderGroup.paid_at,
            OrderParcel.order_number,
        )
        .limit(limit)
    )
    return fill_all(QueuedParcel, rows)


@dataclass(frozen=True, slots=True)
class ContentRow:
    """One line of a parcel: what goes in, and from which lots."""

    order_number: str
    parcel_number: int
    name: str
    name_en: str
    spec: str
    quantity: int
    lots: list[str]
    """Lot codes with packs of each; empty while the harvest is not there."""


def list_contents(
    session: Session, order_numbers: Sequence[str]
) -> dict[tuple[str, int], list[ContentRow]]:
    """Return what goes into the parcels of orders, by order and parcel; one statement."""
    picked = (
        select(
            func.coalesce(
                func.array_agg(
                    aggregate_order_by(
                        func.concat(Lot.code, " × ", LotAllocation.quantity), Lot.code
                    )
                ),
                cast([], ARRAY(Text)),
            )
        )
        .select_from(LotAllocation)
        .join(Lot, Lot.id == LotAllocation.lot_id)
        .where(LotAllocation.order_line_id == OrderLine.id)
        .correlate(OrderLine)
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            OrderLine.order_number,
            OrderLine.parcel_number,
            OrderLine.snapshot["name"].as_string(),
            OrderLine.snapshot["name_en"].as_string(),
            OrderLine.snapshot["spec"].as_string(),
            OrderLine.quantity,
            picked,
        )
        .where(OrderLine.order_number.in_(order_numbers), OrderLine.parcel_number.is_not(None))
        .order_by(OrderLine.id)
    )
    found: dict[tuple[str, int], list[ContentRow]] = {}
    for row in fill_all(ContentRow, rows):
        found.setdefault((row.order_number, row.parcel_number), []).append(row)
    return found
