"""Payment through a provider: attempts with a session, disputes, money that does not fit.

Revision ID: 0013
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

from payments import ddl

revision = "0013"
down_revision = "0008"
branch_labels = None
depends_on = None

# Table → name of the constraint, the words before and the words that are new.
WORDS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "order_groups": (
        "group_state",
        ("pending_payment", "paid", "cancelled", "expired"),
        ("cancel_requested",),
    ),
    "payments": (
        "payment_state",
        ("created", "succeeded", "failed", "canceled", "mismatch", "late"),
        ("requires_action", "processing", "duplicate"),
    ),
    "refunds": (
        "refund_state",
        ("requested", "submitted", "succeeded", "failed"),
        ("approved", "pending", "requires_action", "canceled", "manual_bank"),
    ),
    "payment_events": ("event_status", ("received", "applied", "parked"), ("refused",)),
}
COLUMNS: dict[str, tuple[tuple[str, sa.types.TypeEngine[object]], ...]] = {
    "payments": (
        ("captured_minor", sa.BigInteger()),
        ("captured_currency", sa.String(3)),
        ("intent", sa.String(255)),
        ("url", sa.Text()),
        ("expires_at", sa.DateTime(timezone=True)),
        ("seen_at", sa.DateTime(timezone=True)),
        ("failure_code", sa.Text()),
        ("method", sa.Text()),
    ),
    "payment_events": (("next_try_at", sa.DateTime(timezone=True)), ("note", sa.Text())),
    "refunds": (("failure_code", sa.Text()),),
}
COUNTS = (
    ("payments", "attempt", "1"),
    ("payment_events", "tries", "0"),
    ("refunds", "tries", "0"),
)
PROVIDERS = ("demo", "stripe", "bank_transfer")
UPGRADE = """
UPDATE payments SET captured_minor = amount_minor, captured_currency = currency
    WHERE state IN ('succeeded', 'late');
UPDATE payments payment SET captured_minor = -entry.amount_minor, captured_currency = 'CNY'
    FROM ledger_txs tx JOIN ledger_entries entry ON entry.tx_id = tx.id AND entry.amount_minor < 0
    WHERE payment.state = 'mismatch' AND tx.posting_key = 'pi:' || payment.reference || ':succeeded';
UPDATE payments SET attempt = counted.attempt FROM (
    SELECT id, row_number() OVER (PARTITION BY provider, group_number ORDER BY id) AS attempt
    FROM payments) AS counted WHERE counted.id = payments.id;
UPDATE refunds SET tries = 1 WHERE provider_reference IS NOT NULL;
INSERT INTO payment_misfits (payment_id, kind, detail, noted_at)
    SELECT id, 'amount', '', captured_at FROM payments WHERE state = 'mismatch';
