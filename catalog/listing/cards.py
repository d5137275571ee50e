"""Product cards: one page of a filtered, sorted list in one statement."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Integer, String, TextClause, bindparam
from sqlalchemy.orm import Session

from catalog.listing import deals, filters, fitted
from catalog.listing.filters import Filter, Sort
from catalog.listing.reviews import STARS_OF, ReviewSum
from catalog.listing.sellable import presale_open
from catalog.listing.transit import limit_hours
from kernel.paging import Page, cut, decode_key, encode_key
from kernel.quantity import price_per_jin
from kernel.rows import fill_all


class StockState(StrEnum):
    """What a shopper can do about a product today."""

    IN_STOCK = "in_stock"
    PRESALE = "presale"
    """It is sold before it is there."""
    SOLD_OUT = "sold_out"
    OUT_OF_SEASON = "out_of_season"
    """Nothing is left and its season is over: it comes back with the next one."""


@dataclass(frozen=True, slots=True)
class CardRow:
    """One product as a card shows it; the price is what one pack of its cheapest SKU costs."""

    code: str
    name: str
    name_en: str
    brand: str
    picture: str
    category_code: str
    storage_code: str
    is_measured_by_volume: bool
    is_year_round: bool
    is_in_season: bool
    is_recognised: bool
    is_sample: bool
    village_name: str | None
    village_pinyin: str | None
    place_name: str
    place_pinyin: str
    seller_name: str
    sku_code: str
    spec: str
    price_minor: int
    net_weight_g: int
    sku_count: int
    available: int
    certificate_codes: list[str]
    """Types of certificates the product itself holds and that are valid today."""
    presale_left: int
    """Packs that are sold before they are there."""
    ships_until: date | None
    """The last day on which these leave."""
    limit_hours: int | None
    """For how long it may be on its way at most."""
    struck_minor: int | None
    """The lowest price paid before the campaign, where that is higher; else nothing."""
    campaign_name: str | None
    """The campaign that gives the price; empty for goods at their own price."""
    campaign_name_en: str | None
    campaign_ends_at: datetime | None
    is_box: bool
    origin_marks: list[str]
    """Lists on which the district of origin stands today; see `DistrictMark`."""
    stars: list[int]
    """Visible reviews with one star first, with five last; all by buyers who paid."""
    sort_number: int
    sort_text: str

    @property
    def per_jin_minor(self) -> int | None:
        """Return fen per 500 g, or None for goods not sold by weight."""
        if self.is_measured_by_volume:
            return None
        return price_per_jin(self.price_minor, self.net_weight_g)

    @property
    def reviews(self) -> ReviewSum:
        """Return what buyers said, summed."""
        return ReviewSum(tuple(self.stars))

    @property
    def stock_state(self) -> StockState:
        """Say whether it can be bought now."""
        if self.available > 0:
            return StockState.IN_STOCK
        if self.presale_left > 0:
            return StockState.PRESALE
        return StockState.SOLD_OUT if self.is_in_season else StockState.OUT_OF_SEASON


# Sort → (first key, a number; second key, a text; direction). Both keys point the same way,
# so that one row comparison finds the next page.
_RANK = f"""CASE
    WHEN {filters.IN_STOCK} THEN CASE
        WHEN {filters.SEASONAL} THEN 0 WHEN {filters.IN_SEASON} THEN 1 ELSE 2 END
    WHEN {filters.ON_PRESALE} THEN 2
    WHEN {filters.IN_SEASON} THEN 3 ELSE 4 END"""
_KEYS = {
    # Equals are shuffled, the same way every time, so that a page shows a mixed basket.
    Sort.RECOMMENDED: (_RANK, "md5(p.code)", "ASC"),
    Sort.NEWEST: (
        "coalesce((extract(epoch FROM p.listed_at) * 1000000)::bigint, 0)",
        "p.code",
        "DESC",
    ),
    Sort.PRICE_UP: (filters.CHEAPEST, "p.code", "ASC"),
    Sort.PRICE_DOWN: (filters.CHEAPEST, "p.code", "DESC"),
    Sort.RELEVANCE: ("array_position(:codes, p.code)", "p.code", "ASC"),
}

_CARDS = """
WITH matching AS (
    SELECT p.code, {first} AS sort_number, {second} AS sort_text
    FROM products p
    WHERE {common} AND {facets}
), page AS (
    SELECT * FROM matching
    WHERE (:after_number IS NULL OR
           (sort_number, sort_text) {beyond} (:after_number, :after_text))
    ORDER BY sort_number {direction}, sort_text {direction}
    LIMIT :size
)
SELECT p.code, p.name, p.name_en, p.brand, p.picture, p.category_code, p.storage_code,
       coalesce(p.details ->> 'net_unit' = 'ml', false), p.is_year_round, {in_season},
       {is_recognised}, p.is_sample,
       village.short_name, village.pinyin, place.short_name, place.pinyin, seller.name,
       offer.code, offer.spec, offer.price_minor, offer.net_weight_g, offer.sku_count,
       offer.available, {certificates},
       coalesce(presale.packs, 0), presale.ships_until, {limit_hours},
       offer.struck_minor, offer.campaign_name, offer.campaign_name_en, offer.ends_at,
       offer.is_box, {marks}, {stars}, page.sort_number, page.sort_text
