"""Facts about payments that others react to after the commit."""

from dataclasses import dataclass

from kernel.facts import Fact, fact


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentEventReceived(Fact):
    """A provider's message was stored and waits to be applied."""

    event_row_id: int


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptsToClose(Fact):
    """Nobody shall pay a group any more, and a provider still would take the money."""

    group_number: str


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRequested(Fact):
    """A refund is owed and waits to be sent to its provider."""

    refund_id: int


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementApproved(Fact):
    """Two people approved a settlement; its file for the bank is to be written."""

    batch_code: str


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutCodeRequested(Fact):
    """A household asked for the code that acknowledges a payment; it is to be sent."""

    code_id: int


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class TransferChosen(Fact):
    """A buyer wants to pay by bank transfer; the account and the code are to be written."""

    group_number: str


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class BillIssued(Fact):
    """An order on terms was delivered; its bill is to be sent."""

    order_number: str


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class BillReminded(Fact):
    """An open bill is due soon, or overdue; its buyer is to be told."""

    order_number: str
    day: int
    """Counted from the due day; below zero before it."""


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class RefundAccountNeeded(Fact):
    """A refund goes by bank transfer; its buyer is asked for an account."""

    refund_id: int
