"""Brings rows of a table into line with a file by their natural key, and tells what changed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, and_, insert, select, update
from sqlalchemy.orm import Session

from shop.migrations.metadata import target

Row = dict[str, Any]
Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""


@dataclass(frozen=True, slots=True)
class Change:
    """How many rows of one table were added, changed, and already as they should be."""

    table: str
    added: int
    changed: int
    kept: int

    def __str__(self) -> str:
        """Write the change as one line."""
        return f"{self.table}: {self.added} added, {self.changed} changed, {self.kept} kept"


def table(name: str) -> Table:
    """Return a table of the schema by its name."""
    return target().tables[name]


def put(session: Session, name: str, rows: Sequence[Row], *, key: Sequence[str]) -> Change:
    """Add the rows that are missing and change those that differ; at most three statements.

    Rows of the table that no file names stay. Sealed columns are compared by what they hold.
    """
    goal = table(name)
    wanted = {tuple(row[column] for column in key): row for row in rows}
    present = _present(session, goal, rows, key)
    fresh = [row for identity, row in wanted.items() if identity not in present]
    if fresh:
        session.execute(insert(goal), fresh)
    changed = 0
    for identity, row in wanted.items():
        if identity in present and any(present[identity][name] != row[name] for name in row):
            conditions = and_(*(goal.c[column] == row[column] for column in key))
            session.execute(update(goal).where(conditions).values(**row))
            changed += 1
    return Change(name, len(fresh), changed, len(wanted) - len(fresh) - changed)


def _present(
    session: Session, goal: Table, rows: Sequence[Row], key: Sequence[str]
) -> Mapping[tuple[Any, ...], Mapping[str, Any]]:
    if not rows:
        return {}
    columns = [goal.c[column] for column in rows[0]]
    first = goal.c[key[0]]
    found = session.execute(
        select(*columns).where(first.in_({row[key[0]] for row in rows}))
    ).mappings()
    return {tuple(row[column] for column in key): dict(row) for row in found}
