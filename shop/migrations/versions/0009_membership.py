"""Joining and leaving a cooperative: proposals and their answers.

Revision ID: 0009
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

import households.ddl

revision = "0009"
down_revision = "0007"
branch_labels = None
depends_on = None


def _words(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    op.create_table(
        "membership_moves",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("household_id", sa.String(length=16), nullable=False),
        sa.Column("organisation_code", sa.String(length=64), nullable=False),
        sa.Column("kind", _words("move_kind", "joining", "leaving"), nullable=False),
        sa.Column(
            "state",
            _words("move_state", "open", "agreed", "refused", "withdrawn"),
            nullable=False,
        ),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("proposed_by", sa.String(length=64), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by", sa.String(length=64), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "answered_as",
            _words("answerer", "household", "official", "clerk", "manager"),
            nullable=True,
        ),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "(state = 'open') = (closed_at IS NULL) AND (state = 'open') = (closed_by IS NULL)"
            " AND (state = 'open') = (answered_as IS NULL)",
            name=op.f("ck_membership_moves_closed_has_its_moment"),
        ),
        sa.CheckConstraint(
            "kind = 'joining'"
            " OR (state = 'agreed' AND answered_as IN ('household', 'manager'))",
            name=op.f("ck_membership_moves_leaving_holds_at_once"),
        ),
        sa.CheckConstraint(
            "kind = 'leaving' OR answered_as <> 'manager' OR state = 'withdrawn'",
            name=op.f("ck_membership_moves_nobody_joins_unasked"),
        ),
        sa.CheckConstraint(
            "answered_as NOT IN ('official', 'clerk')"
            " OR (reason IS NOT NULL AND closed_by <> proposed_by)",
            name=op.f("ck_membership_moves_on_behalf_by_another_with_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["household_id"],
            ["households.id"],
            name=op.f("fk_membership_moves_household_id_households"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_code"],
            ["organisations.code"],
            name=op.f("fk_membership_moves_organisation_code_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership_moves")),
    )
    op.create_index("ix_membership_moves_household_id", "membership_moves", ["household_id"])
    op.create_index(
        "ix_membership_moves_organisation", "membership_moves", ["organisation_code", "state"]
    )
    op.create_index(
        "uq_membership_moves_one_open",
        "membership_moves",
        ["household_id", "organisation_code"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    for statement in households.ddl.MEMBERSHIP_STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("membership_moves")
