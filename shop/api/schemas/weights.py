"""Shapes of goods sold by weight: what is to be weighed, and what the scale shows."""

from typing import Any

from flask_babel import lazy_gettext as _
from marshmallow import ValidationError, fields, validates_schema

from shop.api.schemas.fields import Shape, choice, minor, several, shaped, whole

MAX_LINE = 2**63 - 1
MAX_LINES = 100
MAX_PIECES = 500
MAX_PIECE_G = 100_000
UNUSUAL = "unusual"


class PiecesGiven(Shape):
    """What each piece of one line weighs."""

    line_id = whole(
        1, MAX_LINE, required=True, metadata={"description": "A line of this order."}
    )
    pieces_g = several(whole(1, MAX_PIECE_G), 1, MAX_PIECES, required=True)


class WeightsGiven(Shape):
    """What the scale shows, in whole grams, piece by piece."""

    lines = several(shaped(PiecesGiven), 1, MAX_LINES, required=True)
    confirmed = choice(
        [UNUSUAL],
        metadata={
            "description": "Sent after a second look at pieces outside their range; without it "
            "they are refused with `weight_unusual`."
        },
    )

    @validates_schema
    def check_lines(self, data: dict[str, Any], **_extra: object) -> None:
        """Refuse a line that stands twice, each time with weights of its own."""
        ids = [line["line_id"] for line in data["lines"]]
        repeated = [place for place, number in enumerate(ids) if number in ids[:place]]
        if repeated:
            message = {"line_id": [_("每一行只能出现一次。")]}
            raise ValidationError({"lines": dict.fromkeys(repeated, message)})


class LineToWeigh(Shape):
    """A line sold by weight."""

    line_id = fields.Integer(required=True)
    pieces = fields.Integer(
        required=True,
        attribute="packs_left",
        metadata={"description": "How many pieces are to be weighed."},
    )
    estimate_g = fields.Integer(required=True, attribute="terms.estimate_g")
    min_g = fields.Integer(required=True, attribute="terms.min_g")
    max_g = fields.Integer(required=True, attribute="terms.max_g")
    pieces_g = fields.List(
        fields.Integer(),
        required=True,
        metadata={"description": "What was weighed last; empty before."},
    )
    weight_g = fields.Integer(required=True, allow_none=True)
    is_weighed = fields.Boolean(required=True)
    gross_minor = minor(description="What the buyer was charged until it is weighed, in fen.")
    settled_at = fields.AwareDateTime(required=True, allow_none=True)


class WeightsTold(Shape):
    """What of an order is sold by weight, as it stands now."""

    order = fields.String(required=True)
    lines = fields.List(fields.Nested(LineToWeigh), required=True)
