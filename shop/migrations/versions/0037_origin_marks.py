"""Lists on which districts stand, by date; kinds and these marks in the copy of the search.

Revision ID: 0037
Revises: 0036
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from catalog import watching

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

# List → the column that stood for it, and since when the list is in force.
MARKS = {
    "832": ("is_832_county", "2020-11-23"),
    "lifted": ("is_lifted_county", "2020-02-22"),
    "key": ("is_national_key_county", "2021-08-27"),
}
FACETS = ("kind", "mark")

KEEP = """
    INSERT INTO region_marks (region_code, mark, valid_from, basis)
    SELECT code, '{mark}', DATE '{since}', 'as registered before lists had dates'
    FROM regions WHERE {flag}
"""
GIVE_BACK = """
    UPDATE regions SET {flag} = true WHERE code IN (
        SELECT region_code FROM region_marks WHERE mark = '{mark}' AND valid_to IS NULL
    )
"""


def upgrade() -> None:
    op.create_table(
        "region_marks",
        sa.Column("region_code", sa.String(12), nullable=False),
        sa.Column(
            "mark",
            sa.Enum(
                *MARKS,
                name="district_mark",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date()),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from",
            name=op.f("ck_region_marks_period_in_order"),
        ),
        sa.ForeignKeyConstraint(
            ["region_code"], ["regions.code"], name=op.f("fk_region_marks_region_code_regions")
        ),
        sa.PrimaryKeyConstraint(
            "region_code", "mark", "valid_from", name=op.f("pk_region_marks")
        ),
    )
    for mark, (flag, since) in MARKS.items():
        op.execute(KEEP.format(mark=mark, flag=flag, since=since))
        op.drop_column("regions", flag)
    for name in FACETS:
        # The copy is made anew at once, because its format has changed.
        op.add_column(
            "search_documents",
            sa.Column(name, postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        )
        op.alter_column("search_documents", name, server_default=None)
    for statement in watching.MARKED_STATEMENTS:
        op.get_bind().exec_driver_sql(statement.replace("%", "%%"))


def downgrade() -> None:
    for statement in watching.DROP_MARKED_STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
    for name in FACETS:
        op.drop_column("search_documents", name)
    for mark, (flag, _) in MARKS.items():
        op.add_column(
            "regions",
            sa.Column(flag, sa.Boolean(), server_default="false", nullable=False),
        )
        op.execute(GIVE_BACK.format(mark=mark, flag=flag))
    op.drop_table("region_marks")
