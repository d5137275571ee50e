"""What can be promised: presales, hours on the way, parcels and what they cost.

Revision ID: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "transit_times",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("province", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), server_default="", nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "hours BETWEEN 1 AND 720", name=op.f("ck_transit_times_hours_in_bounds")
        ),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from",
            name=op.f("ck_transit_times_period_in_order"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transit_times")),
        sa.UniqueConstraint(
            "province",
            "city",
            "valid_from",
            name=op.f("uq_transit_times_province_city_valid_from"),
        ),
    )
    op.create_table(
        "shipping_rules",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("seller_code", sa.String(length=64), nullable=False),
        sa.Column(
            "temperature",
            sa.Enum(
                "ambient",
                "chilled",
                "frozen",
                name="temperature",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("provinces", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("first_g", sa.Integer(), nullable=False),
        sa.Column("first_minor", sa.BigInteger(), nullable=False),
        sa.Column("step_g", sa.Integer(), nullable=False),
        sa.Column("step_minor", sa.BigInteger(), nullable=False),
        sa.Column("free_from_minor", sa.BigInteger(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_sample", sa.Boolean(), server_default="false", nullable=False),
        sa.CheckConstraint(
            "first_g > 0 AND step_g > 0", name=op.f("ck_shipping_rules_weights_are_positive")
        ),
        sa.CheckConstraint(
            "first_minor >= 0 AND step_minor >= 0 AND free_from_minor > 0",
            name=op.f("ck_shipping_rules_amounts_in_bounds"),
        ),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from",
            name=op.f("ck_shipping_rules_period_in_order"),
        ),
        sa.ForeignKeyConstraint(
            ["seller_code"],
            ["organisations.code"],
            name=op.f("fk_shipping_rules_seller_code_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipping_rules")),
    )
    op.create_index(
        "ix_shipping_rules_of_seller",
        "shipping_rules",
        ["seller_code", "valid_from"],
        unique=False,
    )
    op.create_table(
        "supply_caps",
        sa.Column("product_code", sa.String(length=64), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("weight_g", sa.BigInteger(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.CheckConstraint("weight_g > 0", name=op.f("ck_supply_caps_weight_is_positive")),
        sa.ForeignKeyConstraint(
            ["product_code"],
            ["products.code"],
            name=op.f("fk_supply_caps_product_code_products"),
        ),
        sa.PrimaryKeyConstraint("product_code", "year", name=op.f("pk_supply_caps")),
    )
    op.create_table(
        "transit_limits",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("product_code", sa.String(length=64), nullable=True),
        sa.Column("storage_code", sa.String(length=64), nullable=True),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(product_code IS NULL) <> (storage_code IS NULL)",
            name=op.f("ck_transit_limits_of_one_thing"),
        ),
        sa.CheckConstraint(
            "hours BETWEEN 1 AND 720", name=op.f("ck_transit_limits_hours_in_bounds")
        ),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from",
            name=op.f("ck_transit_limits_period_in_order"),
        ),
        sa.ForeignKeyConstraint(
            ["product_code"],
            ["products.code"],
            name=op.f("fk_transit_limits_product_code_products"),
        ),
        sa.ForeignKeyConstraint(
            ["storage_code"],
            ["storage_classes.code"],
            name=op.f("fk_transit_limits_storage_code_storage_classes"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transit_limits")),
        sa.UniqueConstraint(
            "product_code", "valid_from", name=op.f("uq_transit_limits_product_code_valid_from")
        ),
        sa.UniqueConstraint(
            "storage_code", "valid_from", name=op.f("uq_transit_limits_storage_code_valid_from")
        ),
    )
    op.create_table(
        "presales",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("sku_id", sa.Integer(), nullable=False),
        sa.Column("season", sa.Integer(), nullable=False),
        sa.Column("cap", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), server_default="0", nullable=False),
        sa.Column("waiting", sa.Integer(), server_default="0", nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ships_until", sa.Date(), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_sample", sa.Boolean(), server_default="false", nullable=False),
        sa.CheckConstraint(
            "cap > 0 AND waiting >= 0 AND waiting <= taken AND taken <= cap",
            name=op.f("ck_presales_never_above_cap"),
        ),
        sa.CheckConstraint("closes_at > opens_at", name=op.f("ck_presales_period_in_order")),
        sa.CheckConstraint(
            "season BETWEEN 2020 AND 2100", name=op.f("ck_presales_season_is_a_year")
        ),
        sa.ForeignKeyConstraint(["sku_id"], ["skus.id"], name=op.f("fk_presales_sku_id_skus")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_presales")),
    )
    op.create_index(op.f("ix_presales_sku_id"), "presales", ["sku_id"], unique=False)
    op.create_table(
        "order_parcels",
        sa.Column("order_number", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("storage_code", sa.String(length=64), nullable=False),
        sa.Column("limit_profile", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "temperature",
            sa.Enum(
                "ambient",
                "chilled",
                "frozen",
                name="temperature",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("weight_g", sa.BigInteger(), nullable=False),
        sa.Column("shipping_minor", sa.BigInteger(), nullable=False),
        sa.Column("rule_id", sa.Integer(), nullable=True),
        sa.Column("packed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("packed_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(packed_at IS NULL) = (packed_by IS NULL)",
            name=op.f("ck_order_parcels_packed_by_somebody"),
        ),
        sa.CheckConstraint(
            "weight_g > 0 AND shipping_minor >= 0",
            name=op.f("ck_order_parcels_amounts_in_bounds"),
        ),
        sa.ForeignKeyConstraint(
            ["order_number"],
            ["seller_orders.number"],
            name=op.f("fk_order_parcels_order_number_seller_orders"),
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"],
            ["shipping_rules.id"],
            name=op.f("fk_order_parcels_rule_id_shipping_rules"),
        ),
        sa.PrimaryKeyConstraint("order_number", "number", name=op.f("pk_order_parcels")),
    )
    op.create_table(
        "presale_uses",
        sa.Column("order_line_id", sa.BigInteger(), nullable=False),
        sa.Column("presale_id", sa.BigInteger(), nullable=False),
        sa.Column("group_number", sa.String(length=64), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("returned", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "held",
                "taken",
                "allotted",
                "released",
                name="presale_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("allotted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'released') = (returned = quantity)",
            name=op.f("ck_presale_uses_released_whole"),
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_presale_uses_quantity_is_positive")),
        sa.CheckConstraint(
            "returned BETWEEN 0 AND quantity", name=op.f("ck_presale_uses_returned_in_bounds")
        ),
        sa.ForeignKeyConstraint(
            ["group_number"],
            ["order_groups.number"],
            name=op.f("fk_presale_uses_group_number_order_groups"),
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"],
            ["order_lines.id"],
            name=op.f("fk_presale_uses_order_line_id_order_lines"),
        ),
        sa.ForeignKeyConstraint(
            ["presale_id"], ["presales.id"], name=op.f("fk_presale_uses_presale_id_presales")
        ),
        sa.PrimaryKeyConstraint("order_line_id", name=op.f("pk_presale_uses")),
    )
    op.create_index(
        op.f("ix_presale_uses_group_number"), "presale_uses", ["group_number"], unique=False
    )
    op.create_index(
        "ix_presale_uses_waiting",
        "presale_uses",
        ["presale_id", "order_line_id"],
        unique=False,
        postgresql_where=sa.text("state IN ('held', 'taken')"),
    )
    op.add_column("order_lines", sa.Column("parcel_number", sa.Integer(), nullable=True))
    # Hours become dated rows; what products said holds from the beginning on.
    op.execute(
        "INSERT INTO transit_limits (product_code, hours, valid_from, basis)"
        " SELECT code, max_transit_hours, DATE '2020-01-01', 'product'"
        " FROM products WHERE max_transit_hours IS NOT NULL"
    )
    op.drop_column("products", "max_transit_hours")
    op.add_column("seller_orders", sa.Column("ships_until", sa.Date(), nullable=True))
    op.add_column(
        "seller_orders", sa.Column("late_told_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_index(
        "ix_seller_orders_ships_until",
        "seller_orders",
        ["ships_until"],
        unique=False,
        postgresql_where=sa.text("ships_until IS NOT NULL AND state IN ('paid', 'packed')"),
    )


def downgrade() -> None:
    op.drop_index(
        "ix_seller_orders_ships_until",
        table_name="seller_orders",
        postgresql_where=sa.text("ships_until IS NOT NULL AND state IN ('paid', 'packed')"),
    )
    op.drop_column("seller_orders", "late_told_at")
    op.drop_column("seller_orders", "ships_until")
    op.add_column("products", sa.Column("max_transit_hours", sa.Integer(), nullable=True))
    op.execute(
        "UPDATE products SET max_transit_hours = latest.hours FROM ("
        " SELECT DISTINCT ON (product_code) product_code, hours FROM transit_limits"
        " WHERE product_code IS NOT NULL AND valid_to IS NULL"
        " ORDER BY product_code, valid_from DESC) AS latest"
        " WHERE latest.product_code = products.code"
    )
    op.drop_column("order_lines", "parcel_number")
    op.drop_index(
        "ix_presale_uses_waiting",
        table_name="presale_uses",
        postgresql_where=sa.text("state IN ('held', 'taken')"),
    )
    op.drop_index(op.f("ix_presale_uses_group_number"), table_name="presale_uses")
    op.drop_table("presale_uses")
    op.drop_table("order_parcels")
    op.drop_index(op.f("ix_presales_sku_id"), table_name="presales")
    op.drop_table("presales")
    op.drop_table("transit_limits")
    op.drop_table("supply_caps")
    op.drop_index("ix_shipping_rules_of_seller", table_name="shipping_rules")
    op.drop_table("shipping_rules")
    op.drop_table("transit_times")
