"""The books by class of account; accounts of households are never listed one by one."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from ledger.values import Book
from reporting.desk.orders import public_code

# An account's class is its code without the owner: `L:payable:hh:H0001` is of `L:payable:hh`.
CLASSES = text(
    """
    SELECT account.book, account.kind, account.normal,
        CASE WHEN account.owner IS NULL THEN account.code
            WHEN account.code LIKE 'L:payable:%' OR account.code LIKE 'A:recover:%'
                OR account.code LIKE 'A:inventory:%' OR account.code LIKE 'L:payout:%'
            THEN substring(account.code FROM '^[^:]+:[^:]+:[^:]+')
            ELSE substring(account.code FROM '^[^:]+:[^:]+') END AS class,
        count(*) AS accounts,
        count(*) FILTER (WHERE moved.minor <> 0) AS open_accounts,
        coalesce(sum(moved.debit), 0)::bigint AS debit_minor,
        coalesce(sum(moved.credit), 0)::bigint AS credit_minor,
        coalesce(sum(moved.minor), 0)::bigint AS minor
    FROM ledger_accounts account
    JOIN (
        SELECT account_id, sum(amount_minor) AS minor,
            coalesce(sum(amount_minor) FILTER (WHERE amount_minor > 0), 0) AS debit,
            coalesce(-sum(amount_minor) FILTER (WHERE amount_minor < 0), 0) AS credit
        FROM ledger_entries GROUP BY account_id
    ) AS moved ON moved.account_id = account.id
    GROUP BY account.book, account.kind, account.normal, class
    ORDER BY account.book, account.kind, class
    """
)

# Of one class, the accounts that are not at zero.
OPEN_ACCOUNTS = text(
    """
    SELECT account.code, organisation.name, sum(entry.amount_minor)::bigint AS minor
    FROM ledger_accounts account
    JOIN ledger_entries entry ON entry.account_id = account.id
    LEFT JOIN organisations organisation
        ON organisation.code = split_part(account.owner, ':', 2)
    WHERE account.code LIKE :beginning AND account.code COLLATE "C" > :after
        AND account.owner IS NOT NULL AND account.owner NOT LIKE 'hh:%'
    GROUP BY account.id, organisation.name
    HAVING sum(entry.amount_minor) <> 0
    ORDER BY account.code COLLATE "C"
    LIMIT :limit
    """
)


@dataclass(frozen=True, slots=True)
class ClassRow:
    """All accounts of one class: what was debited, credited, and what is left."""

    book: Book
    kind: str
    normal: str
    account_class: str
    accounts: int
    open_accounts: int
    debit_minor: int
    credit_minor: int
    minor: int
    """Signed balance in fen, debit positive."""

    @property
    def may_be_opened(self) -> bool:
        """Say whether the class has accounts that may be shown one by one."""
        return self.open_accounts > 0 and not public_code(f"{self.account_class}:").endswith(
            "*"
        )


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account with its signed balance in fen, debit positive."""

    code: str
    owner_name: str | None
    minor: int


def list_classes(session: Session) -> Sequence[ClassRow]:
    """Return the trial balance of both books by class; each book sums to zero."""
    return [
        ClassRow(
            Book(row.book),
            row.kind,
            row.normal,
            row[3],
            row.accounts,
            row.open_accounts,
            row.debit_minor,
            row.credit_minor,
            row.minor,
        )
        for row in session.execute(CLASSES)
    ]


def list_open(
    session: Session, account_class: str, *, after: str, limit: int
) -> Sequence[AccountRow]:
    """Return accounts of a class that are not at zero, by code; never those of households."""
    beginning = account_class.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    rows = session.execute(
        OPEN_ACCOUNTS, {"beginning": f"{beginning}:%", "after": after, "limit": limit}
    )
    return [AccountRow(row.code, row.name, row.minor) for row in rows]
