"""After the sale: returns with carrier number and time limits, offers, exchanges, uploads.

Revision ID: 0024
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op

from orders.ddl import CLAIM_STEP_STATEMENTS
from payments.ddl import APPLIED_STATEMENTS, DROP_APPLIED_STATEMENTS
from reporting.ddl import COUNTED_VIEW, SALES_VIEW

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

CAUSES = ("no_reason", "spoiled", "damaged", "wrong_goods", "not_as_described")
CLAIM_STATES = (
    "requested",
    "awaiting_return",
    "return_received",
    "settled",
    "rejected",
    "disputed",
    "dismissed",
    "withdrawn",
)
PROVIDERS = ("demo", "stripe", "bank_transfer")
# Table, column, name of the constraint, the words before and the words that are new.
WORDS: tuple[tuple[str, str, str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("claims", "kind", "claim_kind", ("cancel", "return", "spoiled"), ("exchange",)),
    *(
        (table, "state", "claim_state", CLAIM_STATES, NEW_STATES)
        for NEW_STATES in (("offered", "in_return", "exchanged", "lapsed"),)
        for table in ("claims", "claim_events")
    ),
    *(
        (table, "provider", "provider", PROVIDERS, ("exchange",))
        for table in ("payments", "payment_events", "payment_disputes")
    ),
    (
        "refunds",
        "state",
        "refund_state",
        (
            *("requested", "approved", "submitted", "pending", "requires_action"),
            *("succeeded", "failed", "canceled", "manual_bank"),
        ),
        ("applied",),
    ),
)
SETTLED = "settled_has_refund"
OTHERS = "only_spoiled_goods_cost_others"
BEFORE = {
    SETTLED: "(state = 'settled') = (refund_id IS NOT NULL)",
    OTHERS: "bearer = 'seller' OR kind = 'spoiled'",
}
AFTER = {
    SETTLED: "(state IN ('settled', 'exchanged')) = (refund_id IS NOT NULL)",
    OTHERS: "bearer = 'seller' OR kind IN ('spoiled', 'exchange')",
}
ADDED = {
    "exchanged_has_replacement": "(state = 'exchanged') = (replacement_number IS NOT NULL)",
    "freight": "(kind = 'return') = (freight_bearer IS NOT NULL)",
    "offer_is_told": "state NOT IN ('offered') OR offered_percent IS NOT NULL",
    "offer_in_bounds": "offered_percent BETWEEN 1 AND 100",
    "waybill_is_whole": "(waybill_number IS NULL) = (waybill_carrier IS NULL)",
    "claim_cause": "cause IN ('no_reason', 'spoiled', 'damaged', 'wrong_goods', 'not_as_described')",
    "freight_bearer": "freight_bearer IN ('buyer', 'seller')",
    "condition": "condition IN ('intact', 'used')",
}
COLUMNS: tuple[tuple[str, sa.types.TypeEngine[object]], ...] = (
    ("freight_bearer", sa.String(32)),
    ("offered_percent", sa.Integer()),
    ("waybill_carrier", sa.String(40)),
    ("waybill_number", sa.String(40)),
    ("condition", sa.String(32)),
    ("replacement_number", sa.String(64)),
    ("due_at", sa.DateTime(timezone=True)),
)
KNOWN = """
UPDATE claims SET cause = 'spoiled' WHERE kind = 'spoiled';
UPDATE claims SET freight_bearer = 'buyer' WHERE kind = 'return'
"""


def _among(column: str, words: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(word) for word in words)})"


def _check(table: str, name: str, condition: str) -> None:
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)


def _drop(table: str, name: str) -> None:
    op.drop_constraint(op.f(f"ck_{table}_{name}"), table)


def upgrade() -> None:
    for table, column, name, before, new in WORDS:
        _drop(table, name)
        _check(table, name, _among(column, before + new))
    for column, kind in COLUMNS:
        op.add_column("claims", sa.Column(column, kind, nullable=True))
    op.add_column(
        "claims",
        sa.Column("cause", sa.String(32), server_default="no_reason", nullable=False),
    )
    for statement in KNOWN.split(";"):
        op.execute(statement)
    for name in (SETTLED, OTHERS):
        _drop("claims", name)
    for name, condition in {**AFTER, **ADDED}.items():
        _check("claims", name, condition)
    op.create_foreign_key(
        op.f("fk_claims_replacement_number_order_groups"),
        *("claims", "order_groups", ["replacement_number"], ["number"]),
    )
    op.create_unique_constraint(
        op.f("uq_claims_replacement_number"), "claims", ["replacement_number"]
    )
    op.create_index(
        "ix_claims_due", "claims", ["due_at"], postgresql_where=sa.text("due_at IS NOT NULL")
    )
    _create_uploads()
    for statement in (*APPLIED_STATEMENTS, *CLAIM_STEP_STATEMENTS, COUNTED_VIEW):
        op.execute(statement)


def _create_uploads() -> None:
    op.create_table(
        "claim_uploads",
        sa.Column("reference", sa.String(64), nullable=False),
        sa.Column("group_number", sa.String(64), nullable=False),
        sa.Column("jpeg", sa.LargeBinary(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_number"],
            ["order_groups.number"],
            name=op.f("fk_claim_uploads_group_number_order_groups"),
        ),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_claim_uploads")),
    )
    for column in ("group_number", "created_at"):
        op.create_index(op.f(f"ix_claim_uploads_{column}"), "claim_uploads", [column])


def downgrade() -> None:
    for statement in (SALES_VIEW, "DROP TRIGGER claims_step ON claims"):
        op.execute(statement)
    for statement in DROP_APPLIED_STATEMENTS:
        op.execute(statement)
    op.drop_table("claim_uploads")
    op.drop_index("ix_claims_due", "claims")
    for name in (*AFTER, *ADDED):
        _drop("claims", name)
    for name, condition in BEFORE.items():
        _check("claims", name, condition)
    for column in ("cause", *(name for name, _kind in COLUMNS)):
        op.drop_column("claims", column)
    for table, column, name, before, _new in WORDS:
        _drop(table, name)
        _check(table, name, _among(column, before))
