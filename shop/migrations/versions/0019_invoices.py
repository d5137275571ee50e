"""Invoices: numbers without gaps for each seller and year, lines that never change.

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

from payments.ddl import DROP_INVOICE_STATEMENTS, INVOICE_STATEMENTS

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

FOREIGN: dict[str, tuple[tuple[str, str, str], ...]] = {
    "invoice_counters": (("seller_code", "organisations", "code"),),
    "invoices": (
        ("seller_code", "organisations", "code"),
        ("group_number", "order_groups", "number"),
        ("buyer_person_id", "people", "id"),
        ("buyer_organisation_code", "organisations", "code"),
        ("red_of", "invoices", "id"),
        ("official_by", "people", "id"),
    ),
    "invoice_lines": (
        ("invoice_id", "invoices", "id"),
        ("order_number", "seller_orders", "number"),
        ("order_line_id", "order_lines", "id"),
    ),
}
CHECKS = {
    "red_has_blue": "(kind = 'red') = (red_of IS NOT NULL)",
    "sign_of_kind": "gross_minor <> 0 AND (kind = 'red') = (gross_minor < 0)",
    "enterprise_has_number": "(title_kind = 'enterprise') = (tax_number <> '')",
    "official_as_a_whole": "(official_number IS NULL) = (official_at IS NULL)",
}


def upgrade() -> None:
    op.create_table(
        "invoice_counters",
        _code("seller_code"),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        *_foreign("invoice_counters"),
        sa.PrimaryKeyConstraint("seller_code", "year", name=op.f("pk_invoice_counters")),
    )
    op.create_table(
        "invoices",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        _code("seller_code"),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        _words("kind", "invoice_kind", "blue", "red"),
        _words("form", "invoice_form", "ordinary", "special"),
        _words("title_kind", "title_kind", "personal", "enterprise"),
        sa.Column("title", sa.LargeBinary(), nullable=False),
        _code("tax_number"),
        sa.Column("gross_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        _code("group_number", nullable=True),
        sa.Column("buyer_person_id", sa.BigInteger(), nullable=True),
        _code("buyer_organisation_code", nullable=True),
        sa.Column("red_of", sa.BigInteger(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        _code("official_number", nullable=True),
        sa.Column("official_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("official_by", sa.BigInteger(), nullable=True),
        *(
            sa.CheckConstraint(said, name=op.f(f"ck_invoices_{name}"))
            for name, said in CHECKS.items()
        ),
        *_foreign("invoices"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
        sa.UniqueConstraint("official_number", name=op.f("uq_invoices_official_number")),
        sa.UniqueConstraint(
            "seller_code", "year", "number", name=op.f("uq_invoices_seller_code_year_number")
        ),
    )
    for column in ("group_number", "buyer_organisation_code", "red_of"):
        op.create_index(op.f(f"ix_invoices_{column}"), "invoices", [column])
    _create_lines()
    for statement in INVOICE_STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    for statement in DROP_INVOICE_STATEMENTS:
        op.execute(statement)
    for table in ("invoice_lines", "invoices", "invoice_counters"):
        op.drop_table(table)


def _create_lines() -> None:
    op.create_table(
        "invoice_lines",
        sa.Column("invoice_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        _code("order_number"),
        sa.Column("order_line_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("gross_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_bp", sa.Integer(), nullable=False),
        sa.Column("is_exempt", sa.Boolean(), nullable=False),
        sa.CheckConstraint("gross_minor <> 0", name=op.f("ck_invoice_lines_says_something")),
        *_foreign("invoice_lines"),
        sa.PrimaryKeyConstraint("invoice_id", "position", name=op.f("pk_invoice_lines")),
    )
    op.create_index(op.f("ix_invoice_lines_order_number"), "invoice_lines", ["order_number"])
    op.create_index(
        "uq_invoice_lines_once",
        "invoice_lines",
        ["order_line_id"],
        unique=True,
        postgresql_where=sa.text("gross_minor > 0 AND order_line_id IS NOT NULL"),
    )
    op.create_index(
        "uq_invoice_lines_shipping_once",
        "invoice_lines",
        ["order_number"],
        unique=True,
        postgresql_where=sa.text("gross_minor > 0 AND order_line_id IS NULL"),
    )


def _code(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=64), nullable=nullable)


def _words(column: str, name: str, *words: str) -> sa.Column[str]:
    kind = sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32)
    return sa.Column(column, kind, nullable=False)


def _foreign(table: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint(
            [column], [f"{other}.{key}"], name=op.f(f"fk_{table}_{column}_{other}")
        )
        for column, other, key in FOREIGN[table]
    ]