FROM page
JOIN products p ON p.code = page.code
JOIN regions place ON place.code = {place_code}
JOIN organisations seller ON seller.code = p.seller_code
LEFT JOIN regions village ON village.code = p.origin_village_code
CROSS JOIN LATERAL (
    SELECT s.code, s.spec, {price} AS price_minor, s.net_weight_g,
           count(*) OVER ()::int AS sku_count, {struck} AS struck_minor,
           deal.name AS campaign_name, deal.name_en AS campaign_name_en, deal.ends_at,
           box.boxes IS NOT NULL AS is_box,
           (coalesce(sum(stock.packs) OVER (), 0) + coalesce(sum(box.boxes) OVER (), 0))::int
               AS available
    FROM skus s {deal} {box}
    LEFT JOIN LATERAL (
        SELECT sum(l.available) AS packs FROM lots l
        WHERE l.sku_id = s.id AND {sellable_lot}
    ) stock ON true
    WHERE s.product_code = p.code AND s.is_on_sale
    ORDER BY 3, s.sort_order, s.code LIMIT 1
) offer
LEFT JOIN LATERAL (
    SELECT sum(w.cap - w.taken)::int AS packs, max(w.ships_until) AS ships_until
    FROM skus s JOIN presales w ON w.sku_id = s.id
    WHERE s.product_code = p.code AND s.is_on_sale AND w.taken < w.cap AND {presale_open}
) presale ON true
ORDER BY page.sort_number {direction}, page.sort_text {direction}
"""


def _statement(sort: Sort) -> Callable[[frozenset[str]], TextClause]:
    first, second, direction = _KEYS[sort]
    sql = _CARDS.format(
        first=first,
        second=second,
        direction=direction,
        beyond="<" if direction == "DESC" else ">",
        common=filters.COMMON,
        facets=" AND ".join(filters.FACET_MATCHES.values()),
        in_season=filters.IN_SEASON,
        is_recognised=filters.IS_RECOGNISED,
        certificates=filters.CERTIFICATES,
        marks=filters.MARKS,
        stars=STARS_OF.format(product="p"),
        place_code=filters.PLACE_CODE,
        price=deals.PRICE,
        struck=deals.STRUCK,
        deal=deals.DEAL,
        box=deals.BOX,
        sellable_lot=filters.SELLABLE_LOT,
        presale_open=presale_open(),
        limit_hours=limit_hours(),
    )
    return fitted.fitter(
        sql,
        (
            *filters.BINDS,
            bindparam("after_number", type_=BigInteger),
            bindparam("after_text", type_=String),
            bindparam("size", type_=Integer),
        ),
    )


_STATEMENTS = {sort: _statement(sort) for sort in Sort}


def list_cards(
    session: Session,
    wanted: Filter,
    *,
    sort: Sort = Sort.RECOMMENDED,
    key: str | None = None,
    size: int = 24,
    at: datetime,
    person_id: int | None = None,
) -> Page[CardRow]:
    """Return one page of cards; raises `InvalidError` for a page key that is none.

    Drafts, suspended goods and goods of suspended sellers never appear. With a person the
    prices are theirs: a campaign may count what each buyer had of it.
    """
    number, after = decode_key(key, int, str) if key else (None, None)
    asked = {
        **filters.parameters(wanted, at=at, person_id=person_id),
        "after_number": number,
        "after_text": after,
        "size": size + 1,
    }
    rows = session.execute(_STATEMENTS[sort](fitted.named(asked)), asked)
    return cut(fill_all(CardRow, rows), size, _key_of)


def _key_of(card: CardRow) -> str:
    return encode_key(card.sort_number, card.sort_text)
