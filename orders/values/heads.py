"""Who buys, and the facts of orders that workflows decide by."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from orders.values.states import GroupState, OrderState


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
    guest_key: str | None = None
    """What a guest's browser is told apart by."""

    @property
    def hold_key(self) -> str | None:
        """Return whose unpaid holds are added up; None for a caller nobody can tell apart."""
        if self.organisation_code is not None:
            return f"organisation:{self.organisation_code}"
        if self.person_id is not None:
            return f"person:{self.person_id}"
        if self.guest_key is None:
            return None
        return f"guest:{hashlib.sha256(self.guest_key.encode()).hexdigest()[:32]}"

    @property
    def kind(self) -> str:
        """Return as what somebody buys: organisation, person or guest."""
        if self.organisation_code is not None:
            return "organisation"
        return "guest" if self.person_id is None else "person"


@dataclass(frozen=True, slots=True)
class HoldTerms:
    """How much a buyer may hold unpaid at once; None where nothing is laid down."""

    packs: int | None
    minor: int | None


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """A line that has been written."""

    line_id: int
    order_number: str
    sku_id: int
    quantity: int


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
    discount_minor: int
    shipping_refunded_minor: int
    city: str

    @property
    def total_minor(self) -> int:
        """Return what the buyer paid for goods and shipping, in fen."""
        return self.goods_minor + self.shipping_minor - self.discount_minor


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
    platform_discount_minor: int
    refunded_minor: int
    compensated_minor: int
    storage_code: str
    limit_profile: str | None
    needs_cold_chain: bool
    net_weight_g: int
    origin_district_code: str
    origin_township_code: str | None
    origin_village_code: str | None

    @property
    def left_minor(self) -> int:
        """Return what of the gross was not given back yet, in fen."""
        return self.gross_minor - self.refunded_minor - self.compensated_minor
