"""The words of the domain: categories, models, parties, stages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import NewType

HouseholdId = NewType("HouseholdId", str)
ContractVersionId = NewType("ContractVersionId", int)

BASIS_POINTS = 10_000


class HouseholdCategory(StrEnum):
    """The category of a household in the register; its history is kept."""

    GENERAL = "general"
    LIFTED = "lifted"
    UNSTABLE_LIFTED = "unstable_lifted"
    BORDERLINE = "borderline"
    SUDDEN_DIFFICULTY = "sudden_difficulty"


OFFICIAL_TERMS: Mapping[str, HouseholdCategory] = MappingProxyType(
    {
        "一般农户": HouseholdCategory.GENERAL,
        "脱贫户": HouseholdCategory.LIFTED,
        "脱贫不稳定户": HouseholdCategory.UNSTABLE_LIFTED,
        "边缘易致贫户": HouseholdCategory.BORDERLINE,
        "突发严重困难户": HouseholdCategory.SUDDEN_DIFFICULTY,
    }
)
"""The official term of each category, as registers and returns write it."""

MONITORED = frozenset(
    {
        HouseholdCategory.UNSTABLE_LIFTED,
        HouseholdCategory.BORDERLINE,
        HouseholdCategory.SUDDEN_DIFFICULTY,
    }
)
"""The three categories monitored against a return to poverty."""


class IncomeClass(StrEnum):
    """The four income classes of the household survey."""

    WAGE = "wage"
    OPERATING = "operating"
    PROPERTY = "property"
    TRANSFER = "transfer"


class LinkageModel(StrEnum):
    """The twelve models of benefit linkage."""

    ORDER = "ORDER"
    GUARANTEED = "GUARANTEED"
    EQUITY = "EQUITY"
    PATRONAGE = "PATRONAGE"
    WAGE = "WAGE"
    RENT = "RENT"
    INKIND = "INKIND"
    CONSIGN = "CONSIGN"
    PREMIUM = "PREMIUM"
    ASSET = "ASSET"
    RELIEFWORK = "RELIEFWORK"
    TRUST = "TRUST"


INCOME_CLASS_OF: Mapping[LinkageModel, IncomeClass] = MappingProxyType(
    {
        LinkageModel.ORDER: IncomeClass.OPERATING,
        LinkageModel.GUARANTEED: IncomeClass.PROPERTY,
        LinkageModel.EQUITY: IncomeClass.PROPERTY,
        LinkageModel.PATRONAGE: IncomeClass.OPERATING,
        LinkageModel.WAGE: IncomeClass.WAGE,
        LinkageModel.RENT: IncomeClass.PROPERTY,
        LinkageModel.INKIND: IncomeClass.OPERATING,
        LinkageModel.CONSIGN: IncomeClass.OPERATING,
        LinkageModel.PREMIUM: IncomeClass.TRANSFER,
        LinkageModel.ASSET: IncomeClass.TRANSFER,
        LinkageModel.RELIEFWORK: IncomeClass.WAGE,
        LinkageModel.TRUST: IncomeClass.PROPERTY,
    }
)
"""The income class each model is counted in unless its contract says otherwise."""


class PartyKind(StrEnum):
    """Who may hold an entitlement."""

    HOUSEHOLD = "household"
    COOPERATIVE = "cooperative"
    VILLAGE = "village"
    PLATFORM = "platform"
    LOGISTICS = "logistics"


class Stage(StrEnum):
    """How far an entitlement has come; only earned counts as income."""

    EXPECTED = "expected"
    EARNED = "earned"
    REVERSED = "reversed"


class RiskStatus(StrEnum):
    """Whether a household is still monitored."""

    MONITORING = "monitoring"
    ELIMINATED = "eliminated"


@dataclass(frozen=True, slots=True)
class ConsignmentTerms:
    """What a consignment share contract says, checked and exact.

    Fee and logistics are basis points of the gross; `ratios` divide the rest and sum to one.
    """

    fee_bp: int
    logistics_bp: int
    ratios: Mapping[str, Fraction]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class LinePosting:
    """What one order line moves in the ledger: signed fen by account, debit positive."""

    order_line_id: int
    minor: int
    """The fen of the line that moved, always positive."""
    amounts: Sequence[tuple[str, int]]
    """Account code and signed fen, ready to stand against the line's prepaid money."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """A household's income of one year as the register has it, in fen."""

    year: int
    wage_minor: int
    operating_gross_minor: int
    operating_cost_minor: int
    property_minor: int
    transfer_minor: int
    medical_minor: int = 0

    @property
    def net_minor(self) -> int:
        """Return the year's net income: the four classes less operating cost."""
        return (
            self.wage_minor
            + self.operating_gross_minor
            - self.operating_cost_minor
            + self.property_minor
            + self.transfer_minor
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitoring:
    """That a household was recognised as at risk, and where that stands."""

    risk_type: str
    recognised_on: date
    status: RiskStatus
    eliminated_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHousehold:
    """A household to be registered, with what the register knows of it."""

    id: HouseholdId
    village_code: str
    members: int
    labour: int
    registered_on: date
    category: HouseholdCategory
    is_relocated: bool = False
    basis: str = ""
    """What the category rests on."""
    baselines: Sequence[Baseline] = ()
    monitoring: Sequence[Monitoring] = ()
    cooperative_codes: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who a household is; opened only for those who may, and never without a record of it."""

    name: str
    phone: str | None = None
    id_number: str | None = None
    bank_account: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewContract:
    """A linkage contract to be drawn up; without a household it binds all producers."""

    code: str
    organisation_code: str
    model: LinkageModel
    household_id: HouseholdId | None = None
    income_class: IncomeClass | None = None
    """The model's own class when left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TermLimits:
    """The policy numbers that bound what a contract may say."""

    patronage_floor_bp: int
    asset_rate_band_bp: tuple[int, int] | None = None
    """Lowest and highest floor rate of an asset contract, where a policy sets one."""
    payer_is_village: bool = False
    """Whether the paying organisation is itself the village collective."""
