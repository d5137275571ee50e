"""Whatever may be written is known, bounded and of its own type; nothing is converted."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from marshmallow import RAISE, Schema, ValidationError, fields

from shop.api.contract import operation_of
from shop.api.openapi import document, routes

HUGE = 10**30
NUL = "a\x00b"
NO_INTEGER: tuple[Any, ...] = (True, False, 1.0, 1.5, "1", "", HUGE, -HUGE, None, [], {})
NO_TEXT: tuple[Any, ...] = (1, True, 1.5, None, [], {}, NUL, "x" * 100_000)
NO_TRUTH: tuple[Any, ...] = (0, 1, 1.0, "true", "false", "", None, [], {})
NO_LIST: tuple[Any, ...] = (1, True, "x", None, {}, [1] * 100_000)
Place = tuple[str | int, ...]


def shapes(app: Flask) -> dict[str, type[Schema]]:
    """Return every shape some operation reads a body by."""
    told = [operation_of(app.view_functions[rule.endpoint]) for rule in routes(app)]
    bodies = [body for one in told if one is not None for body in one.body.values()]
    return {body.__name__: body for body in bodies if isinstance(body, type)}


def places(shape: Schema, before: Place = ()) -> Iterator[tuple[Place, fields.Field[Any]]]:
    """Yield every field a body may hold, however deep, with the place it stands at."""
    for name, field in shape.fields.items():
        here = (*before, field.data_key or name)
        yield here, field
        inner: Any = field.inner if isinstance(field, fields.List) else field
        if isinstance(field, fields.List):
            here = (*here, 0)
            if not isinstance(inner, fields.Nested):
                yield here, inner
        if isinstance(inner, fields.Nested):
            yield from places(inner.schema, here)


def body_with(place: Place, value: Any) -> Any:
    """Return the smallest body that holds a value at a place."""
    for step in reversed(place):
        value = [value] if step == 0 else {step: value}
    return value


def is_refused(shape: type[Schema], place: Place, value: Any) -> bool:
    """Say whether a value is refused where it stands, whatever else is missing."""
    try:
        shape().load(body_with(place, value))
    except ValidationError as error:
        found: Any = error.messages
        for step in place:
            if not isinstance(found, dict) or step not in found:
                return isinstance(found, list)
            found = found[step]
        return True
    return False


WRONG_FOR: tuple[tuple[Any, tuple[Any, ...]], ...] = (
    (fields.Boolean, NO_TRUTH),
    (fields.Integer, NO_INTEGER),
    (fields.String | fields.Date, NO_TEXT),
    (fields.List, NO_LIST),
    (fields.Nested, (1, True, "x", None, [], {"nobody-knows-this": 1})),
)


def wrong_for(field: fields.Field[Any]) -> tuple[Any, ...]:
    """Return what a field of this kind must not take."""
    for kind, wrong in WRONG_FOR:
        if isinstance(field, kind):
            return wrong
    raise AssertionError(f"a kind of field nobody has thought of: {field!r}")


def test_no_wrong_value_is_taken_anywhere(built_app: Flask) -> None:
    tried, taken = 0, []
    for name, shape in shapes(built_app).items():
        for place, field in places(shape()):
            for value in wrong_for(field):
                tried += 1
                if not is_refused(shape, place, value):
                    taken.append((name, place, repr(value)[:20]))

    assert tried > 300
    assert taken == []


def test_no_level_of_any_body_takes_a_field_nobody_knows(built_app: Flask) -> None:
    for shape in shapes(built_app).values():
        levels = [(), *(place for place, field in places(shape()) if is_level(field))]
        for place in levels:
            with pytest.raises(ValidationError) as refused:
                shape().load(body_with((*place, "nobody-knows-this"), 1))
            assert "nobody-knows-this" in str(refused.value.messages)
        assert shape().unknown == RAISE


def is_level(field: fields.Field[Any]) -> bool:
    return isinstance(field, fields.Nested)


def parts(schema: Any, components: Any, seen: frozenset[str] = frozenset()) -> Iterator[Any]:
    """Yield a schema of the document and everything below it."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name in seen:
            return
        yield from parts(components[name], components, seen | {name})
        return
    yield schema
    below = [
        *schema.get("properties", {}).values(),
        *schema.get("anyOf", []),
        *schema.get("allOf", []),
        *schema.get("prefixItems", []),
    ]
    if isinstance(schema.get("items"), dict):
        below.append(schema["items"])
    for one in below:
        yield from parts(one, components, seen)


OPEN = {"SenMLRecord"}
"""RFC 8428, 4.4: labels nobody knows are passed over, so that packs can say more later."""


def loose(schema: Any) -> str:
    """Say what is unbounded in one schema; empty when nothing is."""
    kind = schema.get("type")
    wanted = {
        "integer": ("minimum", "maximum"),
        "number": ("minimum", "maximum"),
        "array": ("maxItems",),
        "object": ("additionalProperties",),
    }.get(kind, ())
    missing = [name for name in wanted if name not in schema]
    if kind == "string" and not {"maxLength", "enum", "format"} & set(schema):
        missing.append("maxLength")
    if schema.get("title") in OPEN:
        missing.remove("additionalProperties")
    elif kind == "object" and schema.get("additionalProperties") is not False:
        missing.append("additionalProperties: false")
    return ", ".join(missing)


def test_the_document_bounds_everything_that_may_be_written(built_app: Flask) -> None:
    told = document(built_app)
    components = told["components"]["schemas"]
    found, count = [], 0
    for path, methods in told["paths"].items():
        # What a provider may send is for the provider to say; it is signed and bounded in size.
        if "/webhooks/" in path:
            continue
        for told_of in methods.values():
            for body in told_of.get("requestBody", {}).get("content", {}).values():
                for one in parts(body["schema"], components):
                    count += 1
                    if why := loose(one):
                        found.append((path, why, str(one)[:120]))

    assert count > 40
    assert found == []


class Lax(Schema):
    """What nobody here may write: it converts, and bounds nothing."""

    count = fields.Integer()
    name = fields.String()


def test_a_lax_shape_is_seen() -> None:
    taken = [
        (place, value)
        for place, field in places(Lax())
        for value in wrong_for(field)
        if not is_refused(Lax, place, value)
    ]

    assert (("count",), True) in taken
    assert (("count",), HUGE) in taken
    assert (("name",), NUL) in taken
    assert loose({"type": "integer"})
    assert loose({"type": "object", "properties": {}})
