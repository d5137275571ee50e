"""What lowers a price: tiers, campaigns, coupons, gift boxes; and what it lowered."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from catalog.values import Funder
from orders.values.states import CouponScope


class ReductionKind(StrEnum):
    """Why a line costs less than its price."""

    TIER = "tier"
    CAMPAIGN = "campaign"
    BUNDLE = "bundle"
    COUPON = "coupon"


@dataclass(frozen=True, slots=True)
class Reduction:
    """What one cause takes off one line, and who bears it."""

    kind: ReductionKind
    code: str
    name: str
    name_en: str
    funder: Funder
    minor: int


@dataclass(frozen=True, slots=True)
class TierPrice:
    """What a pack costs from so many packs on."""

    from_quantity: int
    price_minor: int


@dataclass(frozen=True, slots=True)
class CampaignPrice:
    """What a pack costs in a campaign that runs now."""

    code: str
    name: str
    name_en: str
    funder: Funder
    price_minor: int
    ends_at: datetime
    left: int | None
    """Packs left at this price for this buyer; empty for as many as there are."""
    before_minor: int | None = None
    """The lowest price paid for a pack before it began; empty until that was looked up."""


@dataclass(frozen=True, slots=True)
class Offers:
    """Everything that may lower the price of one SKU now."""

    tiers: tuple[TierPrice, ...] = ()
    campaigns: tuple[CampaignPrice, ...] = ()
    parts: tuple[tuple[str, int], ...] = ()
    """SKU codes and packs a gift box is made of; empty for everything else."""


NO_OFFERS = Offers()


@dataclass(frozen=True, slots=True)
class BundleRef:
    """The gift box a line was bought in."""

    sku_id: int
    sku_code: str
    product_code: str
    category_code: str
    name: str
    name_en: str
    spec: str
    quantity: int
    """How many boxes."""


@dataclass(frozen=True, slots=True)
class CouponTerms:
    """What a coupon takes off of what; whether it may be used was asked before."""

    code: str
    name: str
    name_en: str
    funder: Funder
    seller_code: str | None
    amount_minor: int | None
    percent: int | None
    cap_minor: int | None
    min_spend_minor: int
    scope: CouponScope
    scope_code: str | None
    refused: str = ""
    """Why it may not be used now; empty when it may."""


@dataclass(frozen=True, slots=True)
class AppliedCoupon:
    """A coupon of a basket: what it takes off, or why it takes nothing off."""

    code: str
    name: str
    name_en: str
    funder: Funder
    minor: int
    refused: str = ""
    missing_minor: int = 0
    """What the goods cost too little for it, where that is the reason."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is no longer as the buyer saw it."""

    kind: str
    """price, quantity, amount, added, gone, coupon or shipping."""
    code: str
    name: str
    name_en: str
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCoupon:
    """A coupon to be made."""

    code: str
    name: str
    name_en: str = ""
    seller_code: str | None = None
    """The seller who bears it; empty when the platform does."""
    amount_minor: int | None = None
    percent: int | None = None
    cap_minor: int | None = None
    min_spend_minor: int = 0
    scope: CouponScope = CouponScope.ALL
    scope_code: str | None = None
    is_given: bool = False
    is_claimable: bool = False
    """Signed-in people may take it themselves; it is given then."""
    claim_limit: int | None = None
    starts_at: datetime
    ends_at: datetime
    total_limit: int | None = None
    limit_per_buyer: int | None = None
    budget_minor: int | None = None
    is_sample: bool = False

    @property
    def funder(self) -> Funder:
        """Return who bears it."""
        return Funder.PLATFORM if self.seller_code is None else Funder.SELLER
