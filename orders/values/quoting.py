"""What a basket costs."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby

from catalog.values import Funder
from kernel.postal import NOWHERE, Place
from kernel.quantity import price_per_jin
from orders.values.parcels import PresaleRef, QuotedParcel
from orders.values.pricing import (
    NO_OFFERS,
    AppliedCoupon,
    BundleRef,
    Offers,
    Reduction,
    ReductionKind,
)
from orders.values.states import Temperature
from orders.values.weighing import WeighTerms


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
    seller_discount_minor: int = 0
    """What the seller takes off the line."""
    platform_discount_minor: int = 0
    """What the platform pays of the line in the buyer's place."""
    offers: Offers = NO_OFFERS
    reductions: tuple[Reduction, ...] = ()
    """What lowered the line, by cause; what the unit price holds already is among them."""
    bundle: BundleRef | None = None
    is_by_volume: bool = False
    """Measured in millilitres: 500 g of it have no price."""
    piece_range: tuple[int, int] | None = None
    """Between how many grams a piece lies, of goods sold by weight; empty for packs."""
    weighing: WeighTerms | None = None
    """The terms it is charged by until it is weighed; the price is that of a heavy piece."""
    temperature: Temperature = Temperature.AMBIENT
    limit_hours: int | None = None
    """For how long it may be on its way at most."""
    presale: PresaleRef | None = None
    """Out of which presale it is promised; empty for goods on hand."""
    is_out_of_reach: bool = False
    """It would not arrive in time where it is to go."""

    @property
    def per_jin_minor(self) -> int | None:
        """Return fen per 500 g, or None for goods not sold by weight."""
        if self.is_by_volume:
            return None
        if self.weighing is not None:
            return self.weighing.jin_minor
        return price_per_jin(self.unit_price_minor, self.net_weight_g)

    @property
    def ships_until(self) -> date | None:
        """Return the last day on which it leaves; None for goods on hand."""
        return self.presale.ships_until if self.presale else None

    @property
    def payable_minor(self) -> int:
        """Return what the buyer pays for the line, in fen."""
        return self.gross_minor - self.platform_discount_minor

    @property
    def list_minor(self) -> int:
        """Return price times quantity in fen."""
        return self.unit_price_minor * self.quantity

    @property
    def gross_minor(self) -> int:
        """Return what is divided among those behind the goods, in fen."""
        return self.list_minor - self.seller_discount_minor

    @property
    def is_short(self) -> bool:
        """Say whether fewer packs are left than are wanted."""
        return self.available < self.quantity


@dataclass(frozen=True, slots=True)
class QuotedItem:
    """What stands in a basket as one thing: a line, or a gift box with its lines."""

    bundle: BundleRef | None
    lines: tuple[QuotedLine, ...]

    @property
    def sku_code(self) -> str:
        """Return what is put into the basket."""
        return self.bundle.sku_code if self.bundle else self.lines[0].sku_code

    @property
    def quantity(self) -> int:
        """Return how many boxes or packs."""
        return self.bundle.quantity if self.bundle else self.lines[0].quantity

    @property
    def before_coupons_minor(self) -> int:
        """Return what it costs before coupons, in fen."""
        return sum(line.gross_minor + seller_coupons(line.reductions) for line in self.lines)

    @property
    def available(self) -> int:
        """Return how many of it are left."""
        if self.bundle is None:
            return self.lines[0].available
        boxes = self.bundle.quantity
        return min(line.available * boxes // line.quantity for line in self.lines)

    @property
    def is_short(self) -> bool:
        """Say whether fewer are left than are wanted."""
        return any(line.is_short for line in self.lines)


@dataclass(frozen=True, slots=True)
class QuotedOrder:
    """One seller's part of a basket."""

    seller_code: str
    seller_name: str
    lines: tuple[QuotedLine, ...]
    goods_minor: int
    shipping_minor: int
    needs_cold_chain: bool
    parcels: tuple[QuotedParcel, ...] = ()
    """What travels together; services have none."""
    ships_until: date | None = None
    """The last day on which it leaves; empty for goods on hand."""
    missing_free_minor: int | None = None
    """Goods that are missing for free shipping; empty where it is free or never is."""

    @property
    def items(self) -> tuple[QuotedItem, ...]:
        """Return the lines as they stand in the basket: those of a gift box together."""
        boxed = sorted(self.lines, key=lambda line: line.bundle.sku_code if line.bundle else "")
        items = []
        for box, lines in groupby(boxed, key=lambda line: line.bundle):
            if box is None:
                items += [QuotedItem(None, (line,)) for line in lines]
            else:
                items.append(QuotedItem(box, tuple(lines)))
        return tuple(items)

    @property
    def discount_minor(self) -> int:
        """Return what the platform pays of the goods, in fen."""
        return sum(line.platform_discount_minor for line in self.lines)

    @property
    def total_minor(self) -> int:
        """Return what the buyer pays for goods and shipping, in fen."""
        return self.goods_minor + self.shipping_minor - self.discount_minor


@dataclass(frozen=True, slots=True)
class Quote:
    """What a basket costs now; the order charges exactly this or asks again."""

    orders: tuple[QuotedOrder, ...]
    coupons: tuple[AppliedCoupon, ...] = ()
    place: Place = NOWHERE
    """Where it goes, as far as that is known."""
    hours: int | None = None
    """How long the way there takes; empty where nobody knows or nobody needed to."""

    @property
    def out_of_reach(self) -> tuple[QuotedLine, ...]:
        """Return the lines that would not arrive in time."""
        return tuple(line for line in self.lines if line.is_out_of_reach)

    @property
    def reductions(self) -> tuple[Reduction, ...]:
        """Return what coupons and the platform take off the whole, by cause."""
        return shown_reductions(line.reductions for line in self.lines)

    @property
    def goods_minor(self) -> int:
        """Return the goods of all sellers in fen."""
        return sum(order.goods_minor for order in self.orders)

    @property
    def shipping_minor(self) -> int:
        """Return the shipping of all sellers in fen."""
        return sum(order.shipping_minor for order in self.orders)

    @property
    def discount_minor(self) -> int:
        """Return what the platform pays of the goods, in fen."""
        return sum(order.discount_minor for order in self.orders)

    @property
    def total_minor(self) -> int:
        """Return what the buyer pays in fen."""
        return self.goods_minor + self.shipping_minor - self.discount_minor

    @property
    def lines(self) -> tuple[QuotedLine, ...]:
        """Return all lines in seller order."""
        return tuple(line for order in self.orders for line in order.lines)


def seller_coupons(reductions: Iterable[Reduction]) -> int:
    """Return what coupons of the seller took off a line, in fen."""
    return sum(
        one.minor
        for one in reductions
        if one.kind is ReductionKind.COUPON and one.funder is Funder.SELLER
    )


def shown_reductions(found: Iterable[Iterable[Reduction]]) -> tuple[Reduction, ...]:
    """Add up by cause what stands below the goods: coupons, and what the platform pays.

    What a tier, a seller's campaign or a gift box took off is in the price of the line already.
    """
    sums: dict[tuple[bool, str], Reduction] = {}
    for reductions in found:
        for one in reductions:
            if one.kind is ReductionKind.COUPON or one.funder is Funder.PLATFORM:
                key = (one.funder is Funder.PLATFORM, one.code)
                known = sums.get(key)
                sums[key] = replace(one, minor=one.minor + (known.minor if known else 0))
    return tuple(sums[key] for key in sorted(sums))
