"""Every guarded account has its balance row from the moment it is made.

Revision ID: 0007
Revises: 0006
"""

from alembic import op

from ledger.ddl import BALANCE_STATEMENTS, DROP_BALANCE_STATEMENTS

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# Only entries may move balances, so the guard steps aside for the rows that were never made.
OPEN_MISSING = (
    "ALTER TABLE account_balances DISABLE TRIGGER account_balances_kept_by_entries",
    """
    INSERT INTO account_balances (account_id, normal, balance_minor, version)
    SELECT id, normal, 0, 0 FROM ledger_accounts WHERE guarded
    ON CONFLICT (account_id) DO NOTHING
    """,
    "ALTER TABLE account_balances ENABLE TRIGGER account_balances_kept_by_entries",
)


def upgrade() -> None:
    for statement in (*OPEN_MISSING, *BALANCE_STATEMENTS):
        op.execute(statement)


def downgrade() -> None:
    for statement in DROP_BALANCE_STATEMENTS:
        op.execute(statement)
