"""Shapes of orders: what to order and whereto, and what became of it."""

from flask_babel import lazy_gettext as _
from marshmallow import ValidationError, fields, validate, validates_schema

from shop.api.schemas.catalog import Language
from shop.api.schemas.fields import (
    MAX_MINOR,
    Pattern,
    Shape,
    code,
    minor,
    several,
    shaped,
    text,
    whole,
)

MAX_LINES = 100
MAX_QUANTITY = 9_999
MAX_COUPONS = 10
PHONE = r"^\+?[0-9][0-9 -]{6,18}$"
EMAIL = r"^[!#-'*+./0-9=?A-Z^_`a-z{|}~-]+@[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)+$"
KEY = r"^[A-Za-z0-9_-]+$"
NUMBER = r"^[A-Z]{2}[0-9]{6}-[0-9A-Z]{4,12}$"
ORDER_NUMBER = r"^[A-Z]{2}[0-9]{6}-[0-9A-Z]{4,12}-[0-9]{1,3}$"
MAX_NUMBER = 32


class OrderKey(Language):
    """Who asks for an order."""

    key = text(
        64,
        pattern=KEY,
        metadata={"description": "The order's access key; not needed by its signed-in buyer."},
    )


class RecipientGiven(Shape):
    """Whereto parcels go; kept sealed and shown to the seller who packs."""

    name = text(40, required=True)
    phone = text(20, minimum=7, pattern=PHONE, required=True)
    province = text(20, required=True)
    city = text(20, required=True)
    district = text(20, required=True)
    street = text(120, required=True)
    email = text(
        120,
        minimum=3,
        pattern=EMAIL,
        metadata={"description": "Where letters about the order go; none are sent without."},
    )


class LineGiven(Shape):
    """Some packs of one SKU."""

    sku = code(required=True)
    quantity = whole(1, MAX_QUANTITY, required=True)


class BasketGiven(Shape):
    """What to price; prices are today's."""

    lines = several(shaped(LineGiven), 1, MAX_LINES, required=True)
    coupons = several(code(), 0, MAX_COUPONS)

    @validates_schema
    def check_skus(self, data: dict[str, object], **_extra: object) -> None:
        """Refuse a SKU that stands in two lines, each with a quantity of its own."""
        lines = data["lines"]
        skus = [line["sku"] for line in lines] if isinstance(lines, list) else []
        repeated = [place for place, sku in enumerate(skus) if sku in skus[:place]]
        if repeated:
            message = [_("每个规格只能出现一次。")]
            raise ValidationError({"lines": {place: {"sku": message} for place in repeated}})


class OrderGiven(BasketGiven):
    """What to order and whereto; prices are today's."""

    confirmed = text(
        60_000,
        metadata={
            "description": "The `confirmation` of a quote the buyer agreed to; anything that "
            "changed since is refused with `quote_changed`."
        },
    )
    recipient = shaped(RecipientGiven, required=True)
    expected_total_minor = whole(
        1,
        MAX_MINOR,
        metadata={
            "description": "The total the buyer agreed to, in fen; another one now is refused "
            "with `quote_changed`."
        },
    )


class ReductionTold(Shape):
    """What one cause takes off."""

    kind = fields.String(
        required=True,
        metadata={"description": "`tier`, `campaign`, `bundle` or `coupon`."},
    )
    code = fields.String(required=True)
    name = fields.String(required=True)
    name_en = fields.String(required=True)
    funder = fields.String(
        required=True, metadata={"description": "Who bears it: `seller` or `platform`."}
    )
    minor = minor()


class WeighTermsTold(Shape):
    """How a line sold by weight is charged until it is weighed; grams of one piece."""

    per_500g_minor = minor(attribute="jin_minor")
    estimate_g = fields.Integer(required=True)
    min_g = fields.Integer(required=True)
    max_g = fields.Integer(required=True)
    most_g = fields.Integer(
        required=True,
        metadata={"description": "What a piece is charged as: the buyer pays for no more."},
    )


class WeighedTold(Shape):
    """A line sold by weight: its terms, its one net weight, what it was settled at."""

    terms = fields.Nested(WeighTermsTold, required=True)
    weight_g = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Net grams of all pieces; null until they are weighed."},
    )
    settled_at = fields.AwareDateTime(required=True, allow_none=True)
    pieces = fields.Integer(required=True, allow_none=True)
    charged_minor = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "What was left of `gross_minor` when it was settled."},
    )
    settled_minor = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "What it came to by weight; the rest went back."},
    )


class OrderPlaced(Shape):
    """An order that waits for its payment."""

    number = fields.String(required=True)
    access_key = fields.String(
        required=True,
        metadata={"description": "Opens the order for whoever has it; shown here only."},
    )
    total_minor = minor()
    expires_at = fields.AwareDateTime(
        required=True, metadata={"description": "Until when the goods are held."}
    )
    pay_url = fields.String(
        required=True, metadata={"description": "Where the buyer pays, in a browser."}
    )


class OrderLine(Shape):
    """One line as ordered."""

    line_id = fields.Integer(
        required=True, metadata={"description": "What a claim names the line by."}
    )
    product_code = fields.String(required=True)
    name = fields.String(required=True)
    name_en = fields.String(required=True)
    spec = fields.String(required=True)
    quantity = fields.Integer(required=True)
    unit_price_minor = minor()
    seller_discount_minor = minor(description="What the seller took off the line.")
    gross_minor = minor()
    platform_discount_minor = minor(
        description="What the platform pays of `gross_minor` in the buyer's place."
    )
    refunded_minor = minor()
    weighed = fields.Nested(
        WeighedTold,
        required=True,
        allow_none=True,
        metadata={"description": "Null for goods sold by the pack."},
    )
    reductions = fields.List(fields.Nested(ReductionTold), required=True)


