"""Who buys what in the sample: the appetites of the nine channels, and how they change.

Every figure here is invented; only the channels, the buyers' names and the seasons come from
the data files.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from cold_chain.profile_catalogue import PROFILES
from shop.sample.checks import Files
from shop.sample.organisations import NOT_ON_SALE
from shop.sample.schemas_goods import ProductEntry

WEST: Final = frozenset({"中部片", "西部片"})
"""Cold-chain areas of the second half; a basket never mixes sellers of both halves."""

DEFAULT_PROFILES: Final[Mapping[str, str]] = {
    row["storage_class"]: row["code"] for row in PROFILES if row["is_class_default"]
}
FRESH_SHOOTS: Final = "BAMBOO_FRESH"
"""Shoots want it colder than other vegetables; the default of their class is too mild."""


@dataclass(frozen=True, slots=True)
class Good:
    """One SKU on sale as the planners see it."""

    sku: str
    product: str
    seller: str
    category: str
    price_minor: int
    weight_g: int
    pack: int
    """1 for the smallest pack of its product."""
    months: frozenset[int]
    village: str | None
    profile: str | None
    """The limits under which it travels with a logger, if there are any."""
    shelf_life_days: int | None
    max_transit_hours: int | None
    half: int
    is_weighed: bool = False
    """Whether what a piece really weighs is paid."""

    def is_in_season(self, on: date) -> bool:
        """Say whether it is sold on a day."""
        return on.month in self.months


@dataclass(frozen=True, slots=True, kw_only=True)
class Appetite:
    """What one kind of buyer wants: how often, which shelves, how many packs at once."""

    channel: str
    weight: int
    """Share of all checkouts, in hundredths."""
    buyers: tuple[str, ...] = ()
    """Codes of organisations; empty for guests."""
    shelves: Mapping[str, int]
    packs: tuple[int, int]
    lines: tuple[int, int, int]
    """How often one, two and three different goods are bought at once."""
    wants_big_packs: bool
    cities: tuple[str, ...] = ()
    """Where guests live."""
    budget_minor: int
    """No line costs more than this, fen."""


HOME_CITIES: Final = (
    "武隆区", "涪陵区", "渝中区", "江北区", "渝北区", "南岸区", "九龙坡区", "沙坪坝区",
    "巴南区", "成都市", "贵阳市", "北京市",
)  # fmt: skip
PROVINCE_OF: Final[Mapping[str, str]] = {
    "成都市": "四川省", "贵阳市": "贵州省", "北京市": "北京市", "杭州市": "浙江省",
    "上海市": "上海市", "天津市": "天津市", "厦门市": "福建省",
}  # fmt: skip
"""Of the cities outside of Chongqing."""
HOME: Final = "重庆市"
COUNTERPART_CITIES: Final = ("杭州市", "上海市", "天津市", "厦门市")

FOOD: Final = {
    "meat": 20, "bamboo": 16, "tea": 12, "fruit": 12, "vegetable": 8, "honey": 8, "soy": 8,
    "starch": 6, "condiment": 4, "fish": 5, "mulberry": 3, "sister": 6, "gift": 2, "service": 2,
    "herb": 2,
}  # fmt: skip
KITCHEN: Final = {
    "vegetable": 30, "meat": 22, "bamboo": 14, "soy": 12, "starch": 10, "fish": 7,
    "condiment": 5, "fruit": 6,
}  # fmt: skip
KEEPING: Final = {
    "tea": 24, "bamboo": 16, "honey": 12, "starch": 12, "soy": 8, "condiment": 8,
    "mulberry": 6, "meat": 12, "herb": 4, "sister": 6,
}  # fmt: skip
PRESENTS: Final = {"gift": 60, "tea": 14, "honey": 10, "soy": 8, "meat": 8}

MONTHLY: Final[Mapping[str, Mapping[int, int]]] = {
    "gift": {1: 400, 2: 250, 9: 200, 12: 300},
    "meat": {1: 170, 2: 140, 11: 150, 12: 180},
    "bamboo": {1: 130, 11: 130, 12: 150},
    "tea": {3: 150, 4: 190, 5: 160},
    "fruit": {7: 200, 8: 200, 9: 180, 11: 150},
    "honey": {9: 140, 10: 150, 11: 130},
    "service": {3: 150, 4: 180, 7: 200, 8: 200},
}
"""How much more than usual a shelf is wanted in a month, in per cent."""
USUAL: Final = 100


ORGANISED: Final[tuple[tuple[str, int, Mapping[str, int], tuple[int, int], int], ...]] = (
    ("SHLL", 8, KITCHEN | {"tea": 8, "sister": 10}, (8, 40), 4_000_000),
    ("YSDW", 11, KITCHEN, (2, 16), 1_200_000),
    ("WQXWC", 10, FOOD, (2, 12), 500_000),
    ("LYXZ", 7, KEEPING, (6, 40), 2_500_000),
    ("GHCG", 4, PRESENTS, (10, 60), 1_000_000),
    ("ZYDD", 3, KITCHEN | {"tea": 20}, (4, 20), 600_000),
    ("SJJT", 3, KITCHEN | {"gift": 10}, (4, 24), 800_000),
    ("QXXT", 2, KEEPING, (4, 30), 900_000),
)
"""What organisations buy: channel, share, shelves, packs and budget of a line."""


def appetites(files: Files) -> tuple[Appetite, ...]:
    """Return the appetites of all channels with the buyers the file has for each."""
    return (
        Appetite(
            channel="SHLL",
            weight=50,
            shelves=FOOD,
            packs=(1, 3),
            lines=(50, 35, 15),
            wants_big_packs=False,
            cities=HOME_CITIES,
            budget_minor=60_000,
        ),
        Appetite(
            channel="DKZY",
            weight=2,
            shelves=KEEPING,
            packs=(1, 8),
            lines=(70, 30, 0),
            wants_big_packs=False,
            cities=COUNTERPART_CITIES,
            budget_minor=120_000,
        ),
        *(
            Appetite(
                channel=channel,
                weight=weight,
                buyers=tuple(row.id for row in files.buyers if row.channel_code == channel),
                shelves=shelves,
                packs=packs,
                lines=(40, 40, 20),
                wants_big_packs=True,
                budget_minor=budget_minor,
            )
            for channel, weight, shelves, packs, budget_minor in ORGANISED
        ),
    )


def goods(files: Files) -> list[Good]:
    """Return every SKU that is on sale, in the order of its code."""
    west = {row.id: row.cold_chain_area in WEST for row in files.producers}
    found = [
        good
        for product in files.products
        if product.assist.status not in NOT_ON_SALE
        for good in _goods_of(product, half=int(west[product.producer_id]))
    ]
    return sorted(found, key=lambda good: good.sku)


def _goods_of(product: ProductEntry, *, half: int) -> list[Good]:
    months = range(1, 13) if product.year_round else product.season_months
    return [
        Good(
            sku=sku.sku,
            product=product.id,
            seller=product.producer_id,
            category=product.category,
            price_minor=sku.price_fen,
            weight_g=sku.net_weight_g,
            is_weighed=sku.piece_min_g is not None,
            pack=position,
            months=frozenset(months),
            village=product.origin.village_code,
            profile=limit_profile(product),
            shelf_life_days=product.shelf_life_days,
            max_transit_hours=product.max_transit_hours,
            half=half,
        )
        for position, sku in enumerate(product.skus, start=1)
    ]


def special_profile(product: ProductEntry) -> str | None:
    """Return the limits a product asks for itself, stricter than those of its class."""
    is_shoot = product.category == "bamboo" and product.storage.class_ == "CHILL_VEG"
    return FRESH_SHOOTS if is_shoot else None


def limit_profile(product: ProductEntry) -> str | None:
    """Return the limits under which a product travels; None for goods that need none."""
    if not product.cold_chain_required:
        return None
    return special_profile(product) or DEFAULT_PROFILES.get(product.storage.class_)


def interest(good: Good, appetite: Appetite, on: date) -> int:
    """Return how much a kind of buyer wants a good on a day; 0 when it is not to be had."""
    least, _ = appetite.packs
    if not good.is_in_season(on) or good.price_minor * least > appetite.budget_minor:
        return 0
    wanted = appetite.shelves.get(good.category, 0)
    monthly = MONTHLY.get(good.category, {}).get(on.month, USUAL)
    fits = (good.pack > 1) is appetite.wants_big_packs
    return wanted * monthly * (3 if fits else 1)
