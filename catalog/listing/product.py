"""The product page: the product with its places, its SKUs with their lots, its certificates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.orm import Session

from catalog.errors import ProductNotFoundError
from catalog.listing import deals, filters
from catalog.listing.contributions import CONTRIBUTED, GROUP
from catalog.listing.reviews import FIRST_OF, STARS_OF, ReviewRow, ReviewSum, from_json
from catalog.listing.sellable import holds, sellable_lot
from catalog.listing.transit import limit_hours
from catalog.values import SaleUnit
from kernel.disclosure import HouseholdGroup
from kernel.quantity import price_per_jin
from kernel.rows import fill, fill_all

CENTI = 100


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A listed product as its page shows it."""

    code: str
    name: str
    name_en: str
    brand: str
    description: str
    picture: str
    category_code: str
    category_name: str
    category_name_en: str
    storage_code: str
    min_centi_celsius: int | None
    max_centi_celsius: int | None
    needs_cold_chain: bool
    shelf_life_days: int | None
    season_months: list[int]
    is_year_round: bool
    is_in_season: bool
    needs_batch_certificate: bool
    limit_hours: int | None
    """How long it may be on its way at most."""
    is_recognised: bool
    recognition_code: str | None
    recognition_to: date | None
    details: dict[str, Any]
    photos: list[str]
    """Stems of the seller's photos; empty where the shop drew a picture."""
    story: str
    attributes: list[list[str]]
    """What is said of it: name and word, in Chinese and in English each."""
    kind_code: str | None
    kind_name: str | None
    kind_name_en: str | None
    brands: list[list[str]]
    """Brands it may carry today: code, name and English name."""
    origin_marks: list[str]
    """Lists on which its district stands today; see `DistrictMark`."""
    series_number: int | None
    series_name: str | None
    series_name_en: str | None
    is_sample: bool
    village_code: str | None
    village_name: str | None
    village_pinyin: str | None
    village_focus_tier: str | None
    township_code: str | None
    township_name: str | None
    township_pinyin: str | None
    district_name: str
    district_pinyin: str
    seller_code: str
    seller_name: str
    seller_kind: str
    has_lapsed: bool
    """Whether somewhere goods are held for an order whose time is over."""
    is_favourite: bool
    """Whether whoever looks keeps it in mind."""
    certificates: tuple["CertificateRow", ...]
    """Its own and those of its lots on the shelf, valid ones first."""
    stars: ReviewSum
    reviews: tuple[ReviewRow, ...]
    """The newest of what buyers said."""

    @property
    def temperature_range(self) -> tuple[float, float] | None:
        """Return the label's limits in degrees Celsius, or None where it has none."""
        if self.min_centi_celsius is None or self.max_centi_celsius is None:
            return None
        return self.min_centi_celsius / CENTI, self.max_centi_celsius / CENTI

    @property
    def harvest_months(self) -> list[int]:
        """Return the months of harvest where they differ from those of sale; else nothing."""
        return list(self.details.get("harvest_months", ()))

    @property
    def is_measured_by_volume(self) -> bool:
        """Say whether the net weight stands for millilitres."""
        return self.details.get("net_unit") == "ml"


@dataclass(frozen=True, slots=True)
class ShelfLotRow:
    """One lot from which packs may be sold now."""

    lot_id: int
    code: str
    harvested_on: date
    best_before: date | None
    batch_certificate_number: str | None
    available: int
    village_code: str | None
    village_name: str | None
    households: HouseholdGroup
    """Who contributed how much; shown only through `kernel.disclosure`."""
    sku_code: str = ""
    name: str = ""
    name_en: str = ""
    spec: str = ""
    """What is in the lot; in a gift box that is one of its parts."""


