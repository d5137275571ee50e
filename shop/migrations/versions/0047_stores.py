"""Zones of cold stores and the volume booked of them.

Revision ID: 0047
Revises: 0046
"""

import sqlalchemy as sa
from alembic import op

from cold_chain import ddl

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _zones()
    _bookings()
    for statement in ddl.STORE_STATEMENTS:
        op.get_bind().exec_driver_sql(statement.replace("%", "%%"))


def downgrade() -> None:
    op.drop_table("store_bookings")
    op.drop_table("store_zones")


def _zones() -> None:
    kind = sa.Enum(
        *("chilled", "frozen", "cool"),
        name="zone_kind",
        native_enum=False,
        create_constraint=True,
        length=32,
    )
    op.create_table(
        "store_zones",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("site_code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), server_default="", nullable=False),
        sa.Column("kind", kind, nullable=False),
        sa.Column("lower_centi", sa.Integer(), nullable=True),
        sa.Column("upper_centi", sa.Integer(), nullable=True),
        sa.Column("volume_l", sa.BigInteger(), nullable=False),
        sa.Column("is_shared", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("is_sample", sa.Boolean(), server_default="false", nullable=False),
        sa.CheckConstraint("volume_l > 0", name=op.f("ck_store_zones_volume_positive")),
        sa.CheckConstraint(
            "lower_centi IS NULL OR upper_centi IS NULL OR lower_centi <= upper_centi",
            name=op.f("ck_store_zones_band_in_order"),
        ),
        sa.ForeignKeyConstraint(
            ["site_code"],
            ["cold_sites.code"],
            name=op.f("fk_store_zones_site_code_cold_sites"),
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_store_zones")),
    )
    op.create_index(op.f("ix_store_zones_site_code"), "store_zones", ["site_code"])


def _bookings() -> None:
    op.create_table(
        "store_bookings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("zone_code", sa.String(length=64), nullable=False),
        sa.Column("organisation_code", sa.String(length=64), nullable=False),
        sa.Column("goods", sa.Text(), nullable=False),
        sa.Column("volume_l", sa.BigInteger(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("to_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("to_at > from_at", name=op.f("ck_store_bookings_period_in_order")),
        sa.CheckConstraint("volume_l > 0", name=op.f("ck_store_bookings_volume_positive")),
        sa.ForeignKeyConstraint(
            ["zone_code"],
            ["store_zones.code"],
            name=op.f("fk_store_bookings_zone_code_store_zones"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_code"],
            ["organisations.code"],
            name=op.f("fk_store_bookings_organisation_code_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_store_bookings")),
        sa.UniqueConstraint(
            "zone_code",
            "organisation_code",
            "key",
            name=op.f("uq_store_bookings_zone_code_organisation_code_key"),
        ),
    )
    op.create_index(
        op.f("ix_store_bookings_organisation_code"), "store_bookings", ["organisation_code"]
    )
    op.create_index(
        "ix_store_bookings_zone_code_from_at", "store_bookings", ["zone_code", "from_at"]
    )
