"""Facts about orders that others react to after the commit."""

from dataclasses import dataclass

from kernel.facts import Fact, fact


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPaid(Fact):
    """A group was paid; its sellers may pack."""

    group_number: str


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderShipped(Fact):
    """A seller handed its part to the carrier."""

    order_number: str


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDelivered(Fact):
    """A seller's part arrived and was accepted; households have earned."""

    order_number: str


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRefunded(Fact):
    """A seller's part was refunded in full."""

    order_number: str
    refund_id: int


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingLate(Fact):
    """Goods sold before the harvest did not leave by the day that was promised."""

    order_number: str


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class LateCaptureBooked(Fact):
    """Money arrived for a closed order and is owed back."""

    group_number: str
    refund_id: int


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimMoved(Fact):
    """A claim was opened or took a step."""

    claim_id: int
    state: str


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class LotUnfit(Fact):
    """The buyer of an order is to be told that a lot of it is unfit, and what to do."""

    notice_id: int
