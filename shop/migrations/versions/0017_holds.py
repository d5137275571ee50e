"""Holds added up by buyer, and lots called back.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("order_groups", sa.Column("hold_key", sa.Text(), nullable=True))
    op.create_index(
        "ix_order_groups_holding",
        "order_groups",
        ["hold_key"],
        postgresql_where=sa.text("hold_key IS NOT NULL"),
    )
    op.add_column("lots", sa.Column("recalled_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_lots_recalled_is_stopped"),
        "lots",
        "recalled_at IS NULL OR quarantined_at IS NOT NULL",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_lots_recalled_is_stopped"), "lots")
    op.drop_column("lots", "recalled_at")
    op.drop_index("ix_order_groups_holding", "order_groups")
    op.drop_column("order_groups", "hold_key")
