"""Reads of what was paid to one payee, and the one place that opens bank accounts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel import vault
from kernel.errors import NotFoundError
from kernel.paging import Page, cut, decode_key, encode_key
from kernel.rows import fill_all
from payments.models import (
    PayoutAccount,
    PayoutAcknowledgement,
    PayoutBatch,
    PayoutFile,
    SettlementLine,
    SettlementPeriod,
)
from payments.rules import settlements as rules
from payments.values import (
    AcknowledgedBy,
    FileFormat,
    LineState,
    PayeeKind,
    ReturnReason,
)

SENT = (
    LineState.INFLIGHT,
    LineState.PAID,
    LineState.RETURNED,
    LineState.REISSUED,
    LineState.CANCELLED,
)


@dataclass(frozen=True, slots=True)
class PayoutRow:
    """One payment to a payee, from the moment it was approved."""

    id: int
    period_code: str
    kind: PayeeKind
    amount_minor: int
    state: LineState
    approved_at: datetime | None
    paid_at: datetime | None
    returned_at: datetime | None
    return_reason: ReturnReason | None
    bank_reference: str | None
    acknowledged_by: AcknowledgedBy | None
    acknowledged_at: datetime | None


def list_payouts(
    session: Session,
    owner: str,
    *,
    key: str | None = None,
    size: int = 50,
) -> Page[PayoutRow]:
    """Return the payments to one payee, the newest first; one statement.

    `owner` is whom the ledger says the account belongs to: `hh:H0001`, `coop:C05`,
    `village:500156109200` or `village:500156109200.poor`, `logistics:LOG01`.
    """
    statement = (
        select(
            SettlementLine.id,
            SettlementPeriod.code,
            SettlementLine.payee_kind,
            SettlementLine.amount_minor,
            SettlementLine.state,
            SettlementPeriod.approved_at,
            SettlementLine.paid_at,
            SettlementLine.returned_at,
            SettlementLine.return_reason,
            SettlementLine.bank_reference,
            PayoutAcknowledgement.acknowledged_by,
            PayoutAcknowledgement.at,
        )
        .join(SettlementPeriod, SettlementPeriod.id == SettlementLine.period_id)
        .outerjoin(PayoutAcknowledgement, PayoutAcknowledgement.line_id == SettlementLine.id)
        .where(SettlementLine.owner == owner, SettlementLine.state.in_(SENT))
        .order_by(SettlementLine.id.desc())
        .limit(size + 1)
    )
    if key:
        statement = statement.where(SettlementLine.id < decode_key(key, int)[0])
    rows = fill_all(PayoutRow, session.execute(statement))
    return cut(rows, size, lambda row: encode_key(row.id))


def sum_paid(session: Session, owner: str) -> int:
    """Return what the bank has confirmed to one payee since the beginning, in fen (M5)."""
    return int(
        session.scalar(
            select(func.coalesce(func.sum(SettlementLine.amount_minor), 0)).where(
                SettlementLine.owner == owner, SettlementLine.state == LineState.PAID
            )
        )
        or 0
    )


def open_accounts(session: Session, owners: Sequence[str]) -> Mapping[str, tuple[str, str]]:
    """Open holder and number of organisations and villages, by owner of the ledger's account.

    Only the writing of the bank's file calls this, and records that it did.
    """
    recorded = {owner: rules.account_owner(owner) for owner in owners}
    held = {
        row.owner: (row.holder, row.number)
        for row in session.execute(
            select(PayoutAccount.owner, PayoutAccount.holder, PayoutAccount.number).where(
                PayoutAccount.owner.in_(set(recorded.values()))
            )
        )
    }
    return {owner: held[at] for owner, at in recorded.items() if at in held}


def open_file(session: Session, code: str, form: FileFormat) -> bytes:
    """Open the bank's file of a batch; the caller records who took it and why.

    Raises `NotFoundError` while it is not written.
    """
    sealed = session.scalar(
        select(PayoutFile.content)
        .join(PayoutBatch, PayoutBatch.id == PayoutFile.batch_id)
        .where(PayoutBatch.code == code, PayoutFile.format == form)
    )
    if sealed is None:
        raise NotFoundError("payout_file_not_found", f"no file of {code}", code=code)
    return vault.open_bytes(bytes(sealed))
