"""Whether documents of events are looked at strictly, and what is doubtful about those taken.

Revision ID: 0044
Revises: 0043
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "epcis_captures",
        sa.Column(
            "checks",
            sa.Enum(
                "strict",
                "report",
                name="checks",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default="strict",
            nullable=False,
        ),
    )
    op.add_column(
        "epcis_captures",
        sa.Column("doubts", postgresql.JSONB(), server_default="[]", nullable=False),
    )


def downgrade() -> None:
    op.drop_column("epcis_captures", "doubts")
    op.drop_column("epcis_captures", "checks")
