"""The words of period closes: states, decisions, what an allotment rests on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, NewType

from households.values.contracts import ContractVersionId, LinkageModel
from households.values.entitlements import PartyKind
from households.values.register import HouseholdId

AllotmentId = NewType("AllotmentId", int)


class AllotmentState(StrEnum):
    """How far an allotment has come; the last four are never left."""

    DRAFT = "draft"
    RESOLVED = "resolved"
    ON_NOTICE = "on_notice"
    FINAL = "final"
    OBJECTED = "objected"
    """An objection was upheld; nothing is paid, a new allotment has to be drawn up."""
    WITHDRAWN = "withdrawn"


CLOSED = frozenset({AllotmentState.FINAL, AllotmentState.OBJECTED, AllotmentState.WITHDRAWN})
"""States in which nothing of an allotment can change any more."""


class AllotmentSource(StrEnum):
    """Which money of the payer is divided."""

    OWN = "own"
    """What the payer has earned or will pay in."""
    VILLAGE = "village"
    """The village's shares of sales, which are nobody's income before this."""
    FUND = "fund"
    """The village's assistance fund."""


class ResolutionBody(StrEnum):
    """Who decided."""

    MEMBERS_MEETING = "members_meeting"
    VILLAGE_ASSEMBLY = "village_assembly"
    BOARD = "board"
    PAYROLL = "payroll"
    """A second person approved a payroll or a rent list; nobody votes on it."""


class ObjectionOutcome(StrEnum):
    """What became of an objection."""

    OPEN = "open"
    REJECTED = "rejected"
    UPHELD = "upheld"


WITHOUT_NOTICE = frozenset({LinkageModel.WAGE, LinkageModel.RELIEFWORK, LinkageModel.RENT})
"""Models a second person approves: the contract leaves nothing to vote on."""

ALLOTTED = frozenset(
    {
        *WITHOUT_NOTICE,
        LinkageModel.GUARANTEED,
        LinkageModel.EQUITY,
        LinkageModel.PATRONAGE,
        LinkageModel.ASSET,
        LinkageModel.TRUST,
    }
)
"""Models that are paid by the period."""

VILLAGE_MODELS = frozenset({LinkageModel.ASSET, LinkageModel.EQUITY})
"""Models under which a village's share or fund may be divided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAllotment:
    """A period close as it is drawn up: whose contracts, which days, which declared figures."""

    organisation_code: str
    model: LinkageModel
    period_from: date
    period_to: date
    proposed_by: str
    contract_code: str | None = None
    """One contract with many households; left out for all contracts with one household."""
    source: AllotmentSource = AllotmentSource.OWN
    basis: Mapping[str, Any] = field(default_factory=dict)
    """Declared figures by name, such as `surplus_minor`."""
    reverses_code: str | None = None
    """The final allotment this one takes the place of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendance:
    """What one household worked in the period."""

    household_id: HouseholdId
    half_days: int = 0
    hours: int = 0
    pieces: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDocument:
    """A paper that proves a resolution."""

    title: str
    file_name: str
    media_type: str
    content: bytes
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AllotmentShare:
    """What one party is to receive, with the figures it was worked out from."""

    party_kind: PartyKind
    party_code: str
    contract_version_id: ContractVersionId
    weight: int
    minor: int
    working: Mapping[str, Any]
    """Plain figures by name; together with the contract they give `minor` again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Working:
    """A whole allotment worked out: its shares, and figures all shares have in common."""

    shares: Sequence[AllotmentShare]
    common: Mapping[str, Any]

    @property
    def total_minor(self) -> int:
        """Return what is allotted in all."""
        return sum(share.minor for share in self.shares)


@dataclass(frozen=True, slots=True, kw_only=True)
class AllotmentPosting:
    """What an allotment moves in the ledger, as signed fen by account."""

    code: str
    payer_code: str
    payer_account: str
    minor: int
    credits: Sequence[tuple[str, int]]
    """Account code and negative fen."""
    reverses_code: str | None
    taken_back: Sequence[tuple[str, int]]
    """Account code and positive fen of the allotment whose place this one takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodContract:
    """One version of one contract that holds on some day of a period."""

    contract_code: str
    version_id: ContractVersionId
    model: LinkageModel
    household_id: HouseholdId | None
    terms: Mapping[str, Any]
    effective_from: date
    effective_to: date | None
    contract_from: date
    """First day of the contract's first version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """Everything a period close is worked out from."""

    model: LinkageModel
    period_from: date
    period_to: date
    contracts: Sequence[PeriodContract]
    """In the order of contract and version."""
    basis: Mapping[str, Any] = field(default_factory=dict)
    """Declared figures by name."""
    inputs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What each household worked."""
    members: Sequence[str] = ()
    beneficiaries: Mapping[str, int] = field(default_factory=dict)
    """Persons by household, as the register has it on the day of the decision."""
    traded: Mapping[str, int] = field(default_factory=dict)
    """What each household's deliveries and sales through the payer came to, in fen."""
    returned: Mapping[str, int] = field(default_factory=dict)
    carried: Mapping[str, int] = field(default_factory=dict)
    """What earlier returns took that the trade of the period before could not bear."""
    village_code: str = ""
    """The payer's village; without one its parts stay with the payer."""
    patronage_floor_bp: int = 0
    relief_floor_bp: int = 0
    relief_special_bp: int = 0
    paid_before_minor: int = 0
    """What earlier payrolls of the same relief-work project came to."""
