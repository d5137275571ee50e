"""Titles name address and bank of their enterprise; invoices tell the weight of goods.

Revision ID: 0027
Revises: 0026
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

TITLED = ("invoice_titles", "invoice_requests", "invoices")
LINES = "invoice_lines"
WEIGHED = "ck_invoice_lines_weight_with_price"
SAID = (
    "num_nonnulls(weight_g, per_kg_minor) IN (0, 2)"
    " AND (weight_g IS NULL OR weight_g <> 0 AND (weight_g > 0) = (gross_minor > 0))"
)


def upgrade() -> None:
    for table in TITLED:
        op.add_column(table, sa.Column("details", sa.LargeBinary(), nullable=True))
    op.add_column(LINES, sa.Column("weight_g", sa.Integer(), nullable=True))
    op.add_column(LINES, sa.Column("per_kg_minor", sa.BigInteger(), nullable=True))
    op.create_check_constraint(op.f(WEIGHED), LINES, SAID)


def downgrade() -> None:
    op.drop_constraint(op.f(WEIGHED), LINES, type_="check")
    for column in ("per_kg_minor", "weight_g"):
        op.drop_column(LINES, column)
    for table in TITLED:
        op.drop_column(table, "details")
