"""Kinds of pledge and the frozen rows of pairings."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class PledgeKind(StrEnum):
    """What was promised."""

    PURCHASE = "purchase"
    INVESTMENT = "investment"
    DONATION = "donation"
    JOBS = "jobs"
    TRAINING = "training"


@dataclass(frozen=True, slots=True)
class PurchasedLine:
    """A paid or refunded line as a pledge sees it; a refund carries a negative amount."""

    order_line_id: int
    village_code: str | None
    township_code: str | None
    amount_minor: int


@dataclass(frozen=True, slots=True)
class PledgeRow:
    """A pledge with what has been drawn down."""

    pledge_id: int
    organisation_code: str
    organisation_name: str
    village_code: str | None
    village_name: str | None
    year: int
    kind: PledgeKind
    amount_minor: int
    drawn_minor: int


@dataclass(frozen=True, slots=True)
class PairingRow:
    """A pairing of a buyer with a village."""

    organisation_code: str
    organisation_name: str
    village_code: str
    village_name: str
    since: date
