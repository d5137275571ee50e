"""What a supervisor asks the running shop: is it well, and what are its figures."""

import time

from flask import Blueprint, Flask, Response, abort, current_app, g, request
from flask.typing import ResponseReturnValue
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy import text

from kernel.db import unit_of_work
from shop.security import public
from shop.settings import Settings

pages = Blueprint("operations", __name__)

REQUESTS = Counter("shanji_requests", "Requests answered.", ["endpoint", "status"])
SECONDS = Histogram("shanji_request_seconds", "Time to answer a request.", ["endpoint"])
STOOD_IN = Counter(
    "shanji_search_stood_in", "Searches an engine could not answer, by engine.", ["engine"]
)
LOOPBACK = frozenset({"127.0.0.1", "::1"})


def init_app(app: Flask) -> None:
    """Count and time every request of the app."""
    app.before_request(_start)
    app.after_request(_count)


def settings() -> Settings:
    """Return the settings the present app was built with."""
    given: Settings = current_app.extensions["shanji_settings"]
    return given


@pages.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """Answer 200 while the database answers; a dead database gives 503 by the error handler."""
    with unit_of_work() as session:
        session.execute(text("SELECT 1"))
    return {"status": "ok"}


@pages.get("/metrics")
@public
def metrics() -> ResponseReturnValue:
    """Give the figures of all workers to a collector on this machine, to nobody else."""
    if request.remote_addr not in LOOPBACK:
        abort(404)
    folder = settings().metrics_dir
    registry = REGISTRY
    if folder:
        registry = CollectorRegistry()
        MultiProcessCollector(registry, path=folder)  # type: ignore[no-untyped-call]  # library
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _start() -> None:
    g.started = time.perf_counter()


def _count(response: Response) -> Response:
    endpoint = request.endpoint or "none"
    REQUESTS.labels(endpoint, str(response.status_code)).inc()
    if "started" in g:
        SECONDS.labels(endpoint).observe(time.perf_counter() - g.started)
    return response
