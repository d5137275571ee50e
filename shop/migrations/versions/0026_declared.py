"""Declared income keeps its past: every row holds from the moment it was recorded.

Revision ID: 0026
Revises: 0025
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

TABLE = "household_baselines"
KEY = ["household_id", "year"]
ALL_ALONG = "2000-01-01T00:00:00Z"
"""What is there counts as known all along, as it did until now."""


def upgrade() -> None:
    op.add_column(
        TABLE,
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text(f"'{ALL_ALONG}'"),
            nullable=False,
        ),
    )
    op.alter_column(TABLE, "recorded_at", server_default=sa.text("now()"))
    op.drop_constraint(op.f("pk_household_baselines"), TABLE, type_="primary")
    op.create_primary_key(op.f("pk_household_baselines"), TABLE, [*KEY, "recorded_at"])


def downgrade() -> None:
    op.execute(
        "DELETE FROM household_baselines older USING household_baselines newer"
        " WHERE older.household_id = newer.household_id AND older.year = newer.year"
        " AND older.recorded_at < newer.recorded_at"
    )
    op.drop_constraint(op.f("pk_household_baselines"), TABLE, type_="primary")
    op.create_primary_key(op.f("pk_household_baselines"), TABLE, KEY)
    op.drop_column(TABLE, "recorded_at")
