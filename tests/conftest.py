"""Fixtures of every test: a real PostgreSQL and Redis, one database per worker."""

import hashlib
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import psutil
import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from kernel import vault
from kernel.db import db
from shop.app import create_app
from shop.embedded.postgres import EmbeddedPostgres
from shop.embedded.redis import EmbeddedRedis
from shop.migrations import runner
from shop.sample import loader
from shop.services import create_database, drop_database
from shop.settings import CHECKOUT, DEMO_VAULT_KEY, Environment, Settings
from shop.storefront import licences
from shop.storefront.memory import Memory

TEST_FOLDER = CHECKOUT / "var" / "test"
TEMPLATE = "template_"
SCRATCH = "scratch_"
COPYING, STOCKING = 1, 2
SEEN: list[str] = []
# Enough past trade for every page to have something to show, and quick to make.
SAMPLE_ORDERS = 120
SAMPLE_AT = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)

# How fast a machine is says nothing about a rule.
hypothesis.settings.register_profile(
    "patient",
    hypothesis.settings(),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
hypothesis.settings.load_profile("patient")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of the test server; all workers share one, the last one stops it."""
    server = EmbeddedPostgres(TEST_FOLDER / "postgres", durable=False)
    share = server.start()
    _drop_leftovers(server.url())
    yield server.url()
    server.stop(share)


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The address of the test Redis; tests that write use keys of their own."""
    server = EmbeddedRedis(TEST_FOLDER / "redis")
    share = server.start()
    yield server.url()
    server.stop(share)


@pytest.fixture(scope="session")
def template(postgres: str) -> str:
    """The name of a migrated database of which others are copied; made once per schema."""
    digest = hashlib.sha256()
    versions = (CHECKOUT / "shop" / "migrations" / "versions").glob("*.py")
    # Migrations take their triggers from the domains.
    triggers = [*CHECKOUT.glob("*/ddl.py"), CHECKOUT / "catalog" / "watching.py"]
    for path in sorted([*versions, *triggers]):
        digest.update(path.read_bytes())
    name = f"{TEMPLATE}{digest.hexdigest()[:12]}"
    with _turn(postgres):
        if name not in _databases(postgres):
            making = f"{SCRATCH}{os.getpid()}_template"
            runner.upgrade(create_database(postgres, making))
            _execute(postgres, f"ALTER DATABASE {making} RENAME TO {name}")
    return name


@pytest.fixture(scope="session")
def database_url(postgres: str, template: str) -> Iterator[str]:
    """The address of this worker's database."""
    with _scratch(postgres, template, "worker") as url:
        yield url


@pytest.fixture(scope="session")
def stocked_template(postgres: str, template: str) -> str:
    """The name of a database with the sample in it; made once per schema and sample."""
    digest = hashlib.sha256(template.encode())
    for path in sorted((CHECKOUT / "shop" / "sample").rglob("*")):
        if path.suffix in {".py", ".json", ".csv"}:
            digest.update(path.read_bytes())
    name = f"stocked_{digest.hexdigest()[:12]}"
    making = f"{SCRATCH}{os.getpid()}_stocked"
    with _turn(postgres, STOCKING):
        if name not in _databases(postgres):
            with _turn(postgres):
                url = create_database(postgres, making, template=template)
            loader.load(
                Settings(environment=Environment.TEST, database_url=url),
                lambda *_: None,
                at=SAMPLE_AT,
                orders=SAMPLE_ORDERS,
            )
            _execute(postgres, f"ALTER DATABASE {making} RENAME TO {name}")
    return name


@pytest.fixture(scope="session")
def stocked_database_url(postgres: str, stocked_template: str) -> Iterator[str]:
    """The address of a database of this worker with the sample in it; tests only read it."""
    with _scratch(postgres, stocked_template, "stocked_worker") as url:
        yield url


@pytest.fixture(scope="session")
def live_database_url(postgres: str, stocked_template: str) -> Iterator[str]:
    """The address of a database with the sample for the shop that browsers visit."""
    with _scratch(postgres, stocked_template, "live") as url:
        yield url


@pytest.fixture
def fresh_database_url(postgres: str, template: str) -> Iterator[str]:
    """The address of a migrated database for one test that commits; dropped afterwards."""
    with _scratch(postgres, template, "fresh") as url:
        yield url


@pytest.fixture(scope="session")
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on this worker's database."""
    vault.use_key(DEMO_VAULT_KEY)
    made = create_engine(database_url)
    # A connection only reports to listeners that were there before it.
    event.listen(made, "before_cursor_execute", _note)
    yield made
    made.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """A connection whose outer transaction is rolled back after the test."""
    with engine.connect() as opened:
        transaction = opened.begin()
        yield opened
        transaction.rollback()


@pytest.fixture
def session(connection: Connection) -> Iterator[Session]:
    """A session in a savepoint; what the test writes is seen by `client` and rolled back.

    Deferred constraints are checked at the end of the test, as a commit would.
    """
    with Session(
        connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
    ) as opened:
        yield opened


@pytest.fixture(scope="session")
def settings(database_url: str) -> Settings:
    """Settings of a test: this worker's database, no Redis, the demo provider."""
    return Settings(
        environment=Environment.TEST,
        database_url=database_url,
        data_dir=TEST_FOLDER,
        rate_limit="100000 per minute",
        sign_in_limit="100000 per minute",
        sign_in_limit_anywhere="100000 per minute",
    )


@pytest.fixture(scope="session")
def built_app(settings: Settings) -> Iterator[Flask]:
    """The application, built once for the worker."""
    app = create_app(settings)
    app.config["WTF_CSRF_ENABLED"] = False
    # No licences, remembered for good: no page of a test asks for them.
    footer = Memory(math.inf)
    footer.recall(licences.KEY, list)
    app.extensions[licences.EXTENSION] = footer
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def app(built_app: Flask, connection: Connection) -> Iterator[Flask]:
    """The application working inside the test's own transaction."""
    engines = db._app_engines[built_app]
    original = engines[None]
    engines[None] = connection  # type: ignore[assignment]  # a connection serves as a bind
    db.session.session_factory.configure(join_transaction_mode="create_savepoint")
    yield built_app
    db.session.session_factory.configure(join_transaction_mode="conditional_savepoint")
    engines[None] = original


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without JavaScript."""
    return app.test_client()


@pytest.fixture
def statements(engine: Engine) -> list[str]:
    """The SQL statements run so far, without BEGIN, COMMIT and savepoints; clear it at will."""
    SEEN.clear()
    return SEEN


def _note(*arguments: object) -> None:
    text = str(arguments[2])
    if not text.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
        SEEN.append(text)


@contextmanager
def _scratch(postgres: str, template: str, purpose: str) -> Iterator[str]:
    name = f"{SCRATCH}{os.getpid()}_{purpose}"
    with _turn(postgres):
        url = create_database(postgres, name, template=template)
    try:
        yield url
    finally:
        drop_database(postgres, name)


@contextmanager
def _turn(postgres: str, lock: int = COPYING) -> Iterator[None]:
    """Keep other workers from doing the same meanwhile."""
    with psycopg.connect(_plain(postgres), autocommit=True) as held:
        held.execute("SELECT pg_advisory_lock(%s)", (lock,))
        yield


def _drop_leftovers(postgres: str) -> None:
    """Drop the databases of runs that were killed."""
    for name in _databases(postgres):
        parts = name.split("_")
        if name.startswith(SCRATCH) and not psutil.pid_exists(int(parts[1])):
            drop_database(postgres, name)


def _databases(postgres: str) -> list[str]:
    with psycopg.connect(_plain(postgres), autocommit=True) as held:
        return [str(row[0]) for row in held.execute("SELECT datname FROM pg_database")]


def _execute(postgres: str, command: str) -> None:
    with psycopg.connect(_plain(postgres), autocommit=True) as held:
        held.execute(command.encode())


def _plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder of the test servers."""
    del config
    Path(TEST_FOLDER).mkdir(parents=True, exist_ok=True)
