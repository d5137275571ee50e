"""States, storage classes and the frozen rows of the catalogue."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NewType

SkuId = NewType("SkuId", int)
LotId = NewType("LotId", int)
PHOTO_MARK = "photo-"
"""What the stems of photos begin with, and no drawing of the shop's does."""


class ProductState(StrEnum):
    """Where a listing stands."""

    DRAFT = "draft"
    LISTED = "listed"
    SUSPENDED = "suspended"
    RETIRED = "retired"


class ChangeState(StrEnum):
    """Where a listing stands that a seller wrote anew."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    """The reviewer asks for something to be mended."""
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


CHANGE_STEPS: Mapping[ChangeState, frozenset[ChangeState]] = {
    ChangeState.DRAFT: frozenset({ChangeState.SUBMITTED, ChangeState.WITHDRAWN}),
    ChangeState.SUBMITTED: frozenset(
        {
            ChangeState.APPROVED,
            ChangeState.RETURNED,
            ChangeState.DECLINED,
            ChangeState.WITHDRAWN,
        }
    ),
    ChangeState.RETURNED: frozenset({ChangeState.SUBMITTED, ChangeState.WITHDRAWN}),
    ChangeState.APPROVED: frozenset(),
    ChangeState.DECLINED: frozenset(),
    ChangeState.WITHDRAWN: frozenset(),
}
"""What a listing can become from where it stands."""


class RecognitionStatus(StrEnum):
    """Where the recognition (认定) of an assistance product stands."""

    NONE = "none"
    PENDING = "pending"
    PUBLICITY = "publicity"
    APPROVED = "approved"
    REJECTED = "rejected"
    SUSPENDED = "suspended"
    EXPIRED = "expired"


class WordKind(StrEnum):
    """What a row of the search's words says."""

    SAME = "same"
    """All forms are words for the same goods."""
    LEADS = "leads"
    """The forms also find what is meant; in Latin letters they are only a translation."""
    CHOICE = "choice"
    """The forms choose values of facets."""
    SOFT = "soft"
    """The forms raise what has them, and nothing is left out for want of them."""
    NOISE = "noise"
    """The forms say nothing about goods."""


class ReservationState(StrEnum):
    """A held quantity ends exactly once: taken by a sale or released."""

    HELD = "held"
    TAKEN = "taken"
    RELEASED = "released"


class PresaleState(StrEnum):
    """Where packs stand that were sold before they were there."""

    HELD = "held"
    """Not paid yet."""
    TAKEN = "taken"
    """Paid; no lot has given them yet."""
    ALLOTTED = "allotted"
    RELEASED = "released"
    """It came to nothing; the presale sells them again."""


class MovementKind(StrEnum):
    """Why a quantity moved; signed from the shelf's point of view."""

    RECEIVED = "received"
    HELD = "held"
    RELEASED = "released"
    SOLD = "sold"
    RESTOCKED = "restocked"
    WRITTEN_OFF = "written_off"


class SaleUnit(StrEnum):
    """What a price stands for."""

    PACK = "pack"
    WEIGHT = "weight"
    """A piece of about so many grams; what it really weighs is paid."""


class Funder(StrEnum):
    """Who bears what the buyer does not pay."""

    SELLER = "seller"
    PLATFORM = "platform"


@dataclass(frozen=True, slots=True)
class Want:
    """A quantity of one SKU somebody wants."""

    sku_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class LotOnShelf:
    """What the allocation rule needs to know of a lot."""

    lot_id: int
    sku_id: int
    best_before: date | None
    available: int


