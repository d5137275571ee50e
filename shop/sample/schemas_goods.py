"""The schemas of the catalogue and of the buyers, the two widest files."""

from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from shop.sample.schemas import (
    BuyerCode,
    Count,
    DistrictCode,
    Fen,
    Month,
    Positive,
    ProductCode,
    SellerCode,
    SkuCode,
    Text,
    TownshipCode,
    VillageCode,
    YearMonth,
)


class Origin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a product comes from; outside the district only the county is known."""

    district_code: DistrictCode
    township: Text
    township_code: TownshipCode | None = None
    village_code: VillageCode | None = None
    village: str = ""


class SkuEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sellable unit; services weigh nothing."""

    sku: SkuCode
    spec: Text
    net_weight_g: Count
    price_fen: Positive
    pack: str
    piece_min_g: Positive | None = None
    """Of pieces of which the real weight is paid: between these grams they lie."""
    piece_max_g: Positive | None = None


class Storage(msgspec.Struct, frozen=True, rename={"class_": "class"}):
    """The storage class of a product with the temperatures on its label, whole degrees."""

    class_: Text
    label: Text
    temp_min_c: int | None = None
    temp_max_c: int | None = None


class CertificateEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sample certificate of a product, or the kind of certificate each batch needs."""

    type: Text
    number: Annotated[str, Meta(pattern=r"^样例-")]
    sample: Literal[True]
    scope: Literal["product", "batch"]
    registry_fact: bool | None = None
    fact_source: str | None = None


class Recognition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the recognition as an assistance product stands."""

    status: Literal[
        "none", "pending", "publicity", "approved", "rejected", "suspended", "expired"
    ]
    sample: Literal[True]
    code: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None


class PriceBasis(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a price rests on."""

    kind: Literal["estimate", "source"]
    note: str
    ref: str | None = None


class ProductEntry(msgspec.Struct, frozen=True):
    """products.json: a product of the sample catalogue."""

    id: ProductCode
    name: Text
    name_en: Text
    category: Text
    brand: str
    description: Text
    origin: Origin
    season_months: Annotated[list[Month], Meta(min_length=1, max_length=12)]
    year_round: bool
    skus: Annotated[list[SkuEntry], Meta(min_length=1)]
    storage: Storage
    certificates: list[CertificateEntry]
    cold_chain_required: bool
    is_food: bool
    assist: Recognition
    price_basis: PriceBasis
    sample: Literal[True]
    eligibility: dict[str, bool]
    producer_id: SellerCode
    shelf_life_days: Positive | None = None
    batch_certificate_required: Literal["CQHGZ"] | None = None
    harvest_months: list[Month] | None = None
    traceability: str | None = None
    max_transit_hours: Positive | None = None
    pre_cool_hours: Positive | None = None
    food_use_allowed: bool | None = None
    bundle: list[ProductCode] | None = None
    presale: bool | None = None
    net_unit: Literal["ml"] | None = None
    note_832: str | None = None
    multi_zone: bool | None = None


class AttributeEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """attributes.json: what can be said of goods of some categories, in a closed list."""

    code: Annotated[str, Meta(pattern=r"^[a-z]+$")]
    zh: Text
    en: Text
    categories: list[str]
    choices: list[tuple[str, str, str]]
    """Code, Chinese and English of every word, in order."""


class ListingEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """listings.json: kind, series and attributes of a sample product."""

    product: ProductCode
    kind: str | None = None
    series: str = ""
    series_en: str = ""
    attributes: dict[str, str] = {}


class BuyerEntry(msgspec.Struct, frozen=True):
    """enterprises.json: a sample buyer of one of the purchase channels."""

    id: BuyerCode
    name: Text
    type: Text
    channel_code: Text
    province: Text
    city: Text
    nature: Literal[
        "private", "budget", "east-west", "central", "group", "district-pair", "social", "union"
    ]
    uscc: Text
    has_canteen: bool
    settlement_days: Count
    invoice: Text
    sample: Literal[True]
    industry: str | None = None
    paired_village_code: VillageCode | None = None
    paired_village: str | None = None
    paired_township_code: TownshipCode | None = None
    pairing_since: YearMonth | None = None
    annual_purchase_plan_fen: Positive | None = None
    canteen_mode: str | None = None
    annual_canteen_budget_fen: Fen | None = None
    reserve_ratio_pct: Annotated[int, Meta(ge=0, le=100)] | None = None
    reserve_fen: Fen | None = None
    union_budget_fen: Fen | None = None
    platform_832_account: bool | None = None
    partner_of: str | None = None
    assist_modes: list[Text] | None = None
    per_capita_festival_limit_fen: Fen | None = None


class CatalogueHead(msgspec.Struct, frozen=True):
    """The head of products.json: labels and temperatures of the storage classes."""

    storage_classes: dict[str, dict[str, Any]]
    certificate_types: dict[str, str]
    assist_statuses: list[str]