class TrailPart(Shape):
    """One party's part of the goods; households are counted by place, never named."""

    kind = fields.String(
        required=True,
        metadata={
            "description": "`households` of a village, township or district; `origin`: "
            "households too few to tell, with the cooperative and the village; `cooperative`; "
            "`village`; `fund`: a premium the village keeps; `logistics`; `platform`."
        },
    )
    name = fields.String(required=True)
    name_en = fields.String(required=True)
    is_rest = fields.Boolean(
        required=True,
        metadata={"description": "True for households of a place beside the villages shown."},
    )
    gross_minor = minor()
    reversed_minor = minor()
    minor = minor()
    households = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "To the nearest five below a hundred."},
    )


class Trail(Shape):
    """Where each fen of the goods goes; parts add up to the goods less refunds."""

    is_earned = fields.Boolean(
        required=True, metadata={"description": "False while the parts are expected only."}
    )
    is_reversed = fields.Boolean(required=True)
    gross_minor = minor()
    reversed_minor = minor()
    total_minor = minor()
    parts = fields.List(fields.Nested(TrailPart), required=True)
    bought = fields.List(
        fields.Nested(TrailPart),
        required=True,
        metadata={
            "description": "What households had earned before, when the seller bought these "
            "goods from them. No part of the price: never add it to `parts`."
        },
    )
    is_bought_withheld = fields.Boolean(
        required=True,
        metadata={"description": "Some were bought from too few households to tell."},
    )


class ShipmentOnTheWay(Shape):
    """One shipment of a seller's part: goods that travel at one temperature."""

    id = fields.Integer(required=True, attribute="shipment_id")
    storage_class = fields.String(required=True)
    state = fields.String(required=True)
    carrier_name = fields.String(required=True)
    departed_at = fields.AwareDateTime(required=True, allow_none=True)
    arrived_at = fields.AwareDateTime(required=True, allow_none=True)
    accepted_at = fields.AwareDateTime(required=True, allow_none=True)
    parcel = fields.Integer(
        required=True,
        attribute="parcel_group",
        metadata={"description": "Number of the parcel it carries."},
    )
    verdict = fields.String(
        required=True,
        allow_none=True,
        attribute="verdict.verdict",
        dump_default=None,
        metadata={
            "description": "`pass`, `fail` or `inconclusive` by the temperature record; null "
            "before departure and for goods without limits."
        },
    )


class ParcelSent(Shape):
    """One parcel of a seller's part."""

    number = fields.Integer(required=True)
    code = fields.String(required=True, metadata={"description": "What stands on it."})
    temperature = fields.String(required=True)
    weight_g = fields.Integer(required=True)
    shipping_minor = minor()
    packed_at = fields.AwareDateTime(required=True, allow_none=True)
    carrier_number = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Under which the carrier knows it; null until it is said."},
    )


class SellerOrder(Shape):
    """One seller's part of an order."""

    number = fields.String(required=True)
    seller_code = fields.String(required=True)
    seller_name = fields.String(required=True)
    state = fields.String(required=True)
    goods_minor = minor()
    shipping_minor = minor()
    discount_minor = minor(description="What the platform pays of the goods.")
    needs_cold_chain = fields.Boolean(required=True)
    packed_at = fields.AwareDateTime(required=True, allow_none=True)
    shipped_at = fields.AwareDateTime(required=True, allow_none=True)
    delivered_at = fields.AwareDateTime(required=True, allow_none=True)
    refunded_at = fields.AwareDateTime(required=True, allow_none=True)
    lines = fields.List(fields.Nested(OrderLine), required=True)
    trail = fields.Nested(
        Trail,
        required=True,
        allow_none=True,
        metadata={"description": "Null until the order is paid."},
    )
    ships_until = fields.Date(
        required=True,
        allow_none=True,
        metadata={"description": "Last day of leaving of goods sold before the harvest."},
    )
    parcels = fields.List(fields.Nested(ParcelSent), required=True)
    shipments = fields.List(fields.Nested(ShipmentOnTheWay), required=True)


class Order(Shape):
    """One checkout over one or several sellers; the recipient is not repeated."""

    number = fields.String(required=True)
    state = fields.String(required=True)
    goods_minor = minor()
    shipping_minor = minor()
    discount_minor = minor(description="What the platform pays of the goods.")
    total_minor = minor()
    placed_at = fields.AwareDateTime(required=True)
    expires_at = fields.AwareDateTime(required=True)
    paid_at = fields.AwareDateTime(required=True, allow_none=True)
    closed_at = fields.AwareDateTime(required=True, allow_none=True)
    is_sample = fields.Boolean(required=True)
    orders = fields.List(fields.Nested(SellerOrder), required=True)


def path_number(
    pattern: str = NUMBER, description: str = "Number of an order."
) -> fields.String:
    """Return an order's number that stands in the path."""
    return fields.String(
        required=True,
        validate=[validate.Length(1, MAX_NUMBER), Pattern(pattern)],
        metadata={"description": description},
    )
