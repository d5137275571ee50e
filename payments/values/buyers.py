"""States and frozen values of payments and refunds."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

PaymentId = NewType("PaymentId", int)
RefundId = NewType("RefundId", int)


class Provider(StrEnum):
    """Who carries the money."""

    DEMO = "demo"
    STRIPE = "stripe"
    BANK_TRANSFER = "bank_transfer"
    EXCHANGE = "exchange"
    """Nobody: what is owed back for goods that are exchanged pays the same goods anew."""
    TERMS = "terms"
    """Nobody yet: an approved organisation owes it until its bill is paid."""


class PaymentState(StrEnum):
    """Where one attempt stands."""

    CREATED = "created"
    REQUIRES_ACTION = "requires_action"
    """The buyer stands in the wallet or before the code to scan."""
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    """The provider was refused the money; another try may still succeed."""
    CANCELED = "canceled"
    """Cancelled or past its time at the provider: nobody can pay it any more."""
    MISMATCH = "mismatch"
    """Money came, but not as it was asked for; a person decides."""
    LATE = "late"
    """Succeeded after the order was closed; refunded in full."""
    DUPLICATE = "duplicate"
    """Succeeded after another attempt had paid the order; refunded in full."""


class RefundState(StrEnum):
    """Where a refund stands; until it succeeded the money is owed."""

    REQUESTED = "requested"
    APPROVED = "approved"
    SUBMITTED = "submitted"
    """Ordered at the provider."""
    PENDING = "pending"
    """The provider works on it."""
    REQUIRES_ACTION = "requires_action"
    """The provider waits for the buyer."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    MANUAL_BANK = "manual_bank"
    """No way back through the provider: it is paid by bank transfer."""
    APPLIED = "applied"
    """It paid an order of the same goods; nothing goes back to the buyer."""


class DisputeState(StrEnum):
    """Where the buyer's complaint at the card's bank stands."""

    INQUIRY = "inquiry"
    """The bank asks; no money was moved."""
    WITHDRAWN = "withdrawn"
    """The bank took the money; the parties behind the goods are not paid out of it."""
    UNDER_REVIEW = "under_review"
    WON = "won"
    LOST = "lost"
    CLOSED = "closed"
    """An inquiry that ended without money being moved."""


class Bearer(StrEnum):
    """At whose cost a refund is."""

    SELLER = "seller"
    """The sale is taken back: whoever earned by it gives back their part."""
    CARRIER = "carrier"
    """The sale stands; the carrier pays for what it spoiled."""
    PLATFORM = "platform"
    """The sale stands; the platform pays out of goodwill."""


class EventStatus(StrEnum):
    """What became of a provider's message."""

    RECEIVED = "received"
    APPLIED = "applied"
    PARKED = "parked"
    """Nobody knows yet what it is about; it is tried again."""
    REFUSED = "refused"
    """It is not about our account; a person looks at it."""


class MisfitKind(StrEnum):
    """In what money or a message is not as agreed."""

    AMOUNT = "amount"
    CURRENCY = "currency"
    ORDER = "order"
    ACCOUNT = "account"
    LATE = "late"
    """The order was closed when the money came; it goes back by itself."""
    DUPLICATE = "duplicate"
    """The order was paid already; it goes back by itself."""
    UNMATCHED = "unmatched"
    """A message about something that is not known here and did not become known in time."""


class Remedy(StrEnum):
    """How a person settled a misfit."""

    APPLIED = "applied"
    """The exact part paid the order, the rest goes back."""
    REFUNDED = "refunded"
    NOTED = "noted"
    """There is no money to move; somebody has looked."""


MONEY_MISFITS = frozenset({MisfitKind.AMOUNT, MisfitKind.CURRENCY, MisfitKind.ORDER})
"""Kinds in which money waits until a person decides."""


@dataclass(frozen=True, slots=True)
class Capture:
    """The provider's word that an attempt succeeded."""

    provider: Provider
    reference: str
    group_number: str
    amount_minor: int
    currency: str
    at: datetime
    intent: str = ""
    """The provider's number of the money itself, where it differs from the attempt's."""

    @property
    def key(self) -> str:
        """Return the key under which the money is posted."""
        return f"pi:{self.intent or self.reference}:succeeded"


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """One attempt as pages see it."""

    id: int
    group_number: str
    provider: Provider
    reference: str
    state: PaymentState
    amount_minor: int
    created_at: datetime
    captured_at: datetime | None


@dataclass(frozen=True, slots=True)
class RefundRow:
    """One refund as pages see it."""

    id: int
    order_number: str | None
    state: RefundState
    amount_minor: int
    reason: str
    requested_at: datetime
    succeeded_at: datetime | None


@dataclass(frozen=True, slots=True)
class RefundPart:
    """What of a refund belongs to a line; no line means shipping."""

    order_line_id: int | None
    amount_minor: int
    """What is taken back of the line's gross, or of the shipping."""
    funded_minor: int = 0
    """What of it goes back to the platform, which had paid it in the buyer's place."""
