"""Bank transfers: what orders wait for, statements of the bank, decisions on their rows.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

from payments.ddl import DROP_TRANSFER_STATEMENTS, TRANSFER_STATEMENTS

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

STATES = ("pending_payment", "cancel_requested", "paid", "cancelled", "expired")
TABLES = ("transfer_requests", "bank_statements", "bank_rows", "bank_decisions")


def upgrade() -> None:
    _take(*STATES, "awaiting_bank")
    op.create_table(
        "transfer_requests",
        sa.Column("group_number", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("received_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "amount_minor > 0 AND received_minor BETWEEN 0 AND amount_minor",
            name=op.f("ck_transfer_requests_received_in_bounds"),
        ),
        sa.ForeignKeyConstraint(
            ["group_number"],
            ["order_groups.number"],
            name=op.f("fk_transfer_requests_group_number_order_groups"),
        ),
        sa.PrimaryKeyConstraint("group_number", name=op.f("pk_transfer_requests")),
        sa.UniqueConstraint("code", name=op.f("uq_transfer_requests_code")),
    )
    op.create_table(
        "bank_statements",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("repeated", sa.Integer(), nullable=False),
        sa.Column("outgoing", sa.Integer(), nullable=False),
        sa.Column("imported_by", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["imported_by"], ["people.id"], name=op.f("fk_bank_statements_imported_by_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_statements")),
    )
    _create_rows()
    _create_decisions()
    for statement in TRANSFER_STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    for statement in DROP_TRANSFER_STATEMENTS:
        op.execute(statement)
    for table in reversed(TABLES):
        op.drop_table(table)
    _take(*STATES)


def _take(*words: str) -> None:
    name = op.f("ck_order_groups_group_state")
    op.drop_constraint(name, "order_groups", type_="check")
    said = ", ".join(f"'{word}'" for word in words)
    op.create_check_constraint(name, "order_groups", f"state IN ({said})")


def _create_rows() -> None:
    op.create_table(
        "bank_rows",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("statement_id", sa.BigInteger(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("identity", sa.String(length=64), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("left_minor", sa.BigInteger(), nullable=False),
        sa.Column("payer_name", sa.LargeBinary(), nullable=False),
        sa.Column("payer_account", sa.LargeBinary(), nullable=False),
        sa.Column("remark", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "amount_minor > 0 AND left_minor BETWEEN 0 AND amount_minor",
            name=op.f("ck_bank_rows_left_in_bounds"),
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"],
            ["bank_statements.id"],
            name=op.f("fk_bank_rows_statement_id_bank_statements"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_rows")),
        sa.UniqueConstraint("identity", name=op.f("uq_bank_rows_identity")),
        sa.UniqueConstraint("reference", name=op.f("uq_bank_rows_reference")),
    )
    op.create_index(op.f("ix_bank_rows_statement_id"), "bank_rows", ["statement_id"])
    op.create_index(
        "ix_bank_rows_open", "bank_rows", ["id"], postgresql_where=sa.text("left_minor > 0")
    )
    op.create_index(
        "ix_bank_rows_unseen",
        "bank_rows",
        ["id"],
        postgresql_where=sa.text("looked_at IS NULL"),
    )


def _create_decisions() -> None:
    op.create_table(
        "bank_decisions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("row_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "word",
            sa.Enum(
                "matched",
                "released",
                "returned",
                name="row_word",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("group_number", sa.String(length=64), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("bank_reference", sa.String(length=64), nullable=True),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(word = 'returned') = (group_number IS NULL)"
            " AND (word = 'returned') = (bank_reference IS NOT NULL)",
            name=op.f("ck_bank_decisions_is_about_one_thing"),
        ),
        sa.CheckConstraint(
            "amount_minor > 0", name=op.f("ck_bank_decisions_amount_is_positive")
        ),
        sa.ForeignKeyConstraint(
            ["group_number"],
            ["transfer_requests.group_number"],
            name=op.f("fk_bank_decisions_group_number_transfer_requests"),
        ),
        sa.ForeignKeyConstraint(
            ["row_id"], ["bank_rows.id"], name=op.f("fk_bank_decisions_row_id_bank_rows")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_decisions")),
        sa.UniqueConstraint("bank_reference", name=op.f("uq_bank_decisions_bank_reference")),
    )
    op.create_index(op.f("ix_bank_decisions_group_number"), "bank_decisions", ["group_number"])
    op.create_index(op.f("ix_bank_decisions_row_id"), "bank_decisions", ["row_id"])
