"""Transfers of refunds the bank sent back: each stays on record, the refund is paid anew.

Revision ID: 0029
Revises: 0028
"""

import sqlalchemy as sa
from alembic import op

from payments import ddl

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

TABLE = "refund_bounces"
REASONS = (
    *("account_not_found", "account_closed", "name_differs", "account_invalid"),
    *("name_unwritable", "bank_fault", "other"),
)
PEOPLE = ("released_by", "paid_by", "recorded_by")


def upgrade() -> None:
    allowed = ", ".join(repr(reason) for reason in REASONS)
    op.create_table(
        TABLE,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("refund_id", sa.BigInteger(), nullable=False),
        sa.Column("bank_reference", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("released_by", sa.BigInteger(), nullable=False),
        sa.Column("paid_by", sa.BigInteger(), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            f"reason IN ({allowed})", name=op.f("ck_refund_bounces_return_reason")
        ),
        sa.CheckConstraint("at >= paid_at", name=op.f("ck_refund_bounces_after_paying")),
        sa.ForeignKeyConstraint(
            ["refund_id"],
            ["refunds_by_hand.refund_id"],
            name=op.f("fk_refund_bounces_refund_id_refunds_by_hand"),
        ),
        *(
            sa.ForeignKeyConstraint(
                [name], ["people.id"], name=op.f(f"fk_refund_bounces_{name}_people")
            )
            for name in PEOPLE
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund_bounces")),
        sa.UniqueConstraint("bank_reference", name=op.f("uq_refund_bounces_bank_reference")),
    )
    op.create_index(op.f("ix_refund_bounces_refund_id"), TABLE, ["refund_id"])
    for statement in ddl.BOUNCE_STATEMENTS:
        op.get_bind().exec_driver_sql(statement.replace("%", "%%"))


def downgrade() -> None:
    op.drop_table(TABLE)
