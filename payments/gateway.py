"""What every payment provider must be able to do."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from payments.values import Capture, Provider


@dataclass(frozen=True, slots=True)
class Checkout:
    """Where to send the buyer, and the provider's reference of the attempt."""

    reference: str
    url: str


@dataclass(frozen=True, slots=True)
class RefundAnswer:
    """What a provider said to an order to pay back."""

    reference: str
    is_final: bool
    """True when the money already arrived; otherwise a message follows."""


class Gateway(Protocol):
    """One provider; methods talk to the outside and are never called inside a transaction."""

    provider: Provider

    def open_checkout(
        self, group_number: str, *, amount_minor: int, return_url: str
    ) -> Checkout:
        """Open an attempt and say where the buyer pays."""
        ...

    def fetch(self, reference: str) -> Capture | None:
        """Ask the provider what became of an attempt; None while it is not paid."""
        ...

    def refund(
        self, reference: str, *, amount_minor: int, key: str, at: datetime
    ) -> RefundAnswer:
        """Order a refund under an idempotency key."""
        ...
