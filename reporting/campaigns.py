"""What a campaign would come to, before it is published: for pack after pack of its SKUs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Date, bindparam, text
from sqlalchemy.orm import Session

from catalog.listing.deals import RUNS
from catalog.listing.sellable import sellable_lot
from kernel.clock import local_date
from kernel.orm import UtcDateTime
from kernel.quantity import price_per_jin
from kernel.rows import fill

GOODS = text(f"""
    SELECT s.id, s.code, p.name, p.name_en, s.spec, s.price_minor, s.net_weight_g,
           coalesce(p.details ->> 'net_unit' = 'ml', false), shelf.cost_minor,
           coalesce(shelf.is_of_households, false)
    FROM skus s
    JOIN products p ON p.code = s.product_code
    LEFT JOIN LATERAL (
        SELECT max(ceil(cost.cost_minor::numeric / cost.packs))::bigint AS cost_minor,
               bool_or(EXISTS (SELECT FROM lot_contributions given WHERE given.lot_id = l.id))
                   AS is_of_households
        FROM lots l LEFT JOIN purchased_lots cost ON cost.lot_id = l.id AND cost.packs > 0
        WHERE l.sku_id = s.id AND {sellable_lot()}
    ) shelf ON true
    WHERE s.code = ANY (:codes)
    ORDER BY p.name, s.code
""").bindparams(  # noqa: S608 -- assembled from constants
    bindparam("at", type_=UtcDateTime()), bindparam("today", type_=Date)
)

OVERLAPPING = text(f"""
    SELECT DISTINCT s.code FROM campaign_skus cs
    JOIN campaigns c ON c.code = cs.campaign_code JOIN skus s ON s.id = cs.sku_id
    WHERE s.code = ANY (:codes) AND {RUNS}
""").bindparams(bindparam("at", type_=UtcDateTime()))  # noqa: S608 -- assembled from constants


@dataclass(frozen=True, slots=True)
class CampaignGood:
    """One SKU as a campaign would find it now."""

    sku_id: int
    code: str
    name: str
    name_en: str
    spec: str
    price_minor: int
    net_weight_g: int
    is_by_volume: bool
    cost_minor: int | None
    """What a pack of the dearest bought lot on the shelf cost; empty on consignment."""
    is_of_households: bool
    """Whether households in the register gave what is on the shelf."""

    def per_jin_minor(self, minor: int) -> int | None:
        """Return fen per 500 g at a price, or None for goods not sold by weight."""
        return None if self.is_by_volume else price_per_jin(minor, self.net_weight_g)

    def is_below_cost(self, minor: int) -> bool:
        """Say whether a price is below what the goods on the shelf were bought for."""
        return self.cost_minor is not None and minor < self.cost_minor


def list_goods(
    session: Session, codes: list[str], *, at: datetime
) -> Mapping[str, CampaignGood]:
    """Return SKUs with what their goods on the shelf cost; one statement."""
    rows = session.execute(GOODS, {"codes": codes, "at": at, "today": local_date(at)})
    found = (fill(CampaignGood, row) for row in rows)
    return {good.code: good for good in found}


def list_in_campaigns(session: Session, codes: list[str], *, at: datetime) -> set[str]:
    """Return which of these SKUs have a campaign at a moment; the lower price holds."""
    return set(session.scalars(OVERLAPPING, {"codes": codes, "at": at}))
