"""Every parcel has a number of its own at the carrier.

Revision ID: 0028
Revises: 0027
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

TABLE = "order_parcels"
COLUMN = "carrier_number"
INDEX = "ix_order_parcels_carrier_number"
CHECK = "ck_order_parcels_carrier_number_says_something"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column(COLUMN, sa.String(64), nullable=True))
    op.create_check_constraint(op.f(CHECK), TABLE, "carrier_number <> ''")
    op.create_index(INDEX, TABLE, [COLUMN])


def downgrade() -> None:
    op.drop_index(INDEX, table_name=TABLE)
    op.drop_constraint(op.f(CHECK), TABLE, type_="check")
    op.drop_column(TABLE, COLUMN)
