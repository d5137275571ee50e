"""Discounts on lines, refunds in part, packs that go back on the shelf.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

COLUMNS: dict[str, tuple[str, ...]] = {
    "order_groups": ("discount_minor",),
    "seller_orders": ("discount_minor", "shipping_refunded_minor"),
    "order_lines": ("seller_discount_minor", "platform_discount_minor"),
    "refund_lines": ("funded_minor",),
}
REPLACED = {
    ("order_groups", "total_adds_up"): (
        "total_minor = goods_minor + shipping_minor",
        "total_minor = goods_minor + shipping_minor - discount_minor",
    ),
    ("order_lines", "gross_adds_up"): (
        "gross_minor = unit_price_minor * quantity",
        "gross_minor = unit_price_minor * quantity - seller_discount_minor",
    ),
}
ADDED = {
    ("seller_orders", "discount_in_bounds"): (
        "discount_minor >= 0 AND discount_minor < goods_minor"
    ),
    ("seller_orders", "refund_in_bounds"): (
        "shipping_refunded_minor BETWEEN 0 AND shipping_minor"
    ),
    ("order_lines", "seller_discount_in_bounds"): "seller_discount_minor >= 0",
    ("order_lines", "platform_discount_in_bounds"): (
        "platform_discount_minor >= 0 AND platform_discount_minor < gross_minor"
    ),
    ("refund_lines", "funded_in_bounds"): "funded_minor >= 0 AND funded_minor <= amount_minor",
}


def upgrade() -> None:
    for table, columns in COLUMNS.items():
        for column in columns:
            op.add_column(
                table, sa.Column(column, sa.BigInteger(), server_default="0", nullable=False)
            )
    # What was refunded as a whole before was refunded with its shipping.
    op.execute(
        "UPDATE seller_orders SET shipping_refunded_minor = shipping_minor"
        " WHERE state = 'refunded'"
    )
    op.create_index(
        op.f("ix_stock_movements_restocked"),
        "stock_movements",
        ["order_line_id"],
        postgresql_where=sa.text("kind = 'restocked'"),
    )
    for (table, name), (_, new) in REPLACED.items():
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, new)
    for (table, name), condition in ADDED.items():
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)


def downgrade() -> None:
    for table, name in ADDED:
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
    for (table, name), (old, _) in REPLACED.items():
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, old)
    op.drop_index(op.f("ix_stock_movements_restocked"), "stock_movements")
    for table, columns in COLUMNS.items():
        for column in columns:
            op.drop_column(table, column)
