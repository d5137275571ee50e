"""The sample shows every model of linkage at work, from its contract to what is earned."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from households.values import LinkageModel
from shop.sample import contracts

EARNED = text(
    """
    SELECT DISTINCT contract.model_code
    FROM entitlements part
    JOIN contract_versions version ON version.id = part.contract_version_id
    JOIN linkage_contracts contract ON contract.id = version.contract_id
    WHERE part.earned_at IS NOT NULL AND part.amount_minor > 0
    """
)
CLOSED = text(
    """
    SELECT model_code, source, sum(total_minor) FROM allotments
    WHERE organisation_code = :payer AND state = 'final' GROUP BY 1, 2
    """
)
ENTRIES = text(
    """
    SELECT count(*) FILTER (WHERE entry.amount_minor < 0),
        count(*) FILTER (WHERE entry.amount_minor > 0)
    FROM ledger_entries entry JOIN ledger_accounts account ON account.id = entry.account_id
    WHERE account.code = :code
    """
)
OVERDRAWN = text(
    """
    SELECT code, effective_at, kind, balance FROM (
        SELECT account.code AS code, tx.effective_at, tx.kind, entry.amount_minor AS minor,
            -sum(entry.amount_minor) OVER (
                PARTITION BY account.code ORDER BY tx.effective_at, tx.id
            ) AS balance
        FROM ledger_entries entry JOIN ledger_txs tx ON tx.id = entry.tx_id
        JOIN ledger_accounts account ON account.id = entry.account_id
        WHERE account.code LIKE 'L:payable:%' OR account.code LIKE 'L:wage:%'
    ) moved
    WHERE kind IN ('period_allotted', 'settlement_approved') AND minor > 0 AND balance < 0
    ORDER BY code, effective_at
    """
)


def test_every_model_has_contracts_and_brings_somebody_something(stocked: Session) -> None:
    earned = set(stocked.scalars(EARNED))

    assert earned == {model.value for model in LinkageModel}


def test_a_village_divides_its_fund_and_closes_its_relief_work(stocked: Session) -> None:
    rows = stocked.execute(CLOSED, {"payer": contracts.VILLAGE_COLLECTIVE})
    closed = {(row[0], row[1]): row[2] for row in rows}
    fund = f"L:payable:village:{contracts.VILLAGE_OF_COLLECTIVE}.fund"
    credited, debited = stocked.execute(ENTRIES, {"code": fund}).one()

    assert set(closed) == {("RELIEFWORK", "own"), ("ASSET", "village"), ("ASSET", "fund")}
    assert min(closed.values()) > 0
    assert credited > 0
    assert debited > 0


def test_what_is_paid_or_divided_in_the_past_takes_no_money_that_came_later(
    stocked: Session,
) -> None:
    assert stocked.execute(OVERDRAWN).all() == []
