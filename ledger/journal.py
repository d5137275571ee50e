"""The money book as plain text that foreign bookkeeping programs read and judge.

Amounts are whole fen, so that no program's tolerance for fractions can hide a difference.
"""

import re
from collections.abc import Iterator
from enum import StrEnum

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from kernel.clock import local_date
from ledger.values import Book

COMMODITY = "FEN"
CHUNK = 2_000

ROOTS = {"A": "Assets", "L": "Liabilities", "I": "Income", "E": "Expenses", "Q": "Equity"}
TYPES = {"A": "Asset", "L": "Liability", "I": "Revenue", "E": "Expense", "Q": "Equity"}
SPECIAL = re.compile(r'[^ -~]|[";|\\]')
"""What would end a description or a string; no posting key of ours has any of it."""

TRANSACTIONS = text(
    """
    SELECT tx.id, tx.posting_key, tx.kind, tx.source, tx.effective_at, tx.recorded_at,
        array_agg(account.code ORDER BY entry.seq) AS codes,
        array_agg(entry.amount_minor ORDER BY entry.seq) AS minors
    FROM ledger_txs tx
    JOIN ledger_entries entry ON entry.tx_id = tx.id
    JOIN ledger_accounts account ON account.id = entry.account_id
    WHERE tx.book = :book
    GROUP BY tx.id ORDER BY tx.effective_at, tx.id
    """
)

ACCOUNTS = text(
    """
    SELECT code FROM ledger_accounts WHERE book = :book ORDER BY code COLLATE "C"
    """
)


class Dialect(StrEnum):
    """Which program the journal is written for."""

    HLEDGER = "hledger"
    """hledger and ledger."""
    BEANCOUNT = "beancount"


def lines(session: Session, *, dialect: Dialect = Dialect.HLEDGER) -> Iterator[str]:
    """Yield the money book line by line, by effective date in Shanghai, without newlines.

    The date of booking stands beside it: as the secondary date, or as metadata.
    """
    yield from _heading(session, dialect)
    rows = session.execute(
        TRANSACTIONS, {"book": Book.MONEY}, execution_options={"yield_per": CHUNK}
    )
    write = _beancount if dialect is Dialect.BEANCOUNT else _hledger
    for row in rows:
        yield ""
        yield from write(row)


def account_name(code: str, dialect: Dialect) -> str:
    """Return how a dialect writes an account code; different codes stay different."""
    if dialect is Dialect.HLEDGER:
        return code
    root, group, *parts = code.split(":")
    return ":".join([ROOTS[root], _escape(group).capitalize(), *map(_component, parts)])


def _heading(session: Session, dialect: Dialect) -> Iterator[str]:
    codes = session.scalars(ACCOUNTS, {"book": Book.MONEY}).all()
    if dialect is Dialect.HLEDGER:
        yield f"commodity 1000. {COMMODITY}"
        for root in sorted({code[0] for code in codes}):
            yield f"account {root}"
            yield f"    ; type:{TYPES[root]}"
        yield from (f"account {code}" for code in codes)
        return
    yield f'option "operating_currency" "{COMMODITY}"'
    for code in codes:
        yield f"1970-01-01 open {account_name(code, dialect)} {COMMODITY}"


def _hledger(row: Row[tuple[object, ...]]) -> Iterator[str]:
    key, source = _words(row.posting_key), _words(row.source)
    dates = f"{local_date(row.effective_at)}={local_date(row.recorded_at)}"
    yield f"{dates} {row.kind} | {key}  ; {source}"
    for code, minor in zip(row.codes, row.minors, strict=True):
        yield f"    {code}  {minor} {COMMODITY}"


def _beancount(row: Row[tuple[object, ...]]) -> Iterator[str]:
    key, source = _words(row.posting_key), _words(row.source)
    yield f'{local_date(row.effective_at)} * "{row.kind}" "{key}"'
    yield f'  source: "{source}"'
    yield f"  recorded: {local_date(row.recorded_at)}"
    for code, minor in zip(row.codes, row.minors, strict=True):
        yield f"  {account_name(code, Dialect.BEANCOUNT)}  {minor} {COMMODITY}"


def _words(text_: str) -> str:
    """Write a key or a source so that nothing in it ends the description."""
    return SPECIAL.sub(lambda found: f"%{ord(found[0]):02X}", text_)


def _component(part: str) -> str:
    """Write one part of a code as beancount wants it: first a capital or a digit."""
    safe = _escape(part)
    plain = (safe[0].isdigit() or safe[0].isupper()) and not safe.startswith("X-")
    return safe if plain else f"X-{safe}"


def _escape(part: str) -> str:
    return re.sub(r"[^A-Za-z0-9-]|-(?=x)", lambda found: f"-x{ord(found[0]):02X}", part)
