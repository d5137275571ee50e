"""Events of the supply chain as partners exchange them, and keys of the GS1 system.

Revision ID: 0040
Revises: 0037
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from cold_chain import ddl

revision = "0040"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "epcis_captures",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("owner_code", sa.String(length=64), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "error_behaviour",
            sa.Enum(
                "rollback",
                "proceed",
                name="error_behaviour",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("stored", sa.Integer(), server_default="0", nullable=False),
        sa.Column("known", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "errors",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default="[]",
            nullable=False,
        ),
        sa.CheckConstraint(
            "error_behaviour <> 'rollback' OR errors = '[]'::jsonb OR stored = 0",
            name=op.f("ck_epcis_captures_rollback_stores_all_or_none"),
        ),
        sa.CheckConstraint(
            "finished_at IS NOT NULL OR (stored = 0 AND errors = '[]'::jsonb)",
            name=op.f("ck_epcis_captures_outcome_comes_at_the_end"),
        ),
        sa.CheckConstraint(
            "finished_at IS NULL OR finished_at >= created_at",
            name=op.f("ck_epcis_captures_moments_in_order"),
        ),
        sa.CheckConstraint(
            "octet_length(sha256) = 32", name=op.f("ck_epcis_captures_sha256_length")
        ),
        sa.CheckConstraint(
            "sha256 = sha256(body)", name=op.f("ck_epcis_captures_sha256_of_body")
        ),
        sa.ForeignKeyConstraint(
            ["owner_code"],
            ["organisations.code"],
            name=op.f("fk_epcis_captures_owner_code_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_epcis_captures")),
        sa.UniqueConstraint("code", name=op.f("uq_epcis_captures_code")),
    )
    op.create_index(
        "ix_epcis_captures_open",
        "epcis_captures",
        ["id"],
        unique=False,
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.create_index(
        op.f("ix_epcis_captures_owner_code"), "epcis_captures", ["owner_code"], unique=False
    )
    op.create_table(
        "epcis_clients",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("organisation_code", sa.String(length=64), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("secret_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("may_capture", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "octet_length(secret_sha256) = 32", name=op.f("ck_epcis_clients_secret_is_hashed")
        ),
        sa.CheckConstraint(
            "revoked_at IS NULL OR revoked_at >= created_at",
            name=op.f("ck_epcis_clients_period"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_code"],
            ["organisations.code"],
            name=op.f("fk_epcis_clients_organisation_code_organisations"),
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_epcis_clients")),
    )
    op.create_index(
        op.f("ix_epcis_clients_organisation_code"),
        "epcis_clients",
        ["organisation_code"],
        unique=False,
    )
    op.create_table(
        "epcis_queries",
        sa.Column("owner_code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("question", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "length(name) BETWEEN 1 AND 64", name=op.f("ck_epcis_queries_name_in_bounds")
        ),
        sa.ForeignKeyConstraint(
            ["owner_code"],
            ["organisations.code"],
            name=op.f("fk_epcis_queries_owner_code_organisations"),
        ),
        sa.PrimaryKeyConstraint("owner_code", "name", name=op.f("pk_epcis_queries")),
    )
    op.create_table(
        "gs1_prefixes",
        sa.Column("prefix", sa.String(length=64), nullable=False),
        sa.Column("organisation_code", sa.String(length=64), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("is_sample", sa.Boolean(), server_default="false", nullable=False),
        sa.CheckConstraint(
            "prefix ~ '^[0-9]{6,12}$'", name=op.f("ck_gs1_prefixes_prefix_of_digits")
        ),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_gs1_prefixes_period")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_code"],
            ["organisations.code"],
            name=op.f("fk_gs1_prefixes_organisation_code_organisations"),
        ),
        sa.PrimaryKeyConstraint("prefix", name=op.f("pk_gs1_prefixes")),
    )
    op.create_index(
        op.f("ix_gs1_prefixes_organisation_code"),
        "gs1_prefixes",
        ["organisation_code"],
        unique=False,
    )
    op.create_table(
        "epcis_subscriptions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("owner_code", sa.String(length=64), nullable=False),
        sa.Column("query_name", sa.String(length=64), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("every_s", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_event_id", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_problem", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "last_event_id >= 0 AND failures >= 0",
            name=op.f("ck_epcis_subscriptions_not_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_code", "query_name"],
            ["epcis_queries.owner_code", "epcis_queries.name"],
            name=op.f("fk_epcis_subscriptions_owner_code_query_name_epcis_queries"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_epcis_subscriptions")),
        sa.UniqueConstraint("code", name=op.f("uq_epcis_subscriptions_code")),
    )
    op.create_index(
        "ix_epcis_subscriptions_due",
        "epcis_subscriptions",
        ["next_at"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "ix_epcis_subscriptions_query",
        "epcis_subscriptions",
        ["owner_code", "query_name"],
        unique=False,
    )
    op.create_table(
        "gs1_keys",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "gtin",
                "gln",
                "party",
                "sscc",
                "grai",
                "giai",
                name="key_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("prefix", sa.String(length=64), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "length(number) BETWEEN 7 AND 30", name=op.f("ck_gs1_keys_number_in_bounds")
        ),
        sa.CheckConstraint("place >= 0", name=op.f("ck_gs1_keys_place_not_negative")),
        sa.ForeignKeyConstraint(
            ["prefix"], ["gs1_prefixes.prefix"], name=op.f("fk_gs1_keys_prefix_gs1_prefixes")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gs1_keys")),
        sa.UniqueConstraint("kind", "number", name=op.f("uq_gs1_keys_kind_number")),
        sa.UniqueConstraint("kind", "subject", name=op.f("uq_gs1_keys_kind_subject")),
        sa.UniqueConstraint(
            "prefix", "kind", "place", name=op.f("uq_gs1_keys_prefix_kind_place")
        ),
    )
    op.create_table(
        "epcis_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("owner_code", sa.String(length=64), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("declares_error", sa.Boolean(), nullable=False),
        sa.Column(
            "event_type",
            sa.Enum(
                "ObjectEvent",
                "AggregationEvent",
                "TransactionEvent",
                "TransformationEvent",
                "AssociationEvent",
                "ExtendedEvent",
                name="event_type",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("action", sa.Text(), nullable=True),
        sa.Column("event_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("record_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("biz_step", sa.Text(), nullable=True),
        sa.Column("disposition", sa.Text(), nullable=True),
        sa.Column("read_point", sa.Text(), nullable=True),
        sa.Column("biz_location", sa.Text(), nullable=True),
        sa.Column("context", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("shipment_id", sa.BigInteger(), nullable=True),
        sa.Column("slot", sa.Text(), nullable=True),
        sa.Column("capture_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(shipment_id IS NULL) = (slot IS NULL)",
            name=op.f("ck_epcis_events_slot_of_a_shipment"),
        ),
        sa.CheckConstraint(
            "length(event_id) BETWEEN 1 AND 1024",
            name=op.f("ck_epcis_events_event_id_in_bounds"),
        ),
        sa.ForeignKeyConstraint(
            ["capture_id"],
            ["epcis_captures.id"],
            name=op.f("fk_epcis_events_capture_id_epcis_captures"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_code"],
            ["organisations.code"],
            name=op.f("fk_epcis_events_owner_code_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["shipment_id"],
            ["shipments.id"],
            name=op.f("fk_epcis_events_shipment_id_shipments"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_epcis_events")),
        sa.UniqueConstraint(
            "owner_code",
            "event_id",
            "declares_error",
            name=op.f("uq_epcis_events_owner_code_event_id_declares_error"),
        ),
    )
    op.create_index(
        "ix_epcis_events_biz_location",
        "epcis_events",
        ["biz_location"],
        unique=False,
        postgresql_where=sa.text("biz_location IS NOT NULL"),
    )
    op.create_index(
        "ix_epcis_events_biz_step", "epcis_events", ["biz_step", "event_time"], unique=False
    )
    op.create_index(
        op.f("ix_epcis_events_capture_id"), "epcis_events", ["capture_id"], unique=False
    )
    op.create_index("ix_epcis_events_event_time", "epcis_events", ["event_time"], unique=False)
    op.create_index("ix_epcis_events_hash", "epcis_events", ["hash"], unique=False)
    op.create_index(
        "ix_epcis_events_shipment_id",
        "epcis_events",
        ["shipment_id"],
        unique=False,
        postgresql_where=sa.text("shipment_id IS NOT NULL"),
    )
    op.create_table(
        "epcis_published",
        sa.Column("shipment_id", sa.BigInteger(), nullable=False),
        sa.Column("step_id", sa.BigInteger(), nullable=False),
        sa.Column("evaluation_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["shipment_id"],
            ["shipments.id"],
            name=op.f("fk_epcis_published_shipment_id_shipments"),
        ),
        sa.PrimaryKeyConstraint("shipment_id", name=op.f("pk_epcis_published")),
    )
    op.create_table(
        "epcis_event_things",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "epc",
                "parent",
                "child",
                "input",
                "output",
                "quantity",
                "child_quantity",
                "input_quantity",
                "output_quantity",
                name="thing_role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "length(name) BETWEEN 1 AND 1024", name=op.f("ck_epcis_event_things_name_in_bounds")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["epcis_events.id"],
            name=op.f("fk_epcis_event_things_event_id_epcis_events"),
        ),
        sa.PrimaryKeyConstraint(
            "event_id", "role", "number", name=op.f("pk_epcis_event_things")
        ),
    )
    op.create_index(
        "ix_epcis_event_things_name", "epcis_event_things", ["name", "event_id"], unique=False
    )
    op.create_table(
        "epcis_sensor_figures",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("element", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("measurement_type", sa.Text(), nullable=True),
        sa.Column("exception", sa.Text(), nullable=True),
        sa.Column("device_id", sa.Text(), nullable=True),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("to_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("value", sa.Numeric(), nullable=True),
        sa.Column("min_value", sa.Numeric(), nullable=True),
        sa.Column("max_value", sa.Numeric(), nullable=True),
        sa.Column("mean_value", sa.Numeric(), nullable=True),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["epcis_events.id"],
            name=op.f("fk_epcis_sensor_figures_event_id_epcis_events"),
        ),
        sa.PrimaryKeyConstraint(
            "event_id", "element", "number", name=op.f("pk_epcis_sensor_figures")
        ),
    )
    op.create_index(
        "ix_epcis_sensor_figures_type",
        "epcis_sensor_figures",
        ["measurement_type", "event_id"],
        unique=False,
    )

    for statement in ddl.EPCIS_STATEMENTS:
        op.get_bind().exec_driver_sql(statement.replace("%", "%%"))


def downgrade() -> None:

    op.drop_index("ix_epcis_sensor_figures_type", table_name="epcis_sensor_figures")
    op.drop_table("epcis_sensor_figures")
    op.drop_index("ix_epcis_event_things_name", table_name="epcis_event_things")
    op.drop_table("epcis_event_things")
    op.drop_table("epcis_published")
    op.drop_index(
        "ix_epcis_events_shipment_id",
        table_name="epcis_events",
        postgresql_where=sa.text("shipment_id IS NOT NULL"),
    )
    op.drop_index("ix_epcis_events_hash", table_name="epcis_events")
    op.drop_index("ix_epcis_events_event_time", table_name="epcis_events")
    op.drop_index(op.f("ix_epcis_events_capture_id"), table_name="epcis_events")
    op.drop_index("ix_epcis_events_biz_step", table_name="epcis_events")
    op.drop_index(
        "ix_epcis_events_biz_location",
        table_name="epcis_events",
        postgresql_where=sa.text("biz_location IS NOT NULL"),
    )
    op.drop_table("epcis_events")
    op.drop_table("gs1_keys")
    op.drop_index("ix_epcis_subscriptions_query", table_name="epcis_subscriptions")
    op.drop_index(
        "ix_epcis_subscriptions_due",
        table_name="epcis_subscriptions",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_table("epcis_subscriptions")
    op.drop_index(op.f("ix_gs1_prefixes_organisation_code"), table_name="gs1_prefixes")
    op.drop_table("gs1_prefixes")
    op.drop_table("epcis_queries")
    op.drop_index(op.f("ix_epcis_clients_organisation_code"), table_name="epcis_clients")
    op.drop_table("epcis_clients")
    op.drop_index(op.f("ix_epcis_captures_owner_code"), table_name="epcis_captures")
    op.drop_index(
        "ix_epcis_captures_open",
        table_name="epcis_captures",
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.drop_table("epcis_captures")
