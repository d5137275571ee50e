"""Shapes of the catalogue: product cards, a product with its offers, a lot's trace."""

from marshmallow import fields, validate

from catalog.listing.filters import Sort
from shop.api.schemas.fields import (
    CODE,
    MAX_CODE,
    MAX_MINOR,
    Pattern,
    Shape,
    choice,
    code,
    minor,
    query_truth,
    query_whole,
    text,
)

LANGUAGES = ("zh", "en")
MAX_PAGE_KEY = 400
PAGE_KEY = r"^[A-Za-z0-9_-]+$"
REGION = r"^[0-9]{6,12}$"
SORTS = (Sort.RECOMMENDED, Sort.NEWEST, Sort.PRICE_UP, Sort.PRICE_DOWN)


class Language(Shape):
    """The one parameter every operation knows."""

    lang = choice(
        LANGUAGES,
        metadata={"description": "Language of sentences; Chinese unless chosen before."},
    )


class ProductQuery(Language):
    """Which products, and which page of them."""

    category = code(metadata={"description": "Code of a category."})
    township = text(
        12,
        minimum=6,
        pattern=REGION,
        metadata={"description": "Statistical division code of a township."},
    )
    village = text(12, minimum=6, pattern=REGION)
    seller = code(metadata={"description": "Code of the selling organisation."})
    q = text(60, metadata={"description": "A part of the name or brand."})
    in_stock = query_truth()
    min_minor = query_whole(0, MAX_MINOR, metadata={"description": "Lowest price in fen."})
    max_minor = query_whole(0, MAX_MINOR, metadata={"description": "Highest price in fen."})
    sort = choice(SORTS, load_default=Sort.RECOMMENDED.value)
    limit = query_whole(1, 100, load_default=24)
    after = text(
        MAX_PAGE_KEY,
        pattern=PAGE_KEY,
        metadata={"description": "The `next` of the page before, with the same parameters."},
    )


class ProductCard(Shape):
    """One product on a shelf; the price is what a pack of its cheapest SKU costs the caller."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    name_en = fields.String(required=True)
    brand = fields.String(required=True)
    category_code = fields.String(required=True)
    storage_code = fields.String(required=True)
    origin = fields.String(required=True, attribute="place_name")
    village = fields.String(required=True, attribute="village_name", allow_none=True)
    is_in_season = fields.Boolean(required=True)
    is_recognised = fields.Boolean(required=True)
    is_sample = fields.Boolean(required=True)
    stock_state = fields.String(required=True)
    sku_code = fields.String(required=True)
    spec = fields.String(required=True)
    price_minor = minor()
    per_jin_minor = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Fen per 500 g; null for goods not sold by weight."},
    )
    struck_minor = minor(
        allow_none=True,
        description="Lowest price paid in the days before a campaign, where that is higher, "
        "in fen; else null.",
    )
    campaign_ends_at = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "When the campaign that gives the price ends; else null."},
    )
    is_box = fields.Boolean(
        required=True, metadata={"description": "Whether it is a gift box of other SKUs."}
    )
    net_weight_g = fields.Integer(required=True)
    sku_count = fields.Integer(required=True)
    certificate_codes = fields.List(fields.String(), required=True)


class ProductPage(Shape):
    """One page of products."""

    rows = fields.List(fields.Nested(ProductCard), required=True)
    next = fields.String(
        required=True,
        allow_none=True,
        attribute="next_key",
        metadata={"description": "Give it as `after` for the next page; null at the end."},
    )


class LotOnShelf(Shape):
    """A lot from which packs may be sold now."""

    code = fields.String(required=True)
    harvested_on = fields.Date(required=True)
    best_before = fields.Date(required=True, allow_none=True)
    batch_certificate_number = fields.String(required=True, allow_none=True)
    available = fields.Integer(required=True)
    village = fields.String(required=True, allow_none=True, attribute="village_name")


class Offer(Shape):
    """One SKU with its price and lots."""

    code = fields.String(required=True)
    spec = fields.String(required=True)
    pack = fields.String(required=True)
    price_minor = minor()
    net_weight_g = fields.Integer(required=True)
    sale_unit = fields.String(
        required=True,
        metadata={"description": "`pack`, or `weight`: the real weight of a piece is paid."},
    )
    piece_min_g = fields.Integer(required=True, allow_none=True)
    piece_max_g = fields.Integer(required=True, allow_none=True)
    available = fields.Integer(required=True)
    lots = fields.List(fields.Nested(LotOnShelf), required=True)


class CertificateOfProduct(Shape):
    """A certificate of a product or of one of its lots."""

    type_code = fields.String(required=True)
    number = fields.String(required=True)
    valid_from = fields.Date(required=True)
    valid_to = fields.Date(required=True, allow_none=True)
    lot_code = fields.String(required=True, allow_none=True)
    is_valid = fields.Boolean(required=True)


class Product(Shape):
    """One product on sale."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    name_en = fields.String(required=True)
    brand = fields.String(required=True)
    description = fields.String(required=True)
    category_code = fields.String(required=True)
    storage_code = fields.String(required=True)
    min_centi_celsius = fields.Integer(required=True, allow_none=True)
    max_centi_celsius = fields.Integer(required=True, allow_none=True)
    needs_cold_chain = fields.Boolean(required=True)
    shelf_life_days = fields.Integer(required=True, allow_none=True)
    season_months = fields.List(fields.Integer(validate=validate.Range(1, 12)), required=True)
    is_in_season = fields.Boolean(required=True)
    is_recognised = fields.Boolean(required=True)
    is_sample = fields.Boolean(required=True)
    village = fields.String(required=True, allow_none=True, attribute="village_name")
    township = fields.String(required=True, allow_none=True, attribute="township_name")
    district = fields.String(required=True, attribute="district_name")
    seller_code = fields.String(required=True)
    seller_name = fields.String(required=True)
    offers = fields.List(fields.Nested(Offer), required=True)
    certificates = fields.List(fields.Nested(CertificateOfProduct), required=True)


class Trace(Shape):
    """What everybody may know of one lot; households are a number, never a name."""

    code = fields.String(required=True)
    sku_code = fields.String(required=True)
    spec = fields.String(required=True)
    product_code = fields.String(required=True)
    product_name = fields.String(required=True)
    product_name_en = fields.String(required=True)
    storage_code = fields.String(required=True)
    seller_code = fields.String(required=True)
    seller_name = fields.String(required=True)
    village = fields.String(required=True, allow_none=True, attribute="village_name")
    township = fields.String(required=True, allow_none=True, attribute="township_name")
    district = fields.String(required=True, attribute="district_name")
    harvested_on = fields.Date(required=True)
    best_before = fields.Date(required=True, allow_none=True)
    batch_certificate_number = fields.String(required=True, allow_none=True)
    received = fields.Integer(required=True)
    available = fields.Integer(required=True)
    sold = fields.Integer(required=True)
    quarantined_at = fields.AwareDateTime(required=True, allow_none=True)
    is_sample = fields.Boolean(required=True)
    households = fields.Integer(
        required=True,
        allow_none=True,
        metadata={
            "description": "How many households put something in; null when they are too few "
            "or two of them gave nearly everything."
        },
    )


def path_code(description: str) -> fields.String:
    """Return a natural key that stands in the path."""
    return fields.String(
        required=True,
        validate=[validate.Length(1, MAX_CODE), Pattern(CODE)],
        metadata={"description": description},
    )
