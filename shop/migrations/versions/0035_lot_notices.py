"""What buyers are told of lots that were recalled or failed a test.

Revision ID: 0035
Revises: 0034
"""

import sqlalchemy as sa
from alembic import op

from orders import ddl

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lot_notices",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("order_number", sa.String(64), nullable=False),
        sa.Column("cause", sa.String(32), nullable=False),
        sa.Column("packs", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("packs > 0", name=op.f("ck_lot_notices_packs_are_positive")),
        sa.ForeignKeyConstraint(
            ["lot_id"], ["lots.id"], name=op.f("fk_lot_notices_lot_id_lots")
        ),
        sa.ForeignKeyConstraint(
            ["order_number"],
            ["seller_orders.number"],
            name=op.f("fk_lot_notices_order_number_seller_orders"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot_notices")),
        sa.UniqueConstraint(
            "lot_id",
            "order_number",
            "cause",
            name=op.f("uq_lot_notices_lot_id_order_number_cause"),
        ),
    )
    op.create_index(op.f("ix_lot_notices_order_number"), "lot_notices", ["order_number"])
    for statement in ddl.NOTICE_STATEMENTS:
        op.get_bind().exec_driver_sql(statement.replace("%", "%%"))


def downgrade() -> None:
    op.drop_table("lot_notices")
