"""An approved settlement is taken back before the bank has it: S1 in reverse, line by line.

Row locks: the settlement, entitlements by line, ledger balances by account.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from ledger import service as ledger
from ledger.values import Book, Entry, Line, PostingKind
from payments import service as payments
from payments.rules import settlements as names
from payments.service import PayLine


def ask(session: Session, code: str, reason: str, *, by: int, at: datetime) -> None:
    """Ask to cancel a settlement, with the reason; it cannot be submitted meanwhile."""
    period = payments.lock_period(session, code)
    payments.ask_to_cancel(session, period, reason, by=by, at=at)


def refuse(session: Session, code: str, *, by: int, at: datetime) -> None:
    """Let a settlement go on; whoever asked to cancel it may take that back."""
    period = payments.lock_period(session, code)
    payments.refuse_to_cancel(session, period, by=by, at=at)


def confirm(session: Session, code: str, *, by: int, at: datetime) -> int:
    """Cancel a settlement somebody else asked to cancel; return how many lines came back.

    What the lines were to pay is owed as before, less what the party owes itself, and the next
    settlement pays it. Raises `ForbiddenError` for who asked, `ConflictError` once the bank has
    the file: from then on only its answers count.
    """
    period = payments.lock_period(session, code)
    lines = payments.confirm_cancel(session, period, by=by, at=at)
    payments.give_back(session, period, lines)
    entries = [_entry(code, line, at) for line in lines]
    recovery = ledger.recovery_entry(
        session,
        [line for entry in entries for line in entry.lines if line.minor < 0],
        key=f"batch:{code}:cancelled:set-off",
        source=f"settlement:{code}",
        effective_at=at,
    )
    ledger.post_many(session, [*entries, *([recovery] if recovery else [])])
    return len(lines)


def _entry(code: str, line: PayLine, at: datetime) -> Entry:
    """S1 in reverse: what was in flight is owed again."""
    return Entry(
        book=Book.MONEY,
        key=names.line_key(code, line.number, ":cancelled"),
        kind=PostingKind.SETTLEMENT_CANCELLED,
        effective_at=at,
        source=f"settlement:{code}",
        lines=[
            Line(names.inflight(code), line.amount_minor),
            Line(line.account_code, -line.amount_minor),
        ],
        reverses=names.line_key(code, line.number),
    )