@dataclass(frozen=True, slots=True)
class Pick:
    """A quantity taken from one lot for one SKU."""

    sku_id: int
    lot_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class ContributedLot:
    """Who put what into a lot: (household, grams, grade percent)."""

    lot_id: int
    contributions: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLot:
    """A harvest to receive; contributions are grams per household and add up to its weight."""

    code: str
    sku_id: int
    quantity: int
    harvested_on: date
    best_before: date | None
    village_code: str | None
    batch_certificate_number: str | None
    received_at: datetime
    contributions: tuple[tuple[str, int, int], ...]
    """(household id, weight in grams, grade factor in percent)."""
    is_sample: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EmptyLot:
    """A lot to be opened for deliveries that are weighed one by one."""

    sku_code: str
    seller_code: str
    harvested_on: date
    batch_certificate_number: str
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class ReceivingLot:
    """What decides whether a lot takes further deliveries."""

    lot_id: int
    code: str
    seller_code: str
    product_code: str
    net_weight_g: int
    weight_g: int
    received: int
    available: int
    harvested_on: date
    best_before: date | None
    is_quarantined: bool

    @property
    def is_untouched(self) -> bool:
        """Say whether every pack that was ever put into it is still on the shelf."""
        return self.received == self.available


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What one household gives to an open lot, in grams."""

    lot_id: int
    household_id: str
    weight_g: int
    grade_percent: int
    at: datetime


@dataclass(frozen=True, slots=True)
class WeekPrice:
    """What the market paid for a product's goods in the week that begins on a Monday."""

    product_code: str
    week_on: date
    minor_per_kg: int
    """Fen for a kilogram."""
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCampaign:
    """A campaign to begin: prices of SKUs by code, or a percentage of today's for all."""

    code: str
    name: str
    name_en: str = ""
    seller_code: str | None = None
    """The seller who bears it; empty when the platform does."""
    skus: Mapping[str, int | None]
    """SKU code to fen; empty fen where the percentage says."""
    percent: int | None = None
    starts_at: datetime
    ends_at: datetime
    stock: int | None = None
    """Packs of each SKU sold at its price."""
    limit_per_buyer: int | None = None
    is_sample: bool = False

    @property
    def funder(self) -> Funder:
        """Return who bears it."""
        return Funder.PLATFORM if self.seller_code is None else Funder.SELLER


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPresale:
    """A time in which packs of an SKU are to be sold before they are there."""

    sku_code: str
    seller_code: str
    season: int
    cap: int
    opens_at: datetime
    closes_at: datetime
    ships_until: date
    is_sample: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxPlan:
    """A gift box as its seller wants it."""

    name: str
    name_en: str = ""
    description: str
    spec: str
    price_minor: int
    picture: str
    parts: Mapping[str, int]
    """SKU code to packs."""
    is_on_sale: bool = True
    is_sample: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SkuPlan:
    """One pack of a listing; a code names an SKU that is there already."""

    code: str = ""
    own_code: str = ""
    spec: str
    pack: str = ""
    net_weight_g: int
    sale_unit: SaleUnit = SaleUnit.PACK
    piece_min_g: int | None = None
    piece_max_g: int | None = None
    price_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingPlan:
    """What a product's page is to say; what a draft lacks is empty."""

    name: str = ""
    name_en: str = ""
    category_code: str = ""
    kind_code: str = ""
    brand: str = ""
    series: str = ""
    description: str = ""
    story: str = ""
    """HTML that was cleaned already."""
    district_code: str = ""
    township_code: str = ""
    village_code: str = ""
    storage_code: str = ""
    shelf_life_days: int | None = None
    season_months: tuple[int, ...] = ()
    is_year_round: bool = False
    is_food: bool = True
    attributes: Mapping[str, str] = field(default_factory=dict)
    photos: tuple[str, ...] = ()
    skus: tuple[SkuPlan, ...] = ()


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """What listings may say: categories, attributes and storage classes, all by code."""

    lineages: Mapping[str, tuple[str, ...]]
    """Category → codes from its shelf down to itself."""
    words: Mapping[str, frozenset[str]]
    """Attribute → its choices."""
    attributes: Mapping[str, frozenset[str]]
    """Category → the attributes that were given to it and nothing above."""
    storages: frozenset[str]

    def attributes_of(self, category_code: str) -> frozenset[str]:
        """Return the attributes goods of a category have, those of all above included."""
        above = self.lineages.get(category_code, ())
        return frozenset().union(*(self.attributes.get(code, frozenset()) for code in above))


@dataclass(frozen=True, slots=True)
class BegunCampaign:
    """A campaign that has begun, with the SKUs it gives prices of."""

    code: str
    starts_at: datetime
    sku_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSupply:
    """How much of a seller's product a year gives, and on what that rests."""

    product_code: str
    seller_code: str
    year: int
    weight_g: int
    basis: str


@dataclass(frozen=True, slots=True)
class CampaignTake:
    """Packs of one order line bought at a campaign's price."""

    campaign_code: str
    order_line_id: int
    sku_id: int
    quantity: int
