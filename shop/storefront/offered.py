"""What the packs of a product cost now: tiers, campaigns, and what may be struck through."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from kernel import policy
from kernel.clock import local_date
from kernel.quantity import price_per_jin
from orders import queries as order_queries
from orders.queries import Asked
from orders.rules import pricing, weighing
from orders.values import (
    CampaignPrice,
    PresaleRef,
    QuotedLine,
    Reduction,
    ReductionKind,
    TierPrice,
    WeighTerms,
)
from shop.security import find_actor
from workflows.checkout import WEIGHED_EXTRA

DAYS_BACK = "struck_price_days"
"""Days before a campaign whose lowest deal may be struck through; without it nothing is."""


@dataclass(frozen=True, slots=True)
class Offered:
    """The price of one pack as it stands on the page."""

    minor: int
    """What one pack costs now."""
    base_minor: int
    """What of it is divided among those behind the goods."""
    per_jin_minor: int | None
    struck_minor: int | None
    """The lowest price of the days before the campaign, where that is higher."""
    campaign: CampaignPrice | None
    tiers: tuple[TierPrice, ...]
    presale: PresaleRef | None
    """Out of which presale packs are promised; empty for goods on hand."""
    presale_left: int
    parts: tuple[tuple[QuotedLine, int], ...]
    """What a gift box holds, with packs of each."""
    weighing: WeighTerms | None = None
    """The terms of goods sold by weight; the price is that of a piece as heavy as expected."""
    first_minor: int = 0
    """What such a piece is charged at until it is weighed."""

    @property
    def boxes(self) -> int:
        """Return how many gift boxes the shelf makes; 0 for everything else."""
        return min((line.available // packs for line, packs in self.parts), default=0)


def read(session: Session, codes: Sequence[str], *, at: datetime) -> dict[str, Offered]:
    """Return what one pack of each SKU costs whoever looks; at most five statements."""
    actor = find_actor()
    asked = Asked(at, actor.person_id if actor else None)
    on = local_date(at)
    lines = order_queries.list_wanted(session, dict.fromkeys(codes, 1), on=on, asked=asked)
    priced = [pricing.price_line(line) for line in lines]
    begun = {
        line.sku_id: campaign.starts_at
        for line in priced
        if (campaign := _campaign(line)) is not None and campaign.starts_at is not None
    }
    lowest: dict[int, int] = {}
    days = policy.list_in_force(session, [DAYS_BACK], on=on).get(DAYS_BACK) if begun else None
    if days is not None:
        lowest = order_queries.list_lowest_deals(session, begun, days=int(days))
    inside = {code: 1 for line in priced for code, _ in line.offers.parts}
    held = {
        line.sku_code: line
        for line in (order_queries.list_wanted(session, inside, on=on) if inside else ())
    }
    extra = 0
    if any(line.piece_range for line in priced):
        found = policy.list_in_force(session, [WEIGHED_EXTRA], on=on)
        extra = int(found.get(WEIGHED_EXTRA, 0))
    return {
        line.sku_code: _by_weight(_offered(line, lowest.get(line.sku_id), held), line, extra)
        for line in priced
    }


def _by_weight(offered: Offered, line: QuotedLine, extra_percent: int) -> Offered:
    charged = weighing.charge(line, extra_percent)
    return replace(offered, weighing=charged.weighing, first_minor=charged.payable_minor)


def _campaign(line: QuotedLine) -> CampaignPrice | None:
    """Return the campaign whose price holds for a line, the platform's before the seller's."""
    causes: list[Reduction] = [
        one for one in line.reductions if one.kind is ReductionKind.CAMPAIGN
    ]
    if not causes:
        return None
    return next(one for one in line.offers.campaigns if one.code == causes[-1].code)


def _offered(line: QuotedLine, lowest: int | None, held: dict[str, QuotedLine]) -> Offered:
    minor = line.payable_minor
    by_weight = not line.is_by_volume
    return Offered(
        minor=minor,
        base_minor=line.unit_price_minor,
        per_jin_minor=price_per_jin(minor, line.net_weight_g) if by_weight else None,
        struck_minor=pricing.struck_minor(minor, lowest),
        campaign=_campaign(line),
        presale=line.presale,
        presale_left=line.available if line.presale else 0,
        tiers=tuple(sorted(line.offers.tiers, key=lambda one: one.from_quantity)),
        parts=tuple((held[code], packs) for code, packs in line.offers.parts),
    )
