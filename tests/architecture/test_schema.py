"""The migrations and the models say the same, and can be taken back."""

import os

from shop.migrations import runner
from shop.services import create_database, drop_database

NAME = f"scratch_{os.getpid()}_downgrade"


def test_models_and_schema_agree(fresh_database_url: str) -> None:
    assert runner.differences(fresh_database_url) == []


def test_migrating_twice_changes_nothing(fresh_database_url: str) -> None:
    before = runner.current(fresh_database_url)

    assert runner.upgrade(fresh_database_url) == before == runner.head()


def test_migrations_go_down_and_up_again(postgres: str) -> None:
    url = create_database(postgres, NAME)
    try:
        runner.upgrade(url)
        runner.downgrade(url, to="base")
        assert runner.current(url) == ""
        assert runner.upgrade(url) == runner.head()
    finally:
        drop_database(postgres, NAME)
