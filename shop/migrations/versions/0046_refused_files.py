"""A file of readings that was refused may be handed in again.

Revision ID: 0046
Revises: 0045
"""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

OPEN = "state <> 'refused'"


def upgrade() -> None:
    op.drop_constraint(op.f("uq_intake_files_block_id"), "intake_files", type_="unique")
    op.create_index(op.f("ix_intake_files_block_id"), "intake_files", ["block_id"])
    op.create_index(
        "uq_intake_files_open_block",
        "intake_files",
        ["block_id"],
        unique=True,
        postgresql_where=sa.text(OPEN),
    )


def downgrade() -> None:
    op.drop_index("uq_intake_files_open_block", "intake_files", postgresql_where=sa.text(OPEN))
    op.drop_index(op.f("ix_intake_files_block_id"), "intake_files")
    op.create_unique_constraint(op.f("uq_intake_files_block_id"), "intake_files", ["block_id"])
