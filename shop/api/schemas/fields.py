"""Fields with narrow limits: no silent conversion, no unbounded text, no control characters."""

import re
from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _
from marshmallow import RAISE, Schema, ValidationError, fields, validate

MAX_MINOR = 10**12
"""Ten thousand million yuan in fen: beyond any order, well within 64 bits."""

MAX_CODE = 64
CODE = r"^[0-9A-Za-z][0-9A-Za-z._-]*$"
LINE = r"^[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$"
"""One line of text that does not begin with a space."""

DIGITS = re.compile(r"0|[1-9][0-9]{0,17}")

MESSAGES = {
    "required": _("必填。"),
    "null": _("不能为空。"),
    "validator_failed": _("取值无效。"),
    "type": _("类型不对。"),
}


class Shape(Schema):
    """The base of every shape: a field nobody knows is an error, in the caller's language."""

    error_messages = {  # noqa: RUF012 -- marshmallow names messages this way
        "unknown": _("未知字段。"),
        "type": _("应为 JSON 对象。"),
    }

    class Meta:
        """Refuse unknown fields, and say so in the document."""

        unknown = RAISE


class Pattern(validate.Regexp):
    """A pattern that must match the whole text, a line feed at its end included."""

    def __call__(self, value: Any) -> Any:
        """Return the value; raises `ValidationError`."""
        if self.regex.fullmatch(value) is None:
            raise ValidationError(self._format_error(value))
        return value


class Whole(fields.Integer):
    """A whole number and nothing that merely looks like one: no text, no 1.0, no true."""

    def _validated(self, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.make_error("invalid", input=value)
        return value


class QueryWhole(fields.Integer):
    """A whole number in an address: plain ASCII digits."""

    def _validated(self, value: Any) -> int:
        if not (isinstance(value, str) and DIGITS.fullmatch(value)):
            raise self.make_error("invalid", input=value)
        return int(value)


class QueryTruth(fields.Boolean):
    """Yes or no in an address: `true` or `false`."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        del attr, data, kwargs
        if value not in {"true", "false"}:
            raise self.make_error("invalid", input=value)
        return bool(value == "true")


class Truth(fields.Boolean):
    """Yes or no of a JSON body: `true` or `false`, and nothing that merely counts as one."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        del attr, data, kwargs
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


def text(maximum: int, *, minimum: int = 1, pattern: str = LINE, **extra: Any) -> fields.String:
    """Return a text of bounded length; by default one line that says something."""
    return fields.String(
        validate=[
            validate.Length(minimum, maximum, error=_("长度应在 {min} 到 {max} 之间。")),
            Pattern(pattern, error=_("含有不允许的字符。")),
        ],
        error_messages=MESSAGES | {"invalid": _("应为文本。")},
        **extra,
    )


def code(**extra: Any) -> fields.String:
    """Return a natural key such as a product's code."""
    return text(MAX_CODE, pattern=CODE, **extra)


def choice(of: Iterable[str], **extra: Any) -> fields.String:
    """Return a text out of a closed list."""
    return fields.String(
        validate=validate.OneOf(list(of), error=_("应为其中之一：{choices}。")),
        error_messages=MESSAGES | {"invalid": _("应为文本。")},
        **extra,
    )


def whole(minimum: int, maximum: int, **extra: Any) -> fields.Integer:
    """Return a bounded whole number of a JSON body."""
    return Whole(**_whole(minimum, maximum), **extra)


def query_whole(minimum: int, maximum: int, **extra: Any) -> fields.Integer:
    """Return a bounded whole number of an address."""
    return QueryWhole(**_whole(minimum, maximum), **extra)


def query_truth(**extra: Any) -> fields.Boolean:
    """Return a yes or no of an address."""
    invalid = {"invalid": _("应为 true 或 false。")}
    return QueryTruth(error_messages=MESSAGES | invalid, **extra)


def truth(**extra: Any) -> fields.Boolean:
    """Return a yes or no of a JSON body."""
    invalid = {"invalid": _("应为 true 或 false。")}
    return Truth(error_messages=MESSAGES | invalid, **extra)


def several(item: fields.Field[Any], minimum: int, maximum: int, **extra: Any) -> Any:
    """Return a list of bounded length."""
    return fields.List(
        item,
        validate=validate.Length(minimum, maximum, error=_("应有 {min} 到 {max} 项。")),
        error_messages=MESSAGES | {"invalid": _("应为列表。")},
        **extra,
    )


def shaped(shape: type[Shape], **extra: Any) -> fields.Nested:
    """Return an object of another shape."""
    return fields.Nested(shape, error_messages=MESSAGES, **extra)


def path_id(description: str) -> fields.String:
    """Return a running number that stands in the path."""
    return fields.String(
        required=True,
        validate=[validate.Length(1, 19), Pattern("^[1-9][0-9]{0,18}$")],
        metadata={"description": description},
    )


def minor(**extra: Any) -> fields.Integer:
    """Return an amount in whole fen, as answers give it."""
    description = extra.pop("description", "Whole fen (1/100 CNY).")
    return fields.Integer(required=True, metadata={"description": description}, **extra)


def _whole(minimum: int, maximum: int) -> dict[str, Any]:
    return {
        "validate": validate.Range(minimum, maximum, error=_("应在 {min} 到 {max} 之间。")),
        "error_messages": MESSAGES | {"invalid": _("应为整数。")},
    }
