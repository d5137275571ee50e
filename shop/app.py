"""Builds the Flask application out of its settings and its faces."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from flask import Flask, has_request_context, request
from flask_talisman import Talisman
from flask_wtf.csrf import CSRFProtect
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from kernel import vault
from kernel.access import access_of, public
from kernel.db import db
from shop import (
    compression,
    errors,
    gateways,
    i18n,
    intake,
    journal,
    operations,
    security,
    stylesheets,
    templating,
)
from shop.faces import FACES
from shop.patience import limiter
from shop.settings import CHECKOUT, Environment, Settings, from_environment
from shop.tasks import bell

MEGABYTE = 1024 * 1024
MAX_REQUEST_BYTES = 16 * MEGABYTE
MAX_FORM_BYTES = 2 * MEGABYTE
MAX_FORM_PARTS = 2_000
YEAR_SECONDS = 31_536_000

CONTENT_SECURITY_POLICY = {
    "default-src": "'self'",
    "img-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}

csrf = CSRFProtect()


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application; raises `SettingsError` for settings unfit for production."""
    settings = settings or from_environment()
    settings.check()
    app = Flask(
        __name__,
        static_folder=str(CHECKOUT / "static"),
        template_folder=str(CHECKOUT / "templates"),
    )
    app.jinja_environment = templating.Environment
    app.config.update(_configuration(settings))
    app.extensions["shanji_settings"] = settings
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.json = intake.JsonProvider(app)
    vault.use_key(*settings.vault_keys)
    journal.init_app(app, settings)
    bell.listen()
    _add_extensions(app, settings)
    gateways.init_app(app, settings)
    _add_faces(app)
    errors.init_app(app)
    return app


def _configuration(settings: Settings) -> dict[str, Any]:
    return {
        "SECRET_KEY": settings.secret_key,
        "TESTING": settings.environment is Environment.TEST,
        "DEBUG": settings.debug,
        "MAX_CONTENT_LENGTH": MAX_REQUEST_BYTES,
        "MAX_FORM_MEMORY_SIZE": MAX_FORM_BYTES,
        "MAX_FORM_PARTS": MAX_FORM_PARTS,
        "TRUSTED_HOSTS": list(settings.trusted_hosts) or None,
        "SESSION_COOKIE_NAME": "shanji",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.is_production,
        "PERMANENT_SESSION_LIFETIME": timedelta(days=14),
        "SEND_FILE_MAX_AGE_DEFAULT": YEAR_SECONDS if not settings.debug else 0,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": _engine_options(settings),
        "RATELIMIT_STORAGE_URI": _limiter_storage(settings),
        "RATELIMIT_STORAGE_OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
        "RATELIMIT_DEFAULT": None,
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_SSL_STRICT": settings.is_production,
    }


def _engine_options(settings: Settings) -> dict[str, Any]:
    return {
        # What a statement was given may name people; no error message repeats it.
        "hide_parameters": True,
        "pool_size": settings.threads,
        "max_overflow": 2,
        "pool_timeout": 10,
        "pool_recycle": 1800,
        # A server across a network may close idle connections; the embedded one does not.
        "pool_pre_ping": settings.is_production,
        "connect_args": {
            "connect_timeout": 5,
            "options": "-c timezone=UTC -c lock_timeout=5s -c statement_timeout=30s"
            " -c idle_in_transaction_session_timeout=60s",
        },
    }


def _limiter_storage(settings: Settings) -> str:
    if not settings.redis_url:
        return "memory://"
    return settings.redis_url.replace("unix://", "redis+unix://", 1)


def _add_extensions(app: Flask, settings: Settings) -> None:
    # The order counts: bad input is refused before anybody is looked up for it.
    if settings.proxies:
        hops = settings.proxies
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # Werkzeug's documented way
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops
        )
    # What is asked first about an answer is done to it last: it is whole by then.
    compression.init_app(app)
    intake.init_app(app)
    operations.init_app(app)
    db.init_app(app)
    Talisman(
        app,
        content_security_policy=CONTENT_SECURITY_POLICY,
        force_https=settings.is_production,
        frame_options="DENY",
        session_cookie_secure=settings.is_production,
        strict_transport_security=settings.is_production,
    )
    csrf.init_app(app)
    limiter.init_app(app)
    security.init_app(app)
    i18n.init_app(app)
    stylesheets.init_app(app)


def _add_faces(app: Flask) -> None:
    """Register every face and refuse a view whose author forgot to say who may enter."""
    public(app.view_functions["static"])
    app.url_defaults(_with_version)
    # Every page names a score of files, whose addresses stay as they are.
    kept = lru_cache(1024)(lambda _root, name: app.url_for("static", filename=name))
    app.jinja_env.globals["url_for"] = partial(_address, app, kept)
    for face in FACES:
        app.register_blueprint(face.blueprint, url_prefix=face.prefix or None)
        if not face.csrf:
            csrf.exempt(face.blueprint)
    open_views = [name for name, view in app.view_functions.items() if access_of(view) is None]
    if open_views:
        raise RuntimeError(f"views without an access decorator: {', '.join(open_views)}")


def _address(app: Flask, kept: Callable[[str, str], str], endpoint: str, **values: Any) -> str:
    """Return an address as Flask does; that of a static file is put together once."""
    if endpoint == "static" and values.keys() == {"filename"} and has_request_context():
        return kept(request.script_root, values["filename"])
    return app.url_for(endpoint, **values)


def _with_version(endpoint: str, values: dict[str, Any]) -> None:
    """Name a static file by its content, so that browsers keep it until it changes."""
    if endpoint == "static" and "filename" in values and "v" not in values:
        values["v"] = _digest(CHECKOUT / "static" / values["filename"])


@lru_cache(maxsize=4096)
def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:10]
    except OSError:
        return "missing"
