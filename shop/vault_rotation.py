"""Seals everything in the vault anew with its newest key, so that an older one may go."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    LargeBinary,
    Table,
    func,
    select,
    text,
    type_coerce,
    update,
)

from kernel import vault
from kernel.vault import SealedBytes, SealedText
from shop.migrations.metadata import target

BATCH = 500
FILES = 8
"""Files of a batch: each may have megabytes, and all of them are in memory at once."""

GUARDED = text(
    """
    SELECT EXISTS (
        SELECT FROM pg_trigger
        WHERE tgrelid = CAST(:table AS regclass) AND NOT tgisinternal
            AND tgenabled <> 'D' AND tgtype & 16 > 0
    )
    """
)
"""Whether a trigger of ours looks at every change of a row; 16 marks those of UPDATE."""


@dataclass(frozen=True, slots=True)
class Resealed:
    """How many values of one column were sealed anew."""

    column: str
    values: int


def rotate(engine: Engine) -> list[Resealed]:
    """Seal anew, column by column, what another key than the newest has sealed.

    Each batch is a transaction of its own, so the shop goes on meanwhile; a run that was broken
    off is simply started again. Needs a role that owns the tables, as for migrations.
    """
    return [
        Resealed(f"{column.table.name}.{column.name}", _rotate_column(engine, column))
        for column in sealed_columns()
    ]


def sealed_columns() -> Iterator[Column[Any]]:
    """Yield every sealed column there is, of texts and of files, by table and name."""
    for table in target().sorted_tables:
        for column in table.columns:
            if isinstance(column.type, SealedText | SealedBytes):
                yield column


def _rotate_column(engine: Engine, column: Column[Any]) -> int:
    total = 0
    while done := _rotate_batch(engine, column):
        total += done
    return total


def _rotate_batch(engine: Engine, column: Column[Any]) -> int:
    table: Table = column.table
    raw = type_coerce(column, LargeBinary)
    is_file = isinstance(column.type, SealedBytes)
    mark = vault.newest_key_id().encode() + vault.SEPARATOR
    keys = list(table.primary_key.columns)
    with _unguarded(engine, table) as connection:
        rows = connection.execute(
            select(*keys, raw.label("sealed"))
            .where(func.substring(raw, 1, len(mark)) != mark)
            .limit(FILES if is_file else BATCH)
            .with_for_update(skip_locked=True)
        ).all()
        for row in rows:
            sealed = bytes(row.sealed)
            anew = _reseal_file(sealed) if is_file else vault.open_sealed(sealed)
            connection.execute(
                update(table)
                .where(*(key == value for key, value in zip(keys, row, strict=False)))
                .values({column: anew})
            )
    return len(rows)


def _reseal_file(sealed: bytes) -> bytes:
    """Seal a file anew with the newest key; a text is sealed by its column."""
    return vault.seal_bytes(vault.open_bytes(sealed))


@contextmanager
def _unguarded(engine: Engine, table: Table) -> Iterator[Connection]:
    """Give a transaction in which rows that never change may be sealed anew.

    Their triggers cannot tell a new seal from a new text. They are off inside the transaction
    alone: nobody else writes to the table until it ends, and a broken one leaves them on.
    """
    with engine.begin() as connection:
        is_guarded = connection.execute(GUARDED, {"table": table.name}).scalar_one()
        if is_guarded:
            connection.execute(text(f"ALTER TABLE {table.name} DISABLE TRIGGER USER"))
        yield connection
        if is_guarded:
            connection.execute(text(f"ALTER TABLE {table.name} ENABLE TRIGGER USER"))
