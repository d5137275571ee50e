"""Selling on terms, refunds by bank transfer, saved titles of invoices.

Revision ID: 0025
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op

from kernel.ddl import append_only, keep

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

PROVIDERS = ("demo", "stripe", "bank_transfer", "exchange")
PAID_BY = ("payments", "payment_events", "payment_disputes")
ABOUT = "ck_bank_decisions_is_about_one_thing"
FOREIGN: dict[str, tuple[tuple[str, str, str], ...]] = {
    "credit_lines": (
        ("organisation_code", "organisations", "code"),
        ("proposed_by", "people", "id"),
        ("decided_by", "people", "id"),
    ),
    "credit_accounts": (("organisation_code", "organisations", "code"),),
    "credit_sales": (
        ("group_number", "order_groups", "number"),
        ("organisation_code", "organisations", "code"),
        ("line_id", "credit_lines", "id"),
    ),
    "credit_bills": (
        ("order_number", "seller_orders", "number"),
        ("group_number", "credit_sales", "group_number"),
        ("organisation_code", "organisations", "code"),
    ),
    "bill_reminders": (("order_number", "credit_bills", "order_number"),),
    "refunds_by_hand": (
        ("refund_id", "refunds", "id"),
        ("released_by", "people", "id"),
        ("paid_by", "people", "id"),
    ),
    "invoice_titles": (
        ("person_id", "people", "id"),
        ("organisation_code", "organisations", "code"),
    ),
    "invoice_requests": (("group_number", "order_groups", "number"),),
}
CHECKS: dict[str, dict[str, str]] = {
    "credit_lines": {
        "in_bounds": "amount_minor >= 0 AND days BETWEEN 1 AND 365",
        "period_in_order": "valid_until IS NULL OR valid_until >= valid_from",
        "decided_as_a_whole": "num_nonnulls(verdict, decided_by, decided_at) IN (0, 3)",
        "four_eyes": "decided_by <> proposed_by",
    },
    "credit_accounts": {"used_is_not_negative": "used_minor >= 0"},
    "credit_sales": {"amount_is_positive": "amount_minor > 0"},
    "credit_bills": {
        "amounts_in_bounds": "amount_minor > 0 AND paid_minor >= 0 AND reduced_minor >= 0"
        " AND paid_minor + reduced_minor <= amount_minor"
    },
    "bill_reminders": {},
    "refunds_by_hand": {
        "account_as_a_whole": "num_nonnulls(holder, bank, number, given_at) IN (0, 4)",
        "released_to_an_account": "num_nonnulls(released_by, released_at) IN (0, 2)"
        " AND (released_at IS NULL OR given_at IS NOT NULL)",
        "paid_after_release": "num_nonnulls(bank_reference, paid_by, paid_at) IN (0, 3)"
        " AND (paid_at IS NULL OR released_at IS NOT NULL)",
        "four_eyes": "paid_by <> released_by",
    },
    "invoice_titles": {
        "has_one_owner": "num_nonnulls(person_id, organisation_code) = 1",
        "enterprise_has_number": "(title_kind = 'enterprise') = (tax_number <> '')",
    },
    "invoice_requests": {},
}
NEW_TABLES = tuple(CHECKS)
TERMS_STATEMENTS: tuple[str, ...] = (
    append_only("credit_sales"),
    append_only("bill_reminders"),
    keep("credit_lines", "verdict", "decided_by", "decided_at"),
    keep("credit_bills", "paid_minor", "reduced_minor"),
)
"""What was sold on terms stays as it was agreed."""

DROP_TERMS_STATEMENTS: tuple[str, ...] = tuple(
    f"DROP TRIGGER {name} ON {table}"
    for table, name in (
        ("credit_sales", "credit_sales_append_only"),
        ("bill_reminders", "bill_reminders_append_only"),
        ("credit_lines", "credit_lines_kept"),
        ("credit_bills", "credit_bills_kept"),
    )
)


def upgrade() -> None:
    for table in PAID_BY:
        _words_of(table, *PROVIDERS, "terms")
    _create_lines()
    _create_sales()
    _create_refunds()
    _create_titles()
    op.add_column("bank_decisions", _code("bill_number", nullable=True))
    op.create_foreign_key(
        op.f("fk_bank_decisions_bill_number_credit_bills"),
        "bank_decisions",
        "credit_bills",
        ["bill_number"],
        ["order_number"],
    )
    op.create_index(op.f("ix_bank_decisions_bill_number"), "bank_decisions", ["bill_number"])
    _about("num_nonnulls(group_number, bill_number, bank_reference) = 1")
    for statement in TERMS_STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    for statement in DROP_TERMS_STATEMENTS:
        op.execute(statement)
    _about("(word = 'returned') = (group_number IS NULL)")
    op.drop_column("bank_decisions", "bill_number")
    op.drop_index("ix_refunds_state", "refunds")
    op.drop_column("refunds", "offset_minor")
    for table in reversed(NEW_TABLES):
        op.drop_table(table)
    for table in PAID_BY:
        _words_of(table, *PROVIDERS)


def _words_of(table: str, *words: str) -> None:
    name = op.f(f"ck_{table}_provider")
    op.drop_constraint(name, table, type_="check")
    said = ", ".join(f"'{word}'" for word in words)
    op.create_check_constraint(name, table, f"provider IN ({said})")


def _about(one_thing: str) -> None:
    name = op.f(ABOUT)
    op.drop_constraint(name, "bank_decisions", type_="check")
    returned = "(word = 'returned') = (bank_reference IS NOT NULL)"
    op.create_check_constraint(name, "bank_decisions", f"{one_thing} AND {returned}")


def _create_lines() -> None:
    _create(
        "credit_lines",
        _identity(),
        _code("organisation_code"),
        _minor("amount_minor"),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.BigInteger(), nullable=False),
        _moment("proposed_at", nullable=False),
        _word("verdict", "line_verdict", "approved", "refused", nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        _moment("decided_at"),
        key="id",
    )
    op.create_index(
        op.f("ix_credit_lines_organisation_code"), "credit_lines", ["organisation_code"]
    )
    op.create_index(
        "ix_credit_lines_open",
        "credit_lines",
        ["id"],
        postgresql_where=sa.text("verdict IS NULL"),
    )
    _create(
        "credit_accounts",
        _code("organisation_code"),
        _minor("used_minor", default=True),
        key="organisation_code",
    )


def _create_sales() -> None:
    _create(
        "credit_sales",
        _code("group_number"),
        _code("organisation_code"),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        _code("code"),
        _minor("amount_minor"),
        sa.Column("days", sa.Integer(), nullable=False),
        _moment("at", nullable=False),
        sa.UniqueConstraint("code", name=op.f("uq_credit_sales_code")),
        key="group_number",
    )
    for column in ("organisation_code", "line_id"):
        op.create_index(op.f(f"ix_credit_sales_{column}"), "credit_sales", [column])
    _create(
        "credit_bills",
        _code("order_number"),
        _code("group_number"),
        _code("organisation_code"),
        _minor("amount_minor"),
        _minor("paid_minor", default=True),
        _minor("reduced_minor", default=True),
        _moment("issued_at", nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        key="order_number",
    )
    op.create_index(op.f("ix_credit_bills_group_number"), "credit_bills", ["group_number"])
    op.create_index(
        "ix_credit_bills_organisation_code", "credit_bills", ["organisation_code", "due_on"]
    )
    op.create_index(
        "ix_credit_bills_open",
        "credit_bills",
        ["due_on", "order_number"],
        postgresql_where=sa.text("paid_minor + reduced_minor < amount_minor"),
    )
    op.create_table(
        "bill_reminders",
        _code("order_number"),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        _moment("at", nullable=False),
        *_foreign("bill_reminders"),
        sa.PrimaryKeyConstraint("order_number", "day", name=op.f("pk_bill_reminders")),
    )


def _create_refunds() -> None:
    op.add_column("refunds", _minor("offset_minor", default=True))
    op.create_check_constraint(
        op.f("ck_refunds_offset_in_bounds"),
        "refunds",
        "offset_minor BETWEEN 0 AND amount_minor",
    )
    op.create_index("ix_refunds_state", "refunds", ["state", "id"])
    _create(
        "refunds_by_hand",
        sa.Column("refund_id", sa.BigInteger(), autoincrement=False, nullable=False),
        _word("why", "hand_reason", "window_passed", "failed", "came_by_bank"),
        _moment("opened_at", nullable=False),
        *(sa.Column(name, sa.LargeBinary(), nullable=True) for name in ("holder", "bank")),
        sa.Column("number", sa.LargeBinary(), nullable=True),
        _moment("given_at"),
        sa.Column("released_by", sa.BigInteger(), nullable=True),
        _moment("released_at"),
        _code("bank_reference", nullable=True),
        sa.Column("paid_by", sa.BigInteger(), nullable=True),
        _moment("paid_at"),
        sa.UniqueConstraint("bank_reference", name=op.f("uq_refunds_by_hand_bank_reference")),
        key="refund_id",
    )


def _create_titles() -> None:
    _create(
        "invoice_titles",
        _identity(),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        _code("organisation_code", nullable=True),
        *_title(),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        _moment("at", nullable=False),
        key="id",
    )
    for column in ("person_id", "organisation_code"):
        op.create_index(op.f(f"ix_invoice_titles_{column}"), "invoice_titles", [column])
    op.create_index(
        "uq_invoice_titles_default",
        "invoice_titles",
        [sa.text("coalesce(organisation_code, person_id::text)")],
        unique=True,
        postgresql_where=sa.text("is_default"),
    )
    _create(
        "invoice_requests",
        _code("group_number"),
        *_title(),
        _moment("asked_at", nullable=False),
        _moment("answered_at"),
        _code("refusal", nullable=True),
        key="group_number",
    )


def _title() -> tuple[sa.Column[object], ...]:
    return (
        _word("title_kind", "title_kind", "personal", "enterprise"),
        _word("form", "invoice_form", "ordinary", "special"),
        sa.Column("title", sa.LargeBinary(), nullable=False),
        _code("tax_number"),
    )


def _create(table: str, *parts: sa.schema.SchemaItem, key: str) -> None:
    op.create_table(
        table,
        *parts,
        *(
            sa.CheckConstraint(said, name=op.f(f"ck_{table}_{name}"))
            for name, said in CHECKS[table].items()
        ),
        *_foreign(table),
        sa.PrimaryKeyConstraint(key, name=op.f(f"pk_{table}")),
    )


def _identity() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False)


def _code(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=64), nullable=nullable)


def _minor(name: str, *, default: bool = False) -> sa.Column[int]:
    return sa.Column(
        name, sa.BigInteger(), server_default="0" if default else None, nullable=False
    )


def _moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _word(column: str, name: str, *words: str, nullable: bool = False) -> sa.Column[str]:
    kind = sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32)
    return sa.Column(column, kind, nullable=nullable)


def _foreign(table: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint(
            [column], [f"{other}.{key}"], name=op.f(f"fk_{table}_{column}_{other}")
        )
        for column, other, key in FOREIGN[table]
    ]
