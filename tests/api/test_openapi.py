"""The document says what the code does: every route, every status, every shape."""

import json
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openapi_spec_validator import validate

from shop.api import openapi
from shop.api.contract import operation_of
from shop.settings import CHECKOUT

COMMITTED = CHECKOUT / "docs" / "openapi.json"


@pytest.fixture(scope="module")
def document(built_app: Flask) -> dict[str, Any]:
    with built_app.app_context():
        return openapi.document(built_app)


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    validate(document)  # raises for anything OpenAPI 3.1 does not allow


def test_the_committed_document_is_the_present_one(document: dict[str, Any]) -> None:
    committed = json.loads(COMMITTED.read_text(encoding="utf-8"))

    assert committed == document, "run make openapi"


def test_every_route_stands_in_the_document(app: Flask, document: dict[str, Any]) -> None:
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    told = {(path, method) for path, methods in document["paths"].items() for method in methods}

    assert routes == told
    assert len(routes) >= 9


def test_every_operation_has_a_name_of_its_own(document: dict[str, Any]) -> None:
    names = [
        operation["operationId"]
        for methods in document["paths"].values()
        for operation in methods.values()
    ]

    assert len(names) == len(set(names))


def test_every_view_tells_about_itself(app: Flask) -> None:
    silent = [
        rule.endpoint
        for rule in openapi.routes(app)
        if operation_of(app.view_functions[rule.endpoint]) is None
    ]

    assert silent == []


def test_the_document_is_served(client: FlaskClient, document: dict[str, Any]) -> None:
    answer = client.get("/api/v1/openapi.json")

    assert (answer.status_code, answer.content_type) == (200, "application/json")
    assert answer.get_json() == document


def test_the_page_asks_nobody_else(client: FlaskClient) -> None:
    answer = client.get("/api/v1/docs")

    assert answer.status_code == 200
    assert "http://" not in answer.text.replace("http://www.w3.org", "")
    assert "https://" not in answer.text


def test_a_shape_refuses_unknown_fields_and_says_so(document: dict[str, Any]) -> None:
    given = ("OrderGiven", "LineGiven", "RecipientGiven", "CompactReadings")

    open_shapes = [
        name
        for name in given
        if document["components"]["schemas"][name]["additionalProperties"] is not False
    ]

    assert open_shapes == []


def test_every_text_that_is_taken_has_bounds(document: dict[str, Any]) -> None:
    shapes = document["components"]["schemas"]
    boundless = [
        f"{shape}.{name}"
        for shape in ("LineGiven", "RecipientGiven", "SenMLRecord")
        for name, field in shapes[shape]["properties"].items()
        if field.get("type") == "string" and "maxLength" not in field
    ]

    assert boundless == []
