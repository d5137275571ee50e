"""Seals everything in the vault anew with its newest key, so that an older one may go."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

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
from kernel.vault import SealedText
from shop.migrations.metadata import target

BATCH = 500

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


def sealed_columns() -> Iterator[Column[str]]:
    """Yield every sealed column there is, by table and name."""
    for table in target().sorted_tables:
        for column in table.columns:
            if isinstance(column.type, SealedText):
                yield column


def _rotate_column(engine: Engine, column: Column[str]) -> int:
    total = 0
    while done := _rotate_batch(engine, column):
        total += done
    return total


def _rotate_batch(engine: Engine, column: Column[str]) -> int:
    table: Table = column.table
    raw = type_coerce(column, LargeBinary)
    mark = vault.newest_key_id().encode() + vault.SEPARATOR
    keys = list(table.primary_key.columns)
    with _unguarded(engine, table) as connection:
        rows = connection.execute(
            select(*keys, raw.label("sealed"))
            .where(func.substring(raw, 1, len(mark)) != mark)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        ).all()
        for row in rows:
            connection.execute(
                update(table)
                .where(*(key == value for key, value in zip(keys, row, strict=False)))
                .values({column: vault.open_sealed(bytes(row.sealed))})
            )
    return len(rows)


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
