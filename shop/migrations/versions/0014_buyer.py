"""Saved addresses of buyers; sealed answers to repeated commands.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("command_keys", sa.Column("sealed_answer", sa.LargeBinary(), nullable=True))
    op.create_table(
        "saved_addresses",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("recipient", sa.LargeBinary(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_saved_addresses_person_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_addresses")),
    )
    op.create_index(
        op.f("ix_saved_addresses_person_id"), "saved_addresses", ["person_id"], unique=False
    )
    op.create_index(
        "ux_saved_addresses_default",
        "saved_addresses",
        ["person_id"],
        unique=True,
        postgresql_where=sa.text("is_default"),
    )


def downgrade() -> None:
    op.drop_table("saved_addresses")
    op.drop_column("command_keys", "sealed_answer")
