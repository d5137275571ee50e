"""A period close becomes final: its shares are earned, and the ledger owes them.

The payer's money is taken as far as it holds any; the rest is a receivable from the payer, and
no settlement pays those shares until `receivable_collected` has seen the money. Row locks: the
allotment, its entitlements, ledger balances by account.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from households import queries as household_queries
from households import service as households
from households.values import AllotmentPosting
from kernel.errors import ConflictError
from ledger import queries as ledger_queries
from ledger import service as ledger
from ledger.values import Book, Entry, Line, PostingKind


def finalise(session: Session, code: str, *, at: datetime) -> bool:
    """Make an allotment final and post it; False when it was final before.

    One that takes the place of another takes back, in the same transaction, what that one
    gave: from households already paid it becomes a claim that later income pays.
    """
    posting = households.finalise_allotment(session, code, at=at)
    if posting is None:
        return False
    _take_back(session, posting, at)
    if not posting.minor:
        return True
    entries = [_allotted(session, posting, at)]
    recovery = ledger.recovery_entry(
        session,
        [Line(account, minor) for account, minor in posting.credits],
        key=f"allot:{code}:set-off",
        source=f"allotment:{code}",
        effective_at=at,
    )
    if recovery is not None:
        entries.append(recovery)
    ledger.post_many(session, entries)
    return True


def finalise_due(session: Session, *, at: datetime) -> list[str]:
    """Make final every allotment whose notice is over and undisputed; return their codes."""
    due = household_queries.list_due_allotments(session, at=at)
    return [code for code in due if finalise(session, code, at=at)]


def receivable_of(code: str) -> str:
    """Return the account of what the payer of an allotment still has to pay in."""
    return f"A:ar:{code}"


def _allotted(session: Session, posting: AllotmentPosting, at: datetime) -> Entry:
    debits = ledger.debits_with_receivable(
        session,
        Line(posting.payer_account, posting.minor),
        receivable_of(posting.code),
        at=at,
    )
    return Entry(
        book=Book.MONEY,
        key=f"allot:{posting.code}",
        kind=PostingKind.PERIOD_ALLOTTED,
        effective_at=at,
        source=f"allotment:{posting.code}",
        lines=[*debits, *(Line(account, minor) for account, minor in posting.credits)],
    )


def _take_back(session: Session, posting: AllotmentPosting, at: datetime) -> None:
    """Take the replaced allotment back: first off what its payer owes, the rest to the payer.

    What the payer had paid in by bank stays with us as its unapplied money. It is posted
    first, so that what it leaves as a claim is netted from the new shares.
    """
    replaced = posting.reverses_code
    minor = sum(amount for _, amount in posting.taken_back)
    if replaced is None or not minor:
        return
    debits = ledger.debits_with_recovery(
        session, [Line(account, amount) for account, amount in posting.taken_back]
    )
    receivable = receivable_of(replaced)
    owed = ledger_queries.list_balances(session, [receivable])[receivable]
    from_payer = _paid_by_payer(session, posting, replaced)
    if from_payer + owed > minor:
        raise ConflictError("reversal_exceeds_rest", "more would be taken back than is left")
    payer = f"L:unapplied:{posting.payer_code}"
    entry = Entry(
        book=Book.MONEY,
        key=f"allot:{posting.code}:reversal",
        kind=PostingKind.PERIOD_ALLOTTED,
        effective_at=at,
        source=f"allotment:{replaced}",
        lines=[
            *debits,
            Line(posting.payer_account, -from_payer),
            Line(receivable, -owed),
            Line(payer, from_payer + owed - minor),
        ],
        reverses=f"allot:{replaced}",
    )
    ledger.post(session, entry)


def _paid_by_payer(session: Session, posting: AllotmentPosting, replaced: str) -> int:
    """Return what of the replaced allotment was taken from the payer's own account."""
    rows = ledger_queries.list_entries_of_sources(session, [f"allotment:{replaced}"])
    return sum(
        row.minor
        for row in rows
        if row.posting_key == f"allot:{replaced}" and row.account_code == posting.payer_account
    )
