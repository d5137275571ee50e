"""What an operation takes and answers: said once, for reading input and for the document."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NoReturn, TypeVar

from flask import Response, abort, request
from flask_babel import gettext as _
from marshmallow import Schema, ValidationError, fields

from shop import errors, intake
from shop.api.schemas.fields import Shape

JSON = "application/json"
HTML = "text/html; charset=utf-8"
INVALID = 422
MAX_BODY_BYTES = 256 * 1024

V = TypeVar("V", bound=Callable[..., Any])


class Caller(StrEnum):
    """How an operation knows who calls."""

    ANYBODY = "anybody"
    READER = "reader"
    """A guest, or a signed-in browser by its cookie."""
    BUYER = "buyer"
    """A guest, or a signed-in browser by its cookie and form token: something changes."""
    PERSON = "person"
    """Whoever is signed in, by cookie and form token."""
    OFFICE = "office"
    """Somebody signed in by cookie; nothing changes."""
    STAFF = "staff"
    """Somebody signed in by cookie and form token: something changes."""
    DEVICE = "device"
    """A data logger by the signature of its body."""


class Where(StrEnum):
    """Which part of a request an input stands in."""

    BODY = "pointer"
    QUERY = "parameter"
    HEADER = "header"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation as the document tells it; statuses every operation has are added there."""

    summary: str
    tag: str
    description: str = ""
    path: Mapping[str, fields.Field[Any]] = field(default_factory=dict)
    query: type[Schema] | None = None
    headers: type[Schema] | None = None
    body: Mapping[str, Any] = field(default_factory=dict)
    """Media type → schema class, or the name of a component."""
    status: int = 200
    answer: type[Schema] | None = None
    media_type: str = JSON
    refusals: Mapping[int, str] = field(default_factory=dict)
    """Status → when the operation answers it."""
    caller: Caller = Caller.ANYBODY


def operation(told: Operation) -> Callable[[V], V]:
    """Attach to a view what the document says about it."""

    def attach(view: V) -> V:
        view.shanji_operation = told  # type: ignore[attr-defined]  # read by operation_of only
        return view

    return attach


def operation_of(view: Callable[..., Any]) -> Operation | None:
    """Return what a view says about itself, or None where its author forgot."""
    found: Operation | None = getattr(view, "shanji_operation", None)
    return found


def read_query(shape: type[Shape]) -> dict[str, Any]:
    """Return the checked parameters of the address; aborts with 422."""
    given = request.args.to_dict(flat=False)
    if repeated := sorted(name for name, values in given.items() if len(values) > 1):
        refuse(Where.QUERY, {name: [_("只能出现一次。")] for name in repeated})
    return _checked(shape, {name: values[0] for name, values in given.items()}, Where.QUERY)


def read_headers(shape: type[Shape]) -> dict[str, Any]:
    """Return the checked headers the shape names; aborts with 422."""
    names = [given.data_key or name for name, given in shape().fields.items()]
    given = {name: request.headers[name] for name in names if name in request.headers}
    return _checked(shape, given, Where.HEADER)


def read_body(shape: type[Shape], *, at_most: int = MAX_BODY_BYTES) -> dict[str, Any]:
    """Return the checked JSON body; aborts with 400, 413, 415 or 422."""
    request.max_content_length = at_most
    return _checked(shape, request.get_json(), Where.BODY)


def refuse(where: Where, messages: Any) -> NoReturn:
    """Abort with 422 and a sentence for everything that is wrong."""
    detail = _("输入有误，请按 errors 中的说明修改。")
    response = errors.answer(INVALID, "input_invalid", detail)
    body: dict[str, Any] = intake.load(response.get_data())
    body["errors"] = [
        {where.value: place, "detail": sentence}
        for place, sentence in _flattened(messages, where)
    ]
    response.set_data(intake.dump(body))
    abort(response)


def answer(shape: type[Shape], value: object, *, status: int = 200) -> Response:
    """Answer a value in its documented shape."""
    response = Response(intake.dump(shape().dump(value)), status, content_type=JSON)
    # Prices, stock and orders change from one moment to the next, and orders are private.
    response.headers["Cache-Control"] = "no-store"
    return response


def _checked(shape: type[Shape], given: Any, where: Where) -> dict[str, Any]:
    try:
        checked: dict[str, Any] = shape().load(given)
    except ValidationError as error:
        refuse(where, error.messages)
    return checked


def _flattened(messages: Any, where: Where) -> Iterator[tuple[str, str]]:
    """Yield each place with its sentence: a JSON pointer in a body, a name elsewhere."""
    separator = "/" if where is Where.BODY else ""
    waiting = [("", messages)]
    while waiting:
        place, found = waiting.pop(0)
        if isinstance(found, dict):
            waiting.extend(
                (place if name == "_schema" else f"{place}{separator}{_escaped(name)}", below)
                for name, below in found.items()
            )
        elif isinstance(found, list):
            yield place, " ".join(str(sentence) for sentence in found)
        else:
            yield place, str(found)


def _escaped(name: object) -> str:
    return str(name).replace("~", "~0").replace("/", "~1")
