"""What the packs of a product cost now: tiers, campaigns, and what may be struck through."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from catalog.listing.product import OfferRow
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
from shop.security import find_person_id


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
    inside: Mapping[str, int]
    """What of a box's price falls to each of its parts, in fen; empty for everything else."""
    weighing: WeighTerms | None = None
    """The terms of goods sold by weight; the price is that of a piece as heavy as expected."""
    first_minor: int = 0
    """What such a piece is charged at until it is weighed."""


def read(
    session: Session, offers: Sequence[OfferRow], *, extra_percent: int, at: datetime
) -> dict[str, Offered]:
    """Return what one pack of each SKU costs whoever looks, in one statement."""
    codes = {offer.code for offer in offers}
    wanted = codes.union(*(offer.parts for offer in offers))
    lines = order_queries.list_wanted(
        session,
        dict.fromkeys(wanted, 1),
        on=local_date(at),
        asked=Asked(at, find_person_id()),
    )
    held = {line.sku_code: line for line in lines}
    priced = [pricing.price_line(line) for line in lines if line.sku_code in codes]
    return {
        line.sku_code: _by_weight(_offered(line, held), line, extra_percent) for line in priced
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


def _offered(line: QuotedLine, held: dict[str, QuotedLine]) -> Offered:
    sold = pricing.unbox(line, held) if line.offers.parts else [line]
    minor = sum(one.payable_minor for one in sold)
    by_weight = not line.is_by_volume
    campaign = _campaign(line)
    return Offered(
        minor=minor,
        base_minor=sum(one.gross_minor for one in sold),
        per_jin_minor=price_per_jin(minor, line.net_weight_g) if by_weight else None,
        struck_minor=pricing.struck_minor(minor, campaign.before_minor) if campaign else None,
        campaign=campaign,
        presale=line.presale,
        presale_left=line.available if line.presale else 0,
        tiers=tuple(sorted(line.offers.tiers, key=lambda one: one.from_quantity)),
        parts=tuple((held[code], packs) for code, packs in line.offers.parts),
        inside={one.sku_code: one.gross_minor for one in sold if one.bundle},
    )
