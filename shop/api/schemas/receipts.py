"""Shapes of goods receipts: a harvest weighed under a contract, and what it pays."""

import re
from typing import Any

from flask_babel import lazy_gettext as _
from marshmallow import ValidationError, fields, validates_schema

from households.rules.receipts import MAX_GRADE_PERCENT, MAX_WEIGHT_G
from households.values import IncomeClass, LinkageModel
from shop.api.schemas.catalog import MAX_PAGE_KEY, PAGE_KEY, Language
from shop.api.schemas.fields import (
    MAX_CODE,
    MESSAGES,
    Shape,
    choice,
    code,
    minor,
    query_whole,
    shaped,
    text,
    whole,
)

MAX_HOUSEHOLD = 16
HOUSEHOLD = r"^[0-9A-Za-z][0-9A-Za-z-]*$"
MAX_CERTIFICATE = 60
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Day(fields.Date):
    """A calendar day written as 2026-06-01 and in no other way."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not (isinstance(value, str) and DAY.fullmatch(value)):
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE)
        return super()._deserialize(value, attr, data, **kwargs)


def _day(description: str = "A calendar day.") -> Day:
    return Day(
        required=True,
        error_messages=MESSAGES | {"invalid": _("日期请按 2026-06-01 的格式填写。")},
        metadata={"description": description},
    )


class NewLotGiven(Shape):
    """A lot that is opened for this weighing."""

    sku = code(required=True)
    harvested_on = _day()
    certificate = text(
        MAX_CERTIFICATE,
        metadata={"description": "Number of the batch certificate, where the goods need one."},
    )


class ReceiptGiven(Shape):
    """One weighing of one household's goods; the price is found by the contract."""

    contract = code(
        required=True,
        metadata={"description": "A purchase contract of the caller's organisation."},
    )
    household_id = text(
        MAX_HOUSEHOLD,
        pattern=HOUSEHOLD,
        metadata={
            "description": "Opaque number; may be left out where the contract names its "
            "household."
        },
    )
    lot = code(metadata={"description": "An own lot of which nothing has been sold yet."})
    new_lot = shaped(NewLotGiven, metadata={"description": "Instead of `lot`."})
    weight_g = whole(1, MAX_WEIGHT_G, required=True)
    grade_percent = whole(1, MAX_GRADE_PERCENT, load_default=100)
    received_on = _day("Whose terms and market price hold.")

    @validates_schema
    def check_lot(self, data: dict[str, object], **_extra: object) -> None:
        """Demand exactly one of a lot that is there and one to be opened."""
        if ("lot" in data) == ("new_lot" in data):
            raise ValidationError({"lot": [_("lot 与 new_lot 必须且只能给出一项。")]})


class ReceiptQuery(Language):
    """Which receipts of which organisation."""

    seller = code(metadata={"description": "One of the caller's own organisations."})
    limit = query_whole(1, 100, load_default=50)
    after = text(
        MAX_PAGE_KEY,
        pattern=PAGE_KEY,
        metadata={"description": "The `next` of the page before, with the same parameters."},
    )


class SlipTold(Shape):
    """A goods receipt as it was recorded, and how its price was found."""

    code = fields.String(required=True)
    contract = fields.String(required=True, attribute="contract_code")
    version = fields.Integer(required=True)
    model = choice(list(LinkageModel), required=True)
    income_class = choice(list(IncomeClass), required=True)
    household_id = fields.String(
        required=True, metadata={"description": "Opaque number, never a name."}
    )
    lot = fields.String(required=True, attribute="lot_code")
    product_name = fields.String(required=True)
    product_name_en = fields.String(required=True)
    spec = fields.String(required=True)
    received_on = fields.Date(required=True)
    recorded_at = fields.AwareDateTime(required=True)
    weight_g = fields.Integer(required=True)
    grade_percent = fields.Integer(required=True)
    price_minor_per_kg = minor(description="Whole fen a kilogram by the contract.")
    market_minor_per_kg = minor(
        description="Whole fen a kilogram on the market of the week.", allow_none=True
    )
    market_weight_g = fields.Integer(
        required=True,
        metadata={"description": "Grams beyond the contract's maximum, at the market price."},
    )
    gross_minor = minor()
    withheld_minor = minor(description="Whole fen kept for inputs given before.")
    pay_minor = minor(description="Whole fen the household earns.")
    netted_minor = minor(
        description="Whole fen of it paid in advance before; the rest is owed from now on."
    )
    uplift_minor = minor(description="Whole fen above the market value.")
    takes_back = fields.String(
        required=True, allow_none=True, metadata={"description": "The receipt it takes back."}
    )
    taken_back_by = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The receipt that took it back."},
    )


class SlipPage(Shape):
    """One page of receipts, the newest first."""

    rows = fields.List(fields.Nested(SlipTold), required=True)
    next = fields.String(
        required=True,
        allow_none=True,
        attribute="next_key",
        metadata={"description": "Give it as `after` for the next page; null at the end."},
    )


def path_code() -> fields.String:
    """Return a receipt's number that stands in the path."""
    return text(
        MAX_CODE,
        pattern=r"^[0-9A-Za-z][0-9A-Za-z._-]*$",
        required=True,
        metadata={"description": "Number of a goods receipt."},
    )
