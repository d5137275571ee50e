"""Photos beside WebP as AVIF, and cut wide for banners.

Revision ID: 0045
Revises: 0044
"""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

KEY = "pk_photo_sizes"


def upgrade() -> None:
    op.add_column("photo_sizes", sa.Column("avif", sa.LargeBinary(), nullable=True))
    op.add_column(
        "photo_sizes",
        sa.Column("is_wide", sa.Boolean(), server_default="false", nullable=False),
    )
    op.drop_constraint(KEY, "photo_sizes")
    op.create_primary_key(KEY, "photo_sizes", ["stem", "is_wide", "pixels"])


def downgrade() -> None:
    op.execute("DELETE FROM photo_sizes WHERE is_wide")
    op.drop_constraint(KEY, "photo_sizes")
    op.create_primary_key(KEY, "photo_sizes", ["stem", "pixels"])
    op.drop_column("photo_sizes", "is_wide")
    op.drop_column("photo_sizes", "avif")
