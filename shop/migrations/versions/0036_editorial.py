"""Themed events and blocks an operator edits: pieces, revisions, steps.

Revision ID: 0036
Revises: 0035
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from catalog import ddl

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

KINDS = ("event", "hero", "text", "goods", "villages", "tiles")
STEPS = ("published", "withdrawn")


def upgrade() -> None:
    op.create_table(
        "editorial_pieces",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("kind", _enum("piece_kind", KINDS), nullable=False),
        sa.Column("is_sample", sa.Boolean(), server_default="false", nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_editorial_pieces")),
    )
    op.create_table(
        "editorial_revisions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("piece_code", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("place_code", sa.String(length=64), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("plan", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "ends_at > starts_at", name=op.f("ck_editorial_revisions_period_in_order")
        ),
        sa.CheckConstraint(
            "number > 0", name=op.f("ck_editorial_revisions_number_is_positive")
        ),
        sa.ForeignKeyConstraint(
            ["piece_code"],
            ["editorial_pieces.code"],
            name=op.f("fk_editorial_revisions_piece_code_editorial_pieces"),
        ),
        sa.ForeignKeyConstraint(
            ["place_code"],
            ["editorial_pieces.code"],
            name=op.f("fk_editorial_revisions_place_code_editorial_pieces"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_editorial_revisions")),
        sa.UniqueConstraint(
            "id", "piece_code", name=op.f("uq_editorial_revisions_id_piece_code")
        ),
        sa.UniqueConstraint(
            "piece_code", "number", name=op.f("uq_editorial_revisions_piece_code_number")
        ),
    )
    op.create_index(
        op.f("ix_editorial_revisions_place_code"), "editorial_revisions", ["place_code"]
    )
    op.create_table(
        "editorial_steps",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("piece_code", sa.String(length=64), nullable=False),
        sa.Column("step", _enum("piece_step", STEPS), nullable=False),
        sa.Column("revision_id", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(step = 'published') = (revision_id IS NOT NULL)",
            name=op.f("ck_editorial_steps_published_is_a_revision"),
        ),
        sa.ForeignKeyConstraint(
            ["piece_code"],
            ["editorial_pieces.code"],
            name=op.f("fk_editorial_steps_piece_code_editorial_pieces"),
        ),
        sa.ForeignKeyConstraint(
            ["revision_id", "piece_code"],
            ["editorial_revisions.id", "editorial_revisions.piece_code"],
            name=op.f("fk_editorial_steps_revision_id_piece_code_editorial_revisions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_editorial_steps")),
    )
    op.create_index("ix_editorial_steps_piece_code_id", "editorial_steps", ["piece_code", "id"])
    for statement in ddl.EDITORIAL_STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    for table in ("steps", "revisions", "pieces"):
        op.drop_table(f"editorial_{table}")


def _enum(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)
