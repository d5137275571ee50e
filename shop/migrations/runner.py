"""Brings a database's schema up to date, and tells whether models and schema agree."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from shop.migrations.metadata import target

FOLDER = Path(__file__).parent
HEAD_FILE = FOLDER / ".current-head"


def upgrade(url: str, *, to: str = "head") -> str:
    """Run every migration the database still lacks and return the revision it is at."""
    command.upgrade(_config(url), to)
    return current(url)


def downgrade(url: str, *, to: str) -> None:
    """Take migrations back down to a revision; fails at one that is marked final."""
    command.downgrade(_config(url), to)


def revise(url: str, message: str) -> None:
    """Write the next numbered migration from the difference of models and schema."""
    number = f"{len(list((FOLDER / 'versions').glob('[0-9]*.py'))) + 1:04d}"
    command.revision(_config(url), message, autogenerate=True, rev_id=number)
    HEAD_FILE.write_text(f"{number}\n")


def current(url: str) -> str:
    """Return the revision a database is at; empty for an empty database."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
    engine.dispose()
    return revision or ""


def head() -> str:
    """Return the newest revision there is."""
    return ScriptDirectory.from_config(_config("")).get_current_head() or ""


def differences(url: str) -> list[Any]:
    """Return what the models say and the schema does not, or the other way round."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        migration = MigrationContext.configure(
            connection, opts={"include_object": _is_ours, "compare_type": True}
        )
        found = list(compare_metadata(migration, target()))
    engine.dispose()
    return found


def _is_ours(
    item: object,
    name: str | None,
    kind: str,
    reflected: bool,  # noqa: FBT001 -- Alembic's signature
    compare_to: object,
) -> bool:
    """Leave out the partitions of a partitioned table: they come and go by date."""
    del item, compare_to
    return not (kind == "table" and reflected and name and name.startswith("readings_"))


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = url
    return config
