"""Words of money that comes by bank transfer: statement rows and what was decided on them."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class RowWord(StrEnum):
    """What was decided on money of one row of a bank statement."""

    MATCHED = "matched"
    """It belongs to an order that waits for it."""
    RELEASED = "released"
    """It was matched, and does not belong there after all."""
    RETURNED = "returned"
    """It was sent back to whoever had paid it."""


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One incoming payment as the bank's statement tells it."""

    row: int
    """Row 1 is the first after the headings."""
    reference: str
    """The bank's own number of the payment."""
    booked_on: date
    minor: int
    payer_name: str
    payer_account: str
    remark: str
    identity: str
    """SHA-256 of all of it: the same row in another file is the same payment."""


@dataclass(frozen=True, slots=True)
class LockedRow:
    """A statement row whose database row is locked."""

    row_id: int
    reference: str
    booked_on: date
    left_minor: int
    remark: str


@dataclass(frozen=True, slots=True)
class LockedRequest:
    """What one order group waits for by bank transfer; its attempt is locked."""

    group_number: str
    code: str
    amount_minor: int
    received_minor: int

    @property
    def due_minor(self) -> int:
        """Return what is still to come, in fen."""
        return self.amount_minor - self.received_minor


@dataclass(frozen=True, slots=True)
class TransferAccount:
    """The operator's account that buyers pay to."""

    holder: str
    bank: str
    number: str


@dataclass(frozen=True, slots=True)
class Decider:
    """Who decides on money, and why."""

    actor: str
    reason: str


@dataclass(frozen=True, slots=True)
class TransferRow:
    """What an order group waits for, as pages see it."""

    group_number: str
    code: str
    amount_minor: int
    received_minor: int
    opened_at: datetime
    expires_at: datetime
