"""Read balances, statements and totals; audit that the ledger is what it claims to be."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel.clock import at_local_midnight
from kernel.paging import Page, cut, decode_key, encode_key
from ledger.values import Book, Clock

LAST_TX = 2**63 - 1
LAST_SEQ = 2**31 - 1

YEARS = text(
    """
    SELECT one.year FROM generate_series(CAST(:first AS integer), CAST(:last AS integer))
        AS one (year)
    WHERE EXISTS (SELECT FROM ledger_txs
        WHERE effective_at >= make_timestamptz(one.year, 1, 1, 0, 0, 0, 'Asia/Shanghai')
        AND effective_at < make_timestamptz(one.year + 1, 1, 1, 0, 0, 0, 'Asia/Shanghai'))
    """
)

BALANCES = text(
    """
    SELECT account.code, coalesce(balance.balance_minor, (
        SELECT sum(amount_minor) FROM ledger_entries WHERE account_id = account.id), 0) AS minor
    FROM ledger_accounts account
    LEFT JOIN account_balances balance ON balance.account_id = account.id
    WHERE account.code = ANY (CAST(:codes AS text[]))
    """
)

OWNER_BALANCES = text(
    """
    SELECT account.code, coalesce(balance.balance_minor, (
        SELECT sum(amount_minor) FROM ledger_entries WHERE account_id = account.id), 0) AS minor
    FROM ledger_accounts account
    LEFT JOIN account_balances balance ON balance.account_id = account.id
    WHERE account.owner = :owner AND account.book = :book
    ORDER BY account.code COLLATE "C"
    """
)

TRIAL_BALANCE = text(
    """
    SELECT account.code, account.kind, sum(entry.amount_minor)::bigint AS minor
    FROM ledger_entries entry
    JOIN ledger_accounts account ON account.id = entry.account_id
    JOIN ledger_txs tx ON tx.id = entry.tx_id
    WHERE account.book = :book
        AND (CAST(:before AS timestamptz) IS NULL OR :before > CASE :clock
            WHEN 'recorded' THEN tx.recorded_at ELSE tx.effective_at END)
    GROUP BY account.code, account.kind
    ORDER BY account.code COLLATE "C"
    """
)

# The window runs over the page only; `top` is the one sum over what is older.
STATEMENT = text(
    """
    WITH account AS (
        SELECT id, CASE normal WHEN 'C' THEN -1 ELSE 1 END AS side
        FROM ledger_accounts WHERE code = :code
    ), page AS (
        SELECT tx_id, seq, amount_minor FROM ledger_entries
        WHERE account_id = (SELECT id FROM account) AND (tx_id, seq) < (:tx_id, :seq)
        ORDER BY tx_id DESC, seq DESC LIMIT :size
    ), top AS (
        SELECT coalesce(sum(amount_minor), 0) AS minor FROM ledger_entries
        WHERE account_id = (SELECT id FROM account) AND (tx_id, seq) < (:tx_id, :seq)
    )
    SELECT page.tx_id, page.seq, tx.kind, tx.source, tx.posting_key, tx.effective_at,
        tx.recorded_at, page.amount_minor * account.side AS minor,
        CAST((top.minor - coalesce(sum(page.amount_minor) OVER newer, 0)) * account.side
            AS bigint) AS balance_minor
    FROM page JOIN ledger_txs tx ON tx.id = page.tx_id CROSS JOIN top CROSS JOIN account
    WINDOW newer AS (ORDER BY page.tx_id DESC, page.seq DESC
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    ORDER BY page.tx_id DESC, page.seq DESC
    """
)

ENTRIES_OF_SOURCES = text(
    """
    SELECT tx.id AS tx_id, tx.source, tx.book, tx.kind, tx.posting_key, tx.effective_at,
        tx.recorded_at, account.code AS account_code, entry.amount_minor AS minor
    FROM ledger_txs tx
    JOIN ledger_entries entry ON entry.tx_id = tx.id
    JOIN ledger_accounts account ON account.id = entry.account_id
    WHERE tx.source = ANY (CAST(:sources AS text[]))
    ORDER BY tx.id, entry.seq
    """
)

MONTH_TOTALS = text(
    """
    SELECT CAST(date_trunc('month', tx.effective_at AT TIME ZONE 'Asia/Shanghai') AS date)
            AS month,
        CAST(coalesce(sum(entry.amount_minor) FILTER (WHERE entry.amount_minor > 0), 0)
            AS bigint) AS debit_minor,
        CAST(coalesce(-sum(entry.amount_minor) FILTER (WHERE entry.amount_minor < 0), 0)
            AS bigint) AS credit_minor
    FROM ledger_entries entry
    JOIN ledger_accounts account ON account.id = entry.account_id
    JOIN ledger_txs tx ON tx.id = entry.tx_id
    WHERE account.code = :code AND tx.effective_at >= :since AND tx.effective_at < :until
    GROUP BY month ORDER BY month
    """
)

FINGERPRINT = text(
    """
    SELECT encode(sha256(coalesce(string_agg(
        convert_to(posting_key, 'UTF8') || request_hash, ''::bytea
        ORDER BY posting_key COLLATE "C"), ''::bytea)), 'hex')
    FROM ledger_txs WHERE book = :book
    """
)

AUDITS: tuple[tuple[str, str, str], ...] = (
    (
        "L1",
        "transactions whose entries do not sum to zero",
        """SELECT count(*) FROM (SELECT 1 FROM ledger_entries GROUP BY tx_id
        HAVING sum(amount_minor) <> 0) AS bad""",
    ),
    (
        "L1",
        "transactions without entries",
        """SELECT count(*) FROM ledger_txs tx WHERE NOT EXISTS (
        SELECT 1 FROM ledger_entries entry WHERE entry.tx_id = tx.id)""",
    ),
    (
        "L1",
        "entries on an account of another book",
        """SELECT count(*) FROM ledger_entries entry
        JOIN ledger_txs tx ON tx.id = entry.tx_id
        JOIN ledger_accounts account ON account.id = entry.account_id
        WHERE account.book <> tx.book""",
    ),
    (
        "L5",
        "accounts of which more was taken back than was booked",
        """SELECT count(*) FROM (
            SELECT tx_id, account_id, sum(amount_minor) AS minor FROM ledger_entries
            WHERE tx_id IN (SELECT reverses_tx_id FROM ledger_txs) GROUP BY tx_id, account_id
        ) original JOIN (
            SELECT tx.reverses_tx_id AS tx_id, account_id, sum(amount_minor) AS minor
            FROM ledger_txs tx JOIN ledger_entries entry ON entry.tx_id = tx.id
            WHERE tx.reverses_tx_id IS NOT NULL GROUP BY tx.reverses_tx_id, account_id
        ) taken USING (tx_id, account_id)
        WHERE (original.minor + taken.minor) * sign(original.minor)
            NOT BETWEEN 0 AND abs(original.minor)""",
    ),
    (
        "L7",
        "guarded accounts beyond zero",
        """SELECT count(*) FROM account_balances
        WHERE (normal = 'D' AND balance_minor < 0) OR (normal = 'C' AND balance_minor > 0)""",
    ),
    (
        "L10",
        "guarded balances that differ from their entries",
        """SELECT count(*) FROM ledger_accounts account
        LEFT JOIN account_balances balance ON balance.account_id = account.id
        LEFT JOIN (SELECT account_id, sum(amount_minor) AS minor, count(*) AS entries
            FROM ledger_entries GROUP BY account_id) moved ON moved.account_id = account.id
        WHERE account.guarded AND (coalesce(balance.balance_minor, 0), coalesce(version, 0))
            IS DISTINCT FROM (coalesce(moved.minor, 0), coalesce(moved.entries, 0))""",
    ),
    (
        "L11",
        "fen by which the books are out of balance",
        """SELECT coalesce(sum(abs(minor)), 0) FROM (
        SELECT sum(entry.amount_minor) AS minor FROM ledger_entries entry
        JOIN ledger_accounts account ON account.id = entry.account_id
        GROUP BY account.book) AS book""",
    ),
    (
        "L14",
        "transactions that join two custodians outside a sweep",
        """SELECT count(*) FROM (SELECT 1 FROM ledger_txs tx
        JOIN ledger_entries entry ON entry.tx_id = tx.id
        JOIN ledger_accounts account ON account.id = entry.account_id
        WHERE tx.kind NOT IN ('custodian_sweep', 'payout_confirmed')
        GROUP BY tx.id HAVING count(DISTINCT account.custodian) > 1) AS bad""",
    ),
)


OPEN_BALANCES = text(
    """
    SELECT account.code, balance.balance_minor AS minor
    FROM ledger_accounts account JOIN account_balances balance
        ON balance.account_id = account.id
    WHERE account.code LIKE :prefix AND balance.balance_minor <> 0 ORDER BY account.code
    """
)


@dataclass(frozen=True, slots=True)
class TrialRow:
    """The balance of one account: signed fen, debit positive."""

    code: str
    kind: str
    minor: int


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One entry of an account as its owner sees it: positive adds on the normal side."""

    tx_id: int
    seq: int
    kind: str
    source: str
    posting_key: str
    effective_at: datetime
    recorded_at: datetime
    minor: int
    balance_minor: int
    """The account's balance once this entry was booked."""


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One entry with its transaction: signed fen, debit positive."""

    tx_id: int
    source: str
    book: str
    kind: str
    posting_key: str
    effective_at: datetime
    recorded_at: datetime
    account_code: str
    minor: int


@dataclass(frozen=True, slots=True)
class MonthTotal:
    """What one account took on either side in one month, by effective date in Shanghai."""

    month: date
    debit_minor: int
    credit_minor: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One invariant and the figure by which it is broken; zero means that it holds."""

    code: str
    name: str
    figure: int


def list_balances(session: Session, codes: Sequence[str]) -> dict[str, int]:
    """Return signed balances by account code; zero for an account never posted to."""
    rows = session.execute(BALANCES, {"codes": list(codes)})
    return dict.fromkeys(codes, 0) | {row.code: int(row.minor) for row in rows}


def list_open(session: Session, prefix: str) -> dict[str, int]:
    """Return guarded accounts of a prefix that do not stand at zero, with their balances."""
    rows = session.execute(OPEN_BALANCES, {"prefix": f"{prefix}%"})
    return {row.code: int(row.minor) for row in rows}


def list_owner_balances(session: Session, owner: str) -> dict[str, int]:
    """Return the signed balances of every money account of an owner, such as `hh:H0001`."""
    rows = session.execute(OWNER_BALANCES, {"owner": owner, "book": Book.MONEY})
    return {row.code: int(row.minor) for row in rows}


def trial_balance(
    session: Session,
    book: Book,
    *,
    before: datetime | None = None,
    clock: Clock = Clock.EFFECTIVE,
) -> list[TrialRow]:
    """Return the balance of every account of a book; they sum to zero at every moment.

    With `before`, only what happened before that moment counts, or what was booked before it.
    """
    rows = session.execute(TRIAL_BALANCE, {"book": book, "before": before, "clock": clock})
    return [TrialRow(*row) for row in rows]


def list_years(session: Session, first: int, last: int) -> list[int]:
    """Return the years of a range in which anything was booked, by when it happened."""
    return list(session.scalars(YEARS, {"first": first, "last": last}))


def statement(
    session: Session, account_code: str, *, key: str | None = None, size: int = 50
) -> Page[StatementRow]:
    """Return a page of an account in booking order, newest first, with its running balance."""
    tx_id, seq = decode_key(key, int, int) if key else (LAST_TX, LAST_SEQ)
    rows = session.execute(
        STATEMENT, {"code": account_code, "tx_id": tx_id, "seq": seq, "size": size + 1}
    )
    return cut(
        [StatementRow(*row) for row in rows], size, lambda row: encode_key(row.tx_id, row.seq)
    )


def list_entries_of_sources(session: Session, sources: Sequence[str]) -> list[EntryRow]:
    """Return every entry booked for some sources, both books, in booking order."""
    rows = session.execute(ENTRIES_OF_SOURCES, {"sources": list(sources)})
    return [EntryRow(*row) for row in rows]


def list_month_totals(
    session: Session, account_code: str, *, since: date, until: date
) -> list[MonthTotal]:
    """Return an account's totals by effective month, from `since` up to the day `until`."""
    rows = session.execute(
        MONTH_TOTALS,
        {
            "code": account_code,
            "since": at_local_midnight(since),
            "until": at_local_midnight(until),
        },
    )
    return [MonthTotal(*row) for row in rows]


def fingerprint(session: Session, book: Book) -> str:
    """Return a hash of all that was posted in a book, whatever the order it was posted in."""
    return str(session.execute(FINGERPRINT, {"book": book}).scalar_one())


def audit(session: Session) -> list[Finding]:
    """Return every invariant that SQL can count, with the figure by which it is broken."""
    return [
        Finding(code, name, int(session.execute(text(count)).scalar_one()))
        for code, name, count in AUDITS
    ]
