"""The words of advances under purchase contracts: paid, netted against goods, closed."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from households.values.register import HouseholdId


class AdvanceMove(StrEnum):
    """What was done about an advance besides the goods that are netted against it."""

    PAID = "paid"
    """The contract came into force; the money is owed to the household."""
    RETURNED = "returned"
    """No goods came for it; the household gives it back out of what it is owed."""
    WAIVED = "waived"
    """No goods came for it; the household keeps it and the payer bears it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvanceNoted:
    """A move about the advance of one contract, as workflows book it."""

    contract_code: str
    organisation_code: str
    household_id: HouseholdId
    number: int
    """0 for the payment, then counting what was decided about the rest."""
    move: AdvanceMove
    minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """The advance of one contract over its whole life, in fen."""

    contract_code: str
    organisation_code: str
    organisation_name: str
    household_id: HouseholdId
    paid_at: datetime
    paid_minor: int
    netted_minor: int
    """What goods came for, less what was taken back of them."""
    returned_minor: int
    waived_minor: int

    @property
    def open_minor(self) -> int:
        """Return what no goods came for yet and nothing was decided about."""
        return self.paid_minor - self.netted_minor - self.returned_minor - self.waived_minor


@dataclass(frozen=True, slots=True)
class AdvanceClosing:
    """What was decided about the rest of an advance, and why."""

    contract_code: str
    move: AdvanceMove
    minor: int
    reason: str
    at: datetime
