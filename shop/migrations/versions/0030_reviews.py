"""Buyers say what they think of goods they received; the catalogue counts its changes.

Revision ID: 0030
Revises: 0029
"""

import sqlalchemy as sa
from alembic import op

from catalog import ddl

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

STATES = ("visible", "hidden", "withdrawn")
STEPS = ("written", "changed", "hidden", "shown", "answered", "withdrawn")
MOMENT = sa.DateTime(timezone=True)
EMPTY = sa.text("''")


def upgrade() -> None:
    _create_reviews()
    _create_what_belongs_to_reviews()
    op.create_table(
        "favourites",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("product_code", sa.String(64), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        *_foreign("favourites", person_id="people.id", product_code="products.code"),
        sa.PrimaryKeyConstraint("person_id", "product_code", name=op.f("pk_favourites")),
    )
    op.create_index(op.f("ix_favourites_product_code"), "favourites", ["product_code"])
    op.add_column("order_groups", sa.Column("terms_version", sa.String(16)))
    for statement in (*ddl.REVIEW_STATEMENTS, *ddl.VERSION_STATEMENTS):
        op.get_bind().exec_driver_sql(statement.replace("%", "%%"))


def downgrade() -> None:
    for statement in ddl.DROP_VERSION_STATEMENTS:
        op.execute(statement)
    op.drop_column("order_groups", "terms_version")
    for table in ("favourites", "review_events", "review_photos", "reviews"):
        op.drop_table(table)


def _create_reviews() -> None:
    op.create_table(
        "reviews",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("order_line_id", sa.BigInteger(), nullable=False),
        sa.Column("product_code", sa.String(64), nullable=False),
        sa.Column("person_id", sa.BigInteger()),
        sa.Column("shown_as", sa.Text(), nullable=False),
        sa.Column("rating", sa.SmallInteger(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("hidden_reason", sa.Text(), server_default=EMPTY, nullable=False),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT),
        sa.Column("answer", sa.Text(), server_default=EMPTY, nullable=False),
        sa.Column("answered_at", MOMENT),
        _check("reviews", "rating BETWEEN 1 AND 5", "rating_in_bounds"),
        _check("reviews", "(state = 'hidden') = (hidden_reason <> '')", "hidden_has_reason"),
        _check("reviews", "(answer <> '') = (answered_at IS NOT NULL)", "answer_has_moment"),
        _check(
            "reviews",
            "state <> 'withdrawn' OR (words = '' AND person_id IS NULL AND shown_as = '')",
            "withdrawn_is_empty",
        ),
        _one_of("reviews", "state", STATES, "review_state"),
        *_foreign(
            "reviews",
            order_line_id="order_lines.id",
            product_code="products.code",
            person_id="people.id",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
        sa.UniqueConstraint("order_line_id", name=op.f("uq_reviews_order_line_id")),
    )
    op.create_index(op.f("ix_reviews_product_code"), "reviews", ["product_code"])
    op.create_index(op.f("ix_reviews_person_id"), "reviews", ["person_id"])
    op.create_index("ix_reviews_desk", "reviews", ["state", "id"])
    op.create_index(
        "ix_reviews_visible",
        "reviews",
        ["product_code", "written_at"],
        postgresql_where=sa.text("state = 'visible'"),
    )


def _create_what_belongs_to_reviews() -> None:
    op.create_table(
        "review_photos",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("review_id", sa.BigInteger(), nullable=False),
        sa.Column("webp", sa.LargeBinary(), nullable=False),
        sa.Column("thumb", sa.LargeBinary(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        *_foreign("review_photos", review_id="reviews.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_photos")),
    )
    op.create_index(op.f("ix_review_photos_review_id"), "review_photos", ["review_id"])
    op.create_table(
        "review_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("review_id", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.String(32), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default=EMPTY, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        _one_of("review_events", "step", STEPS, "review_step"),
        *_foreign("review_events", review_id="reviews.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_events")),
    )
    op.create_index(op.f("ix_review_events_review_id"), "review_events", ["review_id"])


def _check(table: str, condition: str, name: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _one_of(table: str, column: str, values: tuple[str, ...], name: str) -> sa.CheckConstraint:
    return _check(table, f"{column} IN ({', '.join(map(repr, values))})", name)


def _foreign(table: str, **columns: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint(
            [name], [target], name=op.f(f"fk_{table}_{name}_{target.partition('.')[0]}")
        )
        for name, target in columns.items()
    ]
