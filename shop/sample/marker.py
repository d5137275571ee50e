"""Remembers in the database itself whether the sample was loaded to its end.

The mark is a comment on the schema: it needs no table, travels with a dump, and is gone when
the schema is dropped.
"""

from enum import StrEnum

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

PREFIX = "shanji sample: "
LOADER = "shanji-sample"
"""What the connections of a load call themselves."""

DISCONNECT = text(
    """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = :name
      AND pid <> pg_backend_pid()
    """
)


class Mark(StrEnum):
    """How far a load came."""

    NONE = "none"
    LOADING = "loading"
    LOADED = "loaded"


def read(session: Session) -> Mark:
    """Return the mark of this database."""
    comment = session.scalar(text("SELECT obj_description('public'::regnamespace)"))
    if not str(comment or "").startswith(PREFIX):
        return Mark.NONE
    return Mark(str(comment).removeprefix(PREFIX))


def write(session: Session, mark: Mark) -> None:
    """Set the mark in the caller's transaction."""
    session.execute(text(f"COMMENT ON SCHEMA public IS '{PREFIX}{mark.value}'"))


def empty_schema(engine: Engine) -> None:
    """Drop everything in the database; only for what an interrupted load left behind.

    Processes of that load which still live lose their connection first.
    """
    with engine.begin() as connection:
        connection.execute(DISCONNECT, {"name": LOADER})
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
