"""Coupons people take themselves, and what was paid before a campaign began.

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

COUPON_CHECKS = {
    "claimed_is_given": "is_given OR NOT is_claimable",
    "claim_limit_is_positive": "claim_limit > 0",
    "claimed_in_bounds": "claimed >= 0 AND claimed <= claim_limit",
}


def upgrade() -> None:
    op.add_column(
        "coupons",
        sa.Column("is_claimable", sa.Boolean(), server_default="false", nullable=False),
    )
    op.add_column("coupons", sa.Column("claim_limit", sa.Integer(), nullable=True))
    op.add_column(
        "coupons", sa.Column("claimed", sa.Integer(), server_default="0", nullable=False)
    )
    for name, condition in COUPON_CHECKS.items():
        op.create_check_constraint(op.f(f"ck_coupons_{name}"), "coupons", condition)
    op.add_column(
        "campaigns", sa.Column("measured_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_index(
        "ix_campaigns_unmeasured",
        "campaigns",
        ["starts_at"],
        postgresql_where=sa.text("measured_at IS NULL"),
    )
    op.add_column("campaign_skus", sa.Column("before_minor", sa.BigInteger(), nullable=True))
    op.create_check_constraint(
        op.f("ck_campaign_skus_before_is_positive"), "campaign_skus", "before_minor > 0"
    )


def downgrade() -> None:
    op.drop_column("campaign_skus", "before_minor")
    op.drop_index("ix_campaigns_unmeasured", table_name="campaigns")
    op.drop_column("campaigns", "measured_at")
    for name in COUPON_CHECKS:
        op.drop_constraint(op.f(f"ck_coupons_{name}"), "coupons", type_="check")
    for name in ("claimed", "claim_limit", "is_claimable"):
        op.drop_column("coupons", name)
