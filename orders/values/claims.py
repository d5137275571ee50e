"""States and frozen values of what buyers ask for after a sale."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from payments.values import Bearer


class ClaimKind(StrEnum):
    """What a buyer asks for."""

    CANCEL = "cancel"
    """Goods that are not packed yet shall not come."""
    RETURN = "return"
    """Goods go back within the days of their category."""
    SPOILED = "spoiled"
    """Fresh goods arrived spoiled; they are paid for by grade and not sent back."""
    EXCHANGE = "exchange"
    """Damaged or wrong goods; the same goods are sent once more, at no charge."""


class ClaimCause(StrEnum):
    """Why a buyer asks."""

    NO_REASON = "no_reason"
    """None is needed."""
    SPOILED = "spoiled"
    DAMAGED = "damaged"
    WRONG_GOODS = "wrong_goods"
    NOT_AS_DESCRIBED = "not_as_described"


class FreightBearer(StrEnum):
    """Who pays the carrier for goods that go back."""

    BUYER = "buyer"
    SELLER = "seller"


class Condition(StrEnum):
    """How returned goods were found."""

    INTACT = "intact"
    USED = "used"


class ClaimState(StrEnum):
    """Where a claim stands."""

    REQUESTED = "requested"
    OFFERED = "offered"
    """The seller offers to pay part of it; the buyer's word is awaited."""
    AWAITING_RETURN = "awaiting_return"
    """The seller agreed; the goods are to come back."""
    IN_RETURN = "in_return"
    """The buyer handed the goods to a carrier and told the number."""
    RETURN_RECEIVED = "return_received"
    SETTLED = "settled"
    """The money is owed back to the buyer."""
    EXCHANGED = "exchanged"
    """The money of the packs paid an order of the same goods, which are on their way."""
    REJECTED = "rejected"
    DISPUTED = "disputed"
    """The buyer does not accept the seller's word; the platform decides."""
    DISMISSED = "dismissed"
    """The platform decided against the buyer."""
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    """The buyer did not send the goods back in time."""


@dataclass(frozen=True, slots=True)
class ClaimTerms:
    """The dated numbers of claims in force on one day."""

    hours: Mapping[str, int]
    """Until how many hours after delivery goods of a storage class may be claimed spoiled."""
    return_days: Mapping[str, int]
    """Until how many days after delivery goods of a category may go back."""
    grades: tuple[int, ...]
    """What percent of the price may be paid for spoiled packs."""
    auto_minor: int
    """Up to what a claim is granted at once, in fen; 0 for never."""
    auto_month_minor: int
    """Up to what all claims of one buyer in one month are granted at once, in fen."""
    exchange_days: int = 0
    """Until how many days after delivery other than fresh goods may be exchanged; 0 never."""
    freight: Mapping[str, FreightBearer] = field(default_factory=dict)
    """Who pays for sending goods back, by cause."""
    waits: Mapping[str, int] = field(default_factory=dict)
    """How many hours a claim may stand in a state before the clock decides."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture as it is kept: encoded anew, without what the camera noted down."""

    jpeg: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewClaim:
    """A claim to be written; its lines are checked and valued already."""

    order_number: str
    kind: ClaimKind
    key: str
    """Names the claim: the same key twice is one claim."""
    words: str
    percent: int
    """What of the packs' price is asked for."""
    bearer: Bearer
    person_id: int | None
    lines: tuple["ClaimLineHead", ...]
    photos: tuple[Photo, ...] = ()
    cause: ClaimCause = ClaimCause.NO_REASON
    freight_bearer: FreightBearer | None = None
    """Who pays for sending the goods back, where they go back."""
    due_at: datetime | None = None
    """Until when the seller may answer."""


@dataclass(frozen=True, slots=True)
class ClaimLineHead:
    """Packs of one line a claim is about, and what they come to."""

    order_line_id: int
    packs: int
    minor: int
    """Fen of the line's gross that are asked for."""


@dataclass(frozen=True, slots=True)
class ClaimHead:
    """The facts of a locked claim a workflow decides by."""

    claim_id: int
    order_number: str
    kind: ClaimKind
    state: ClaimState
    percent: int
    bearer: Bearer
    person_id: int | None
    offered_percent: int | None
    due_at: datetime | None
    lines: tuple[ClaimLineHead, ...]

    @property
    def minor(self) -> int:
        """Return what is asked for, in fen of the gross."""
        return sum(line.minor for line in self.lines)


@dataclass(frozen=True, slots=True)
class ClaimStep:
    """One step of a claim: whereto, by whom, why, when, and until when the next is due."""

    state: ClaimState
    actor: str
    reason: str
    at: datetime
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Waybill:
    """Under which number of which carrier goods travel back."""

    carrier: str
    number: str
