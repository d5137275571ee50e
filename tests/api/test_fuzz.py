"""Generated requests, fitting and unfitting: no failure of ours, no status nobody told of."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from schemathesis import APIOperation, Case, CheckFunction, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    positive_data_acceptance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from kernel.db import db
from shop.app import create_app
from shop.settings import Settings
from tests.builders.api import a_shop_of_today, signed
from tests.builders.cold_chain import a_device
from tests.builders.sales import a_paid_group

EACH = 25
WANTED = 300
EXAMPLES = how(
    max_examples=EACH,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
CHECKED: list[CheckFunction] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
# What fits the document may still name loggers or things that do not exist, or a page that was
# never handed out, and is refused all the same.
NEEDS_MORE_THAN_SHAPE = frozenset(
    {
        *("take_readings", "list_products", "get_measures", "list_sources"),
        *("list_claims", "show_claim"),
        *("show_certificate", "show_notice"),
    }
)
TOKEN = "form_token"
"""What changes something for a browser takes one; nobody here has any."""


@dataclass(slots=True)
class Run:
    """What a run sent and which statuses came back."""

    sent: int = 0
    statuses: Counter[int] = field(default_factory=Counter)

    def call(self, case: Case[Any], *more: CheckFunction) -> None:
        # The test client does not unpack what it was sent packed.
        response = case.call(headers={"Accept-Encoding": "identity"})
        self.sent += 1
        self.statuses[response.status_code] += 1
        case.validate_response(response, checks=[*CHECKED, *more])


@pytest.mark.timeout(400)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_no_generated_request_fails_or_is_answered_unheard_of(
    fresh_database_url: str, settings: Settings
) -> None:
    app = create_app(replace(settings, database_url=fresh_database_url))
    known = a_committed_shop(fresh_database_url)
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    run = Run()

    try:
        for found in schema.get_all_operations():
            assert isinstance(found, Ok)
            operation = found.ok()
            for mode in GenerationMode:
                send(run, operation, mode, {})
            if operation.path in known:
                send(run, operation, GenerationMode.POSITIVE, known[operation.path])
    finally:
        close(app)

    assert run.sent >= WANTED, f"{run.sent} requests: {run.statuses}"
    assert {200, 404, 422} <= set(run.statuses)


@pytest.mark.timeout(400)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_nothing_a_logger_can_sign_is_a_failure_of_ours(
    fresh_database_url: str, settings: Settings
) -> None:
    app = create_app(replace(settings, database_url=fresh_database_url))
    with engine_on(fresh_database_url) as engine, Session(engine) as session:
        a_device(session)
        session.commit()
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    operation = schema["/api/v1/readings"]["POST"]
    statuses: Counter[int] = Counter()

    @EXAMPLES
    @given(case=operation.as_strategy())
    def each(case: Case[Any]) -> None:
        body = json.dumps(case.body).encode()
        answer = app.test_client().post(
            "/api/v1/readings",
            data=body,
            headers=signed(body),
            content_type=case.media_type,
        )
        statuses[answer.status_code] += 1

    try:
        each()
    finally:
        close(app)

    assert set(statuses) <= {202, 422}


def send(
    run: Run, operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode, known: Any
) -> None:
    more: list[CheckFunction] = [positive_data_acceptance]
    told = operation.definition.raw
    takes_token = any(TOKEN in proofs for proofs in told.get("security", ()))
    if takes_token or told["operationId"] in NEEDS_MORE_THAN_SHAPE:
        more = []

    @EXAMPLES
    @given(case=operation.as_strategy(generation_mode=mode, **known))
    def each(case: Case[Any]) -> None:
        run.call(case, *more)

    each()


def a_committed_shop(database_url: str) -> dict[str, dict[str, Any]]:
    """Make a small shop with a paid order; return what names its things, by path."""
    with engine_on(database_url) as engine, Session(engine, expire_on_commit=False) as session:
        world = a_shop_of_today(session)
        group = a_paid_group(session, {world.goat.code: 1})
        session.commit()
    key = {"query": {"key": group.access_key}}
    code = world.goat.product_code
    lot = world.lots[world.goat.code]
    return {
        "/api/v1/products/{code}": {"path_parameters": {"code": code}},
        "/api/v1/products/{code}/certificates": {"path_parameters": {"code": code}},
        "/api/v1/lots/{code}": {"path_parameters": {"code": lot}},
        "/api/v1/orders/{number}": {"path_parameters": {"number": group.number}, **key},
        "/api/v1/shipments/{order_number}/chart": {
            "path_parameters": {"order_number": f"{group.number}-1"},
            **key,
        },
    }


@contextmanager
def engine_on(database_url: str) -> Iterator[Engine]:
    engine = create_engine(database_url)
    yield engine
    engine.dispose()


def close(app: Flask) -> None:
    with app.app_context():
        db.engine.dispose()
