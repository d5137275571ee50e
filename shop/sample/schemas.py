"""The schema of every row of every data file, by file."""

from datetime import date
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from kernel.postal import PROVINCES

Text = Annotated[str, Meta(min_length=1)]
DistrictCode = Annotated[str, Meta(pattern=r"^500[1-9][0-9]{2}$")]
TownshipCode = Annotated[str, Meta(pattern=r"^500156[0-9]{3}$")]
VillageCode = Annotated[str, Meta(pattern=r"^500156[0-9]{6}$")]
SellerCode = Annotated[str, Meta(pattern=r"^C[0-9]{2}$")]
BuyerCode = Annotated[str, Meta(pattern=r"^E[0-9]{2}$")]
ProductCode = Annotated[str, Meta(pattern=r"^P[0-9]{3}$")]
SkuCode = Annotated[str, Meta(pattern=r"^P[0-9]{3}-[1-9]$")]
HouseholdCode = Annotated[str, Meta(pattern=r"^H[0-9]{4}$")]
Month = Annotated[int, Meta(ge=1, le=12)]
YearMonth = Annotated[str, Meta(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]
Count = Annotated[int, Meta(ge=0)]
Positive = Annotated[int, Meta(gt=0)]
Fen = Annotated[int, Meta(ge=0)]
Latitude = Annotated[float, Meta(ge=18, le=54)]
Longitude = Annotated[float, Meta(ge=73, le=135)]
Area = Literal["东北片", "西部片", "中部片", "江口片"]


class RegionLine(msgspec.Struct, frozen=True):
    """regions.csv: a township or street of the district."""

    code: TownshipCode
    name: Text
    short_name: Text
    type: Literal["街道", "镇", "乡", "民族乡"]
    type_en: Text
    parent_code: DistrictCode
    cold_chain_area: Area
    cold_chain_area_source: Text
    lat: Latitude
    lon: Longitude
    coord_quality: Literal["A", "B", "C"]
    communities: Count
    villages: Count
    pinyin: Text
    aliases: str | None = None
    focus_tier: Literal["1", "3"] | None = None
    focus_label: str | None = None
    km_to_seat: float | None = None
    area_km2: float | None = None
    fact_source: str | None = None


class VillageLine(msgspec.Struct, frozen=True):
    """villages.csv: a village or community."""

    code: VillageCode
    name: Text
    official_name: Text
    kind: Literal["村", "社区"]
    township_code: TownshipCode
    township: Text
    cold_chain_area: Area
    focus_tier: Literal["10", "12", "in-1", "in-3"] | None = None
    focus_label: str | None = None
    gi_origin_of: str | None = None


class DistrictLine(msgspec.Struct, frozen=True):
    """districts.csv: a district or county of the city."""

    code: DistrictCode
    name: Text
    lat: Latitude
    lon: Longitude
    is_832_county: bool
    is_lifted_county_18: bool
    is_national_key_county_4: bool
    shandong_partner_city: str | None = None
    partner_basis: str | None = None
    seed_sister_product: str | None = None


class AliasLine(msgspec.Struct, frozen=True):
    """place_aliases.csv: an old, misprinted or clashing name or code."""

    current_code: Annotated[str, Meta(pattern=r"^500156([0-9]{3}|[0-9]{6})?$")]
    current_name: Text
    level: Literal["district", "township", "village"]
    change: Text
    scheme: Text
    basis: Text
    other_code: str | None = None
    other_name: str | None = None


class PairingLine(msgspec.Struct, frozen=True):
    """pairings.csv: an assistance group and the township it helps."""

    seq: Positive
    assist_group: Text
    township_code: TownshipCode
    township: Text
    focus_tier: Literal["1", "3", "10", "12"]
    lead_unit: Text
    member_units: Text
    member_count: Positive
    focus_village: str | None = None
    focus_village_code: VillageCode | None = None
    note: str | None = None


class MemberLine(msgspec.Struct, frozen=True):
    """pairing_members.csv: a unit in an assistance group."""

    pairing_seq: Positive
    assist_group: Text
    township_code: TownshipCode
    member_unit: Text
    double_assigned: bool
    is_lead: bool


class HouseholdLine(msgspec.Struct, frozen=True):
    """households_sample.csv: a fictitious household."""

    household_id: HouseholdCode
    alias: Text
    village_code: VillageCode
    township: Text
    village: Text
    category: Literal["一般农户", "脱贫户", "脱贫不稳定户", "边缘易致贫户", "突发严重困难户"]
    members: Positive
    labour: Count
    wage_fen: Fen
    operating_gross_fen: Fen
    operating_cost_fen: Fen
    property_fen: Fen
    transfer_fen: int
    out_of_pocket_medical_fen: Fen
    net_income_per_capita_fen: int
    is_monitored: bool
    risk_type: str | None = None
    recognised_on: date | None = None
    risk_status: Literal["monitoring", "eliminated"] | None = None
    cooperative_id: SellerCode | None = None
    linkage_models: str | None = None


class ChannelEntry(msgspec.Struct, frozen=True):
    """channels.json: a purchase channel and what counts in it."""

    code: Annotated[str, Meta(pattern=r"^[A-Z]{4,5}$")]
    zh: Text
    en: Text
    who: Text
    counts: Text
    amount_2021_fen: Fen | None = None


class PolicyEntry(msgspec.Struct, frozen=True):
    """policy_params.json, platform_params.json: a policy number over one period."""

    code: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]*$")]
    value: int | Text | list[dict[str, Any] | int | str]
    unit: Text
    valid_from: date
    basis: Text
    note: str = ""
    valid_to: date | None = None
    is_sample: bool = False


