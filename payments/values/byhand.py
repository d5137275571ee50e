"""Words of refunds that go back by bank transfer: why, and where they stand."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from payments.values.settlements import ReturnReason


class HandReason(StrEnum):
    """Why a refund goes by bank transfer."""

    WINDOW_PASSED = "window_passed"
    """The wallet takes nothing back after so many days."""
    FAILED = "failed"
    """The provider could not carry it out."""
    CAME_BY_BANK = "came_by_bank"
    """The money had come by bank transfer, or on terms."""


@dataclass(frozen=True, slots=True)
class BankAccount:
    """The account of a buyer a refund is transferred to."""

    holder: str
    bank: str
    number: str


BANK_SAYS = (
    ReturnReason.ACCOUNT_NOT_FOUND,
    ReturnReason.ACCOUNT_CLOSED,
    ReturnReason.NAME_DIFFERS,
    ReturnReason.BANK_FAULT,
    ReturnReason.OTHER,
)
"""Why a bank sends a transfer back."""


@dataclass(frozen=True, slots=True)
class BounceRow:
    """A transfer of a refund the bank sent back."""

    bank_reference: str
    reason: ReturnReason
    paid_at: datetime
    recorded_by: int
    at: datetime


@dataclass(frozen=True, slots=True)
class HandRow:
    """Where a refund by bank transfer stands; the account is masked outside of paying."""

    refund_id: int
    why: HandReason
    opened_at: datetime
    account: BankAccount | None
    given_at: datetime | None
    released_by: int | None
    released_at: datetime | None
    bank_reference: str | None
    paid_by: int | None
    paid_at: datetime | None
    bounces: tuple[BounceRow, ...] = ()
    """Transfers the bank sent back, the first one first."""
