"""Take the snapshot of a settlement: one line for every payee with money, in one statement.

What a payee gets is what was owed at the end of the period by effective date – payments of
earlier settlements are taken off whenever they were booked – and never more than is owed now,
less its shares of allotments whose payer has not paid in yet, and of sales whose money the
buyer's bank has taken.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, func, select, text, update
from sqlalchemy.orm import Session

from kernel import policy
from kernel.clock import at_local_midnight, local_date
from kernel.errors import ConflictError
from payments.models import SettlementLine, SettlementPeriod
from payments.service.periods import ONE_AT_A_TIME, LockedPeriod, ensure_state
from payments.service.withholding import DISPUTED
from payments.values import LineState, PeriodKind, PeriodState

MINIMUM: Final = "payout_min_minor"

# The shares of allotments whose receivable still stands, by account; `allot:<code>` is the
# posting key of an allotment and `A:ar:<code>` what its payer owes. What the payer itself gave
# of its account is no share.
UNCOLLECTED: Final = """
    SELECT entry.account_id,
        -sum(entry.amount_minor) AS minor,
        -sum(entry.amount_minor) FILTER (WHERE tx.effective_at < :until) AS minor_at_end
    FROM ledger_accounts owed
    JOIN account_balances receivable
        ON receivable.account_id = owed.id AND receivable.balance_minor > 0
    JOIN ledger_txs booked ON booked.posting_key = 'allot:' || substr(owed.code, 6)
    JOIN ledger_txs tx ON tx.id = booked.id OR tx.reverses_tx_id = booked.id
    JOIN ledger_entries entry ON entry.tx_id = tx.id
    JOIN ledger_accounts payee ON payee.id = entry.account_id
        AND (payee.code LIKE 'L:payable:%' OR payee.code LIKE 'L:wage:%')
    WHERE owed.code LIKE 'A:ar:%'
    GROUP BY entry.account_id HAVING sum(entry.amount_minor) < 0
"""

OWED: Final = f"""
    WITH uncollected AS ({UNCOLLECTED}),
    disputed AS ({DISPUTED}),
    owed AS (
        SELECT account.id, account.code, account.owner, -balance.balance_minor AS now_minor,
            -coalesce(sum(entry.amount_minor) FILTER (WHERE tx.effective_at < :until
                OR tx.kind IN ('settlement_approved', 'settlement_cancelled',
                    'payout_returned')), 0) AS end_minor
        FROM ledger_accounts account
        JOIN account_balances balance
            ON balance.account_id = account.id AND balance.balance_minor < 0
        JOIN ledger_entries entry ON entry.account_id = account.id
        JOIN ledger_txs tx ON tx.id = entry.tx_id
        WHERE account.code LIKE 'L:payable:%' OR account.code LIKE 'L:wage:%'
        GROUP BY account.id, account.code, account.owner, balance.balance_minor
    ),
    returned AS (
        SELECT account_code, sum(amount_minor) AS minor FROM settlement_lines
        WHERE state = 'returned' AND cleared_at IS NOT NULL GROUP BY account_code
    ),
    snapshot AS (
        SELECT owed.code, owed.owner,
            least(end_minor, now_minor, CASE WHEN :reissue THEN returned.minor END) AS minor,
            least(end_minor - coalesce(uncollected.minor_at_end, 0)
                    - coalesce(disputed.minor_at_end, 0),
                now_minor - coalesce(uncollected.minor, 0) - coalesce(disputed.minor, 0),
                CASE WHEN :reissue THEN returned.minor END) AS free_minor,
            coalesce(disputed.minor, 0) > 0 AS is_disputed
        FROM owed LEFT JOIN uncollected ON uncollected.account_id = owed.id
        LEFT JOIN disputed ON disputed.account_id = owed.id
        LEFT JOIN returned ON returned.account_code = owed.code
        WHERE NOT :reissue OR returned.minor > 0
    )
