"""Shelf life, calibrations, cases of excursions and gaps, and what each holder answers for.

Revision ID: 0043
Revises: 0042
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from cold_chain import ddl

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

TABLES = (
    "custody_losses",
    "gap_steps",
    "gap_cases",
    "excursion_steps",
    "excursion_cases",
    "calibrations",
    "life_points",
    "life_models",
)
FIGURES = ("mkt_trapezoid_centi", "durations", "uncalibrated_s", "life", "changes")


def upgrade() -> None:
    _life()
    _calibrations()
    _excursions()
    _gaps()
    _losses()
    _figures()
    for statement in ddl.ASSESSMENT_STATEMENTS:
        op.get_bind().exec_driver_sql(statement.replace("%", "%%"))


def downgrade() -> None:
    for name in FIGURES:
        op.drop_column("evaluations", name)
    for table in TABLES:
        op.drop_table(table)
    for statement in ddl.ASSESSMENT_DROP_STATEMENTS:
        op.execute(statement)


def _life() -> None:
    op.create_table(
        "life_models",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("profile_code", sa.String(length=64), nullable=False),
        sa.Column(
            "kind", _enum("life_kind", "q10", "curve", "ceiling", "arrhenius"), nullable=False
        ),
        sa.Column("role", _enum("life_role", "estimate", "guard"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("reference_centi", sa.Integer(), nullable=False),
        sa.Column("life_min", sa.Integer(), nullable=True),
        sa.Column("joule_per_mole", sa.Integer(), nullable=True),
        sa.Column("tested_from_centi", sa.Integer(), nullable=False),
        sa.Column("tested_to_centi", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("effective_to", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'arrhenius') = (joule_per_mole IS NOT NULL)",
            name=op.f("ck_life_models_arrhenius_has_energy"),
        ),
        sa.CheckConstraint(
            "effective_to IS NULL OR effective_to >= effective_from",
            name=op.f("ck_life_models_period"),
        ),
        sa.CheckConstraint("life_min > 0", name=op.f("ck_life_models_life_positive")),
        sa.CheckConstraint(
            "tested_from_centi <= tested_to_centi", name=op.f("ck_life_models_tested_in_order")
        ),
        sa.CheckConstraint("version >= 1", name=op.f("ck_life_models_version_from_one")),
        sa.PrimaryKeyConstraint("code", "version", name=op.f("pk_life_models")),
    )
    op.create_index(
        op.f("ix_life_models_profile_code"), "life_models", ["profile_code"], unique=False
    )
    op.create_table(
        "life_points",
        sa.Column("model_code", sa.String(length=64), nullable=False),
        sa.Column("model_version", sa.Integer(), nullable=False),
        sa.Column("centi", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("q10_permille", sa.Integer(), nullable=True),
        sa.Column("life_min", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(q10_permille IS NULL) <> (life_min IS NULL)",
            name=op.f("ck_life_points_one_figure"),
        ),
        sa.CheckConstraint("life_min > 0", name=op.f("ck_life_points_life_positive")),
        sa.CheckConstraint(
            "q10_permille >= 1000", name=op.f("ck_life_points_warmer_is_shorter")
        ),
        sa.ForeignKeyConstraint(
            ["model_code", "model_version"],
            ["life_models.code", "life_models.version"],
            name=op.f("fk_life_points_model_code_model_version_life_models"),
        ),
        sa.PrimaryKeyConstraint(
            "model_code", "model_version", "centi", name=op.f("pk_life_points")
        ),
    )


def _calibrations() -> None:
    op.create_table(
        "calibrations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("certificate", sa.String(length=64), nullable=False),
        sa.Column("laboratory", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offset_centi", sa.Integer(), nullable=False),
        sa.Column("uncertainty_centi", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "uncertainty_centi >= 0", name=op.f("ck_calibrations_uncertainty_not_negative")
        ),
        sa.CheckConstraint(
            "valid_to > valid_from", name=op.f("ck_calibrations_period_in_order")
        ),
        sa.ForeignKeyConstraint(
            ["channel_id"],
            ["device_channels.id"],
            name=op.f("fk_calibrations_channel_id_device_channels"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calibrations")),
        sa.UniqueConstraint(
            "channel_id", "certificate", name=op.f("uq_calibrations_channel_id_certificate")
        ),
    )


def _excursions() -> None:
    op.create_table(
        "excursion_cases",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("shipment_id", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.String(length=64), nullable=False),
        sa.Column("mode", _enum("alarm_mode", "single", "cumulative"), nullable=False),
        sa.Column("severity", _enum("severity", "warning", "critical"), nullable=False),
        sa.Column("side", _enum("limit_side", "upper", "lower"), nullable=False),
        sa.Column("limit_centi", sa.Integer(), nullable=False),
        sa.Column("start_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("alarm_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("peak_centi", sa.Integer(), nullable=True),
        sa.Column("used_s", sa.Integer(), nullable=False),
        sa.Column("budget_s", sa.Integer(), nullable=True),
        sa.Column("holder_code", sa.String(length=64), nullable=False),
        sa.Column("is_over", sa.Boolean(), nullable=False),
        sa.Column("in_record", sa.Boolean(), nullable=False),
        sa.Column("evaluation_version", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            _enum(
                "excursion_state",
                "suspected",
                "confirmed",
                "acknowledged",
                "recovered",
                "assessed",
                "resolved",
                "upheld",
                "closed",
            ),
            nullable=False,
        ),
        sa.Column(
            "cause",
            _enum(
                "excursion_cause",
                "unit_failure",
                "door",
                "loading",
                "set_point",
                "sensor",
                "weather",
                "other",
                "unknown",
            ),
            nullable=True,
        ),
        sa.Column("is_added_back", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "NOT is_added_back OR state IN ('resolved', 'closed')",
            name=op.f("ck_excursion_cases_added_back_if_resolved"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('assessed', 'resolved', 'upheld') OR cause IS NOT NULL",
            name=op.f("ck_excursion_cases_assessed_has_cause"),
        ),
        sa.CheckConstraint(
            "end_at IS NULL OR end_at >= start_at",
            name=op.f("ck_excursion_cases_period_in_order"),
        ),
        sa.CheckConstraint(
            "used_s >= 0 AND budget_s >= 0", name=op.f("ck_excursion_cases_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["holder_code"],
            ["organisations.code"],
            name=op.f("fk_excursion_cases_holder_code_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["shipment_id"],
            ["shipments.id"],
            name=op.f("fk_excursion_cases_shipment_id_shipments"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_excursion_cases")),
        sa.UniqueConstraint(
            "shipment_id",
            "rule",
            "start_at",
            name=op.f("uq_excursion_cases_shipment_id_rule_start_at"),
        ),
    )
    op.create_index(
        op.f("ix_excursion_cases_holder_code"), "excursion_cases", ["holder_code"], unique=False
    )
    op.create_index(
        "ix_excursion_cases_open",
        "excursion_cases",
        ["start_at"],
        unique=False,
        postgresql_where=sa.text("state NOT IN ('suspected', 'closed')"),
    )
    op.create_table(
        "excursion_steps",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            _enum(
                "excursion_state",
                "suspected",
                "confirmed",
                "acknowledged",
                "recovered",
                "assessed",
                "resolved",
                "upheld",
                "closed",
            ),
            nullable=False,
        ),
        sa.Column(
            "cause",
            _enum(
                "excursion_cause",
                "unit_failure",
                "door",
                "loading",
                "set_point",
                "sensor",
                "weather",
                "other",
                "unknown",
            ),
            nullable=True,
        ),
        sa.Column("evaluation_version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["excursion_cases.id"],
            name=op.f("fk_excursion_steps_case_id_excursion_cases"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_excursion_steps")),
    )
    op.create_index(
        op.f("ix_excursion_steps_case_id"), "excursion_steps", ["case_id"], unique=False
    )


def _gaps() -> None:
    op.create_table(
        "gap_cases",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("shipment_id", sa.BigInteger(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("to_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("unknown_s", sa.Integer(), nullable=False),
        sa.Column("is_too_long", sa.Boolean(), nullable=False),
        sa.Column("holder_code", sa.String(length=64), nullable=False),
        sa.Column("evaluation_version", sa.Integer(), nullable=False),
        sa.Column(
            "state", _enum("gap_state", "open", "filled", "accepted", "upheld"), nullable=False
        ),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "to_at > from_at AND unknown_s >= 0", name=op.f("ck_gap_cases_period_in_order")
        ),
        sa.ForeignKeyConstraint(
            ["holder_code"],
            ["organisations.code"],
            name=op.f("fk_gap_cases_holder_code_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["shipment_id"], ["shipments.id"], name=op.f("fk_gap_cases_shipment_id_shipments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gap_cases")),
        sa.UniqueConstraint(
            "shipment_id", "from_at", name=op.f("uq_gap_cases_shipment_id_from_at")
        ),
    )
    op.create_index(
        op.f("ix_gap_cases_holder_code"), "gap_cases", ["holder_code"], unique=False
    )
    op.create_index(
        "ix_gap_cases_open",
        "gap_cases",
        ["from_at"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "gap_steps",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state", _enum("gap_state", "open", "filled", "accepted", "upheld"), nullable=False
        ),
        sa.Column("evaluation_version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("proposed_by", sa.String(length=64), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "state <> 'accepted' OR (proposed_by <> '' AND proposed_by <> actor)",
            name=op.f("ck_gap_steps_accepted_by_two"),
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["gap_cases.id"], name=op.f("fk_gap_steps_case_id_gap_cases")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gap_steps")),
    )
    op.create_index(op.f("ix_gap_steps_case_id"), "gap_steps", ["case_id"], unique=False)


def _losses() -> None:
    op.create_table(
        "custody_losses",
        sa.Column("evaluation_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("holder_code", sa.String(length=64), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("to_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("known_s", sa.Integer(), nullable=False),
        sa.Column("unknown_s", sa.Integer(), nullable=False),
        sa.Column("dose_hold_milli", sa.BigInteger(), nullable=False),
        sa.Column("lost_low_min", sa.Integer(), nullable=True),
        sa.Column("lost_high_min", sa.Integer(), nullable=True),
        sa.Column("lost_unknown_min", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "known_s >= 0 AND unknown_s >= 0 AND dose_hold_milli >= 0",
            name=op.f("ck_custody_losses_not_negative"),
        ),
        sa.CheckConstraint("to_at > from_at", name=op.f("ck_custody_losses_period_in_order")),
        sa.ForeignKeyConstraint(
            ["evaluation_id"],
            ["evaluations.id"],
            name=op.f("fk_custody_losses_evaluation_id_evaluations"),
        ),
        sa.ForeignKeyConstraint(
            ["holder_code"],
            ["organisations.code"],
            name=op.f("fk_custody_losses_holder_code_organisations"),
        ),
        sa.PrimaryKeyConstraint("evaluation_id", "place", name=op.f("pk_custody_losses")),
    )
    op.create_index(
        op.f("ix_custody_losses_holder_code"), "custody_losses", ["holder_code"], unique=False
    )


def _figures() -> None:
    op.add_column("evaluations", sa.Column("mkt_trapezoid_centi", sa.Integer(), nullable=True))
    op.add_column(
        "evaluations",
        sa.Column(
            "durations",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default="[]",
            nullable=False,
        ),
    )
    op.add_column(
        "evaluations",
        sa.Column("uncalibrated_s", sa.Integer(), server_default="0", nullable=False),
    )
    op.add_column(
        "evaluations", sa.Column("life", postgresql.JSONB(astext_type=sa.Text()), nullable=True)
    )
    op.add_column(
        "evaluations",
        sa.Column(
            "changes",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default="[]",
            nullable=False,
        ),
    )


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)
