"""Shapes of claims: what a buyer may ask for after a sale, asks for, and gets."""

from flask_babel import lazy_gettext as _
from marshmallow import ValidationError, fields, validates_schema

from orders.values import ClaimCause, ClaimKind
from shop.api.schemas.fields import Shape, choice, minor, several, shaped, text, whole
from shop.api.schemas.orders import ORDER_NUMBER

MAX_PHOTO_CHARACTERS = 4 * (8 * 1024 * 1024) // 3
MAX_LINES = 100
MAX_PACKS = 9_999
MAX_LINE_ID = 10**15
MAX_PHOTOS = 4
PHOTO = r"^(/9j/|iVBORw0KGgo|UklGR)[A-Za-z0-9+/]*={0,2}$"
REFERENCE = r"^[0-9a-f]{32}$"
STEPS = ("withdraw", "accept", "dispute", "send_back")


class PhotoGiven(Shape):
    """A picture of damaged or spoiled goods."""

    photo = text(
        MAX_PHOTO_CHARACTERS,
        pattern=PHOTO,
        required=True,
        metadata={
            "description": "A JPEG, PNG or WebP of at most 8 MB in base64. It is written anew; "
            "what the camera noted down is not kept."
        },
    )


class PhotoKept(Shape):
    """What to name the picture by in a claim of the same order."""

    photo = fields.String(required=True)


class ClaimLineGiven(Shape):
    """Packs of one line."""

    line_id = whole(1, MAX_LINE_ID, required=True)
    packs = whole(1, MAX_PACKS, required=True)


class ClaimGiven(Shape):
    """What a buyer asks for, of one seller's part of an order."""

    order_number = text(
        40, pattern=ORDER_NUMBER, required=True, metadata={"description": "The seller's part."}
    )
    kind = choice(ClaimKind, required=True)
    cause = choice(ClaimCause)
    percent = whole(
        1,
        100,
        load_default=100,
        metadata={"description": "For spoiled goods one of the grades in force; else 100."},
    )
    lines = several(shaped(ClaimLineGiven), 1, MAX_LINES, required=True)
    words = text(500, minimum=0, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$")
    photos = several(text(32, minimum=32, pattern=REFERENCE), 0, MAX_PHOTOS)

    @validates_schema
    def check_lines(self, data: dict[str, object], **_extra: object) -> None:
        """Refuse a line that stands twice, each time with packs of its own."""
        lines = data["lines"]
        ids = [line["line_id"] for line in lines] if isinstance(lines, list) else []
        repeated = [place for place, one in enumerate(ids) if one in ids[:place]]
        if repeated:
            message = [_("每行商品只能出现一次。")]
            raise ValidationError(
                {"lines": {place: {"line_id": message} for place in repeated}}
            )


class StepGiven(Shape):
    """What the buyer does about a claim."""

    step = choice(
        STEPS,
        required=True,
        metadata={
            "description": "`withdraw` it, `accept` the seller's offer, `dispute` the seller's "
            "word with a `reason`, or `send_back` the goods by a `carrier` under a `waybill`."
        },
    )
    reason = text(500)
    carrier = text(40, minimum=2)
    waybill = text(40, minimum=6, pattern=r"^[0-9A-Za-z-]+$")


class ClaimLineTold(Shape):
    """Packs of one line a claim is about."""

    line_id = fields.Integer(required=True, attribute="order_line_id")
    name = fields.String(required=True)
    name_en = fields.String(required=True)
    spec = fields.String(required=True)
    packs = fields.Integer(required=True)
    minor = minor(description="Fen that are asked for, or were paid.")


class ClaimStepTold(Shape):
    """One step of a claim."""

    state = fields.String(required=True)
    reason = fields.String(required=True)
    at = fields.AwareDateTime(required=True)


class ClaimTold(Shape):
    """A claim as it stands; its steps only where it was asked for by itself."""

    claim_id = fields.Integer(required=True)
    order_number = fields.String(required=True)
    kind = fields.String(required=True)
    cause = fields.String(required=True)
    state = fields.String(required=True)
    percent = fields.Integer(required=True)
    offered_percent = fields.Integer(required=True, allow_none=True)
    offered_minor = minor(description="What the seller offers; 0 without an offer.")
    freight_bearer = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Who pays for sending goods back: `buyer` or `seller`."},
    )
    waybill_carrier = fields.String(required=True, allow_none=True)
    waybill_number = fields.String(required=True, allow_none=True)
    replacement_number = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The order by which the same goods are sent once more."},
    )
    due_at = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "Until when somebody must act before the clock decides."},
    )
    created_at = fields.AwareDateTime(required=True)
    lines = fields.List(fields.Nested(ClaimLineTold), required=True)
    steps = fields.List(fields.Nested(ClaimStepTold), required=True)
    minor = minor(description="Fen of all its packs that are asked for, or were paid.")


class OfferTold(Shape):
    """What may be asked for of one line now."""

    order_number = fields.String(required=True, attribute="line.order_number")
    line_id = fields.Integer(required=True, attribute="line.line_id")
    kind = fields.String(required=True)
    packs = fields.Integer(required=True)
    until = fields.AwareDateTime(required=True, allow_none=True)


class ClaimsTold(Shape):
    """The claims of an order, and what else may be asked for."""

    claims = fields.List(fields.Nested(ClaimTold), required=True)
    offers = fields.List(fields.Nested(OfferTold), required=True)
