"""States of groups and orders, and the frozen values other storeys pass in and see."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class GroupState(StrEnum):
    """Where a checkout stands with its payment."""

    PENDING_PAYMENT = "pending_payment"
    PAID = "paid"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class OrderState(StrEnum):
    """Where one seller's part stands."""

    PENDING_PAYMENT = "pending_payment"
    PAID = "paid"
    PACKED = "packed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Recipient:
    """To whom and where parcels go; kept sealed, only the city is readable."""

    name: str
    phone: str
    province: str
    city: str
    district: str
    street: str
    email: str = ""
    """For letters about the order; empty when the buyer wants none."""


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who buys: a person, an organisation through a person, or a guest; and the channel."""

    person_id: int | None
    organisation_code: str | None
    channel_code: str
    actor: str


@dataclass(frozen=True, slots=True)
class QuotedLine:
    """One basket line with the price that holds now and what the order will remember."""

    sku_id: int
    sku_code: str
    product_code: str
    name: str
    name_en: str
    spec: str
    picture: str
    category_code: str
    quantity: int
    unit_price_minor: int
    net_weight_g: int
    seller_code: str
    seller_name: str
    storage_code: str
    limit_profile: str | None
    """Limits the goods travel under where the default of their storage class will not do."""
    needs_cold_chain: bool
    origin_district_code: str
    origin_township_code: str | None
    origin_village_code: str | None
    available: int
    is_sample: bool

    @property
    def gross_minor(self) -> int:
        """Return price times quantity in fen."""
        return self.unit_price_minor * self.quantity

    @property
    def is_short(self) -> bool:
        """Say whether fewer packs are left than are wanted."""
        return self.available < self.quantity


@dataclass(frozen=True, slots=True)
class QuotedOrder:
    """One seller's part of a basket."""

    seller_code: str
    seller_name: str
    lines: tuple[QuotedLine, ...]
    goods_minor: int
    shipping_minor: int
    needs_cold_chain: bool

    @property
    def total_minor(self) -> int:
        """Return goods and shipping in fen."""
        return self.goods_minor + self.shipping_minor


@dataclass(frozen=True, slots=True)
class Quote:
    """What a basket costs now; the order charges exactly this or asks again."""

    orders: tuple[QuotedOrder, ...]

    @property
    def goods_minor(self) -> int:
        """Return the goods of all sellers in fen."""
        return sum(order.goods_minor for order in self.orders)

    @property
    def shipping_minor(self) -> int:
        """Return the shipping of all sellers in fen."""
        return sum(order.shipping_minor for order in self.orders)

    @property
    def total_minor(self) -> int:
        """Return what the buyer pays in fen."""
        return self.goods_minor + self.shipping_minor

    @property
    def lines(self) -> tuple[QuotedLine, ...]:
        """Return all lines in seller order."""
        return tuple(line for order in self.orders for line in order.lines)


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """A line that has been written."""

    line_id: int
    order_number: str
    sku_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class ShippingTerms:
    """What sellers' parcels cost, fen an order; goods from `free_from_minor` on travel free."""

    ambient_minor: int
    cold_minor: int
    free_from_minor: int


@dataclass(frozen=True, slots=True)
class GroupHead:
    """The facts of a group a workflow decides by."""

    number: str
    state: GroupState
    total_minor: int
    placed_at: datetime
    channel_code: str
    city: str
    buyer_organisation_code: str | None
    is_sample: bool


@dataclass(frozen=True, slots=True)
class OrderHead:
    """The facts of a seller order a workflow decides by."""

    number: str
    group_number: str
    seller_code: str
    carrier_code: str
    state: OrderState
    goods_minor: int
    shipping_minor: int
    city: str

    @property
    def total_minor(self) -> int:
        """Return goods and shipping in fen."""
        return self.goods_minor + self.shipping_minor


@dataclass(frozen=True, slots=True)
class OrderStep:
    """A locked seller order that moves on: by whom and when."""

    order: OrderHead
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LineHead:
    """The facts of a line a workflow decides by."""

    line_id: int
    order_number: str
    seller_code: str
    carrier_code: str
    sku_id: int
    quantity: int
    gross_minor: int
    refunded_minor: int
    storage_code: str
    limit_profile: str | None
    needs_cold_chain: bool
    net_weight_g: int
    origin_district_code: str
    origin_township_code: str | None
    origin_village_code: str | None
