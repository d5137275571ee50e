"""Writes the money book as a plain-text journal, out of one snapshot of the running data."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from sqlalchemy import create_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from ledger import journal
from ledger.journal import Dialect


@contextmanager
def snapshot(url: str) -> Iterator[Session]:
    """Give a session that sees one moment of the database, however long it reads."""
    engine = create_engine(url, poolclass=NullPool, isolation_level="REPEATABLE READ")
    try:
        with Session(engine) as session:
            yield session
    finally:
        engine.dispose()


def write(session: Session, output: TextIO, *, dialect: Dialect = Dialect.HLEDGER) -> int:
    """Write the journal line by line and return how many lines it has."""
    count = 0
    for line in journal.lines(session, dialect=dialect):
        output.write(f"{line}\n")
        count += 1
    return count


def write_file(session: Session, path: Path, *, dialect: Dialect = Dialect.HLEDGER) -> int:
    """Write the journal into a file that appears, or is replaced, only when it is whole."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("w", encoding="utf-8") as output:
            count = write(session, output, dialect=dialect)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return count
