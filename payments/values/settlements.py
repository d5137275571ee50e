"""States and words of settlements: periods, lines, batches, what the bank answers."""

from enum import StrEnum


class PeriodKind(StrEnum):
    """What a settlement gathers."""

    REGULAR = "regular"
    """Everything that is owed at the end of its period."""
    REISSUE = "reissue"
    """Only what the bank returned, once the account was looked after."""


class PeriodState(StrEnum):
    """How far a settlement has come; a refused proposal is closed again."""

    OPEN = "open"
    CLOSED = "closed"
    """The snapshot is taken and can no longer change."""
    PROPOSED = "proposed"
    APPROVED = "approved"
    """Two people have approved; the money is in flight in the books."""
    BATCHED = "batched"
    """The bank's file is written."""
    SUBMITTED = "submitted"
    ANSWERED = "answered"
    """The bank has answered for every line."""


class Decision(StrEnum):
    """What somebody decided about a proposed settlement."""

    APPROVED = "approved"
    REFUSED = "refused"


class PayeeKind(StrEnum):
    """Whom a line pays, and out of which kind of account."""

    HOUSEHOLD = "household"
    WAGE = "wage"
    """A household's wages."""
    COOPERATIVE = "cooperative"
    VILLAGE = "village"
    VILLAGE_FUND = "village_fund"
    LOGISTICS = "logistics"


class LineState(StrEnum):
    """Where one payee's money of a settlement stands."""

    READY = "ready"
    CARRIED = "carried"
    """Below the smallest amount that is paid out; stays owed for the next settlement."""
    HELD = "held"
    """Stays owed; the reason says why."""
    INFLIGHT = "inflight"
    """Approved and not yet answered by the bank."""
    PAID = "paid"
    RETURNED = "returned"
    """The bank sent it back; owed again until it is reissued."""
    REISSUED = "reissued"
    """Returned, and paid again by a later line."""


class HoldReason(StrEnum):
    """Why a payee's money is not paid out for now."""

    NO_ACCOUNT = "no_account"
    ERASED = "erased"
    """The household's identity was erased."""
    RETURNED = "returned"
    """The bank returned an earlier payment and nobody has looked after the account."""
    UNCOLLECTED = "uncollected"
    """All of it comes from allotments whose payer has not paid in yet."""
    RECOVERY = "recovery"
    """Refunds after the closing took what was owed."""
    BY_HAND = "by_hand"
    """Somebody holds it, for a dispute for example."""


class ReturnReason(StrEnum):
    """Why the bank, or the check before it, did not pay."""

    ACCOUNT_NOT_FOUND = "account_not_found"
    ACCOUNT_CLOSED = "account_closed"
    NAME_DIFFERS = "name_differs"
    ACCOUNT_INVALID = "account_invalid"
    """The recorded account cannot be written into the bank's file."""
    BANK_FAULT = "bank_fault"
    OTHER = "other"


class Outcome(StrEnum):
    """What the bank says about one line."""

    PAID = "paid"
    RETURNED = "returned"


class PayStage(StrEnum):
    """How far an entitlement has come, with payment: what pages and statements show."""

    EXPECTED = "expected"
    EARNED = "earned"
    PAYABLE = "payable"
    """Settled; the payment has not arrived yet."""
    PAID = "paid"
    REVERSED = "reversed"


class AcknowledgedBy(StrEnum):
    """Who says that a household has its money."""

    HOUSEHOLD = "household"
    CLERK = "clerk"


class FileFormat(StrEnum):
    """In which characters the bank's file is written; the columns are the same."""

    UTF8 = "utf8"
    GB18030 = "gb18030"
