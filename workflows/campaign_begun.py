"""A campaign has begun: what was paid before it is written down, once for every page.

Locks the campaigns whose beginning was not measured yet; two that measure do not meet.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.values import NewCampaign
from kernel import policy
from kernel.clock import local_date
from orders import queries as order_queries

DAYS_BACK = "struck_price_days"
"""Days before a campaign whose lowest deal may be struck through; without it nothing is."""
AT_ONCE = 50


def begin(session: Session, new: NewCampaign, *, actor: str, at: datetime) -> None:
    """Write a campaign; one that begins at once is measured at once.

    Raises what `catalog.service.begin_campaign` raises.
    """
    catalog.begin_campaign(session, new, actor=actor, at=at)
    measure(session, at=at)


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
