"""A campaign has begun: what was paid before it is written down, once for every page.

Locks the campaigns whose beginning was not measured yet; two that measure do not meet.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from catalog import rules
from catalog import service as catalog
from catalog.values import NewCampaign
from households import queries as households
from households.rules.expected import Sold, expected_parts
from households.values import PartyKind
from kernel import policy
from kernel.clock import local_date
from kernel.errors import InvalidError
from orders import queries as order_queries
from orders.rules.pricing import struck_minor
from reporting import campaigns as reading
from reporting.campaigns import CampaignGood

DAYS_BACK = "struck_price_days"
"""Days before a campaign whose lowest deal may be struck through; without it nothing is."""
AT_ONCE = 50


def begin(session: Session, new: NewCampaign, *, actor: str, at: datetime) -> None:
    """Write a campaign; one that begins at once is measured at once.

    Raises what `catalog.service.begin_campaign` raises, and `InvalidError` for a price below
    what the goods on the shelf were bought for, where the seller would bear it.
    """
    catalog.begin_campaign(session, new, actor=actor, at=at)
    if new.seller_code is not None:
        for one in preview(session, new, at=at):
            if one.is_below_cost:
                raise InvalidError(
                    "campaign_below_cost", f"{one.good.code} costs more", code=one.good.code
                )
    measure(session, at=at)


@dataclass(frozen=True, slots=True)
class Preview:
    """One SKU of a campaign before it is published: what buyers would see, who would earn."""

    good: CampaignGood
    minor: int
    struck_minor: int | None
    """What might be struck through if it began now."""
    now_parts: Mapping[PartyKind, int]
    """What each kind of party gets of a pack today, in fen; empty without a contract."""
    then_parts: Mapping[PartyKind, int]
    borne_minor: int
    """What of today's price the platform pays in the buyer's place."""
    is_in_other: bool
    """Whether another campaign gives a price of it when this one begins."""

    @property
    def is_below_cost(self) -> bool:
        """Say whether it would be sold for less than it was bought for."""
        return self.good.is_below_cost(self.minor + self.borne_minor)


def preview(session: Session, new: NewCampaign, *, at: datetime) -> list[Preview]:
    """Return what a campaign would come to, SKU by SKU; nothing is written.

    A campaign of the platform leaves everybody's part as it is and is never below cost: it
    bears the difference. Raises `InvalidError` as
    `catalog.service.begin_campaign` does, `SkuNotFoundError` for an unknown SKU.
    """
    catalog.check_campaign(session, new)
    codes = list(new.skus)
    goods = reading.list_goods(session, codes, at=at)
    prices = rules.campaign_prices(new, {one.code: one.price_minor for one in goods.values()})
    begun = {one.sku_id: max(at, new.starts_at) for one in goods.values()}
    days = policy.list_in_force(session, [DAYS_BACK], on=local_date(at)).get(DAYS_BACK)
    lowest = (
        order_queries.list_lowest_deals(session, begun, days=int(days))
        if days is not None
        else {}
    )
    sellers = [new.seller_code] if new.seller_code else []
    terms = households.find_terms(session, sellers, on=local_date(at))
    agreed = terms.get(new.seller_code or "")
    others = reading.list_in_campaigns(session, codes, at=max(at, new.starts_at))

    def parts(good: CampaignGood, minor: int) -> Mapping[PartyKind, int]:
        if agreed is None:
            return {}
        sold = Sold(minor, good.is_of_households)
        return expected_parts([sold], agreed.terms, agreed.contract_version_id)

    return [
        Preview(
            good,
            prices[good.code],
            struck_minor(prices[good.code], lowest.get(good.sku_id)),
            parts(good, good.price_minor),
            parts(good, prices[good.code]),
            0 if new.seller_code else good.price_minor - prices[good.code],
            good.code in others,
        )
        for good in goods.values()
    ]


def measure(session: Session, *, at: datetime) -> int:
    """Look up the prices paid before campaigns that have begun; return how many there were.

    Repeating changes nothing: the days before a beginning do not change any more.
    """
    begun = catalog.lock_unmeasured(session, at=at, most=AT_ONCE)
    for campaign in begun:
        days = policy.list_in_force(session, [DAYS_BACK], on=local_date(campaign.starts_at))
        lowest = {}
        if DAYS_BACK in days:
            lowest = order_queries.list_lowest_deals(
                session,
                dict.fromkeys(campaign.sku_ids, campaign.starts_at),
                days=int(days[DAYS_BACK]),
            )
        catalog.record_before(session, campaign.code, lowest, at=at)
    return len(begun)
