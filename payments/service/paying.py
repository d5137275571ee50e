"""Commands on approved settlements: fit to what is owed, make the batch, submit it.

Row locks: the period, entitlements by line, ledger balances by account.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import insert, select, text, update
from sqlalchemy.orm import Session

from kernel.clock import at_local_midnight
from kernel.errors import NotFoundError
from payments.models import (
    PayoutBatch,
    PayoutFile,
    SettlementLine,
    SettlementPeriod,
)
from payments.service.closing import UNCOLLECTED
from payments.service.periods import LockedPeriod
from payments.service.withholding import ACCOUNT_OF_PART, DISPUTED, IS_DISPUTED
from payments.values import (
    FileFormat,
    LineState,
    PeriodKind,
    PeriodState,
)

OPEN_PARTS = f"""
    SELECT part.id, line.id AS line_id
    FROM entitlements part
    JOIN contract_versions version ON version.id = part.contract_version_id
    JOIN linkage_contracts contract ON contract.id = version.contract_id
    JOIN settlement_lines line ON line.period_id = :period_id
        AND line.account_code = {ACCOUNT_OF_PART}
    WHERE part.stage = 'earned' AND part.settlement_line_id IS NULL
        AND part.earned_at < :until AND line.state = :state
        AND NOT EXISTS (
            SELECT 1 FROM allotments allotted
            JOIN ledger_accounts owed ON owed.code = 'A:ar:' || allotted.code
            JOIN account_balances receivable ON receivable.account_id = owed.id
                AND receivable.balance_minor > 0
            WHERE allotted.id = part.allotment_id
        )
        AND NOT {IS_DISPUTED}
"""  # noqa: S608 -- all parts are constants

LOCK_PARTS = text(OPEN_PARTS + " ORDER BY part.id FOR NO KEY UPDATE OF part")

SETTLE_PARTS = text(
    f"""
    UPDATE entitlements settled SET settlement_line_id = found.line_id
    FROM ({OPEN_PARTS}) AS found WHERE settled.id = found.id
    """  # noqa: S608 -- a constant of this file
)

MOVE_PARTS = text(
    """
    UPDATE entitlements part SET settlement_line_id = line.reissued_by_id
    FROM settlement_lines line
    WHERE part.settlement_line_id = line.id AND line.reissued_by_id = ANY (:line_ids)
    """
)

LOCK_BALANCES = text(
    """
    SELECT balance.account_id FROM account_balances balance
    JOIN ledger_accounts account ON account.id = balance.account_id
    JOIN settlement_lines line ON line.account_code = account.code
    WHERE line.period_id = :period_id AND line.state = 'ready'
    ORDER BY balance.account_id FOR NO KEY UPDATE OF balance
    """
)

# What an account owed least, from a moment on, below what it owes now: a settlement dated back
# takes no money that came later. Usually nothing is later, and no account is named.
LATER: Final = """
    SELECT account_id, -min(since) AS minor
    FROM (
        SELECT entry.account_id, sum(entry.amount_minor)
            OVER (PARTITION BY entry.account_id ORDER BY tx.effective_at DESC) AS since
        FROM ledger_txs tx JOIN ledger_entries entry ON entry.tx_id = tx.id
        WHERE tx.effective_at > :at
    ) AS moved
    GROUP BY account_id HAVING min(since) < 0
"""

FIT_TO_OWED = text(
    f"""
    UPDATE settlement_lines line
    SET amount_minor = owed.minor,
        state = CASE WHEN owed.minor > 0 THEN 'ready' ELSE 'held' END,
        hold_reason = CASE WHEN owed.minor > 0 THEN NULL
            WHEN owed.is_disputed THEN 'disputed' ELSE 'recovery' END
    FROM (
        SELECT mine.id, disputed.minor > 0 AS is_disputed,
            greatest(0, least(mine.amount_minor, -balance.balance_minor
                - coalesce(later.minor, 0)
                - coalesce(uncollected.minor, 0) - coalesce(disputed.minor, 0))) AS minor
        FROM settlement_lines mine
        JOIN ledger_accounts account ON account.code = mine.account_code
        JOIN account_balances balance ON balance.account_id = account.id
        LEFT JOIN ({UNCOLLECTED}) AS uncollected ON uncollected.account_id = account.id
        LEFT JOIN ({DISPUTED}) AS disputed ON disputed.account_id = account.id
        LEFT JOIN ({LATER}) AS later ON later.account_id = account.id
        WHERE mine.period_id = :period_id AND mine.state = 'ready'
    ) AS owed
    WHERE owed.id = line.id AND owed.minor < line.amount_minor
    """  # noqa: S608 -- constants of other files
)


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch with the settlement it belongs to."""

    id: int
    code: str
    created_at: datetime
    submitted_at: datetime | None


@dataclass(frozen=True, slots=True)
class PayLine:
    """One line that is to be paid."""

    line_id: int
    number: int
    account_code: str
    owner: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """One written file of a batch, sealed."""

    format: FileFormat
    content: bytes
    sha256: str
    byte_count: int
    row_count: int


def until_of(period: LockedPeriod) -> datetime:
    """Return the moment at which the period is over."""
    return at_local_midnight(period.period_to + timedelta(days=1))


