"""The words of attribution: parties, stages, shares, postings."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from households.values.contracts import ContractVersionId, IncomeClass
from households.values.register import HouseholdId
from households.values.terms import ConsignmentTerms


class PartyKind(StrEnum):
    """Who may hold an entitlement."""

    HOUSEHOLD = "household"
    COOPERATIVE = "cooperative"
    VILLAGE = "village"
    PLATFORM = "platform"
    LOGISTICS = "logistics"


class IssueKind(StrEnum):
    """How packs of a purchased lot went out."""

    SOLD = "sold"
    WRITTEN_OFF = "written_off"


class Stage(StrEnum):
    """How far an entitlement has come; only earned counts as income."""

    EXPECTED = "expected"
    EARNED = "earned"
    REVERSED = "reversed"


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one household put into a lot: grams, and the grade factor in percent."""

    household_id: HouseholdId
    weight_g: int
    grade_percent: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class LotShare:
    """One lot's part in an order line, in grams or pieces, with its contributors."""

    lot_id: int
    quantity: int
    contributions: Sequence[Contribution]
    cooperative_code: str
    village_code: str
    logistics_code: str
    bought: Fraction = Fraction(0)
    """The part of it that was paid for when it came in: its money is the cooperative's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineShare:
    """One paid order line ready to be attributed under one contract version."""

    order_line_id: int
    gross_minor: int
    contract_version_id: ContractVersionId
    terms: ConsignmentTerms
    lots: Sequence[LotShare]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The part of one lot in one line that belongs to one party."""

    order_line_id: int
    lot_id: int
    party_kind: PartyKind
    party_code: str
    contract_version_id: ContractVersionId
    weight: int
    """Basis points, a ratio over the common denominator, or grams × grade percent."""
    minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Remaining:
    """What is left of one entitlement before a refund, in fen."""

    entitlement_id: int
    lot_id: int
    party_kind: PartyKind
    party_code: str
    minor: int


@dataclass(frozen=True, slots=True)
class Traced:
    """What of a line leads to one household, in the class its contract counts it in."""

    household_id: HouseholdId
    income_class: IncomeClass
    minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LinePosting:
    """What one order line moves in the ledger: signed fen by account, debit positive."""

    order_line_id: int
    minor: int
    """The fen of the line that moved, always positive."""
    amounts: Sequence[tuple[str, int]]
    """Account code and signed fen, ready to stand against the line's prepaid money."""
    traced: Sequence[Traced] = ()
    """The households' part of it once more, for the trace book."""
