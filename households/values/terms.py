"""What each model's contract says, as exact frozen values; rules/terms.py reads them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from households.values.contracts import ContractVersionId


class DividendMode(StrEnum):
    """How a guaranteed floor and a dividend come together."""

    GUARANTEE = "guarantee"
    """The greater of the two."""
    ADDITIVE = "additive"
    """The floor and the dividend on top."""


class TrustMode(StrEnum):
    """How far the owner leaves the asset to the operator (全托 / 半托 / 反托)."""

    FULL = "全托"
    HALF = "半托"
    REVERSE = "反托"


@dataclass(frozen=True, slots=True)
class PremiumInForce:
    """What a premium contract takes of a line's gross, and which version says so."""

    fund_bp: int
    contract_version_id: ContractVersionId


@dataclass(frozen=True, slots=True)
class ConsignmentTerms:
    """What a consignment share contract says, checked and exact.

    Fee and logistics are basis points of the gross; `ratios` divide the rest and sum to one.
    """

    fee_bp: int
    logistics_bp: int
    ratios: Mapping[str, Fraction]
    premium: PremiumInForce | None = None
    """The seller's premium for the village of origin, where one is in force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderTerms:
    """A purchase with a floor price: the higher of the floor and the market rule is paid."""

    floor_minor_per_kg: int
    max_weight_g: int | None = None
    """Beyond this over the whole contract only the market price is paid; None is unbounded."""
    premium_bp: int = 0
    """How much above market is paid, in basis points of it."""
    add_minor_per_kg: int = 0
    """How much above market is paid, as an amount; never together with `premium_bp`."""
    deposit_percent: int = 0
    """What of quantity times floor price is paid in advance when the contract begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuaranteedTerms:
    """A guaranteed floor with a share of profit: the greater of the two, or both."""

    principal_minor: int
    floor_rate_bp: int
    profit_share_bp: int
    mode: DividendMode = DividendMode.GUARANTEE
    after_floor: bool = False
    """Whether the dividend is on what profit exceeds the floor."""
    cap_rate_bp: int | None = None
    """The most that is paid in a year, in basis points of the principal (分红封顶)."""
    area_mu_x100: int = 0
    floor_minor_per_mu: int = 0
    """A floor by area besides the one by principal, for a year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EquityTerms:
    """Share cooperation: what reserve and collective leave of profit goes by shares."""

    reserve_bp: int
    collective_share_bp: int
    shares: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PatronageTerms:
    """Patronage: so much of the surplus by trade, the rest by capital."""

    refund_bp: int
    reserve_bp: int = 0
    capital: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class WageTerms:
    """Wages by the day, hour or piece; days may be halves."""

    day_rate_minor: int = 0
    hour_rate_minor: int = 0
    piece_rate_minor: int = 0
    pay_day: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class RentTerms:
    """Rent by area and day; it rises by `escalation_bp` with each full year of the contract."""

    area_mu_x100: int
    rent_minor_per_mu_year: int
    escalation_bp: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class InkindTerms:
    """Inputs on credit with buy-back: the inputs are withheld from what is delivered."""

    input_cost_minor: int
    buyback_minor_per_kg: int
    loss_share_bp: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PremiumTerms:
    """A part of each sale for a fund that a village holds."""

    fund_bp: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetTerms:
    """Income of assistance assets: households, public good and reserve."""

    household_bp: int
    public_bp: int
    reserve_bp: int
    principal_minor: int = 0
    floor_rate_bp: int | None = None
    """What the asset brings at least a year, within the policy band."""
    beneficiaries: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliefworkTerms:
    """Relief work: the least part of the subsidy that goes into pay."""

    subsidy_minor: int
    special_fund: bool
    labour_bp: int | None = None
    """What the contract promises; the policy floor where it says nothing."""
    day_rate_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustTerms:
    """An asset run by an operator: a floor and a share of profit on top."""

    floor_minor: int
    share_bp: int
    mode: TrustMode = TrustMode.FULL
