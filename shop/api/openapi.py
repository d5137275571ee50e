"""Writes the OpenAPI document from the operations the views declare."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from flask import Blueprint, Flask, Response, current_app
from marshmallow import Schema
from werkzeug.routing import Rule

from shop import intake
from shop.api import contract
from shop.api.contract import Caller, Operation, operation, operation_of
from shop.api.readings import components as reading_components
from shop.api.schemas.catalog import Language
from shop.api.schemas.problems import Problem
from shop.errors import PROBLEM
from shop.security import public

pages = Blueprint("api_openapi", __name__)

PREFIX = "/api/v1/"
VERSION = "3.1.0"
ABOUT = """\
The catalogue of 山集, orders, shipments under their temperature curve, and the intake of
temperature loggers. Amounts are whole fen (1/100 CNY), temperatures hundredths of a degree
Celsius, moments UTC in ISO 8601. Failures are problem details (RFC 9457) with a stable `code`;
their sentences come in Chinese, or in English with `?lang=en`.
"""
# What any operation may answer, whatever it does.
ALWAYS = {
    400: "The request cannot be read.",
    500: "Something broke on our side; nothing was changed.",
    503: "The database is away; try again after the seconds in `Retry-After`.",
}
WITH_INPUT = {422: "The input is not acceptable; `errors` says where and why."}
WITH_BODY = {
    413: "The body is too large.",
    415: "The body is of another media type.",
    429: "Too many requests from one address.",
}
# Caller → what proves who it is; an empty set of proofs stands for a guest.
SECURITY: Mapping[Caller, list[dict[str, list[str]]]] = {
    Caller.ANYBODY: [],
    Caller.READER: [{}, {"session": []}],
    Caller.BUYER: [{}, {"session": [], "form_token": []}],
    Caller.PERSON: [{"session": [], "form_token": []}],
    Caller.OFFICE: [{"session": []}],
    Caller.STAFF: [{"session": [], "form_token": []}],
    Caller.DEVICE: [{"signature": []}],
}


@pages.get("/openapi.json")
@public
@operation(
    Operation(
        summary="Get this document",
        tag="about",
        query=Language,
        media_type=contract.JSON,
    )
)
def show_document() -> Response:
    """Show the document of everything under /api/v1."""
    contract.read_query(Language)
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    return Response(_written(app), content_type=contract.JSON)


@lru_cache(maxsize=1)
def _written(app: Flask) -> bytes:
    """Write the document once; it only changes with the code."""
    return intake.dump(document(app))


def document(app: Flask) -> dict[str, Any]:
    """Return the OpenAPI document of an application; the same app gives the same document."""
    plugin = MarshmallowPlugin(schema_name_resolver=_name_of)
    spec = APISpec(
        title="山集 Shanji",
        version="1",
        openapi_version=VERSION,
        plugins=[plugin],
        info={"description": ABOUT},
        servers=[{"url": "/"}],
    )
    _add_security(spec)
    spec.components.schema("Problem", schema=Problem)
    for name, schema in reading_components().items():
        spec.components.schema(name, component=schema)
    for rule in routes(app):
        told = operation_of(app.view_functions[rule.endpoint])
        if told is None:
            raise RuntimeError(f"{rule.endpoint} says nothing about itself to the document")
        spec.path(
            path=re.sub(r"<(?:[^<>:]+:)?([^<>]+)>", r"{\1}", rule.rule),
            operations={
                method.lower(): _told(told, rule.endpoint, plugin.converter)
                for method in methods(rule)
            },
        )
    written: dict[str, Any] = spec.to_dict()
    return written


def routes(app: Flask) -> Iterator[Rule]:
    """Yield every route under /api/v1, by path."""
    rules = (rule for rule in app.url_map.iter_rules() if rule.rule.startswith(PREFIX))
    return iter(sorted(rules, key=lambda rule: (rule.rule, methods(rule))))


def methods(rule: Rule) -> list[str]:
    """Return the methods of a route that somebody wrote a view for."""
    return sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})


def _add_security(spec: APISpec) -> None:
    schemes = {
        "session": ("cookie", "shanji", "The cookie of a signed-in browser."),
        "form_token": ("header", "X-CSRFToken", "The form token of a signed-in browser."),
        "signature": ("header", "X-Signature", "HMAC of the body by a logger's own secret."),
    }
    for name, (place, key, description) in schemes.items():
        spec.components.security_scheme(
            name,
            {"type": "apiKey", "in": place, "name": key, "description": description},
        )


def _told(told: Operation, endpoint: str, converter: OpenAPIConverter | None) -> dict[str, Any]:
    if converter is None:
        raise RuntimeError("the marshmallow plugin was not given to the document")
    parts: dict[str, Any] = {
        "operationId": endpoint.rpartition(".")[2],
        "summary": told.summary,
        "tags": [told.tag],
        "parameters": list(_parameters(told, converter)),
        "responses": _responses(told),
        "security": SECURITY[told.caller],
    }
    if told.description:
        parts["description"] = told.description
    if told.body:
        content = {kind: {"schema": schema} for kind, schema in told.body.items()}
        parts["requestBody"] = {"required": True, "content": content}
    return parts


def _parameters(told: Operation, converter: OpenAPIConverter) -> Iterator[dict[str, Any]]:
    for name, given in told.path.items():
        schema = converter.field2property(given)
        yield {
            "in": "path",
            "name": name,
            "required": True,
            "description": schema.pop("description"),
            "schema": schema,
        }
    for shape, place in ((told.query, "query"), (told.headers, "header")):
        if shape is not None:
            yield from converter.schema2parameters(shape, location=place)


def _responses(told: Operation) -> dict[str, Any]:
    answers: dict[str, Any] = {str(told.status): _success(told)}
    refusals = {
        **ALWAYS,
        **(WITH_INPUT if told.query or told.headers or told.body else {}),
        **(WITH_BODY if told.body else {}),
        **told.refusals,
    }
    for status, when in sorted(refusals.items()):
        answers[str(status)] = {
            "description": when,
            "content": {PROBLEM: {"schema": Problem}},
        }
    return answers


def _success(told: Operation) -> dict[str, Any]:
    schema: Any = {"type": "object"} if told.answer is None else told.answer
    if told.media_type != contract.JSON:
        schema = {"type": "string"}
    media_type = told.media_type.partition(";")[0]
    return {"description": told.summary, "content": {media_type: {"schema": schema}}}


def _name_of(schema: type[Schema] | Schema) -> str:
    kind = schema if isinstance(schema, type) else type(schema)
    return kind.__name__