class TermEntry(msgspec.Struct, frozen=True):
    """category_terms.json: what a household's category is called over one period."""

    category: Annotated[str, Meta(pattern=r"^[a-z_]+$")]
    term: Text
    valid_from: date
    valid_to: date | None = None
    basis: str = ""


class CategoryEntry(msgspec.Struct, frozen=True):
    """categories.json: a shelf of the shop, or a kind of goods under another."""

    code: Annotated[str, Meta(pattern=r"^[a-z]+$")]
    zh: Text
    en: Text
    sort_order: Positive
    parent: str | None = None
    raw_needs_certificate: bool = False
    is_refused: bool = False
    """Whether its goods may not be sold here at all."""


class StorageEntry(msgspec.Struct, frozen=True):
    """storage_classes.json: what the catalogue file does not say of a storage class."""

    code: Annotated[str, Meta(pattern=r"^[A-Z_]+$")]
    en: Text
    needs_cold_chain: bool
    max_transit_hours: Positive | None = None


class TransitEntry(msgspec.Struct, frozen=True):
    """transit_times.json: how long the way to a place takes."""

    province: Literal[PROVINCES]  # type: ignore[valid-type]
    city: str
    hours: Annotated[int, Meta(ge=1, le=720)]
    valid_from: date
    source: Text
    valid_to: date | None = None


class CertificateTypeEntry(msgspec.Struct, frozen=True):
    """certificate_types.json: what the catalogue file does not say of a certificate type."""

    code: Annotated[str, Meta(pattern=r"^[A-Z_]+$")]
    zh: Text
    en: Text
    is_per_lot: bool
    valid_years: Positive | None = None
    stops_sale: bool = True
    """Whether goods sold with it may not be sold once it has run out."""


class BrandEntry(msgspec.Struct, frozen=True):
    """brands.json: a brand goods may carry while an authorisation for it holds."""

    code: Annotated[str, Meta(pattern=r"^[A-Z0-9_]+$")]
    zh: Text
    en: Text
    is_regional: bool = False
    sample: bool = False


class OrganisationEntry(msgspec.Struct, frozen=True):
    """organisations.json: an organisation that is neither producer nor buyer."""

    code: Annotated[str, Meta(pattern=r"^[A-Z]+[0-9]*$")]
    name: Text
    kind: Literal["carrier", "platform", "village_collective"]
    uscc: Text
    city: Text
    region_code: DistrictCode
    village_code: VillageCode | None = None


class Parameter(msgspec.Struct, frozen=True):
    """A parameter of a linkage model."""

    code: Annotated[str, Meta(pattern=r"^[a-z_]+$")]
    zh: Text
    unit: Text
    basis: Text
    default: int | str | bool | None = None
    min: int | None = None
    max: int | None = None


class LinkageEntry(msgspec.Struct, frozen=True):
    """linkage_models.json: a model of benefit linkage with its parameters."""

    code: Annotated[str, Meta(pattern=r"^[A-Z]+$")]
    zh: Text
    en: Text
    income_class: Literal["工资性收入", "经营性收入", "财产性收入", "转移性收入"]
    payer: Text
    accrues: Text
    seed_basis: Text
    params: Annotated[list[Parameter], Meta(min_length=1)]
    formula: Text
    evidence: list[Text]
    vectors: list[dict[str, Any]]
    legal_basis: str | None = None
    market_basis: str | None = None
    adjacent: bool = False


class Stocking(msgspec.Struct, frozen=True):
    """The cold store of a producer."""

    chilled_m3: Count
    frozen_m3: Count
    reefer_trucks: Count
    basis: Text


class Licences(msgspec.Struct, frozen=True):
    """Which licences a producer holds."""

    sc: bool
    small_workshop: bool
    cqhgz_issuer: bool


class ProducerEntry(msgspec.Struct, frozen=True):
    """cooperatives.json: a sample producer."""

    id: SellerCode
    name: Text
    type: Literal[
        "农民专业合作社",
        "农业企业",
        "村集体经济组织",
        "家庭农场",
        "加工企业",
        "基层供销社",
        "区级运营平台",
    ]
    uscc: Text
    township_code: TownshipCode
    cold_chain_area: Area
    categories: Annotated[list[Text], Meta(min_length=1)]
    product_ids: Annotated[list[ProductCode], Meta(min_length=1)]
    member_households: Count
    lifted_households: Count
    monitored_households: Count
    linkage_models: list[Text]
    cold_store: Stocking
    licences: Licences
    platform_832: Literal["approved", "pending"]
    credit_grade: Text
    sample: Literal[True]
    village_code: VillageCode | None = None


LIVE_PARAMS: Final = frozenset(
    {
        "default_carrier",
        "disclosure_dominance_percent",
        "disclosure_min_households",
        "delivery_linkage_months",
        "expiry_notice_days",
        "falling_income_months",
        "fresh_shelf_days",
        "falling_income_percent",
        "linkage_coverage_target_percent",
        "market_price_days",
        "notice_days",
        "payment_hold_max_minutes",
        "payment_inbox_days",
        "payment_recheck_minutes",
        "payment_session_margin_minutes",
        "payment_session_minutes",
        "payment_unmatched_minutes",
        "presale_reminder_days",
        "price_fall_percent",
        "price_fall_weeks",
        "reservation_minutes",
        "shipping_ambient_minor",
        "shipping_cold_minor",
        "shipping_free_from_minor",
    }
)
"""The parameters the running shop asks for."""
