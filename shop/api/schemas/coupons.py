"""Shapes of coupons: what each takes off, where its caller stands with it."""

from marshmallow import fields

from shop.api.schemas.fields import Shape, code, minor


class CouponGiven(Shape):
    """Which coupon to take."""

    code = code(
        required=True,
        metadata={"description": "Of a coupon there to be taken, or one its caller was told."},
    )


class CouponTermsTold(Shape):
    """One coupon with its terms."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    name_en = fields.String(required=True)
    funder = fields.String(
        required=True, metadata={"description": "Who bears it: `seller` or `platform`."}
    )
    seller_code = fields.String(required=True, allow_none=True)
    amount_minor = minor(
        allow_none=True, description="What it takes off in fen; null for a percentage."
    )
    percent = fields.Integer(required=True, allow_none=True)
    cap_minor = minor(
        allow_none=True, description="The most it takes off in fen; null without such a limit."
    )
    min_spend_minor = minor(description="Goods it needs in fen; 0 without such a limit.")
    scope = fields.String(
        required=True,
        metadata={"description": "What it holds for: `all`, `seller`, `category`, `product`."},
    )
    scope_code = fields.String(required=True, allow_none=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    limit_per_buyer = fields.Integer(required=True, allow_none=True)
    left = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "How many may still be taken; null for as many as want it."},
    )
    is_mine = fields.Boolean(
        required=True, metadata={"description": "Whether the caller has it in hand."}
    )
    uses = fields.Integer(
        required=True, metadata={"description": "How often the caller has used it."}
    )
    refused = fields.String(
        required=True,
        metadata={"description": "Why the caller may not use it now; empty when they may."},
    )


class CouponsTold(Shape):
    """Coupons as their caller meets them, those that end first on top."""

    mine = fields.List(
        fields.Nested(CouponTermsTold),
        required=True,
        metadata={"description": "What the caller has or has used; empty for a guest."},
    )
    claimable = fields.List(
        fields.Nested(CouponTermsTold),
        required=True,
        metadata={"description": "What whoever is signed in may take now."},
    )
