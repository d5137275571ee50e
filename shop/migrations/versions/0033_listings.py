"""Listings sellers write: kinds, attributes, photos, series, and changes under review.

Revision ID: 0033
Revises: 0032
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from catalog import ddl

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

STATES = ("draft", "submitted", "returned", "approved", "declined", "withdrawn")
OPEN = "state IN ('draft', 'submitted', 'returned')"
LINEAGE = (
    "lineage[1] = shelf_code AND lineage[cardinality(lineage)] = code"
    " AND (parent_code IS NULL) = (shelf_code = code)"
    " AND lineage[cardinality(lineage) - 1] IS NOT DISTINCT FROM parent_code"
)
OWN = "own_code IS NULL OR seller_code IS NOT NULL"


def upgrade() -> None:
    op.create_unique_constraint(
        op.f("uq_products_code_seller_code"), "products", ["code", "seller_code"]
    )
    op.create_table(
        "attributes",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("sort_order", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_attributes")),
    )
    op.create_table(
        "attribute_choices",
        sa.Column("attribute_code", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("sort_order", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attribute_code"],
            ["attributes.code"],
            name=op.f("fk_attribute_choices_attribute_code_attributes"),
        ),
        sa.PrimaryKeyConstraint("attribute_code", "code", name=op.f("pk_attribute_choices")),
    )
    op.create_table(
        "category_attributes",
        sa.Column("category_code", sa.String(length=64), nullable=False),
        sa.Column("attribute_code", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["attribute_code"],
            ["attributes.code"],
            name=op.f("fk_category_attributes_attribute_code_attributes"),
        ),
        sa.ForeignKeyConstraint(
            ["category_code"],
            ["categories.code"],
            name=op.f("fk_category_attributes_category_code_categories"),
        ),
        sa.PrimaryKeyConstraint(
            "category_code", "attribute_code", name=op.f("pk_category_attributes")
        ),
    )
    op.create_index(
        op.f("ix_category_attributes_attribute_code"),
        "category_attributes",
        ["attribute_code"],
        unique=False,
    )
    op.create_table(
        "product_photos",
        sa.Column("stem", sa.String(length=64), nullable=False),
        sa.Column("seller_code", sa.String(length=64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_public", sa.Boolean(), server_default="false", nullable=False),
        sa.ForeignKeyConstraint(
            ["seller_code"],
            ["organisations.code"],
            name=op.f("fk_product_photos_seller_code_organisations"),
        ),
        sa.PrimaryKeyConstraint("stem", name=op.f("pk_product_photos")),
    )
    op.create_index(
        op.f("ix_product_photos_seller_code"), "product_photos", ["seller_code"], unique=False
    )
    op.create_index(
        op.f("ix_product_photos_sent_at"), "product_photos", ["sent_at"], unique=False
    )
    op.create_table(
        "series",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("seller_code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["seller_code"],
            ["organisations.code"],
            name=op.f("fk_series_seller_code_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
        sa.UniqueConstraint("seller_code", "name", name=op.f("uq_series_seller_code_name")),
    )
    op.create_table(
        "photo_sizes",
        sa.Column("stem", sa.String(length=64), nullable=False),
        sa.Column("pixels", sa.Integer(), nullable=False),
        sa.Column("webp", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["stem"],
            ["product_photos.stem"],
            name=op.f("fk_photo_sizes_stem_product_photos"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("stem", "pixels", name=op.f("pk_photo_sizes")),
    )
    op.create_table(
        "product_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("seller_code", sa.String(length=64), nullable=False),
        sa.Column("product_code", sa.String(length=64), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                *STATES,
                name="change_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("plan", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("base", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('approved', 'declined')) = (decided_at IS NOT NULL)",
            name=op.f("ck_product_changes_decision_is_dated"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'withdrawn') OR submitted_at IS NOT NULL",
            name=op.f("ck_product_changes_sent_is_dated"),
        ),
        sa.ForeignKeyConstraint(
            ["product_code", "seller_code"],
            ["products.code", "products.seller_code"],
            name=op.f("fk_product_changes_product_code_seller_code_products"),
        ),
        sa.ForeignKeyConstraint(
            ["seller_code"],
            ["organisations.code"],
            name=op.f("fk_product_changes_seller_code_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_changes")),
    )
    op.create_index(
        "ix_product_changes_open",
        "product_changes",
        ["product_code"],
        unique=True,
        postgresql_where=sa.text(OPEN),
    )
    op.create_index(
        op.f("ix_product_changes_seller_code"), "product_changes", ["seller_code"], unique=False
    )
    op.create_index(
        "ix_product_changes_waiting",
        "product_changes",
        ["submitted_at"],
        unique=False,
        postgresql_where=sa.text("state = 'submitted'"),
    )
    op.create_table(
        "product_change_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("change_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                *STATES,
                name="change_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["change_id"],
            ["product_changes.id"],
            name=op.f("fk_product_change_events_change_id_product_changes"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_change_events")),
    )
    op.create_index(
        op.f("ix_product_change_events_change_id"),
        "product_change_events",
        ["change_id"],
        unique=False,
    )
    op.add_column("categories", sa.Column("parent_code", sa.String(length=64), nullable=True))
    op.add_column("categories", sa.Column("shelf_code", sa.String(length=64), nullable=True))
    op.add_column(
        "categories",
        sa.Column("lineage", postgresql.ARRAY(sa.String(length=64)), nullable=True),
    )
    op.add_column(
        "categories",
        sa.Column(
            "raw_needs_certificate", sa.Boolean(), server_default="false", nullable=False
        ),
    )
    op.execute("UPDATE categories SET shelf_code = code, lineage = ARRAY[code]")
    op.alter_column("categories", "shelf_code", nullable=False)
    op.alter_column("categories", "lineage", nullable=False)
    op.create_check_constraint(op.f("ck_categories_lineage_in_order"), "categories", LINEAGE)
    op.create_unique_constraint(
        op.f("uq_categories_code_shelf_code"), "categories", ["code", "shelf_code"]
    )
    op.create_foreign_key(
        op.f("fk_categories_parent_code_categories"),
        "categories",
        "categories",
        ["parent_code"],
        ["code"],
    )
    op.add_column("products", sa.Column("kind_code", sa.String(length=64), nullable=True))
    op.add_column(
        "products",
        sa.Column(
            "photos",
            postgresql.ARRAY(sa.String(length=64)),
            server_default="{}",
            nullable=False,
        ),
    )
    op.add_column("products", sa.Column("story", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "products",
        sa.Column(
            "attributes",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
    )
    op.add_column("products", sa.Column("series_id", sa.Integer(), nullable=True))
    op.create_index(op.f("ix_products_kind_code"), "products", ["kind_code"], unique=False)
    op.create_index(op.f("ix_products_series_id"), "products", ["series_id"], unique=False)
    op.create_foreign_key(
        op.f("fk_products_kind_code_category_code_categories"),
        "products",
        "categories",
        ["kind_code", "category_code"],
        ["code", "shelf_code"],
    )
    op.create_foreign_key(
        op.f("fk_products_series_id_series"), "products", "series", ["series_id"], ["id"]
    )
    op.add_column("skus", sa.Column("own_code", sa.String(length=64), nullable=True))
    op.add_column("skus", sa.Column("seller_code", sa.String(length=64), nullable=True))
    op.create_unique_constraint(
        op.f("uq_skus_seller_code_own_code"), "skus", ["seller_code", "own_code"]
    )
    op.create_foreign_key(
        op.f("fk_skus_product_code_seller_code_products"),
        "skus",
        "products",
        ["product_code", "seller_code"],
        ["code", "seller_code"],
    )
    op.create_check_constraint(op.f("ck_skus_own_code_of_seller"), "skus", OWN)
    for statement in ddl.LISTING_STATEMENTS:
        op.get_bind().exec_driver_sql(statement.replace("%", "%%"))


def downgrade() -> None:
    op.drop_constraint(
        op.f("fk_skus_product_code_seller_code_products"), "skus", type_="foreignkey"
    )
    op.drop_constraint(op.f("uq_skus_seller_code_own_code"), "skus", type_="unique")
    op.drop_constraint(op.f("ck_skus_own_code_of_seller"), "skus", type_="check")
    op.drop_column("skus", "seller_code")
    op.drop_column("skus", "own_code")
    op.drop_constraint(op.f("fk_products_series_id_series"), "products", type_="foreignkey")
    op.drop_constraint(
        op.f("fk_products_kind_code_category_code_categories"), "products", type_="foreignkey"
    )
    op.drop_index(op.f("ix_products_series_id"), table_name="products")
    op.drop_index(op.f("ix_products_kind_code"), table_name="products")
    op.drop_column("products", "series_id")
    op.drop_column("products", "attributes")
    op.drop_column("products", "story")
    op.drop_column("products", "photos")
    op.drop_column("products", "kind_code")
    op.drop_constraint(op.f("ck_categories_lineage_in_order"), "categories", type_="check")
    op.drop_constraint(
        op.f("fk_categories_parent_code_categories"), "categories", type_="foreignkey"
    )
    op.drop_constraint(op.f("uq_categories_code_shelf_code"), "categories", type_="unique")
    op.drop_column("categories", "raw_needs_certificate")
    op.drop_column("categories", "lineage")
    op.drop_column("categories", "shelf_code")
    op.drop_column("categories", "parent_code")
    op.drop_index(
        op.f("ix_product_change_events_change_id"), table_name="product_change_events"
    )
    op.drop_table("product_change_events")
    op.drop_index(
        "ix_product_changes_waiting",
        table_name="product_changes",
        postgresql_where=sa.text("state = 'submitted'"),
    )
    op.drop_index(op.f("ix_product_changes_seller_code"), table_name="product_changes")
    op.drop_index(
        "ix_product_changes_open", table_name="product_changes", postgresql_where=sa.text(OPEN)
    )
    op.drop_table("product_changes")
    op.drop_table("photo_sizes")
    op.drop_table("series")
    op.drop_index(op.f("ix_product_photos_sent_at"), table_name="product_photos")
    op.drop_index(op.f("ix_product_photos_seller_code"), table_name="product_photos")
    op.drop_table("product_photos")
    op.drop_index(
        op.f("ix_category_attributes_attribute_code"), table_name="category_attributes"
    )
    op.drop_table("category_attributes")
    op.drop_table("attribute_choices")
    op.drop_table("attributes")
    op.drop_constraint(op.f("uq_products_code_seller_code"), "products", type_="unique")
