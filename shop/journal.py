"""The journal: one structured line per event, each with the number of its request."""

import logging
import re
import uuid
from collections.abc import Iterator
from typing import Any

import structlog
from flask import Flask, Response, g, has_request_context, request

from kernel import masking, vault
from shop.settings import Environment, Settings

PRIVATE_KEYS = frozenset(
    {
        *(
            "address",
            "authorization",
            "bank_account",
            "body",
            "cookie",
            "display_name",
            "email",
        ),
        *("form", "id_number", "json", "name", "password", "phone", "recipient", "street"),
        *("words",),
    }
)
JSON_LOOKED_AT = 65_536
PLAIN = re.compile(r"[A-Za-z0-9_.:/-]*")
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
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                scrub,
                renderer,
            ],
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


def scrub(
    logger: structlog.typing.WrappedLogger, method: str, line: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Take names and numbers of persons out of one line, wherever they stand in it.

    What the request opened from the vault and what its form carried is masked whole, numbers by
    their form, and fields that are named like a person's are left out.
    """
    del logger, method
    private = private_texts()
    return {
        key: masking.MASK if key.lower() in PRIVATE_KEYS else _clean(value, private)
        for key, value in line.items()
    }


def private_texts() -> frozenset[str]:
    """Return the texts of the present request that may name somebody."""
    given: set[str] = set(vault.seen())
    if has_request_context():
        given.update(g.get("given", ()))
        if request.is_json and (request.content_length or 0) <= JSON_LOOKED_AT:
            given.update(_texts(request.get_json(silent=True)))
    return frozenset(text for text in given if not PLAIN.fullmatch(text))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _clean(value: Any, private: frozenset[str]) -> Any:
    if isinstance(value, bool | int | float) or value is None:
        return value
    if isinstance(value, dict):
        return {key: _clean(item, private) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(item, private) for item in value]
    return masking.scrub(str(value), private)


def _begin() -> None:
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
    vault.watch()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _end(response: Response) -> Response:
    response.headers["X-Request-ID"] = request_id()
    return response
