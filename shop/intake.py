"""Refuses input no view should ever see: NUL bytes, endless nesting, numbers beyond 64 bits."""

from collections.abc import Iterator
from dataclasses import asdict, is_dataclass
from typing import Any

import orjson
from flask import Flask, g, request
from flask.json.provider import JSONProvider
from werkzeug.exceptions import BadRequest

from kernel.money import Money

DEPTH_MAX = 32
INTEGER_MAX = 2**63 - 1
FORM_TYPES = frozenset(
    {"application/x-www-form-urlencoded", "multipart/form-data"},
)


class JsonProvider(JSONProvider):
    """JSON by orjson, with limits on the way in; Money is written as fen and currency."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Write a value as JSON text."""
        del kwargs
        return dump(obj).decode()

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Read JSON text; raises `ValueError`, which Flask answers with 400."""
        del kwargs
        return load(s)


def dump(value: Any) -> bytes:
    """Write a value as JSON; moments come out in UTC, Money as fen and currency."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_PASSTHROUGH_DATACLASS)


def load(text: str | bytes) -> Any:
    """Read JSON within the limits; raises `ValueError` with a sentence."""
    value = orjson.loads(text)
    _check_values(value)
    return value


def init_app(app: Flask) -> None:
    """Look at path, query and form of every request before anything else does."""
    app.before_request(_refuse_nul)


def _refuse_nul() -> None:
    values = [request.path, *_texts(request.args)]
    if request.method == "POST" and request.mimetype in FORM_TYPES:
        values += _texts(request.form)
        values += [part.filename or "" for _, part in request.files.items(multi=True)]
    # What was given may name people; the journal takes it out of its lines.
    g.given = frozenset(values)
    if any("\x00" in value for value in values):
        raise BadRequest("NUL bytes are not accepted")


def _texts(values: Any) -> Iterator[str]:
    for key, value in values.items(multi=True):
        yield key
        yield value


def _check_values(value: Any) -> None:
    """Walk without recursion, level by level, so that depth cannot exhaust the stack."""
    level = [value]
    for _ in range(DEPTH_MAX):
        below: list[Any] = []
        for item in level:
            _check_scalar(item)
            if isinstance(item, dict):
                below.extend(item.keys())
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
        if not below:
            return
        level = below
    raise ValueError(f"nested deeper than {DEPTH_MAX} levels")


def _check_scalar(item: Any) -> None:
    if isinstance(item, str) and "\x00" in item:
        raise ValueError("NUL characters are not accepted")
    if isinstance(item, int | float) and abs(item) > INTEGER_MAX:
        raise ValueError("a number is out of range")


def _plain(value: Any) -> Any:
    if isinstance(value, Money):
        return {"minor": value.minor, "currency": value.currency}
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, frozenset | set):
        return sorted(value)
    return str(value)
