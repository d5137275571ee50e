"""The sample is loaded whole or not at all, once, and the same again from the same day."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from shop.sample import crew, loader, marker
from shop.sample.checks import Files
from shop.sample.crew import Job, TradeError
from shop.sample.loader import Outcome
from shop.sample.marker import Mark
from shop.settings import DEMO_VAULT_KEY, Environment, Settings

DAY = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
ORDERS = 40

FINGERPRINTS = (
    "SELECT number, channel_code, state, total_minor, placed_at FROM order_groups ORDER BY 1",
    "SELECT number, state, delivered_at, refunded_at FROM seller_orders ORDER BY 1",
    "SELECT code, received, available, sold, written_off FROM lots ORDER BY 1",
    """
    SELECT line.order_number, line.product_code, party_kind, party_code, amount_minor, stage
    FROM entitlements JOIN order_lines line ON line.id = order_line_id ORDER BY 1, 2, 3, 4, 5
    """,
    """
    SELECT code, balance_minor FROM account_balances JOIN ledger_accounts a ON a.id = account_id
    WHERE code NOT LIKE 'L:refund:%' ORDER BY 1
    """,
    """
    SELECT order_number, verdict, samples, mkt_centi
    FROM evaluations JOIN shipments s ON s.id = shipment_id ORDER BY 1, 2
    """,
)


@contextmanager
def an_engine(url: str) -> Iterator[Engine]:
    """An engine that leaves no connection behind."""
    engine = create_engine(url, poolclass=NullPool)
    yield engine
    engine.dispose()


def settings_for(url: str) -> Settings:
    return Settings(environment=Environment.TEST, database_url=url)


def load(url: str, *, in_two: bool = False) -> Outcome:
    return loader.load(settings_for(url), lambda *_: None, at=DAY, orders=ORDERS, in_two=in_two)


def fingerprint(connection: Connection) -> list[list[tuple[object, ...]]]:
    """Everything that matters of a load, without the numbers the database gives."""
    return [
        [tuple(row) for row in connection.execute(text(statement))]
        for statement in FINGERPRINTS
    ]


@contextmanager
def left_behind(url: str) -> Iterator[None]:
    """A process of the interrupted load that still lives and holds a lock."""
    with crew.engine_for(url) as engine, Session(engine) as session:
        session.execute(text("LOCK TABLE channels"))
        yield
        session.invalidate()


@pytest.mark.timeout(300)
def test_an_interrupted_load_is_begun_again_and_gives_the_same(fresh_database_url: str) -> None:
    """Two processes give what one gives."""
    with an_engine(fresh_database_url) as engine:
        first = load(fresh_database_url)
        with engine.connect() as connection:
            before = fingerprint(connection)
        with Session(engine) as session, session.begin():
            marker.write(session, Mark.LOADING)
            session.execute(text("UPDATE channels SET name = 'half done'"))

        with left_behind(fresh_database_url):
            second = load(fresh_database_url, in_two=True)
        with engine.connect() as connection:
            after = fingerprint(connection)
        third = load(fresh_database_url)
        with engine.connect() as connection:
            names = connection.scalar(
                text("SELECT count(*) FROM channels WHERE name = 'half done'")
            )

    assert [first, second, third] == [Outcome.LOADED, Outcome.LOADED, Outcome.KEPT]
    assert names == 0
    assert all(before)
    assert after == before


def test_a_process_that_fails_is_reported(files: Files, fresh_database_url: str) -> None:
    job = Job(
        url=f"{fresh_database_url}&dbname=nowhere",
        vault_keys=(DEMO_VAULT_KEY,),
        orders=10,
        until=DAY,
        in_two=True,
    )

    with pytest.raises(TradeError, match="nowhere"):
        crew.carry_out(job, crew.plan(files, job), lambda *_: None)


def test_a_database_of_somebody_else_is_left_alone(fresh_database_url: str) -> None:
    with an_engine(fresh_database_url) as engine:
        with engine.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO organisations (code, name, kind) VALUES ('X', 'X', 'carrier')"
                )
            )

        outcome = load(fresh_database_url)

        with engine.connect() as connection:
            assert connection.scalar(text("SELECT count(*) FROM regions")) == 0
    assert outcome is Outcome.REFUSED


def test_what_the_database_refuses_takes_everything_with_it(
    fresh_database_url: str,
) -> None:
    with an_engine(fresh_database_url) as engine:
        with engine.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO policy_params (code, value, unit, valid_from, basis, note)"
                    " VALUES ('reservation_minutes', '5', 'minutes', '2023-01-01', '', '')"
                )
            )

        with pytest.raises(IntegrityError):
            load(fresh_database_url)

        with engine.connect() as connection:
            assert connection.scalar(text("SELECT count(*) FROM regions")) == 0


def test_a_second_load_of_the_rows_changes_nothing(stocked: Session, files: Files) -> None:
    changes = loader.load_master(stocked, files, at=DAY)

    assert [(change.table, change.added, change.changed) for change in changes] == [
        (change.table, 0, 0) for change in changes
    ]
    assert all(change.kept for change in changes)


def test_reference_rows_name_nobody_of_the_sample(fresh_database_url: str) -> None:
    changes = loader.load_reference(settings_for(fresh_database_url))

    with an_engine(fresh_database_url) as engine, engine.connect() as connection:
        organisations = connection.scalar(text("SELECT count(*) FROM organisations"))
        carriers = connection.scalar(
            text("SELECT count(*) FROM policy_params WHERE code = 'default_carrier'")
        )
    assert (organisations, carriers) == (0, 0)
    assert {change.table: change.added for change in changes}["regions"] == 1 + 38 + 26 + 214


def test_a_second_reference_load_changes_nothing(fresh_database_url: str) -> None:
    loader.load_reference(settings_for(fresh_database_url))

    changes = loader.load_reference(settings_for(fresh_database_url))

    assert [(change.added, change.changed) for change in changes] == [(0, 0)] * len(changes)


def test_a_row_somebody_changed_is_put_right(fresh_database_url: str) -> None:
    loader.load_reference(settings_for(fresh_database_url))
    with an_engine(fresh_database_url) as engine, engine.begin() as connection:
        connection.execute(text("UPDATE channels SET name = 'x' WHERE code = 'SHLL'"))

    changes = loader.load_reference(settings_for(fresh_database_url))

    assert {change.table: change.changed for change in changes if change.changed} == {
        "channels": 1
    }
