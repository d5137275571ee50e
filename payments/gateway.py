"""What every payment provider must be able to do."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from payments.values import AttemptReading, Provider, Reading, RefundReading


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutLine:
    """One line of the page on which the buyer pays."""

    name: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutOrder:
    """What a provider is asked to collect."""

    group_number: str
    attempt: int
    """Counts the attempts of a group from 1; with the group it names this one for ever."""
    amount_minor: int
    title: str
    """What the buyer reads on the page where several lines cannot be shown."""
    return_url: str
    cancel_url: str
    expires_at: datetime | None = None
    """When the provider closes the attempt; None where it has no such time."""
    locale: str = "zh_CN"
    lines: tuple[CheckoutLine, ...] = ()

    @property
    def key(self) -> str:
        """Return the key under which the same attempt is opened once."""
        return checkout_key(self.group_number, self.attempt)


def checkout_key(group_number: str, attempt: int) -> str:
    """Return the key of an attempt; also its reference until the provider gives it one."""
    return f"order:{group_number}:attempt:{attempt}"


@dataclass(frozen=True, slots=True)
class Checkout:
    """Where to send the buyer, and the provider's reference of the attempt."""

    reference: str
    url: str
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundOrder:
    """What a provider is asked to pay back."""

    refund_id: int
    intent: str
    """The provider's number of the money that was paid."""
    amount_minor: int
    tries: int
    """Counts the orders for one refund from 1."""
    at: datetime

    @property
    def key(self) -> str:
        """Return the key under which the same try is ordered once."""
        return f"refund:{self.refund_id}:try:{self.tries}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message that proved to come from the provider: what happened to which object."""

    event_id: str
    kind: str
    reference: str
    """Of the object it is about."""
    is_ours: bool
    """Whether it names our account and the mode, test or live, we run in."""
    payload: Mapping[str, Any]


class Gateway(Protocol):
    """One provider; methods talk to the outside and are never called inside a transaction.

    What is asked for is repeated as often as needed: the same key never moves money twice.
    Every method raises `GatewayAwayError` when the provider does not answer and
    `GatewayRefusedError` when it will not do what it is asked.
    """

    provider: Provider

    def open_checkout(self, order: CheckoutOrder) -> Checkout:
        """Open an attempt and say where the buyer pays."""
        ...

    def fetch(self, reference: str, *, at: datetime) -> AttemptReading | None:
        """Ask what became of an attempt; None where the provider knows no such attempt."""
        ...

    def close(self, reference: str, *, at: datetime) -> AttemptReading | None:
        """Make sure an attempt cannot be paid any more, and say where it stands now.

        One that was paid, or is being paid, stays as it is and is told so.
        """
        ...

    def refund(self, order: RefundOrder) -> RefundReading:
        """Order a refund."""
        ...

    def read_message(self, body: bytes, signature: str, *, at: datetime) -> Message:
        """Check that raw bytes come from the provider; raises `MessageRefusedError`."""
        ...

    def look_up(self, kind: str, reference: str, *, at: datetime) -> Reading | None:
        """Ask for the object a message is about, as it stands now.

        None where the provider knows no such object. Raises `LookupError` for a kind of
        message that moves nothing here.
        """
        ...

    def list_messages(self, *, since: datetime) -> Iterator[Message]:
        """Tell again what happened since a moment, whether it was delivered or not."""
        ...
