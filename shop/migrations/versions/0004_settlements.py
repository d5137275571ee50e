"""Settlements, payout batches and receipts of payment.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

from payments.ddl import DROP_SETTLEMENT_STATEMENTS, SETTLEMENT_STATEMENTS

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "demo_notices",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("phone", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_demo_notices")),
        sa.UniqueConstraint("key", name=op.f("uq_demo_notices_key")),
    )
    op.create_table(
        "payout_accounts",
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.LargeBinary(), nullable=False),
        sa.Column("number", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_by", sa.BigInteger(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["people.id"], name=op.f("fk_payout_accounts_recorded_by_people")
        ),
        sa.PrimaryKeyConstraint("owner", name=op.f("pk_payout_accounts")),
    )
    op.create_table(
        "settlement_periods",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "regular",
                "reissue",
                name="period_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_to", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "closed",
                "proposed",
                "approved",
                "batched",
                "submitted",
                "answered",
                name="period_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("round", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proposed_by", sa.BigInteger(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'open') = (closed_at IS NULL)",
            name=op.f("ck_settlement_periods_closed_has_its_moment"),
        ),
        sa.CheckConstraint(
            "period_to >= period_from", name=op.f("ck_settlement_periods_period_in_order")
        ),
        sa.ForeignKeyConstraint(
            ["opened_by"], ["people.id"], name=op.f("fk_settlement_periods_opened_by_people")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by"],
            ["people.id"],
            name=op.f("fk_settlement_periods_proposed_by_people"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_periods")),
        sa.UniqueConstraint("code", name=op.f("uq_settlement_periods_code")),
    )
    op.create_table(
        "payout_batches",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("period_id", sa.BigInteger(), nullable=False),
        sa.Column("line_count", sa.Integer(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_by", sa.BigInteger(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "line_count > 0 AND total_minor > 0", name=op.f("ck_payout_batches_has_lines")
        ),
        sa.ForeignKeyConstraint(
            ["period_id"],
            ["settlement_periods.id"],
            name=op.f("fk_payout_batches_period_id_settlement_periods"),
        ),
        sa.ForeignKeyConstraint(
            ["submitted_by"], ["people.id"], name=op.f("fk_payout_batches_submitted_by_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_batches")),
        sa.UniqueConstraint("code", name=op.f("uq_payout_batches_code")),
        sa.UniqueConstraint("period_id", name=op.f("uq_payout_batches_period_id")),
    )
    op.create_table(
        "settlement_decisions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("period_id", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "decision",
            sa.Enum(
                "approved",
                "refused",
                name="decision",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["period_id"],
            ["settlement_periods.id"],
            name=op.f("fk_settlement_decisions_period_id_settlement_periods"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_settlement_decisions_person_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_decisions")),
        sa.UniqueConstraint(
            "period_id",
            "round",
            "person_id",
            name=op.f("uq_settlement_decisions_period_id_round_person_id"),
        ),
    )
    op.create_table(
        "settlement_lines",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("period_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("account_code", sa.String(length=64), nullable=False),
        sa.Column(
            "payee_kind",
            sa.Enum(
                "household",
                "wage",
                "cooperative",
                "village",
                "village_fund",
                "logistics",
                name="payee_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("household_id", sa.String(length=16), nullable=True),
        sa.Column("snapshot_minor", sa.BigInteger(), nullable=False),
        sa.Column(
            "withheld_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False
        ),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "ready",
                "carried",
                "held",
                "inflight",
                "paid",
                "returned",
                "reissued",
                name="line_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "hold_reason",
            sa.Enum(
                "no_account",
                "erased",
                "returned",
                "uncollected",
                "recovery",
                "by_hand",
                name="hold_reason",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("hold_note", sa.Text(), server_default="", nullable=False),
        sa.Column("bank_reference", sa.String(length=64), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "return_reason",
            sa.Enum(
                "account_not_found",
                "account_closed",
                "name_differs",
                "account_invalid",
                "bank_fault",
                "other",
                name="return_reason",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cleared_by", sa.BigInteger(), nullable=True),
        sa.Column("reissued_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(state = 'held') = (hold_reason IS NOT NULL)",
            name=op.f("ck_settlement_lines_hold_has_reason"),
        ),
        sa.CheckConstraint(
            "(state = 'reissued') = (reissued_by_id IS NOT NULL)",
            name=op.f("ck_settlement_lines_reissued_has_its_line"),
        ),
        sa.CheckConstraint(
            "state <> 'paid' OR paid_at IS NOT NULL",
            name=op.f("ck_settlement_lines_paid_has_its_moment"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('ready', 'inflight', 'paid', 'returned', 'reissued') OR amount_minor > 0",
            name=op.f("ck_settlement_lines_what_is_paid_is_positive"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('returned', 'reissued') OR (returned_at IS NOT NULL AND return_reason IS NOT NULL)",
            name=op.f("ck_settlement_lines_returned_has_reason"),
        ),
        sa.CheckConstraint(
            "withheld_minor >= 0 AND amount_minor >= 0 AND amount_minor + withheld_minor <= snapshot_minor",
            name=op.f("ck_settlement_lines_amount_within_snapshot"),
        ),
        sa.ForeignKeyConstraint(
            ["cleared_by"], ["people.id"], name=op.f("fk_settlement_lines_cleared_by_people")
        ),
        sa.ForeignKeyConstraint(
            ["household_id"],
            ["households.id"],
            name=op.f("fk_settlement_lines_household_id_households"),
        ),
        sa.ForeignKeyConstraint(
            ["period_id"],
            ["settlement_periods.id"],
            name=op.f("fk_settlement_lines_period_id_settlement_periods"),
        ),
        sa.ForeignKeyConstraint(
            ["reissued_by_id"],
            ["settlement_lines.id"],
            name=op.f("fk_settlement_lines_reissued_by_id_settlement_lines"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_lines")),
        sa.UniqueConstraint(
            "period_id", "account_code", name=op.f("uq_settlement_lines_period_id_account_code")
        ),
        sa.UniqueConstraint(
            "period_id", "number", name=op.f("uq_settlement_lines_period_id_number")
        ),
    )
    op.create_index(
        "ix_settlement_lines_account", "settlement_lines", ["account_code", "id"], unique=False
    )
    op.create_index(
        op.f("ix_settlement_lines_household_id"),
        "settlement_lines",
        ["household_id"],
        unique=False,
    )
    op.create_index(
        "ix_settlement_lines_owner", "settlement_lines", ["owner", "id"], unique=False
    )
    op.create_index(
        "ix_settlement_lines_state", "settlement_lines", ["state", "period_id"], unique=False
    )
    op.create_table(
        "payout_acknowledgements",
        sa.Column("line_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "acknowledged_by",
            sa.Enum(
                "household",
                "clerk",
                name="acknowledged_by",
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
            "acknowledged_by <> 'clerk' OR reason <> ''",
            name=op.f("ck_payout_acknowledgements_clerk_gives_a_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["line_id"],
            ["settlement_lines.id"],
            name=op.f("fk_payout_acknowledgements_line_id_settlement_lines"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name=op.f("fk_payout_acknowledgements_person_id_people"),
        ),
        sa.PrimaryKeyConstraint("line_id", name=op.f("pk_payout_acknowledgements")),
    )
    op.create_table(
        "payout_codes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("unsent_code", sa.LargeBinary(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries_left", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("tries_left >= 0", name=op.f("ck_payout_codes_tries_not_negative")),
        sa.ForeignKeyConstraint(
            ["line_id"],
            ["settlement_lines.id"],
            name=op.f("fk_payout_codes_line_id_settlement_lines"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_codes")),
    )
    op.create_index(
        "uq_payout_codes_one_valid",
        "payout_codes",
        ["line_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "payout_files",
        sa.Column("batch_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "format",
            sa.Enum(
                "utf8",
                "gb18030",
                name="file_format",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("byte_count", sa.Integer(), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("built_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["payout_batches.id"],
            name=op.f("fk_payout_files_batch_id_payout_batches"),
        ),
        sa.PrimaryKeyConstraint("batch_id", "format", name=op.f("pk_payout_files")),
    )
    op.create_table(
        "payout_imports",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("applied", sa.Integer(), nullable=False),
        sa.Column("repeated", sa.Integer(), nullable=False),
        sa.Column("imported_by", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["payout_batches.id"],
            name=op.f("fk_payout_imports_batch_id_payout_batches"),
        ),
        sa.ForeignKeyConstraint(
            ["imported_by"], ["people.id"], name=op.f("fk_payout_imports_imported_by_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_imports")),
    )
    op.create_index(
        op.f("ix_payout_imports_batch_id"), "payout_imports", ["batch_id"], unique=False
    )
    op.create_table(
        "payout_confirmations",
        sa.Column("line_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "paid",
                "returned",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("bank_reference", sa.String(length=64), nullable=True),
        sa.Column(
            "return_reason",
            sa.Enum(
                "account_not_found",
                "account_closed",
                "name_differs",
                "account_invalid",
                "bank_fault",
                "other",
                name="return_reason",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(outcome = 'returned') = (return_reason IS NOT NULL)",
            name=op.f("ck_payout_confirmations_return_has_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["payout_imports.id"],
            name=op.f("fk_payout_confirmations_import_id_payout_imports"),
        ),
        sa.ForeignKeyConstraint(
            ["line_id"],
            ["settlement_lines.id"],
            name=op.f("fk_payout_confirmations_line_id_settlement_lines"),
        ),
        sa.PrimaryKeyConstraint("line_id", name=op.f("pk_payout_confirmations")),
        sa.UniqueConstraint(
            "bank_reference", name=op.f("uq_payout_confirmations_bank_reference")
        ),
    )
    op.create_index(
        op.f("ix_payout_confirmations_import_id"),
        "payout_confirmations",
        ["import_id"],
        unique=False,
    )
    op.add_column(
        "entitlements", sa.Column("settlement_line_id", sa.BigInteger(), nullable=True)
    )
    op.create_index(
        "ix_entitlements_settlement_line",
        "entitlements",
        ["settlement_line_id"],
        unique=False,
        postgresql_where=sa.text("settlement_line_id IS NOT NULL"),
    )
    op.create_foreign_key(
        op.f("fk_entitlements_settlement_line_id_settlement_lines"),
        "entitlements",
        "settlement_lines",
        ["settlement_line_id"],
        ["id"],
    )
    for statement in SETTLEMENT_STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    for statement in DROP_SETTLEMENT_STATEMENTS:
        op.execute(statement)
    op.drop_constraint(
        op.f("fk_entitlements_settlement_line_id_settlement_lines"),
        "entitlements",
        type_="foreignkey",
    )
    op.drop_index(
        "ix_entitlements_settlement_line",
        table_name="entitlements",
        postgresql_where=sa.text("settlement_line_id IS NOT NULL"),
    )
    op.drop_column("entitlements", "settlement_line_id")
    op.drop_index(op.f("ix_payout_confirmations_import_id"), table_name="payout_confirmations")
    op.drop_table("payout_confirmations")
    op.drop_index(op.f("ix_payout_imports_batch_id"), table_name="payout_imports")
    op.drop_table("payout_imports")
    op.drop_table("payout_files")
    op.drop_index(
        "uq_payout_codes_one_valid",
        table_name="payout_codes",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_table("payout_codes")
    op.drop_table("payout_acknowledgements")
    op.drop_index("ix_settlement_lines_state", table_name="settlement_lines")
    op.drop_index("ix_settlement_lines_owner", table_name="settlement_lines")
    op.drop_index(op.f("ix_settlement_lines_household_id"), table_name="settlement_lines")
    op.drop_index("ix_settlement_lines_account", table_name="settlement_lines")
    op.drop_table("settlement_lines")
    op.drop_table("settlement_decisions")
    op.drop_table("payout_batches")
    op.drop_table("settlement_periods")
    op.drop_table("payout_accounts")
    op.drop_table("demo_notices")
