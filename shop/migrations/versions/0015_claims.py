"""Claims of buyers after a sale, and refunds at somebody else's cost than the seller's.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

from orders.ddl import CLAIM_STATEMENTS
from reporting.ddl import FIRST_VIEW, SALES_VIEW

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

BEARERS = ("seller", "carrier", "platform")
KINDS = ("cancel", "return", "spoiled")
STATES = (
    "requested",
    "awaiting_return",
    "return_received",
    "settled",
    "rejected",
    "disputed",
    "dismissed",
    "withdrawn",
)
REFUND_BOUNDS = (
    "refunded_minor >= 0 AND compensated_minor >= 0"
    " AND refunded_minor + compensated_minor <= gross_minor"
)
TABLES = ("claim_events", "claim_photos", "claim_lines", "claims")


def _one_of(values: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    op.add_column(
        "refunds",
        sa.Column("bearer", sa.String(32), server_default="seller", nullable=False),
    )
    op.create_check_constraint(
        op.f("ck_refunds_bearer"), "refunds", "bearer IN ('seller', 'carrier', 'platform')"
    )
    op.add_column(
        "order_lines",
        sa.Column("compensated_minor", sa.BigInteger(), server_default="0", nullable=False),
    )
    op.drop_constraint(op.f("ck_order_lines_refund_in_bounds"), "order_lines")
    op.create_check_constraint(
        op.f("ck_order_lines_refund_in_bounds"), "order_lines", REFUND_BOUNDS
    )
    op.create_table(
        "claims",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("order_number", sa.String(64), nullable=False),
        sa.Column("kind", _one_of(KINDS, "claim_kind"), nullable=False),
        sa.Column("state", _one_of(STATES, "claim_state"), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("bearer", _one_of(BEARERS, "bearer"), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("is_automatic", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("refund_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "percent BETWEEN 1 AND 100", name=op.f("ck_claims_percent_in_bounds")
        ),
        sa.CheckConstraint(
            "(state = 'settled') = (refund_id IS NOT NULL)",
            name=op.f("ck_claims_settled_has_refund"),
        ),
        sa.CheckConstraint(
            "bearer = 'seller' OR kind = 'spoiled'",
            name=op.f("ck_claims_only_spoiled_goods_cost_others"),
        ),
        sa.ForeignKeyConstraint(
            ["order_number"],
            ["seller_orders.number"],
            name=op.f("fk_claims_order_number_seller_orders"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_claims_person_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["refund_id"], ["refunds.id"], name=op.f("fk_claims_refund_id_refunds")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims")),
        sa.UniqueConstraint("key", name=op.f("uq_claims_key")),
        sa.UniqueConstraint("refund_id", name=op.f("uq_claims_refund_id")),
    )
    op.create_index(op.f("ix_claims_order_number"), "claims", ["order_number"])
    op.create_index("ix_claims_queue", "claims", ["state", "id"])
    op.create_index("ix_claims_of_buyer", "claims", ["person_id", "created_at"])
    op.create_table(
        "claim_lines",
        sa.Column("claim_id", sa.BigInteger(), nullable=False),
        sa.Column("order_line_id", sa.BigInteger(), nullable=False),
        sa.Column("packs", sa.Integer(), nullable=False),
        sa.Column("share_minor", sa.BigInteger(), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("packs > 0", name=op.f("ck_claim_lines_packs_are_positive")),
        sa.CheckConstraint(
            "minor BETWEEN 0 AND share_minor", name=op.f("ck_claim_lines_minor_in_bounds")
        ),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claims.id"], name=op.f("fk_claim_lines_claim_id_claims")
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"],
            ["order_lines.id"],
            name=op.f("fk_claim_lines_order_line_id_order_lines"),
        ),
        sa.PrimaryKeyConstraint("claim_id", "order_line_id", name=op.f("pk_claim_lines")),
    )
    op.create_index(op.f("ix_claim_lines_order_line_id"), "claim_lines", ["order_line_id"])
    op.create_table(
        "claim_photos",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("claim_id", sa.BigInteger(), nullable=False),
        sa.Column("jpeg", sa.LargeBinary(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claims.id"], name=op.f("fk_claim_photos_claim_id_claims")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_photos")),
    )
    op.create_index("ix_claim_photos_claim", "claim_photos", ["claim_id"])
    op.create_table(
        "claim_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("claim_id", sa.BigInteger(), nullable=False),
        sa.Column("state", _one_of(STATES, "claim_state"), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claims.id"], name=op.f("fk_claim_events_claim_id_claims")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_events")),
    )
    op.create_index(op.f("ix_claim_events_claim_id"), "claim_events", ["claim_id"])
    for statement in (*CLAIM_STATEMENTS, SALES_VIEW):
        op.execute(statement)


def downgrade() -> None:
    op.execute(FIRST_VIEW)
    for table in TABLES:
        op.drop_table(table)
    op.drop_constraint(op.f("ck_order_lines_refund_in_bounds"), "order_lines")
    op.drop_column("order_lines", "compensated_minor")
    op.create_check_constraint(
        op.f("ck_order_lines_refund_in_bounds"),
        "order_lines",
        "refunded_minor BETWEEN 0 AND gross_minor",
    )
    op.drop_column("refunds", "bearer")
