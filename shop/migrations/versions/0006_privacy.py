"""Consent, looks at personal records, requests of data subjects.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import households.ddl
import kernel.ddl
import parties.ddl

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

STATEMENTS = (
    *kernel.ddl.PRIVACY_STATEMENTS,
    *parties.ddl.PRIVACY_STATEMENTS,
    *households.ddl.PRIVACY_STATEMENTS,
)


def upgrade() -> None:
    op.create_table(
        "look_alerts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("looker", sa.String(length=64), nullable=False),
        sa.Column(
            "looker_kind",
            sa.Enum(
                "official",
                "manager",
                "operator",
                name="looker_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("office", sa.String(length=64), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by", sa.String(length=64), nullable=True),
        sa.Column("finding", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "(reviewed_at IS NULL) = (reviewed_by IS NULL)",
            name=op.f("ck_look_alerts_review_has_reviewer"),
        ),
        sa.CheckConstraint("looks > 0", name=op.f("ck_look_alerts_has_looks")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_look_alerts")),
    )
    op.create_index(op.f("ix_look_alerts_looker"), "look_alerts", ["looker"], unique=False)
    op.create_index(
        op.f("ix_look_alerts_raised_at"), "look_alerts", ["raised_at"], unique=False
    )
    op.create_table(
        "identity_looks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("household_id", sa.String(length=16), nullable=False),
        sa.Column("looker", sa.String(length=64), nullable=False),
        sa.Column(
            "looker_kind",
            sa.Enum(
                "official",
                "manager",
                "operator",
                name="looker_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("office", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=64), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("fields", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_counted", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["household_id"],
            ["households.id"],
            name=op.f("fk_identity_looks_household_id_households"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_looks")),
    )
    op.create_index(
        op.f("ix_identity_looks_household_id"), "identity_looks", ["household_id"], unique=False
    )
    op.create_index(
        "ix_identity_looks_looker", "identity_looks", ["looker", "at"], unique=False
    )
    op.create_table(
        "consents",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("household_id", sa.String(length=64), nullable=True),
        sa.Column(
            "scope",
            sa.Enum(
                "processing",
                "sensitive",
                "publishing",
                "sharing",
                name="consent_scope",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "page",
                "paper",
                "phone",
                name="consent_channel",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "(person_id IS NULL) <> (household_id IS NULL)",
            name=op.f("ck_consents_one_subject"),
        ),
        sa.CheckConstraint(
            "withdrawn_at IS NULL OR withdrawn_at >= given_at",
            name=op.f("ck_consents_period_in_order"),
        ),
        sa.ForeignKeyConstraint(
            ["household_id"],
            ["households.id"],
            name=op.f("fk_consents_household_id_households"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_consents_person_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index(
        "uq_consents_active_of_household",
        "consents",
        ["household_id", "scope"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL AND household_id IS NOT NULL"),
    )
    op.create_index(
        "uq_consents_active_of_person",
        "consents",
        ["person_id", "scope"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL AND person_id IS NOT NULL"),
    )
    op.create_table(
        "reauthentications",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "expires_at > at", name=op.f("ck_reauthentications_period_in_order")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_reauthentications_person_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reauthentications")),
    )
    op.create_index(
        "ix_reauthentications_person",
        "reauthentications",
        ["person_id", "expires_at"],
        unique=False,
    )
    op.create_table(
        "subject_requests",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("household_id", sa.String(length=64), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "access",
                "correction",
                "deletion",
                "withdrawal",
                name="request_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "request_state",
            sa.Enum(
                "received",
                "held",
                "done",
                "refused",
                name="request_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handled_by", sa.String(length=64), nullable=True),
        sa.Column("hold_reason", sa.String(length=64), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "(request_state = 'held') = (hold_reason IS NOT NULL)",
            name=op.f("ck_subject_requests_held_has_reason"),
        ),
        sa.CheckConstraint(
            "(request_state IN ('received', 'held')) = (closed_at IS NULL)",
            name=op.f("ck_subject_requests_closed_has_moment"),
        ),
        sa.CheckConstraint(
            "(person_id IS NULL) <> (household_id IS NULL)",
            name=op.f("ck_subject_requests_one_subject"),
        ),
        sa.ForeignKeyConstraint(
            ["household_id"],
            ["households.id"],
            name=op.f("fk_subject_requests_household_id_households"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_subject_requests_person_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subject_requests")),
    )
    op.create_index(
        op.f("ix_subject_requests_household_id"),
        "subject_requests",
        ["household_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_subject_requests_person_id"), "subject_requests", ["person_id"], unique=False
    )
    op.create_index(
        "ix_subject_requests_queue",
        "subject_requests",
        ["request_state", "due_on"],
        unique=False,
    )
    op.create_index(
        "uq_subject_requests_open_of_household",
        "subject_requests",
        ["household_id", "kind"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL AND household_id IS NOT NULL"),
    )
    op.create_index(
        "uq_subject_requests_open_of_person",
        "subject_requests",
        ["person_id", "kind"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL AND person_id IS NOT NULL"),
    )
    op.add_column(
        "household_identities",
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.alter_column(
        "household_identities", "name", existing_type=postgresql.BYTEA(), nullable=True
    )
    op.create_check_constraint(
        op.f("ck_household_identities_named_or_erased"),
        "household_identities",
        "name IS NOT NULL OR erased_at IS NOT NULL",
    )
    op.add_column(
        "order_groups",
        sa.Column("recipient_erased_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.add_column("people", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    for statement in kernel.ddl.DROP_PRIVACY_STATEMENTS:
        op.execute(statement)
    op.drop_constraint(
        op.f("ck_household_identities_named_or_erased"), "household_identities", type_="check"
    )
    # An erased name cannot come back; an empty one takes its place.
    op.execute("UPDATE household_identities SET name = ''::bytea WHERE name IS NULL")
    op.drop_column("people", "erased_at")
    op.drop_column("order_groups", "recipient_erased_at")
    op.alter_column(
        "household_identities", "name", existing_type=postgresql.BYTEA(), nullable=False
    )
    op.drop_column("household_identities", "erased_at")
    op.drop_index(
        "uq_subject_requests_open_of_person",
        table_name="subject_requests",
        postgresql_where=sa.text("closed_at IS NULL AND person_id IS NOT NULL"),
    )
    op.drop_index(
        "uq_subject_requests_open_of_household",
        table_name="subject_requests",
        postgresql_where=sa.text("closed_at IS NULL AND household_id IS NOT NULL"),
    )
    op.drop_index("ix_subject_requests_queue", table_name="subject_requests")
    op.drop_index(op.f("ix_subject_requests_person_id"), table_name="subject_requests")
    op.drop_index(op.f("ix_subject_requests_household_id"), table_name="subject_requests")
    op.drop_table("subject_requests")
    op.drop_index("ix_reauthentications_person", table_name="reauthentications")
    op.drop_table("reauthentications")
    op.drop_index(
        "uq_consents_active_of_person",
        table_name="consents",
        postgresql_where=sa.text("withdrawn_at IS NULL AND person_id IS NOT NULL"),
    )
    op.drop_index(
        "uq_consents_active_of_household",
        table_name="consents",
        postgresql_where=sa.text("withdrawn_at IS NULL AND household_id IS NOT NULL"),
    )
    op.drop_table("consents")
    op.drop_index("ix_identity_looks_looker", table_name="identity_looks")
    op.drop_index(op.f("ix_identity_looks_household_id"), table_name="identity_looks")
    op.drop_table("identity_looks")
    op.drop_index(op.f("ix_look_alerts_raised_at"), table_name="look_alerts")
    op.drop_index(op.f("ix_look_alerts_looker"), table_name="look_alerts")
    op.drop_table("look_alerts")
