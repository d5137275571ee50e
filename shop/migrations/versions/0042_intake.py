"""Files handed in, column templates, clocks put right, roll-ups, days put away, seals of days.

Revision ID: 0042
Revises: 0040
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0042"
down_revision = "0040"
branch_labels = None
depends_on = None

APPEND_ONLY = ("column_templates", "day_seals")
NEVER_DELETED = ("intake_files", "clock_corrections", "signing_keys")
REFUSES = "FOR EACH {level} EXECUTE FUNCTION cold_chain_refuse_change()"

# What a file is may not change, only what became of it.
KEEP_FILE = """
CREATE FUNCTION cold_chain_keep_file() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'waiting' OR (OLD.id, OLD.block_id, OLD.file_name, OLD.format,
        OLD.template_id, OLD.zone, OLD.uploaded_by, OLD.uploaded_at)
        IS DISTINCT FROM (NEW.id, NEW.block_id, NEW.file_name, NEW.format,
        NEW.template_id, NEW.zone, NEW.uploaded_by, NEW.uploaded_at)
    THEN
        RAISE EXCEPTION 'a file that was read stays as it is'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""

KEEP_CORRECTION = """
CREATE FUNCTION cold_chain_keep_correction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.id, OLD.device_id, OLD.kind, OLD.from_seq, OLD.to_seq, OLD.offset_us,
        OLD.drift_ppb, OLD.base_at, OLD.evidence)
        IS DISTINCT FROM (NEW.id, NEW.device_id, NEW.kind, NEW.from_seq, NEW.to_seq,
        NEW.offset_us, NEW.drift_ppb, NEW.base_at, NEW.evidence)
        OR (OLD.state::text, NEW.state::text) NOT IN (
            ('proposed', 'accepted'), ('proposed', 'rejected'), ('accepted', 'withdrawn'))
    THEN
        RAISE EXCEPTION 'a correction is decided on, not changed'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "reading_archives",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("rows >= 0", name=op.f("ck_reading_archives_rows_not_negative")),
        sa.CheckConstraint(
            "sha256 = sha256(body)", name=op.f("ck_reading_archives_sha256_of_body")
        ),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_reading_archives")),
    )
    op.create_table(
        "signing_keys",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("private_key", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_keys")),
        sa.UniqueConstraint("public_key", name=op.f("uq_signing_keys_public_key")),
    )
    op.create_table(
        "day_seals",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("blocks", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.BigInteger(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("blocks >= 0", name=op.f("ck_day_seals_blocks_not_negative")),
        sa.CheckConstraint("octet_length(root) = 32", name=op.f("ck_day_seals_root_is_sha256")),
        sa.CheckConstraint(
            "octet_length(signature) = 64", name=op.f("ck_day_seals_signature_is_ed25519")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["signing_keys.id"], name=op.f("fk_day_seals_key_id_signing_keys")
        ),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_day_seals")),
    )
    op.create_table(
        "column_templates",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), server_default="", nullable=False),
        sa.Column("organisation_code", sa.String(length=64), nullable=True),
        sa.Column("spec", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_sample", sa.Boolean(), server_default="false", nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_column_templates_version_from_one")),
        sa.ForeignKeyConstraint(
            ["organisation_code"],
            ["organisations.code"],
            name=op.f("fk_column_templates_organisation_code_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_column_templates")),
        sa.UniqueConstraint("code", "version", name=op.f("uq_column_templates_code_version")),
    )
    op.create_index(
        op.f("ix_column_templates_organisation_code"),
        "column_templates",
        ["organisation_code"],
        unique=False,
    )
    op.create_table(
        "clock_corrections",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("device_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "zone",
                "lost",
                "rollover",
                "drift",
                "step",
                name="clock_error_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("from_seq", sa.BigInteger(), nullable=False),
        sa.Column("to_seq", sa.BigInteger(), nullable=False),
        sa.Column("offset_us", sa.BigInteger(), nullable=False),
        sa.Column("drift_ppb", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("base_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "accepted",
                "rejected",
                "withdrawn",
                name="correction_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=64), server_default="", nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "(state = 'proposed') = (decided_at IS NULL)",
            name=op.f("ck_clock_corrections_decided_when_not_proposed"),
        ),
        sa.CheckConstraint(
            "offset_us <> 0 OR drift_ppb <> 0",
            name=op.f("ck_clock_corrections_corrects_something"),
        ),
        sa.CheckConstraint(
            "to_seq >= from_seq AND from_seq >= 1",
            name=op.f("ck_clock_corrections_blocks_in_order"),
        ),
        sa.ForeignKeyConstraint(
            ["device_id"], ["devices.id"], name=op.f("fk_clock_corrections_device_id_devices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_corrections")),
        sa.UniqueConstraint(
            "device_id",
            "from_seq",
            "to_seq",
            "kind",
            "offset_us",
            "drift_ppb",
            name=op.f(
                "uq_clock_corrections_device_id_from_seq_to_seq_kind_offset_us_drift_ppb"
            ),
        ),
    )
    op.create_table(
        "corrected_blocks",
        sa.Column("block_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("correction_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["block_id"],
            ["raw_blocks.id"],
            name=op.f("fk_corrected_blocks_block_id_raw_blocks"),
        ),
        sa.ForeignKeyConstraint(
            ["correction_id"],
            ["clock_corrections.id"],
            name=op.f("fk_corrected_blocks_correction_id_clock_corrections"),
        ),
        sa.PrimaryKeyConstraint("block_id", name=op.f("pk_corrected_blocks")),
    )
    op.create_index(
        op.f("ix_corrected_blocks_correction_id"),
        "corrected_blocks",
        ["correction_id"],
        unique=False,
    )
    op.create_table(
        "intake_files",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("block_id", sa.BigInteger(), nullable=False),
        sa.Column("file_name", sa.LargeBinary(), nullable=False),
        sa.Column(
            "format",
            sa.Enum(
                "senml",
                "thingsboard",
                "jt808",
                "table",
                name="intake_format",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("template_id", sa.BigInteger(), nullable=True),
        sa.Column("zone", sa.String(length=64), server_default="", nullable=False),
        sa.Column("uploaded_by", sa.String(length=64), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "read",
                "refused",
                name="file_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(length=64), server_default="", nullable=False),
        sa.Column("rows_read", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rows_refused", sa.Integer(), server_default="0", nullable=False),
        sa.Column("stored", sa.Integer(), server_default="0", nullable=False),
        sa.Column("known", sa.Integer(), server_default="0", nullable=False),
        sa.Column("conflicts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("quarantined", sa.Integer(), server_default="0", nullable=False),
        sa.Column("clock_faults", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "refusals",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default="[]",
            nullable=False,
        ),
        sa.CheckConstraint(
            "(state = 'refused') = (problem <> '')",
            name=op.f("ck_intake_files_refused_says_why"),
        ),
        sa.CheckConstraint(
            "(state = 'waiting') = (done_at IS NULL)",
            name=op.f("ck_intake_files_done_when_not_waiting"),
        ),
        sa.CheckConstraint(
            "rows_read >= 0 AND rows_refused >= 0 AND stored >= 0 AND known >= 0 AND conflicts >= 0 AND quarantined >= 0 AND clock_faults >= 0",
            name=op.f("ck_intake_files_counts_not_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["block_id"], ["raw_blocks.id"], name=op.f("fk_intake_files_block_id_raw_blocks")
        ),
        sa.ForeignKeyConstraint(
            ["template_id"],
            ["column_templates.id"],
            name=op.f("fk_intake_files_template_id_column_templates"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake_files")),
        sa.UniqueConstraint("block_id", name=op.f("uq_intake_files_block_id")),
    )
    op.create_index(
        op.f("ix_intake_files_uploaded_at"), "intake_files", ["uploaded_at"], unique=False
    )
    op.create_table(
        "reading_rollups",
        sa.Column("channel_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("samples", sa.Integer(), nullable=False),
        sa.Column("min_centi", sa.Integer(), nullable=False),
        sa.Column("max_centi", sa.Integer(), nullable=False),
        sa.Column("sum_centi", sa.BigInteger(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_centi", sa.Integer(), nullable=False),
        sa.Column("centis", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("held_us", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("gaps", sa.Integer(), nullable=False),
        sa.Column("gap_us", sa.BigInteger(), nullable=False),
        sa.Column("unknown_us", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "cardinality(centis) = cardinality(held_us) AND cardinality(centis) >= 1",
            name=op.f("ck_reading_rollups_one_time_per_value"),
        ),
        sa.CheckConstraint(
            "gaps >= 0 AND gap_us >= 0 AND unknown_us >= 0",
            name=op.f("ck_reading_rollups_gaps"),
        ),
        sa.CheckConstraint(
            "min_centi <= max_centi AND last_centi BETWEEN min_centi AND max_centi",
            name=op.f("ck_reading_rollups_values_in_order"),
        ),
        sa.CheckConstraint("samples >= 1", name=op.f("ck_reading_rollups_has_samples")),
        sa.ForeignKeyConstraint(
            ["channel_id"],
            ["device_channels.id"],
            name=op.f("fk_reading_rollups_channel_id_device_channels"),
        ),
        sa.PrimaryKeyConstraint("channel_id", "at", name=op.f("pk_reading_rollups")),
    )
    op.create_table(
        "rollup_marks",
        sa.Column("channel_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"],
            ["device_channels.id"],
            name=op.f("fk_rollup_marks_channel_id_device_channels"),
        ),
        sa.PrimaryKeyConstraint("channel_id", "day", name=op.f("pk_rollup_marks")),
    )
    op.create_table(
        "retimed_readings",
        sa.Column("channel_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("device_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("centi_celsius", sa.Integer(), nullable=False),
        sa.Column(
            "quality",
            sa.Enum(
                "good",
                "quarantined_sentinel",
                "quarantined_implausible",
                "quarantined_future",
                "quarantined_past",
                name="reading_quality",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("block_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "at <> device_at", name=op.f("ck_retimed_readings_moment_was_corrected")
        ),
        sa.ForeignKeyConstraint(
            ["block_id"],
            ["corrected_blocks.block_id"],
            name=op.f("fk_retimed_readings_block_id_corrected_blocks"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["channel_id"],
            ["device_channels.id"],
            name=op.f("fk_retimed_readings_channel_id_device_channels"),
        ),
        sa.PrimaryKeyConstraint("channel_id", "at", name=op.f("pk_retimed_readings")),
    )
    op.create_index(
        op.f("ix_retimed_readings_block_id"), "retimed_readings", ["block_id"], unique=False
    )
    for table in (*APPEND_ONLY, *NEVER_DELETED):
        when = "UPDATE OR DELETE" if table in APPEND_ONLY else "DELETE"
        op.execute(
            f"CREATE TRIGGER {table}_kept BEFORE {when} ON {table} "
            + REFUSES.format(level="ROW")
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            + REFUSES.format(level="STATEMENT")
        )
    op.execute(KEEP_FILE)
    op.execute(KEEP_CORRECTION)
    op.execute(
        "CREATE TRIGGER intake_files_keep BEFORE UPDATE ON intake_files"
        " FOR EACH ROW EXECUTE FUNCTION cold_chain_keep_file()"
    )
    op.execute(
        "CREATE TRIGGER clock_corrections_keep BEFORE UPDATE ON clock_corrections"
        " FOR EACH ROW EXECUTE FUNCTION cold_chain_keep_correction()"
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION cold_chain_keep_correction() CASCADE")
    op.execute("DROP FUNCTION cold_chain_keep_file() CASCADE")
    op.drop_index(op.f("ix_retimed_readings_block_id"), table_name="retimed_readings")
    op.drop_table("retimed_readings")
    op.drop_table("rollup_marks")
    op.drop_table("reading_rollups")
    op.drop_index(op.f("ix_intake_files_uploaded_at"), table_name="intake_files")
    op.drop_table("intake_files")
    op.drop_index(op.f("ix_corrected_blocks_correction_id"), table_name="corrected_blocks")
    op.drop_table("corrected_blocks")
    op.drop_table("clock_corrections")
    op.drop_index(op.f("ix_column_templates_organisation_code"), table_name="column_templates")
    op.drop_table("column_templates")
    op.drop_table("day_seals")
    op.drop_table("signing_keys")
    op.drop_table("reading_archives")