"""  # noqa: S608 -- both parts are constants

# Whether a payee can be paid: a household's account is with its sealed identity, everybody
# else's is recorded for payouts; both are only looked for here, never opened.
WRITE_LINES: Final = """
    INSERT INTO settlement_lines (period_id, number, account_code, payee_kind, owner,
        household_id, snapshot_minor, withheld_minor, amount_minor, state, hold_reason)
    SELECT :period_id, row_number() OVER (ORDER BY code COLLATE "C"), code,
        CASE WHEN code LIKE 'L:wage:%' THEN 'wage'
            WHEN code LIKE 'L:payable:hh:%' THEN 'household'
            WHEN code LIKE 'L:payable:coop:%' THEN 'cooperative'
            WHEN code LIKE 'L:payable:village:%.%' THEN 'village_fund'
            WHEN code LIKE 'L:payable:village:%' THEN 'village'
            ELSE 'logistics' END,
        owner, household_id, minor, minor - amount, amount,
        CASE WHEN hold IS NOT NULL THEN 'held' WHEN is_small THEN 'carried' ELSE 'ready' END,
        hold
    FROM (
        SELECT seen.*, household.id AS household_id, CASE
            WHEN amount <= 0 AND is_disputed THEN 'disputed'
            WHEN amount <= 0 THEN 'uncollected'
            WHEN is_small THEN NULL
            WHEN EXISTS (SELECT 1 FROM settlement_lines line WHERE line.owner = seen.owner
                AND line.state = 'returned' AND line.cleared_at IS NULL) THEN 'returned'
            WHEN household.id IS NOT NULL AND identity.name IS NULL THEN 'erased'
            WHEN household.id IS NOT NULL AND identity.bank_account IS NULL THEN 'no_account'
            WHEN household.id IS NULL AND recorded.owner IS NULL THEN 'no_account'
            END AS hold
        FROM (
            SELECT code, owner, minor, is_disputed, greatest(free_minor, 0) AS amount,
                NOT :reissue AND free_minor < :minimum AS is_small,
                CASE WHEN owner LIKE 'hh:%' THEN substr(owner, 4) END AS known_household
            FROM snapshot WHERE minor > 0
        ) AS seen
        LEFT JOIN households household ON household.id = seen.known_household
        LEFT JOIN household_identities identity ON identity.household_id = household.id
        LEFT JOIN payout_accounts recorded ON recorded.owner =
            CASE WHEN seen.owner LIKE 'village:%' THEN split_part(seen.owner, '.', 1)
                ELSE seen.owner END
    ) AS judged
    """

TAKE_SNAPSHOT: Final = text(OWED + WRITE_LINES)

CLAIMED: Final = text(
    """
    SELECT payable.code, balance.balance_minor AS minor
    FROM ledger_accounts claim
    JOIN ledger_entries entry ON entry.account_id = claim.id
    JOIN ledger_accounts payable ON payable.owner = substr(claim.code, 11)
        AND payable.code LIKE 'L:payable:%'
    JOIN account_balances balance ON balance.account_id = payable.id
        AND balance.balance_minor < 0
    WHERE claim.code LIKE 'A:recover:%'
    GROUP BY payable.code, balance.balance_minor
    HAVING sum(entry.amount_minor) > 0
    ORDER BY payable.code
    """
)


def list_claimed(session: Session) -> list[tuple[str, int]]:
    """Return the payables of parties that owe something back: account and signed balance."""
    return [(row.code, int(row.minor)) for row in session.execute(CLAIMED)]


def close(session: Session, period: LockedPeriod, *, at: datetime) -> None:
    """Write the lines of an open settlement and close it; its snapshot never changes again.

    Raises `ConflictError` for a period that is not over, and while another settlement with
    money in it waits for its approval: both would propose the same money.
    """
    ensure_state(period, PeriodState.OPEN)
    is_reissue = period.kind is PeriodKind.REISSUE
    if not is_reissue and local_date(at) <= period.period_to:
        raise ConflictError(
            "settlement_not_over", f"{period.code} is not over", until=str(period.period_to)
        )
    session.execute(ONE_AT_A_TIME)
    _refuse_second(session)
    until = at_local_midnight(period.period_to + timedelta(days=1))
    session.execute(
        TAKE_SNAPSHOT.bindparams(
            bindparam("until", max(until, at) if is_reissue else until),
            period_id=period.id,
            reissue=is_reissue,
            minimum=policy.get_int(session, MINIMUM, on=local_date(at)),
        )
    )
    session.execute(
        update(SettlementPeriod)
        .where(SettlementPeriod.id == period.id)
        .values(state=PeriodState.CLOSED, closed_at=at)
    )


def _refuse_second(session: Session) -> None:
    waiting = session.scalar(
        select(SettlementPeriod.code)
        .join(SettlementLine, SettlementLine.period_id == SettlementPeriod.id)
        .where(
            SettlementPeriod.state.in_((PeriodState.CLOSED, PeriodState.PROPOSED)),
            SettlementLine.state == LineState.READY,
        )
        .group_by(SettlementPeriod.code)
        .having(func.count() > 0)
        .limit(1)
    )
    if waiting is not None:
        raise ConflictError(
            "settlement_one_at_a_time", f"{waiting} waits for approval", code=waiting
        )
