"""The search: a copy of the goods on sale by tokens, and notes of what has changed.

Revision ID: 0034
Revises: 0033
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from catalog import watching

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

FACETS = ("category", "place", "village", "storage", "certificate", "brand", "seller", "tag")
SWITCHES = ("is_in_stock", "is_on_presale", "is_cold", "is_year_round")


def upgrade() -> None:
    op.create_table(
        "search_documents",
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("tokens", postgresql.TSVECTOR(), nullable=False),
        sa.Column("traits", postgresql.JSONB(), nullable=False),
        *(sa.Column(name, postgresql.ARRAY(sa.Text()), nullable=False) for name in FACETS),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("listed_us", sa.BigInteger(), nullable=False),
        sa.Column("shuffle", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Boolean(), nullable=False) for name in SWITCHES),
        sa.Column("season", sa.Integer(), nullable=False),
        sa.Column("recognised_from", sa.Integer(), nullable=False),
        sa.Column("recognised_to", sa.Integer(), nullable=False),
        sa.Column("limit_hours", sa.Integer()),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_search_documents")),
    )
    op.create_index(
        "ix_search_documents_tokens", "search_documents", ["tokens"], postgresql_using="gin"
    )
    op.create_table(
        "search_terms",
        sa.Column("token", sa.Text(collation="C"), nullable=False),
        sa.Column("documents", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_search_terms")),
    )
    op.create_table(
        "search_shelf",
        sa.Column("id", sa.SmallInteger(), nullable=False),
        sa.Column("generation", sa.Text(), nullable=False),
        sa.Column("words_version", sa.Text(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("changes", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_search_shelf_stands_once")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_shelf")),
    )
    op.create_table(
        "search_marks",
        sa.Column("product_code", sa.String(64), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("product_code", name=op.f("pk_search_marks")),
    )
    op.create_index(op.f("ix_search_marks_due_at"), "search_marks", ["due_at"])
    op.create_table(
        "search_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("product_code", sa.String(64), nullable=False),
        sa.Column(
            "at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_changes")),
    )
    for statement in watching.STATEMENTS:
        op.get_bind().exec_driver_sql(statement.replace("%", "%%"))


def downgrade() -> None:
    for statement in watching.DROP_STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
    for table in ("changes", "marks", "shelf", "terms", "documents"):
        op.drop_table(f"search_{table}")
