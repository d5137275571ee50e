"""States and frozen values of what buyers ask for after a sale."""

from collections.abc import Mapping
from dataclasses import dataclass
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


class ClaimState(StrEnum):
    """Where a claim stands."""

    REQUESTED = "requested"
    AWAITING_RETURN = "awaiting_return"
    """The seller agreed; the goods are to come back."""
    RETURN_RECEIVED = "return_received"
    SETTLED = "settled"
    """The money is owed back to the buyer."""
    REJECTED = "rejected"
    DISPUTED = "disputed"
    """The buyer does not accept the seller's word; the platform decides."""
    DISMISSED = "dismissed"
    """The platform decided against the buyer."""
    WITHDRAWN = "withdrawn"


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
    lines: tuple[ClaimLineHead, ...]

    @property
    def minor(self) -> int:
        """Return what is asked for, in fen of the gross."""
        return sum(line.minor for line in self.lines)


@dataclass(frozen=True, slots=True)
class ClaimStep:
    """One step of a claim: whereto, by whom, why, when."""

    state: ClaimState
    actor: str
    reason: str
    at: datetime
