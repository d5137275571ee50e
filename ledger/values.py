"""What a posting is made of: books, kinds, lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

TxId = NewType("TxId", int)
AccountId = NewType("AccountId", int)


class Book(StrEnum):
    """The two books; no transaction touches both."""

    MONEY = "CNY"
    """Money that is owed or held, in fen."""
    TRACE = "CNY.T"
    """Which sale line traces to which household, in fen; nobody owes anything in it."""


class Clock(StrEnum):
    """Which of its two moments a transaction is counted by; every report says which."""

    EFFECTIVE = "effective"
    """When it happened."""
    RECORDED = "recorded"
    """When it was booked; a sum by this clock never changes afterwards."""


class AccountKind(StrEnum):
    """What an account stands for."""

    ASSET = "asset"
    LIABILITY = "liability"
    INCOME = "income"
    EXPENSE = "expense"
    EQUITY = "equity"
    TRACE = "trace"


class Side(StrEnum):
    """The side on which an account normally stands: debit is positive, credit negative."""

    DEBIT = "D"
    CREDIT = "C"


class PostingKind(StrEnum):
    """Which event a transaction books; the letters are those of docs/bookkeeping.md."""

    PAYMENT_CAPTURED = "payment_captured"
    """P1: the buyer's money stands with a custodian, we owe goods for it."""
    PAYMENT_FEE = "payment_fee"
    """P1b: the processor kept its fee."""
    CUSTODIAN_SWEEP = "custodian_sweep"
    """P1c: a processor paid out to the bank; one of two kinds that join two custodians."""
    LINE_EARNED = "line_earned"
    """P2: a delivered line is owed to those who produced and carried it."""
    OWN_LINE_EARNED = "own_line_earned"
    """P2': a delivered line of goods the seller had bought."""
    TERMS_LINE_EARNED = "terms_line_earned"
    """P2n: a delivered line sold on terms."""
    SHIPPING_EARNED = "shipping_earned"
    """P2 for the shipping fee of an order."""
    GOODS_RECEIVED = "goods_received"
    """R1: goods taken over under an order contract."""
    RECEIPT_TAKEN_BACK = "receipt_taken_back"
    """R1 in reverse: a weighing was wrong."""
    GOODS_WRITTEN_OFF = "goods_written_off"
    """W1: purchased goods are lost; the seller bears what they cost."""
    OWN_LINE_RETURNED = "own_line_returned"
    """F2': purchased goods were no sale after all; they stay gone."""
    REFUND_UNEARNED = "refund_unearned"
    """F1: a refund before delivery."""
    REFUND_EARNED = "refund_earned"
    """F2: a refund after delivery, by the reversal of what was owed."""
    COMPENSATED = "compensated"
    """F2c: the sale stands; the carrier or the platform owes the buyer for spoiled goods."""
    TERMS_REDUCED = "terms_reduced"
    """F3n: a refund is taken off what its buyer owes on terms."""
    REFUND_PAID = "refund_paid"
    """F3: the refund has reached the buyer."""
    SETTLEMENT_APPROVED = "settlement_approved"
    """S1: payables become money in flight."""
    SETTLEMENT_CANCELLED = "settlement_cancelled"
    """S1 in reverse: taken back by two people before the bank had it."""
    PAYOUT_CONFIRMED = "payout_confirmed"
    """S2: the bank has paid."""
    PAYOUT_REVERSED = "payout_reversed"
    """S2 in reverse: the bank took a payment back; S3 follows for the same line."""
    PAYOUT_RETURNED = "payout_returned"
    """S3: the bank has sent the money back."""
    ADVANCE_PAID = "advance_paid"
    """V1: an advance under a purchase contract is owed to its household; it is no income."""
    ADVANCE_RETURNED = "advance_returned"
    """V2: the household gives back what of an advance no goods came for."""
    ADVANCE_WAIVED = "advance_waived"
    """V3: the household keeps what of an advance no goods came for; the payer bears it."""
    RECOVERY_SET_OFF = "recovery_set_off"
    """An over-paid party's debt is taken from its next entitlement."""
    DISPUTE_WITHDRAWN = "dispute_withdrawn"
    """D1: a dispute pulled the money."""
    DISPUTE_WON = "dispute_won"
    """D2: the money came back."""
    DISPUTE_LOST = "dispute_lost"
    """D3: the money stays away."""
    BANK_RECEIVED = "bank_received"
    """B1: a bank statement line came in."""
    BANK_MATCHED = "bank_matched"
    """B2: it was matched to an order or invoice."""
    BANK_RETURNED = "bank_returned"
    """B3: what belongs to nobody here went back to whoever had paid it."""
    LATE_CAPTURE = "late_capture"
    """X1: money arrived for a cancelled order and is owed back at once."""
    AMOUNT_MISMATCH = "amount_mismatch"
    """X2: money arrived in another amount than asked for."""
    MISFIT_REFUNDED = "misfit_refunded"
    """X3: what arrived otherwise than asked for is owed back."""
    PERIOD_ALLOTTED = "period_allotted"
    """A resolution allots rent, a dividend or a patronage refund."""
    TRACED = "traced"
    """Trace book: a sale line traces to households."""
    TRACE_RETURNED = "trace_returned"
    """Trace book: a refunded line traces back."""


SWEEPS = frozenset({PostingKind.CUSTODIAN_SWEEP, PostingKind.PAYOUT_CONFIRMED})
"""The only kinds that may move money from one custodian to another."""


@dataclass(frozen=True, slots=True)
class Line:
    """One signed amount on one account: debit positive, credit negative, in fen."""

    account_code: str
    minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A transaction to be posted; `key` makes it safe to post twice."""

    book: Book
    key: str
    kind: PostingKind
    effective_at: datetime
    """When it happened."""
    source: str
    """What it is about, such as `order:WL261122-7K3QXA-1`."""
    lines: Sequence[Line]
    reverses: str | None = None
    """The posting key of the transaction this one takes back, wholly or in part."""
    recorded_at: datetime | None = None
    """When it was booked; the database's clock when left out."""


@dataclass(frozen=True, slots=True)
class AccountClass:
    """What the chart says about an account code."""

    code: str
    book: Book
    kind: AccountKind
    normal: Side
    guarded: bool
    """A guarded account never passes zero on its normal side."""
    custodian: str | None
    """Who holds the money of an asset account."""
    owner: str | None
    """Whom the amount belongs to, such as `hh:H0001`."""