@dataclass(frozen=True, slots=True)
class OfferRow:
    """One SKU on sale with its lots, the soonest to expire first.

    The lots of a gift box are those of its parts.
    """

    sku_id: int
    code: str
    spec: str
    pack: str
    price_minor: int
    net_weight_g: int
    lots: tuple[ShelfLotRow, ...]
    boxes: int | None = None
    """Gift boxes that the lots of the parts make; empty for everything else."""
    sale_unit: str = SaleUnit.PACK
    """`pack`, or `weight` for pieces of which the real weight is paid."""
    piece_min_g: int | None = None
    piece_max_g: int | None = None
    parts: frozenset[str] = frozenset()
    """The SKUs a gift box holds, by code; empty for everything else."""
    presale_left: int = 0
    """Packs that are sold before they are there."""

    @property
    def available(self) -> int:
        """Return how many packs may be sold now."""
        if self.boxes is not None:
            return self.boxes
        return sum(lot.available for lot in self.lots) or self.presale_left

    def per_jin_minor(self, *, by_volume: bool) -> int | None:
        """Return fen per 500 g, or None for goods not sold by weight."""
        return None if by_volume else price_per_jin(self.price_minor, self.net_weight_g)


@dataclass(frozen=True, slots=True)
class CertificateRow:
    """A certificate of the product, or of one of its lots on the shelf."""

    type_code: str
    number: str
    valid_from: date
    valid_to: date | None
    lot_code: str | None
    is_valid: bool
    """Whether today, in Shanghai, lies in its period and nobody has stopped it."""
    paper_code: str | None = None
    """Under which everybody may look it up."""


_MOMENT = tuple(
    bind for bind in filters.BINDS if bind.key in {"at", "today", "month", "person_id"}
)


def _bound(sql: str) -> TextClause:
    used = [bind for bind in _MOMENT if f":{bind.key}" in sql]
    return text(sql).bindparams(*used, bindparam("code"))


_CERTIFICATES = f"""
    SELECT coalesce(json_agg(json_build_array(
               c.type_code, c.number, c.valid_from, c.valid_to, lot.code, now.is_valid,
               paper.code)
           ORDER BY now.is_valid DESC, lot.code NULLS FIRST, c.type_code, c.valid_from DESC,
               c.number), '[]')
    FROM certificates c
    CROSS JOIN LATERAL (
        SELECT {holds("c")} AS is_valid
    ) AS now
    LEFT JOIN lots lot ON lot.id = c.lot_id
    LEFT JOIN certificate_papers paper ON paper.id = c.paper_id
    WHERE c.id IN (
            SELECT own.id FROM certificates own WHERE own.product_code = p.code
            UNION ALL
            SELECT of_lot.id FROM certificates of_lot
            JOIN lots shelf ON shelf.id = of_lot.lot_id
            JOIN skus held ON held.id = shelf.sku_id
            WHERE held.product_code = p.code
          )
      AND (lot.id IS NULL OR {sellable_lot("lot", "p")})
"""  # noqa: S608 -- assembled from constants

_BRANDS = f"""
    SELECT coalesce(json_agg(json_build_array(n.code, n.name, n.name_en)
           ORDER BY n.sort_order, n.code), '[]')
    FROM brands n WHERE n.code = ANY({filters.BRANDS})
"""  # noqa: S608 -- assembled from constants

_ATTRIBUTES = """
    SELECT coalesce(json_agg(json_build_array(
               told.name, choice.name, told.name_en, choice.name_en)
           ORDER BY told.sort_order), '[]')
    FROM jsonb_each_text(p.attributes) AS said(attribute, word)
    JOIN attributes told ON told.code = said.attribute
    JOIN attribute_choices choice
        ON choice.attribute_code = told.code AND choice.code = said.word
"""

_PRODUCT = _bound(f"""
    SELECT p.code, p.name, p.name_en, p.brand, p.description, p.picture,
           p.category_code, category.name, category.name_en, p.storage_code,
           coalesce(p.min_centi_celsius, storage.min_centi_celsius),
           coalesce(p.max_centi_celsius, storage.max_centi_celsius),
           storage.needs_cold_chain, p.shelf_life_days, p.season_months, p.is_year_round,
           {filters.IN_SEASON}, p.needs_batch_certificate, {limit_hours()},
           {filters.IS_RECOGNISED}, p.recognition_code, p.recognition_to, p.details,
           p.photos, p.story, ({_ATTRIBUTES}), kind.code, kind.name, kind.name_en,
           ({_BRANDS}), {filters.MARKS}, series.id, series.name, series.name_en,
           p.is_sample,
           village.code, village.short_name, village.pinyin, village.focus_tier,
           township.code, township.short_name, township.pinyin,
           district.short_name, district.pinyin,
           seller.code, seller.name, seller.kind,
           EXISTS (
               SELECT FROM reservations late
               WHERE late.state = 'held' AND late.expires_at <= :at
           ),
           EXISTS (
               SELECT FROM favourites kept
               WHERE kept.product_code = p.code AND kept.person_id = :person_id
           ),
           ({_CERTIFICATES}), {STARS_OF.format(product="p")}, {FIRST_OF}
    FROM products p
    JOIN categories category ON category.code = p.category_code
    LEFT JOIN series ON series.id = p.series_id
    LEFT JOIN categories kind ON kind.code = p.kind_code
    JOIN storage_classes storage ON storage.code = p.storage_code
    JOIN organisations seller ON seller.code = p.seller_code
    JOIN regions district ON district.code = p.origin_district_code
    LEFT JOIN regions township ON township.code = p.origin_township_code
    LEFT JOIN regions village ON village.code = p.origin_village_code
    WHERE p.code = :code AND p.state = 'listed' AND seller.suspended_at IS NULL
""")  # noqa: S608 -- assembled from constants

