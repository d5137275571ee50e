"""Readings may become again what they were: a withdrawn correction of a clock.

Revision ID: 0048
Revises: 0047
"""

from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

NAME = "uq_evaluations_shipment_id_data_version_profile_code_pr_d70d"


def upgrade() -> None:
    op.drop_constraint(NAME, "evaluations", type_="unique")
    # Readings that came before there were roll-ups are rolled up by the task.
    op.execute(
        "INSERT INTO rollup_marks (channel_id, day)"
        " SELECT DISTINCT channel_id, (at AT TIME ZONE 'UTC')::date FROM readings"
        " WHERE quality = 'good' ON CONFLICT DO NOTHING"
    )


def downgrade() -> None:
    op.create_unique_constraint(
        NAME,
        "evaluations",
        ["shipment_id", "data_version", "profile_code", "profile_version"],
    )
