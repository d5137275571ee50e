"""Late returns of the bank, cancelled settlements, a file of fixed columns.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

from payments.ddl import CANCEL_STATEMENTS, DROP_CANCEL_STATEMENTS

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

REASONS = (
    "account_not_found",
    "account_closed",
    "name_differs",
    "account_invalid",
    "bank_fault",
    "other",
)
# Which words a column takes: table, column, name of the check, words before, words added.
WORDS = (
    (
        "settlement_periods",
        "state",
        "period_state",
        ("open", "closed", "proposed", "approved", "batched", "submitted", "answered"),
        "cancelled",
    ),
    (
        "settlement_lines",
        "state",
        "line_state",
        ("ready", "carried", "held", "inflight", "paid", "returned", "reissued"),
        "cancelled",
    ),
    ("settlement_lines", "return_reason", "return_reason", REASONS, "name_unwritable"),
    ("payout_confirmations", "return_reason", "return_reason", REASONS, "name_unwritable"),
    ("payout_files", "format", "file_format", ("utf8", "gb18030"), "fixed"),
)


def upgrade() -> None:
    for table, column, check, words, added in WORDS:
        _take(table, column, check, (*words, added))
    op.create_table(
        "settlement_cancellations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("period_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "word",
            sa.Enum(
                "asked",
                "confirmed",
                "refused",
                name="cancel_word",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "word <> 'asked' OR reason <> ''",
            name=op.f("ck_settlement_cancellations_has_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["period_id"],
            ["settlement_periods.id"],
            name=op.f("fk_settlement_cancellations_period_id_settlement_periods"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name=op.f("fk_settlement_cancellations_person_id_people"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_cancellations")),
    )
    op.create_index(
        op.f("ix_settlement_cancellations_period_id"),
        "settlement_cancellations",
        ["period_id"],
    )
    _create_late_returns()
    for statement in CANCEL_STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    for statement in DROP_CANCEL_STATEMENTS:
        op.execute(statement)
    op.drop_index(op.f("ix_payout_late_returns_import_id"), table_name="payout_late_returns")
    op.drop_table("payout_late_returns")
    op.drop_index(
        op.f("ix_settlement_cancellations_period_id"), table_name="settlement_cancellations"
    )
    op.drop_table("settlement_cancellations")
    for table, column, check, words, _ in WORDS:
        _take(table, column, check, words)


def _create_late_returns() -> None:
    op.create_table(
        "payout_late_returns",
        sa.Column("line_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("bank_reference", sa.String(length=64), nullable=False),
        sa.Column(
            "return_reason",
            sa.Enum(
                *REASONS,
                "name_unwritable",
                name="return_reason",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["line_id"],
            ["payout_confirmations.line_id"],
            name=op.f("fk_payout_late_returns_line_id_payout_confirmations"),
        ),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["payout_imports.id"],
            name=op.f("fk_payout_late_returns_import_id_payout_imports"),
        ),
        sa.PrimaryKeyConstraint("line_id", name=op.f("pk_payout_late_returns")),
        sa.UniqueConstraint(
            "bank_reference", name=op.f("uq_payout_late_returns_bank_reference")
        ),
    )
    op.create_index(
        op.f("ix_payout_late_returns_import_id"), "payout_late_returns", ["import_id"]
    )


def _take(table: str, column: str, check: str, words: tuple[str, ...]) -> None:
    """Let a column take these words and no others."""
    name = op.f(f"ck_{table}_{check}")
    op.drop_constraint(name, table, type_="check")
    listed = ", ".join(f"'{word}'" for word in words)
    op.create_check_constraint(name, table, f"{column} IN ({listed})")