"""


def _words(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32)


def _among(column: str, words: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(word) for word in words)})"


def _column_of(table: str) -> str:
    return "status" if table == "payment_events" else "state"


def upgrade() -> None:
    for table, (name, before, new) in WORDS.items():
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
        op.create_check_constraint(
            op.f(f"ck_{table}_{name}"), table, _among(_column_of(table), before + new)
        )
    for table, columns in COLUMNS.items():
        for column, kind in columns:
            op.add_column(table, sa.Column(column, kind, nullable=True))
    for table, column, start in COUNTS:
        op.add_column(
            table, sa.Column(column, sa.Integer(), server_default=start, nullable=False)
        )
    op.alter_column("payments", "reference", type_=sa.String(255))
    op.alter_column("refunds", "provider_reference", type_=sa.String(255))
    op.create_index(op.f("ix_refunds_provider_reference"), "refunds", ["provider_reference"])
    op.create_index("ix_payments_intent", "payments", ["provider", "intent"])
    op.create_check_constraint(
        op.f("ck_payments_attempt_is_positive"), "payments", "attempt > 0"
    )
    op.create_check_constraint(
        op.f("ck_payments_captured_is_positive"), "payments", "captured_minor > 0"
    )
    _create_disputes()
    _create_misfits()
    for statement in UPGRADE.strip().split(";\n"):
        op.get_bind().exec_driver_sql(statement.removesuffix(";"))
    op.create_unique_constraint(
        op.f("uq_payments_provider_group_number_attempt"),
        "payments",
        ["provider", "group_number", "attempt"],
    )
    for statement in ddl.STEP_STATEMENTS:
        op.get_bind().exec_driver_sql(statement.replace("%", "%%"))


def _create_disputes() -> None:
    op.create_table(
        "payment_disputes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column("provider", _words("provider", *PROVIDERS), nullable=False),
        sa.Column("reference", sa.String(255), nullable=False),
        sa.Column(
            "state",
            _words(
                "dispute_state", "inquiry", "withdrawn", "under_review", "won", "lost", "closed"
            ),
            nullable=False,
        ),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "amount_minor > 0 AND fee_minor >= 0",
            name=op.f("ck_payment_disputes_amounts_in_bounds"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('withdrawn', 'lost') OR withdrawn_at IS NOT NULL",
            name=op.f("ck_payment_disputes_withdrawn_has_moment"),
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"],
            ["payments.id"],
            name=op.f("fk_payment_disputes_payment_id_payments"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_disputes")),
        sa.UniqueConstraint(
            "provider", "reference", name=op.f("uq_payment_disputes_provider_reference")
        ),
    )
    op.create_index(op.f("ix_payment_disputes_payment_id"), "payment_disputes", ["payment_id"])


def _create_misfits() -> None:
    op.create_table(
        "payment_misfits",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=True),
        sa.Column("event_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "kind",
            _words("misfit_kind", "amount", "currency", "order", "account"),
            nullable=False,
        ),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("remedy", _words("remedy", "applied", "refunded", "noted"), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("settled_by", sa.Text(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(payment_id, event_id) = 1",
            name=op.f("ck_payment_misfits_is_about_one_thing"),
        ),
        sa.CheckConstraint(
            "(remedy IS NULL) = (settled_at IS NULL) AND (remedy IS NULL) = (reason IS NULL)"
            " AND (remedy IS NULL) = (settled_by IS NULL)",
            name=op.f("ck_payment_misfits_settled_as_a_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_payment_misfits_payment_id_payments")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["payment_events.id"],
            name=op.f("fk_payment_misfits_event_id_payment_events"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_misfits")),
        sa.UniqueConstraint("payment_id", name=op.f("uq_payment_misfits_payment_id")),
        sa.UniqueConstraint("event_id", name=op.f("uq_payment_misfits_event_id")),
    )
    op.create_index(
        "ix_payment_misfits_open",
        "payment_misfits",
        ["id"],
        postgresql_where=sa.text("remedy IS NULL"),
    )


def downgrade() -> None:
    """Go back; refused by the constraints while any row uses a word of this step."""
    for statement in ddl.DROP_STEP_STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
    op.drop_table("payment_misfits")
    op.drop_table("payment_disputes")
    op.drop_constraint(op.f("uq_payments_provider_group_number_attempt"), "payments")
    op.drop_constraint(op.f("ck_payments_attempt_is_positive"), "payments")
    op.drop_constraint(op.f("ck_payments_captured_is_positive"), "payments")
    op.drop_index("ix_payments_intent", "payments")
    op.drop_index(op.f("ix_refunds_provider_reference"), "refunds")
    op.alter_column("refunds", "provider_reference", type_=sa.Text())
    op.alter_column("payments", "reference", type_=sa.String(64))
    for table, column, _ in COUNTS:
        op.drop_column(table, column)
    for table, columns in COLUMNS.items():
        for column, _ in columns:
            op.drop_column(table, column)
    for table, (name, before, _new) in WORDS.items():
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
        op.create_check_constraint(
            op.f(f"ck_{table}_{name}"), table, _among(_column_of(table), before)
        )
