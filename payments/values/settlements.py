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
    CANCELLED = "cancelled"
    """Two people took it back before the bank had it; everything is owed as before."""


class Decision(StrEnum):
    """What somebody decided about a proposed settlement."""

    APPROVED = "approved"
    REFUSED = "refused"


class CancelWord(StrEnum):
    """What somebody said about taking an approved settlement back."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    """By somebody else than who asked; the settlement is cancelled with it."""
    REFUSED = "refused"
    """By anybody, who asked included; the settlement goes on."""


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
    """The bank sent it back, at once or after it had paid; owed again until it is reissued."""
    REISSUED = "reissued"
    """Returned, and paid again by a later line."""
    CANCELLED = "cancelled"
    """Taken back with its settlement before the bank had it; owed for the next one."""


class HoldReason(StrEnum):
    """Why a payee's money is not paid out for now."""

    NO_ACCOUNT = "no_account"
    ERASED = "erased"
    """The household's identity was erased."""
    RETURNED = "returned"
    """The bank returned an earlier payment and nobody has looked after the account."""
    UNCOLLECTED = "uncollected"
    """All of it comes from allotments whose payer has not paid in yet."""
    DISPUTED = "disputed"
    """A buyer's bank took the money of sales it comes from, and has not decided yet."""
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
    NAME_UNWRITABLE = "name_unwritable"
    """The holder's name does not fit into the bank's file."""
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
    """How a file of the bank is written: a table in one of two encodings, or fixed columns."""

    UTF8 = "utf8"
    GB18030 = "gb18030"
    FIXED = "fixed"


class FileLayout(StrEnum):
    """What the operator's bank takes, as the dated setting `payout_file_layout` says."""

    TABLE = "table"
    """Comma-separated, in both encodings."""
    FIXED = "fixed"
    """Fixed columns in GB18030."""
