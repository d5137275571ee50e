"""The journal: one structured line per event, each with the number of its request."""

import logging
import re
import uuid

import structlog
from flask import Flask, Response, g, request

from shop.settings import Environment, Settings

REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


def set_up(settings: Settings) -> None:
    """Send structlog and the standard library's loggers to standard error, in one form."""
    renderer: structlog.typing.Processor = structlog.processors.JSONRenderer(ensure_ascii=False)
    if settings.environment is not Environment.PRODUCTION:
        renderer = structlog.dev.ConsoleRenderer(colors=False)
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO if settings.is_production else logging.WARNING)


def init_app(app: Flask, settings: Settings) -> None:
    """Give every request a number, for its X-Request-ID and for each of its lines."""
    if settings.environment is not Environment.TEST:
        set_up(settings)
    app.before_request(_begin)
    app.after_request(_end)


def request_id() -> str:
    """Return the number of the present request."""
    number: str = g.get("request_id", "")
    return number


def _begin() -> None:
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _end(response: Response) -> Response:
    response.headers["X-Request-ID"] = request_id()
    return response
