"""The tables of the ledger; ddl.py adds the triggers that make them tell the truth."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from kernel.orm import Base, Code, Minor, enum_column
from ledger.values import AccountId, AccountKind, Book, Side, TxId


class LedgerAccount(Base):
    """One account of the chart, made when something is first posted to it."""

    __tablename__ = "ledger_accounts"
    __table_args__ = (Index("ix_ledger_accounts_owner", "owner"),)

    id: Mapped[AccountId] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(Code, unique=True)
    book: Mapped[Book] = mapped_column(enum_column(Book))
    kind: Mapped[AccountKind] = mapped_column(enum_column(AccountKind))
    normal: Mapped[Side] = mapped_column(enum_column(Side))
    guarded: Mapped[bool]
    custodian: Mapped[str | None] = mapped_column(Code)
    owner: Mapped[str | None] = mapped_column(Code)


class LedgerTx(Base):
    """One balanced transaction; never changed, only followed by one that takes it back."""

    __tablename__ = "ledger_txs"
    __table_args__ = (
        Index("ix_ledger_txs_source", "source"),
        Index("ix_ledger_txs_effective_at", "effective_at"),
        Index(
            "ix_ledger_txs_reverses_tx_id",
            "reverses_tx_id",
            postgresql_where=text("reverses_tx_id IS NOT NULL"),
        ),
    )

    id: Mapped[TxId] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    book: Mapped[Book] = mapped_column(enum_column(Book))
    posting_key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str] = mapped_column(Code)
    effective_at: Mapped[datetime]
    """When it happened."""
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.now())
    """When it was booked."""
    source: Mapped[str]
    reverses_tx_id: Mapped[TxId | None] = mapped_column(BigInteger, ForeignKey("ledger_txs.id"))
    request_hash: Mapped[bytes] = mapped_column(LargeBinary)
    """SHA-256 of the whole posting; tells a repetition from a reuse of the key."""


class LedgerEntry(Base):
    """One signed amount of a transaction: debit positive, credit negative."""

    __tablename__ = "ledger_entries"
    __table_args__ = (
        CheckConstraint("amount_minor <> 0", name="amount_is_not_zero"),
        Index(
            "ix_ledger_entries_account",
            "account_id",
            "tx_id",
            "seq",
            postgresql_include=["amount_minor"],
        ),
    )

    tx_id: Mapped[TxId] = mapped_column(
        BigInteger, ForeignKey("ledger_txs.id"), primary_key=True, autoincrement=False
    )
    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    """1, 2, 3 … without a gap; a transaction's entries are written by one statement."""
    account_id: Mapped[AccountId] = mapped_column(BigInteger, ForeignKey("ledger_accounts.id"))
    amount_minor: Mapped[int] = mapped_column(Minor)


class AccountBalance(Base):
    """The balance of a guarded account, kept by a trigger on the entries."""

    __tablename__ = "account_balances"
    __table_args__ = (
        CheckConstraint(
            "(normal = 'D' AND balance_minor >= 0) OR (normal = 'C' AND balance_minor <= 0)",
            name="guarded_side",
        ),
    )

    account_id: Mapped[AccountId] = mapped_column(
        BigInteger, ForeignKey("ledger_accounts.id"), primary_key=True, autoincrement=False
    )
    normal: Mapped[Side] = mapped_column(enum_column(Side))
    balance_minor: Mapped[int] = mapped_column(Minor)
    version: Mapped[int] = mapped_column(BigInteger)
    """The number of entries that made this balance."""
    last_tx_id: Mapped[TxId | None] = mapped_column(BigInteger)
    last_seq: Mapped[int | None]
    """With `last_tx_id`, the latest entry on this account."""


class LedgerChainLink(Base):
    """The place of one transaction in the hash chain, in the order in which they committed."""

    __tablename__ = "ledger_chain"
    __table_args__ = (UniqueConstraint("tx_id"), UniqueConstraint("hash"))

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    tx_id: Mapped[TxId] = mapped_column(BigInteger, ForeignKey("ledger_txs.id"))
    prev_hash: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class UnsealedTx(Base):
    """A transaction the sealer has not yet taken into the chain; filled by a trigger."""

    __tablename__ = "ledger_unsealed"

    tx_id: Mapped[TxId] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
