"""Goods at the prices of campaigns that run or are to come, with the packs kept for them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, Date, String, bindparam, text
from sqlalchemy.orm import Session

from catalog.listing import filters
from catalog.listing.sellable import presale_open
from kernel.orm import UtcDateTime
from kernel.rows import fill_all

_DEALS = text(f"""
    SELECT c.code, c.name, c.name_en, c.funder = 'platform', c.starts_at, c.ends_at,
           c.limit_per_buyer, p.code, p.name, p.name_en, p.category_code, p.picture,
           s.code, s.spec, s.price_minor, cs.price_minor,
           CASE WHEN c.starts_at <= :at AND cs.before_minor > cs.price_minor
               THEN cs.before_minor END,
           cs.stock - cs.taken,
           coalesce(shelf.packs, 0)::int + coalesce(presale.packs, 0)::int,
           coalesce(had.packs, 0)::int, c.starts_at <= :at
    FROM campaigns c
    JOIN campaign_skus cs ON cs.campaign_code = c.code
    JOIN skus s ON s.id = cs.sku_id AND s.is_on_sale
    JOIN products p ON p.code = s.product_code
    LEFT JOIN LATERAL (
        SELECT sum(l.available) AS packs FROM lots l
        WHERE l.sku_id = s.id AND {filters.SELLABLE_LOT}
    ) shelf ON true
    LEFT JOIN LATERAL (
        SELECT sum(w.cap - w.taken) AS packs FROM presales w
        WHERE w.sku_id = s.id AND w.taken < w.cap AND {presale_open()}
    ) presale ON true
    LEFT JOIN LATERAL (
        SELECT sum(u.quantity) AS packs FROM campaign_uses u
        WHERE u.campaign_code = c.code AND u.sku_id = cs.sku_id
          AND u.person_id = :person_id AND u.returned_at IS NULL
    ) had ON true
    WHERE c.stopped_at IS NULL AND c.ends_at > :at AND cs.price_minor < s.price_minor
      AND (:codes IS NULL OR c.code = ANY(:codes)) AND {filters.ON_SALE}
      AND NOT EXISTS (SELECT FROM bundle_parts own WHERE own.bundle_sku_id = s.id)
    ORDER BY c.starts_at > :at, CASE WHEN c.starts_at > :at THEN c.starts_at ELSE c.ends_at END,
             c.code, p.name, s.code
""").bindparams(  # noqa: S608 -- assembled from constants
    bindparam("at", type_=UtcDateTime),
    bindparam("today", type_=Date),
    bindparam("codes", type_=ARRAY(String)),
    bindparam("person_id", type_=BigInteger),
)


@dataclass(frozen=True, slots=True)
class DealRow:
    """One SKU at the price of one campaign."""

    campaign_code: str
    campaign_name: str
    campaign_name_en: str
    is_of_platform: bool
    starts_at: datetime
    ends_at: datetime
    limit_per_buyer: int | None
    product_code: str
    name: str
    name_en: str
    category_code: str
    picture: str
    sku_code: str
    spec: str
    usual_minor: int
    """What a pack costs without the campaign, now."""
    minor: int
    struck_minor: int | None
    """The lowest price paid before it began, where that is higher; else nothing is struck."""
    kept: int | None
    """Packs still kept for the campaign; empty for as many as there are."""
    shelf: int
    """Packs that can be sold now, at whatever price."""
    had: int
    """Packs the reader bought at this price."""
    is_running: bool

    @property
    def left(self) -> int:
        """Return the packs that can be sold at this price now."""
        return self.shelf if self.kept is None else min(self.kept, self.shelf)

    @property
    def left_for_me(self) -> int | None:
        """Return how many more a signed-in reader may buy; empty without a limit."""
        if self.limit_per_buyer is None:
            return None
        return max(0, self.limit_per_buyer - self.had)


def list_deals(
    session: Session,
    *,
    at: datetime,
    person_id: int | None = None,
    campaigns: Sequence[str] | None = None,
) -> list[DealRow]:
    """Return what runs, what ends first on top, then what is to come; or of some campaigns.

    Of goods several campaigns lower, only the price that holds stands there. What cannot be
    sold now is left out of what runs.
    """
    rows = session.execute(
        _DEALS,
        {
            **filters.moment(at),
            "codes": None if campaigns is None else list(campaigns),
            "person_id": person_id,
        },
    )
    return keep_best(fill_all(DealRow, rows))


def keep_best(rows: Iterable[DealRow]) -> list[DealRow]:
    """Return what is to come as it is, and of what runs one row for each SKU that can be sold.

    The lowest price of which packs are left holds, a seller's before the platform's, as
    `orders.rules.pricing` has it; where none is left, the lowest stands as sold out.
    """
    found = list(rows)
    best: dict[str, DealRow] = {}
    for row in found:
        if row.is_running and row.shelf > 0:
            other = best.get(row.sku_code)
            if other is None or _order(row) < _order(other):
                best[row.sku_code] = row
    return [row for row in found if not row.is_running or best.get(row.sku_code) is row]


def _order(row: DealRow) -> tuple[bool, int, bool, str]:
    return row.left <= 0, row.minor, row.is_of_platform, row.campaign_code