def fit_to_owed(session: Session, period: LockedPeriod, *, at: datetime) -> None:
    """Lock entitlements and balances; lower each line to what is owed from `at` on."""
    if period.kind is PeriodKind.REGULAR:
        values = {"period_id": period.id, "until": until_of(period), "state": LineState.READY}
        session.execute(LOCK_PARTS, values)
    session.execute(LOCK_BALANCES, {"period_id": period.id})
    values = {"period_id": period.id, "until": until_of(period), "at": at}
    session.execute(FIT_TO_OWED, values)


def create_batch(session: Session, period: LockedPeriod, *, at: datetime) -> Sequence[PayLine]:
    """Make the batch of an approved settlement and return its lines, now in flight.

    Nothing left to pay makes no batch: the settlement is answered at once.
    """
    lines = _list_lines(session, period.id, LineState.READY)
    if not lines:
        for state in (PeriodState.BATCHED, PeriodState.ANSWERED):
            _set_state(session, period.id, state)
        return []
    session.execute(
        insert(PayoutBatch).values(
            code=period.code,
            period_id=period.id,
            line_count=len(lines),
            total_minor=sum(line.amount_minor for line in lines),
            created_at=at,
        )
    )
    session.execute(
        update(SettlementLine)
        .where(SettlementLine.period_id == period.id, SettlementLine.state == LineState.READY)
        .values(state=LineState.INFLIGHT)
    )
    return lines


def settle_parts(session: Session, period: LockedPeriod) -> None:
    """Name the line that pays it at every entitlement the settlement covers; set-based.

    Lines of the same account that the bank had returned become reissued by the new line, and
    their entitlements move with them.
    """
    if period.kind is PeriodKind.REGULAR:
        values = {
            "period_id": period.id,
            "until": until_of(period),
            "state": LineState.INFLIGHT,
        }
        session.execute(SETTLE_PARTS, values)
    fresh = (
        select(SettlementLine.account_code, SettlementLine.id)
        .where(
            SettlementLine.period_id == period.id,
            SettlementLine.state == LineState.INFLIGHT,
        )
        .subquery()
    )
    moved = session.scalars(
        update(SettlementLine)
        .where(
            SettlementLine.account_code == fresh.c.account_code,
            SettlementLine.state == LineState.RETURNED,
            SettlementLine.cleared_at.is_not(None),
        )
        .values(state=LineState.REISSUED, reissued_by_id=fresh.c.id)
        .returning(SettlementLine.reissued_by_id)
    ).all()
    if moved:
        session.execute(MOVE_PARTS, {"line_ids": sorted({one for one in moved if one})})


def find_batch(session: Session, code: str) -> Batch:
    """Return a batch; raises `NotFoundError`. Lock its settlement first."""
    row = session.execute(
        select(
            PayoutBatch.id, PayoutBatch.code, PayoutBatch.created_at, PayoutBatch.submitted_at
        ).where(PayoutBatch.code == code)
    ).one_or_none()
    if row is None:
        raise NotFoundError("payout_batch_not_found", f"no batch {code}", code=code)
    return Batch(*row)


def list_inflight(session: Session, period_id: int) -> Sequence[PayLine]:
    """Return the lines of a settlement that the bank has not answered."""
    return _list_lines(session, period_id, LineState.INFLIGHT)


def store_files(
    session: Session, period_id: int, batch: Batch, files: Sequence[NewFile], *, at: datetime
) -> None:
    """Keep what goes to the bank; from now on a batch always is these bytes."""
    session.execute(
        insert(PayoutFile).values(
            [
                {
                    "batch_id": batch.id,
                    "format": file.format,
                    "content": file.content,
                    "sha256": file.sha256,
                    "byte_count": file.byte_count,
                    "row_count": file.row_count,
                    "built_at": at,
                }
                for file in files
            ]
        )
    )
    _set_state(session, period_id, PeriodState.BATCHED)


def mark_batched(session: Session, period_id: int) -> None:
    """Note that a batch is through although no line of it could be written."""
    _set_state(session, period_id, PeriodState.BATCHED)


def mark_submitted(
    session: Session, period_id: int, batch: Batch, *, by: int, at: datetime
) -> None:
    """Note that the bank has the file."""
    session.execute(
        update(PayoutBatch)
        .where(PayoutBatch.id == batch.id, PayoutBatch.submitted_at.is_(None))
        .values(submitted_at=at, submitted_by=by)
    )
    _set_state(session, period_id, PeriodState.SUBMITTED)


def _list_lines(session: Session, period_id: int, state: LineState) -> Sequence[PayLine]:
    rows = session.execute(
        select(
            SettlementLine.id,
            SettlementLine.number,
            SettlementLine.account_code,
            SettlementLine.owner,
            SettlementLine.amount_minor,
        )
        .where(SettlementLine.period_id == period_id, SettlementLine.state == state)
        .order_by(SettlementLine.number)
    )
    return [PayLine(*row) for row in rows]


def _set_state(session: Session, period_id: int, state: PeriodState) -> None:
    session.execute(
        update(SettlementPeriod).where(SettlementPeriod.id == period_id).values(state=state)
    )
