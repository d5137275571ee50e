"""What officials note down of one household is sealed.

Revision ID: 0008
Revises: 0012
"""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

from kernel import vault

revision = "0008"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLES = ("household_visits", "household_measures")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("sealed", sa.LargeBinary(), nullable=True))
        _move(table, "note", "sealed", vault.seal)
        op.drop_column(table, "note")
        op.alter_column(table, "sealed", new_column_name="note", nullable=False)


def downgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("open", sa.String(), nullable=True))
        _move(table, "note", "open", lambda value: vault.open_sealed(bytes(value)))
        op.drop_column(table, "note")
        op.alter_column(
            table, "open", new_column_name="note", nullable=False, server_default=sa.text("''")
        )


def _move(name: str, source: str, target: str, changed: Callable[[Any], Any]) -> None:
    """Fill a column from another one, row by row with the key this process was given."""
    connection = op.get_bind()
    table = sa.table(name, sa.column("id"), sa.column(source), sa.column(target))
    for row_id, value in connection.execute(sa.select(table.c.id, table.c[source])).all():
        connection.execute(
            sa.update(table).where(table.c.id == row_id).values({target: changed(value)})
        )
