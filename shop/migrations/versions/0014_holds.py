"""Holds added up by buyer, lots called back, the price a buyer took note of, shipping rules.

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
    op.add_column("order_groups", sa.Column("hold_key", sa.Text(), nullable=True))
    op.create_index(
        "ix_order_groups_holding",
        "order_groups",
        ["hold_key"],
        postgresql_where=sa.text("state = 'pending_payment'"),
    )
    op.add_column("lots", sa.Column("recalled_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_lots_recalled_is_stopped"),
        "lots",
        "recalled_at IS NULL OR quarantined_at IS NOT NULL",
    )
    op.add_column("basket_lines", sa.Column("seen_minor", sa.BigInteger(), nullable=True))
    op.create_table(
        "shipping_rules",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("seller_code", sa.String(length=64), nullable=False),
        sa.Column("is_cold", sa.Boolean(), nullable=False),
        sa.Column("province", sa.Text(), server_default="", nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("included_g", sa.BigInteger(), nullable=False),
        sa.Column("step_g", sa.BigInteger(), nullable=False),
        sa.Column("step_minor", sa.BigInteger(), nullable=False),
        sa.Column("free_from_minor", sa.BigInteger(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "fee_minor >= 0 AND step_minor >= 0",
            name=op.f("ck_shipping_rules_fees_in_bounds"),
        ),
        sa.CheckConstraint(
            "included_g > 0 AND step_g > 0", name=op.f("ck_shipping_rules_weights_in_bounds")
        ),
        sa.CheckConstraint(
            "free_from_minor > 0", name=op.f("ck_shipping_rules_threshold_in_bounds")
        ),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from",
            name=op.f("ck_shipping_rules_period_in_order"),
        ),
        sa.ForeignKeyConstraint(
            ["seller_code"],
            ["organisations.code"],
            name=op.f("fk_shipping_rules_seller_code_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipping_rules")),
        sa.UniqueConstraint(
            "seller_code",
            "is_cold",
            "province",
            "valid_from",
            name=op.f("uq_shipping_rules_seller_code_is_cold_province_valid_from"),
        ),
    )


def downgrade() -> None:
    op.drop_table("shipping_rules")
    op.drop_column("basket_lines", "seen_minor")
    op.drop_constraint(op.f("ck_lots_recalled_is_stopped"), "lots")
    op.drop_column("lots", "recalled_at")
    op.drop_index("ix_order_groups_holding", "order_groups")
    op.drop_column("order_groups", "hold_key")
