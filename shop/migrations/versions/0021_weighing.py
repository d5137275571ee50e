"""Goods sold by weight: terms of SKUs and lines, and what the scale said.

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from orders.ddl import DROP_WEIGHING_STATEMENTS, WEIGHING_STATEMENTS

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "skus",
        sa.Column(
            "sale_unit",
            sa.Enum(
                "pack",
                "weight",
                name="sale_unit",
                native_enum=False,
                create_constraint=False,
                length=32,
            ),
            server_default="pack",
            nullable=False,
        ),
    )
    op.add_column("skus", sa.Column("piece_min_g", sa.Integer(), nullable=True))
    op.add_column("skus", sa.Column("piece_max_g", sa.Integer(), nullable=True))
    op.create_check_constraint(
        op.f("ck_skus_sale_unit"), "skus", "sale_unit IN ('pack', 'weight')"
    )
    op.create_check_constraint(
        op.f("ck_skus_weighed_has_range"),
        "skus",
        "num_nonnulls(piece_min_g, piece_max_g)"
        " = CASE sale_unit WHEN 'weight' THEN 2 ELSE 0 END"
        " AND piece_min_g > 0 AND piece_min_g <= net_weight_g AND net_weight_g <= piece_max_g",
    )
    op.create_table(
        "weighed_lines",
        sa.Column("order_line_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("jin_minor", sa.BigInteger(), nullable=False),
        sa.Column("estimate_g", sa.Integer(), nullable=False),
        sa.Column("min_g", sa.Integer(), nullable=False),
        sa.Column("max_g", sa.Integer(), nullable=False),
        sa.Column("most_g", sa.Integer(), nullable=False),
        sa.Column("weight_g", sa.Integer(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pieces", sa.Integer(), nullable=True),
        sa.Column("charged_minor", sa.BigInteger(), nullable=True),
        sa.Column("settled_minor", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("jin_minor > 0", name=op.f("ck_weighed_lines_price_is_positive")),
        sa.CheckConstraint(
            "min_g > 0 AND min_g <= estimate_g AND estimate_g <= max_g"
            " AND estimate_g <= most_g",
            name=op.f("ck_weighed_lines_terms_in_order"),
        ),
        sa.CheckConstraint("weight_g > 0", name=op.f("ck_weighed_lines_weight_is_positive")),
        sa.CheckConstraint(
            "num_nulls(settled_at, pieces, charged_minor, settled_minor) IN (0, 4)"
            " AND (settled_at IS NULL OR weight_g IS NOT NULL)",
            name=op.f("ck_weighed_lines_settled_at_once"),
        ),
        sa.CheckConstraint(
            "settled_minor BETWEEN 1 AND charged_minor AND pieces > 0",
            name=op.f("ck_weighed_lines_settled_in_bounds"),
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"],
            ["order_lines.id"],
            name=op.f("fk_weighed_lines_order_line_id_order_lines"),
        ),
        sa.PrimaryKeyConstraint("order_line_id", name=op.f("pk_weighed_lines")),
    )
    op.create_table(
        "weighings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("order_line_id", sa.BigInteger(), nullable=False),
        sa.Column("pieces_g", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("weight_g", sa.Integer(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "weight_g > 0 AND cardinality(pieces_g) > 0",
            name=op.f("ck_weighings_says_something"),
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"],
            ["weighed_lines.order_line_id"],
            name=op.f("fk_weighings_order_line_id_weighed_lines"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_weighings")),
    )
    op.create_index(op.f("ix_weighings_order_line_id"), "weighings", ["order_line_id"])
    for statement in WEIGHING_STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("weighings")
    op.drop_table("weighed_lines")
    for statement in DROP_WEIGHING_STATEMENTS:
        op.execute(statement)
    op.drop_constraint(op.f("ck_skus_weighed_has_range"), "skus")
    op.drop_constraint(op.f("ck_skus_sale_unit"), "skus")
    op.drop_column("skus", "piece_max_g")
    op.drop_column("skus", "piece_min_g")
    op.drop_column("skus", "sale_unit")
