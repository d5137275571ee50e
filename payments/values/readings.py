"""What a provider says of its own objects when it is asked, in our words."""

from dataclasses import dataclass
from datetime import datetime

from payments.values.buyers import (
    Capture,
    DisputeState,
    PaymentState,
    Provider,
    RefundState,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeReading:
    """What the provider kept of one movement of money."""

    reference: str
    minor: int
    """In fen, at the rate of the movement where the provider keeps books in other money."""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptReading:
    """Where an attempt stands at the provider."""

    provider: Provider
    reference: str
    group_number: str
    """The order it was opened for, as the provider remembers it."""
    attempt: int | None
    state: PaymentState
    """One of the provider's own: created, requires_action, processing, succeeded, failed,
    canceled."""
    amount_minor: int
    currency: str
    read_at: datetime
    is_ours: bool = True
    """Whether it happened in the mode, test or live, that we run in."""
    intent: str = ""
    captured_at: datetime | None = None
    failure_code: str = ""
    method: str = ""
    fee: FeeReading | None = None

    def capture(self) -> Capture:
        """Return the word that it succeeded."""
        return Capture(
            provider=self.provider,
            reference=self.reference,
            group_number=self.group_number,
            amount_minor=self.amount_minor,
            currency=self.currency,
            at=self.captured_at or self.read_at,
            intent=self.intent,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundReading:
    """Where a refund stands at the provider."""

    provider: Provider
    reference: str
    intent: str
    refund_id: int | None
    """Ours, as the provider remembers it; None for one that was not ordered here."""
    tries: int | None
    """Which order for it this is; None where the provider does not remember."""
    state: RefundState
    """One of pending, requires_action, succeeded, failed, canceled."""
    amount_minor: int
    currency: str
    at: datetime
    failure_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeReading:
    """Where a dispute stands at the provider."""

    provider: Provider
    reference: str
    intent: str
    state: DisputeState
    amount_minor: int
    currency: str
    opened_at: datetime
    withdrawn_at: datetime | None = None
    """When the money went; None while it did not."""
    reinstated_at: datetime | None = None
    fee_minor: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepReading:
    """What the provider paid out to the bank."""

    provider: Provider
    reference: str
    is_paid: bool
    is_failed: bool
    amount_minor: int
    currency: str
    at: datetime


Reading = AttemptReading | RefundReading | DisputeReading | SweepReading
