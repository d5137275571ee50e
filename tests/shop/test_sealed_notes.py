"""Notes on single households were readable once; the migration seals what it finds."""

import os
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from kernel import vault
from shop.migrations import runner
from shop.services import create_database, drop_database
from shop.settings import DEMO_VAULT_KEY

NAME = f"scratch_{os.getpid()}_notes"
WORDS = "户主腿伤，近期不能外出务工"
# The rows stand alone: no household, no region, so no key is checked.
OLD_ROWS = (
    """
    INSERT INTO household_visits
        (household_id, role, visited_on, finding, note, recorded_by, recorded_at)
    VALUES ('H1', 'monitor', '2026-03-01', 'worse', :words, 'x', now())
    """,
    """
    INSERT INTO household_measures
        (household_id, kind, since, note, recorded_by, recorded_at)
    VALUES ('H1', 'relief', '2026-03-01', :words, 'x', now())
    """,
)


def notes_of(url: str) -> list[Any]:
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        return [
            connection.execute(text(f"SELECT note FROM {table}")).scalar_one()  # noqa: S608 -- constants
            for table in ("household_visits", "household_measures")
        ]


def test_old_notes_are_sealed_and_can_be_opened_again(postgres: str) -> None:
    vault.use_key(DEMO_VAULT_KEY)
    url = create_database(postgres, NAME)
    try:
        runner.upgrade(url, to="0012")
        engine = create_engine(url, poolclass=NullPool)
        with engine.begin() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            for statement in OLD_ROWS:
                connection.execute(text(statement), {"words": WORDS})

        runner.upgrade(url)

        sealed = [bytes(note) for note in notes_of(url)]
        assert all(WORDS.encode() not in note for note in sealed)
        assert [vault.open_sealed(note) for note in sealed] == [WORDS, WORDS]
        runner.downgrade(url, to="0012")
        assert notes_of(url) == [WORDS, WORDS]
    finally:
        drop_database(postgres, NAME)
