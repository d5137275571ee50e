"""Shapes of quotes: what a basket costs where it goes, and what cannot arrive in time."""

from marshmallow import fields, validate

from shop.api.schemas.fields import Shape, minor, shaped, text
from shop.api.schemas.orders import BasketGiven, ReductionTold, WeighTermsTold

REFUSALS = ("not_enough_stock", "out_of_reach")


class DestinationGiven(Shape):
    """Where it is to go; shipping and the time on the way depend on it."""

    province = text(20, required=True)
    city = text(20, required=True)
    district = text(
        20, metadata={"description": "Of a municipality, whose districts differ by hours."}
    )


class QuoteGiven(BasketGiven):
    """What to price, and where it would go."""

    destination = shaped(DestinationGiven)


class LinePriced(Shape):
    """One line as it would be charged; a gift box stands as the lines it holds."""

    sku = fields.String(required=True, attribute="sku_code")
    bundle = fields.String(
        required=True,
        allow_none=True,
        attribute="bundle.sku_code",
        dump_default=None,
        metadata={"description": "The gift box the line stands in."},
    )
    quantity = fields.Integer(required=True)
    unit_price_minor = minor()
    per_500g_minor = fields.Integer(
        required=True,
        allow_none=True,
        attribute="per_jin_minor",
        metadata={"description": "Whole fen for 500 g; null for goods not sold by weight."},
    )
    seller_discount_minor = minor(description="What the seller takes off the line.")
    gross_minor = minor()
    platform_discount_minor = minor(
        description="What the platform pays of `gross_minor` in the buyer's place."
    )
    payable_minor = minor()
    available = fields.Integer(required=True)
    weighing = fields.Nested(
        WeighTermsTold,
        required=True,
        allow_none=True,
        metadata={"description": "Null for goods sold by the pack."},
    )
    reductions = fields.List(fields.Nested(ReductionTold), required=True)
    parcel = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Number of its parcel; null for what is not sent."},
    )
    ships_until = fields.Date(required=True, allow_none=True)
    limit_hours = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "For how long it may be on its way; null for any time."},
    )
    refused = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf(REFUSALS),
        metadata={
            "description": "Why an order with this line is refused: `not_enough_stock`, or "
            "`out_of_reach` for what would arrive too late; null when it may be ordered."
        },
    )
    reason = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The same as a sentence, with what to do."},
    )


SAID = {"parcel", "refused", "reason"}
OF_LINE = {
    (given.attribute or name).partition(".")[0] for name, given in LinePriced().fields.items()
} - SAID
"""What a quoted line says by itself."""


class ParcelPriced(Shape):
    """What travels together at one temperature, and what that costs."""

    number = fields.Integer(required=True)
    storage_class = fields.String(required=True, attribute="storage_code")
    temperature = fields.String(
        required=True, metadata={"description": "`ambient`, `chilled` or `frozen`."}
    )
    weight_g = fields.Integer(required=True)
    shipping_minor = minor()
    free_from_minor = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Goods of the order from which it is free, in fen."},
    )
    skus = fields.List(fields.String(), required=True)


class CouponTold(Shape):
    """What a coupon takes off, or why it takes nothing off."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    name_en = fields.String(required=True)
    funder = fields.String(required=True)
    refused = fields.String(
        required=True, metadata={"description": "A stable word; empty when it holds."}
    )
    missing_minor = minor(description="What the goods cost too little for it.")
    minor = minor()


class SellerPriced(Shape):
    """One seller's part of a quote."""

    seller_code = fields.String(required=True)
    seller_name = fields.String(required=True)
    goods_minor = minor()
    shipping_minor = minor()
    discount_minor = minor(description="What the platform pays of the goods.")
    total_minor = minor()
    ships_until = fields.Date(
        required=True,
        allow_none=True,
        metadata={"description": "Last day of leaving of goods sold before the harvest."},
    )
    lines = fields.List(fields.Nested(LinePriced), required=True)
    parcels = fields.List(fields.Nested(ParcelPriced), required=True)


class DestinationTold(Shape):
    """Where it is to go, as far as the way there depends on it."""

    province = fields.String(required=True)
    city = fields.String(required=True)
    hours = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "How long the way takes; null where no line asks for it."},
    )


class QuoteTold(Shape):
    """What a basket costs now; nothing is held and nothing is redeemed."""

    goods_minor = minor()
    shipping_minor = minor()
    discount_minor = minor(description="What the platform pays of the goods.")
    total_minor = minor()
    destination = fields.Nested(
        DestinationTold,
        required=True,
        allow_none=True,
        metadata={"description": "Null as long as nobody said whereto."},
    )
    orders = fields.List(fields.Nested(SellerPriced), required=True)
    coupons = fields.List(fields.Nested(CouponTold), required=True)
    confirmation = fields.String(
        required=True,
        metadata={"description": "Stands for exactly this quote; send it with the order."},
    )
