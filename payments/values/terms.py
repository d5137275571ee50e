"""Words of selling on terms: credit lines, what is left of them, bills and their days."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class LineVerdict(StrEnum):
    """What the second person said of a proposed credit line."""

    APPROVED = "approved"
    REFUSED = "refused"


class TermsRefusal(StrEnum):
    """Why an organisation cannot buy on terms now."""

    NO_LINE = "no_line"
    """No approved line is in force."""
    OVERDUE = "overdue"
    """A bill is overdue beyond the days of grace."""
    SHORT = "short"
    """The line has less left than the order costs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLine:
    """A credit line as the first person proposes it."""

    organisation_code: str
    amount_minor: int
    days: int
    """Within how many days after delivery a bill is due."""
    valid_from: date
    valid_until: date | None
    """Last day of validity; empty while nobody has ended it."""
    reason: str


@dataclass(frozen=True, slots=True)
class LineRow:
    """A credit line as pages see it."""

    line_id: int
    organisation_code: str
    amount_minor: int
    days: int
    valid_from: date
    valid_until: date | None
    reason: str
    proposed_by: int
    proposed_at: datetime
    verdict: LineVerdict | None
    decided_by: int | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where an organisation stands with its credit on a day."""

    organisation_code: str
    limit_minor: int
    """The amount of the line in force; 0 without one."""
    used_minor: int
    """What orders under way and open bills take of it."""
    days: int
    line_id: int | None
    valid_until: date | None
    locked_since: date | None
    """The due day of the bill that locks further orders, if one does."""

    @property
    def left_minor(self) -> int:
        """Return what may still be ordered, in fen; never below zero."""
        return max(self.limit_minor - self.used_minor, 0)

    def refusal(self, minor: int) -> TermsRefusal | None:
        """Say why an order of so many fen cannot be on terms; None when it can."""
        if self.line_id is None:
            return TermsRefusal.NO_LINE
        if self.locked_since is not None:
            return TermsRefusal.OVERDUE
        return TermsRefusal.SHORT if minor > self.left_minor else None


@dataclass(frozen=True, slots=True)
class SaleRow:
    """An order group that was placed on terms."""

    group_number: str
    organisation_code: str
    code: str
    """What the payer writes into the transfer."""
    amount_minor: int
    days: int
    at: datetime


@dataclass(frozen=True, slots=True)
class BillRow:
    """What is owed for one delivered order on terms."""

    order_number: str
    group_number: str
    organisation_code: str
    amount_minor: int
    paid_minor: int
    reduced_minor: int
    """What refunds took off it."""
    issued_at: datetime
    due_on: date
    code: str

    @property
    def open_minor(self) -> int:
        """Return what is still owed, in fen."""
        return self.amount_minor - self.paid_minor - self.reduced_minor
