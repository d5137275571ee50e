"""Late and second payments in the queue of exceptions, notes on them, payables that wait.

Revision ID: 0023
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op

from payments import ddl

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

MISFITS = ("amount", "currency", "order", "account")
NEW_MISFITS = ("late", "duplicate", "unmatched")
HOLDS = ("no_account", "erased", "returned", "uncollected", "recovery", "by_hand")
NEW_HOLDS = ("disputed",)
BEFORE = """
INSERT INTO payment_misfits (payment_id, kind, detail, noted_at)
    SELECT id, state, '', captured_at FROM payments WHERE state IN ('late', 'duplicate')
"""


def _allow(table: str, column: str, name: str, words: tuple[str, ...]) -> None:
    op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
    allowed = ", ".join(repr(word) for word in words)
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, f"{column} IN ({allowed})")


def upgrade() -> None:
    _allow("payment_misfits", "kind", "misfit_kind", MISFITS + NEW_MISFITS)
    _allow("settlement_lines", "hold_reason", "hold_reason", HOLDS + NEW_HOLDS)
    op.add_column("payment_misfits", sa.Column("later_on", sa.Date(), nullable=True))
    op.create_table(
        "payment_misfit_notes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("misfit_id", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("later_on", sa.Date(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["misfit_id"],
            ["payment_misfits.id"],
            name=op.f("fk_payment_misfit_notes_misfit_id_payment_misfits"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_misfit_notes")),
    )
    op.create_index(
        op.f("ix_payment_misfit_notes_misfit_id"), "payment_misfit_notes", ["misfit_id"]
    )
    for statement in ddl.MISFIT_STATEMENTS:
        op.get_bind().exec_driver_sql(statement.replace("%", "%%"))
    op.get_bind().exec_driver_sql(BEFORE)


def downgrade() -> None:
    """Go back; rows with words of this step are taken out of the queue first."""
    op.drop_table("payment_misfit_notes")
    op.get_bind().exec_driver_sql(
        "DELETE FROM payment_misfits WHERE kind IN ('late', 'duplicate', 'unmatched')"
    )
    op.get_bind().exec_driver_sql(
        "UPDATE settlement_lines SET hold_reason = 'by_hand' WHERE hold_reason = 'disputed'"
    )
    op.drop_column("payment_misfits", "later_on")
    _allow("settlement_lines", "hold_reason", "hold_reason", HOLDS)
    _allow("payment_misfits", "kind", "misfit_kind", MISFITS)
