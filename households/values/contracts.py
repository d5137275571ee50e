"""The words of linkage contracts: models, income classes, terms."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import NewType

from households.values.register import HouseholdId

ContractVersionId = NewType("ContractVersionId", int)


BASIS_POINTS = 10_000


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


FOR_ALL_PRODUCERS = frozenset({LinkageModel.CONSIGN, LinkageModel.PREMIUM})
"""Models that bind everybody who gives to the payer's lots, never one household."""


class VersionState(StrEnum):
    """Where a version of a contract stands on a day."""

    DRAFT = "draft"
    UPCOMING = "upcoming"
    IN_FORCE = "in_force"
    ENDED = "ended"


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
    relief_floor_bp: int | None = None
    """The least part of a subsidy that relief work pays out."""
    relief_special_bp: int | None = None
    """The same where special relief-work funds are used."""
    payer_is_village: bool = False
    """Whether the paying organisation is itself the village collective."""
