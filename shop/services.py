"""Gives a command its PostgreSQL and Redis: external where addresses are set, else embedded."""

import shutil
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from types import FrameType
from typing import Never

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from kernel import vault
from shop.embedded.errors import ServiceError
from shop.embedded.postgres import EmbeddedPostgres
from shop.embedded.redis import EmbeddedRedis
from shop.settings import Settings

DATABASE = "shanji"
# A first start writes the cluster, the sample data and its write-ahead log.
FIRST_START_BYTES = 1_500_000_000
LATER_START_BYTES = 200_000_000


@contextmanager
def running(settings: Settings) -> Iterator[Settings]:
    """Give settings with both addresses filled in, and stop afterwards what was started.

    Commands of one checkout share the embedded servers; the last one to finish stops them, also
    after Ctrl-C and SIGTERM. Raises `ServiceError` if a server cannot be started.
    """
    with ExitStack() as stack:
        stack.enter_context(_terminable())
        # Migrations and commands read and write sealed columns like the shop itself.
        vault.use_key(*settings.vault_keys)
        if not settings.database_url:
            settings = replace(settings, database_url=_postgres(settings, stack))
        if not settings.redis_url:
            settings = replace(settings, redis_url=_redis(settings, stack))
        yield settings


def create_database(server_url: str, name: str, *, template: str | None = None) -> str:
    """Create a database unless it exists and return its SQLAlchemy address."""
    url = make_url(server_url)
    with psycopg.connect(_plain(server_url), autocommit=True) as connection:
        row = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", (name,)
        ).fetchone()
        if row is None:
            command = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
            if template:
                command += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
            connection.execute(command)
    return url.set(database=name).render_as_string(hide_password=False)


def drop_database(server_url: str, name: str) -> None:
    """Drop a database if it exists, whoever is still connected to it."""
    command = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with psycopg.connect(_plain(server_url), autocommit=True) as connection:
        connection.execute(command)


def _postgres(settings: Settings, stack: ExitStack) -> str:
    server = EmbeddedPostgres(settings.data_dir / "postgres")
    _check_space(settings, first=not server.data.exists())
    share = server.start()
    stack.callback(server.stop, share)
    return create_database(server.url(), DATABASE)


def _redis(settings: Settings, stack: ExitStack) -> str:
    server = EmbeddedRedis(settings.data_dir / "redis")
    share = server.start()
    stack.callback(server.stop, share)
    return server.url()


def _check_space(settings: Settings, *, first: bool) -> None:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    needed = FIRST_START_BYTES if first else LATER_START_BYTES
    free = shutil.disk_usage(settings.data_dir).free
    if free < needed:
        raise ServiceError(
            f"磁盘空间不足：需要 {needed // 10**6} MB，仅剩 {free // 10**6} MB。",
            f"The disk is full: {needed // 10**6} MB needed, {free // 10**6} MB free.",
        )


@contextmanager
def _terminable() -> Iterator[None]:
    """Turn SIGTERM and a closed terminal into an ordinary exit, so that servers are stopped."""

    def leave(number: int, frame: FrameType | None) -> Never:
        del frame
        raise SystemExit(128 + number)

    before = {name: signal.signal(name, leave) for name in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


def _plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
