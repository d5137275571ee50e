"""What purchase contracts pay in advance, and the goods netted against it.

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

from kernel import ddl

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contract_advances",
        sa.Column("contract_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("move", sa.String(length=32), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(number = 0) = (move = 'paid')", name=op.f("ck_contract_advances_paid_comes_first")
        ),
        sa.CheckConstraint(
            "minor > 0 AND number >= 0", name=op.f("ck_contract_advances_amount_is_positive")
        ),
        sa.CheckConstraint(
            "move = 'paid' OR reason IS NOT NULL",
            name=op.f("ck_contract_advances_closed_for_a_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"],
            ["linkage_contracts.id"],
            name=op.f("fk_contract_advances_contract_id_linkage_contracts"),
        ),
        sa.PrimaryKeyConstraint("contract_id", "number", name=op.f("pk_contract_advances")),
    )
    # A sealed reason is written anew when the key is changed; nothing else ever is.
    op.execute(ddl.keep("contract_advances", "reason"))
    op.add_column(
        "goods_receipts",
        sa.Column("netted_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
    )
    op.create_check_constraint(
        op.f("ck_goods_receipts_netted_within_pay"),
        "goods_receipts",
        "netted_minor BETWEEN 0 AND pay_minor",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_goods_receipts_netted_within_pay"), "goods_receipts")
    op.drop_column("goods_receipts", "netted_minor")
    op.drop_table("contract_advances")
