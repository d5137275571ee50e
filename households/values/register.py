"""The words of the register: categories, risks, baselines, identities."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import NewType

HouseholdId = NewType("HouseholdId", str)


class HouseholdCategory(StrEnum):
    """The category of a household in the register; its history is kept."""

    GENERAL = "general"
    LIFTED = "lifted"
    UNSTABLE_LIFTED = "unstable_lifted"
    BORDERLINE = "borderline"
    SUDDEN_DIFFICULTY = "sudden_difficulty"
    AT_RISK = "at_risk"
    """The one category that follows the three monitored ones from 2026 on."""


OFFICIAL_TERMS: Mapping[str, HouseholdCategory] = MappingProxyType(
    {
        "一般农户": HouseholdCategory.GENERAL,
        "脱贫户": HouseholdCategory.LIFTED,
        "脱贫不稳定户": HouseholdCategory.UNSTABLE_LIFTED,
        "边缘易致贫户": HouseholdCategory.BORDERLINE,
        "突发严重困难户": HouseholdCategory.SUDDEN_DIFFICULTY,
        "防止返贫致贫对象": HouseholdCategory.AT_RISK,
    }
)
"""The official term of each category, as registers and returns write it.

Which term holds on which day is dated data: the table `category_terms`.
"""


MONITORED = frozenset(
    {
        HouseholdCategory.UNSTABLE_LIFTED,
        HouseholdCategory.BORDERLINE,
        HouseholdCategory.SUDDEN_DIFFICULTY,
        HouseholdCategory.AT_RISK,
    }
)
"""The categories monitored against a return to poverty: three, one from 2026 on."""


class RiskStatus(StrEnum):
    """Whether a household is still monitored."""

    MONITORING = "monitoring"
    ELIMINATED = "eliminated"


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
    """Empty for a household whose identity was erased."""
    phone: str | None = None
    id_number: str | None = None
    bank_account: str | None = None
