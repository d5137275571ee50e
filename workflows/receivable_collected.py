"""A payer pays in what its allotment did not find on its account.

B1 books the money of the bank statement as the payer's unapplied money, B2 matches it to the
allotment; what is too much stays unapplied. Row locks: ledger balances by account.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from households import queries as household_queries
from kernel.errors import ConflictError, InvalidError
from ledger import queries as ledger_queries
from ledger import service as ledger
from ledger.values import Book, Entry, Line, PostingKind
from workflows.allotment_final import receivable_of

BANK = "A:bank:main"
REFERENCE_MAX = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class BankReceipt:
    """One line of a bank statement that pays an allotment in."""

    allotment_code: str
    reference: str
    """The bank's own number of the line; it is booked once."""
    minor: int


def record_collection(session: Session, receipt: BankReceipt, *, at: datetime) -> int:
    """Book a bank receipt, match it to the allotment, and return what the payer still owes.

    A reference that is booked already changes nothing. Raises `ConflictError`
    `allotment_paid_in` when the payer owes nothing.
    """
    _check(receipt)
    allotment = household_queries.get_allotment(session, receipt.allotment_code)
    receivable = receivable_of(receipt.allotment_code)
    owed = ledger_queries.list_balances(session, [receivable])[receivable]
    key = f"bank:{receipt.reference}"
    source = f"allotment:{receipt.allotment_code}"
    booked = ledger_queries.list_entries_of_sources(session, [source])
    if any(row.posting_key == key for row in booked):
        return owed
    if owed <= 0:
        raise ConflictError("allotment_paid_in", "the payer owes nothing for this allotment")
    payer = f"L:unapplied:{allotment.organisation_code}"
    matched = min(owed, receipt.minor)
    ledger.post_many(
        session,
        [
            Entry(
                book=Book.MONEY,
                key=key,
                kind=PostingKind.BANK_RECEIVED,
                effective_at=at,
                source=source,
                lines=[Line(BANK, receipt.minor), Line(payer, -receipt.minor)],
            ),
            Entry(
                book=Book.MONEY,
                key=f"match:{receipt.reference}",
                kind=PostingKind.BANK_MATCHED,
                effective_at=at,
                source=source,
                lines=[Line(payer, matched), Line(receivable, -matched)],
            ),
        ],
    )
    return owed - matched


def _check(receipt: BankReceipt) -> None:
    if receipt.minor <= 0:
        raise InvalidError("bank_amount_not_positive", "the amount must be above zero")
    reference = receipt.reference
    plain = reference.replace("-", "").replace("_", "").replace(".", "")
    if not (plain.isascii() and plain.isalnum()) or len(reference) > REFERENCE_MAX:
        raise InvalidError("bank_reference_invalid", "write the bank's number of the line")
