"""Shapes of the bank's answers: what became of each line of a batch."""

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _
from marshmallow import ValidationError, fields, validates, validates_schema

from payments.values import Outcome, ReturnReason
from shop.api.schemas.fields import MAX_MINOR, Shape, choice, several, shaped, text, whole

MAX_ROWS = 1_000
REFERENCE = r"^[A-Za-z0-9._-]+$"
DAY = r"^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
PERIOD = r"^[A-Za-z0-9-]+$"


class AnswerRow(Shape):
    """What the bank says about one line; names and accounts are never asked for."""

    line_number = whole(1, 1_000_000, required=True)
    amount_minor = whole(1, MAX_MINOR, required=True)
    outcome = choice([one.value for one in Outcome], required=True)
    bank_reference = text(64, pattern=REFERENCE, required=True)
    return_reason = choice(
        [one.value for one in ReturnReason],
        metadata={"description": "Required for a returned line, and for no other."},
    )
    on = text(
        10, minimum=10, pattern=DAY, required=True, metadata={"description": "Day, YYYY-MM-DD."}
    )

    @validates("on")
    def _is_a_day(self, value: str, **_kwargs: Any) -> None:
        try:
            date.fromisoformat(value)
        except ValueError as error:
            raise ValidationError(_("日期应写作 2026-01-31")) from error

    @validates_schema
    def _reason_fits(self, data: dict[str, Any], **_kwargs: Any) -> None:
        is_returned = data.get("outcome") == Outcome.RETURNED
        if is_returned != ("return_reason" in data):
            message = _("退回的行要写明原因，成功的行不写。")
            raise ValidationError(message, field_name="return_reason")


class AnswersGiven(Shape):
    """A list of answers; one faulty row and none is booked."""

    rows = several(shaped(AnswerRow), 1, MAX_ROWS, required=True)


class AnswersTaken(Shape):
    """How many answers were new and how many had been taken in before."""

    applied = fields.Integer(required=True)
    repeated = fields.Integer(required=True)
