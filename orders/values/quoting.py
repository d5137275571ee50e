"""What a basket costs."""

from dataclasses import dataclass


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
class QuotedOrder:
    """One seller's part of a basket."""

    seller_code: str
    seller_name: str
    lines: tuple[QuotedLine, ...]
    goods_minor: int
    shipping_minor: int
    needs_cold_chain: bool

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


@dataclass(frozen=True, slots=True)
class ShippingTerms:
    """What sellers' parcels cost, fen an order; goods from `free_from_minor` on travel free."""

    ambient_minor: int
    cold_minor: int
    free_from_minor: int