_OFFERS = _bound(f"""
    SELECT s.id, s.code, s.spec, s.pack, {deals.PRICE}, s.net_weight_g, box.boxes,
           s.sale_unit, s.piece_min_g, s.piece_max_g,
           l.id, l.code, l.harvested_on, l.best_before, l.batch_certificate_number,
           l.available, village.code, village.short_name, {GROUP},
           held.code, inside.name, inside.name_en, held.spec
    FROM skus s
    JOIN products p ON p.code = s.product_code
    {deals.DEAL}
    {deals.BOX}
    LEFT JOIN bundle_parts put ON put.bundle_sku_id = s.id
    JOIN skus held ON held.id = coalesce(put.sku_id, s.id)
    JOIN products inside ON inside.code = held.product_code
    LEFT JOIN lots l ON l.sku_id = held.id AND {sellable_lot("l", "inside")}
    LEFT JOIN regions village ON village.code = l.village_code
    {CONTRIBUTED}
    WHERE p.code = :code AND s.is_on_sale
    ORDER BY s.sort_order, s.price_minor, s.code, held.code, l.best_before NULLS LAST, l.id
""")  # noqa: S608 -- assembled from constants


def get_product(
    session: Session, code: str, *, at: datetime, person_id: int | None = None
) -> ProductRow:
    """Return one product on sale; raises `ProductNotFoundError` for drafts and the unknown."""
    asked = {"code": code, "person_id": person_id, **filters.moment(at)}
    row = session.execute(_PRODUCT, asked).one_or_none()
    if row is None:
        raise ProductNotFoundError(code)
    *facts, certificates, stars, reviews = row
    told = (tuple(map(_certificate, certificates)), ReviewSum(tuple(stars)), from_json(reviews))
    return fill(ProductRow, (*facts, *told))


def list_offers(
    session: Session, code: str, *, at: datetime, person_id: int | None = None
) -> list[OfferRow]:
    """Return a product's SKUs on sale with the price of a pack and the lots on the shelf."""
    heads: dict[int, Sequence[Any]] = {}
    lots: dict[int, list[ShelfLotRow]] = {}
    held: dict[int, set[str]] = {}
    asked = {"code": code, "person_id": person_id, **filters.moment(at)}
    for row in session.execute(_OFFERS, asked):
        heads.setdefault(row[0], row[:10])
        shelf = lots.setdefault(row[0], [])
        held.setdefault(row[0], set()).add(row[22])
        if row[10] is not None:
            group = HouseholdGroup(*row[18:22])
            shelf.append(fill(ShelfLotRow, (*row[10:18], group, *row[22:])))
    return fill_all(
        OfferRow,
        [
            (*head[:6], tuple(lots[sku]), *head[6:], frozenset(held[sku]) - {head[1]})
            for sku, head in heads.items()
        ],
    )


def _certificate(found: list[Any]) -> CertificateRow:
    """Return a certificate of what the database wrote as JSON."""
    type_code, number, valid_from, valid_to, lot_code, is_valid, paper_code = found
    return CertificateRow(
        type_code,
        number,
        date.fromisoformat(valid_from),
        date.fromisoformat(valid_to) if valid_to else None,
        lot_code,
        is_valid,
        paper_code,
    )
