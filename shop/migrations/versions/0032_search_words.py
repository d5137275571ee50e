"""Words of the search that an editor can change, and how often what is searched for.

Revision ID: 0032
Revises: 0031
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

KINDS = ("same", "leads", "choice", "soft", "noise")


def upgrade() -> None:
    allowed = ", ".join(repr(kind) for kind in KINDS)
    op.create_table(
        "search_words",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("forms", sa.ARRAY(sa.String()), nullable=False),
        sa.Column(
            "means", sa.ARRAY(sa.String()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.String(64), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.String(64), nullable=True),
        sa.CheckConstraint(f"kind IN ({allowed})", name=op.f("ck_search_words_word_kind")),
        sa.CheckConstraint("cardinality(forms) > 0", name=op.f("ck_search_words_has_forms")),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by IS NULL)",
            name=op.f("ck_search_words_withdrawn_by_somebody"),
        ),
        sa.CheckConstraint(
            "withdrawn_at >= added_at", name=op.f("ck_search_words_withdrawn_later")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_words")),
    )
    numbers = ("asked", "empty", "corrected", "picked")
    op.create_table(
        "search_counts",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("query", sa.String(40), nullable=False),
        *(
            sa.Column(name, sa.Integer(), server_default="0", nullable=False)
            for name in numbers
        ),
        sa.Column("picked_places", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "asked >= 0 AND empty BETWEEN 0 AND asked AND corrected BETWEEN 0 AND asked"
            " AND picked >= 0 AND picked_places >= picked",
            name=op.f("ck_search_counts_counts_fit"),
        ),
        sa.PrimaryKeyConstraint("day", "query", name=op.f("pk_search_counts")),
    )
    op.create_index("ix_search_counts_query", "search_counts", ["query"])


def downgrade() -> None:
    op.drop_table("search_counts")
    op.drop_table("search_words")
