"""Writes the sample's tiers, gift boxes, campaigns and coupons, and plans who used them.

Every figure here is invented. Campaigns and coupons lie around the moment of loading: some are
over, some run, one is to come.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.values import BoxPlan, NewCampaign
from kernel.clock import at_local_midnight, local_date
from orders import service as orders
from orders.values import NewCoupon
from shop.sample import tables
from shop.sample.demand import PlannedGroup, Planner

ACTOR: Final = "person:sample"
CONSUMER: Final = "consumer"
GIVEN: Final = ("THANKS", "AUTUMN8")
LISTED_DAYS_AGO: Final = 90

TIERS: Final[Mapping[str, tuple[str, Mapping[int, int]]]] = {
    "P015-1": ("C07", {3: 3_780, 6: 3_580}),
    "P028-1": ("C03", {3: 4_380, 10: 4_080}),
    "P031-1": ("C11", {5: 1_180, 20: 1_080}),
    "P018-1": ("C05", {4: 3_380}),
}

BOXES: Final[Mapping[str, tuple[str, BoxPlan]]] = {
    "BOX-TEA": (
        "C03",
        BoxPlan(
            name="香树茶笋礼盒",
            name_en="Xiangshu tea and bamboo gift box",
            description="香树村绿茶一袋，方竹笋干两袋，一盒装好送人。",
            spec="1 盒",
            price_minor=13_800,
            picture="gift-pack",
            parts={"P007-1": 1, "P028-1": 2},
            is_sample=True,
        ),
    ),
    "BOX-SOY": (
        "C11",
        BoxPlan(
            name="羊角风味礼盒",
            name_en="Yangjiao flavours gift box",
            description="羊角豆干五香、麻辣各两袋，高山辣椒酱一瓶，羊角老醋一瓶。",
            spec="1 盒",
            price_minor=7_600,
            picture="care-pack",
            parts={"P031-1": 2, "P032-1": 2, "P035-1": 1, "P036-1": 1},
            is_sample=True,
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class _Window:
    """Days from the day of loading on: from, until (not included)."""

    begins: int
    ends: int

    def around(self, at: datetime) -> dict[str, datetime]:
        today = local_date(at)
        return {
            "starts_at": at_local_midnight(today + timedelta(days=self.begins)),
            "ends_at": at_local_midnight(today + timedelta(days=self.ends)),
        }


CAMPAIGNS: Final[tuple[tuple[_Window, Mapping[str, Any]], ...]] = (
    (
        _Window(-2, 12),
        {
            "code": "GOAT-WARM",
            "name": "羊肉暖冬",
            "name_en": "Warm with goat",
            "seller_code": "C05",
            "skus": {"P014-1": None, "P018-1": None},
            "percent": 88,
        },
    ),
    (
        _Window(-1, 9),
        {
            "code": "HILL-HARVEST",
            "name": "山货节",
            "name_en": "Hill harvest days",
            "skus": {"P028-1": None, "P036-1": None, "P015-1": None},
            "percent": 85,
            "stock": 300,
        },
    ),
    (
        _Window(-40, -33),
        {
            "code": "SOY-WEEK",
            "name": "豆干周",
            "name_en": "Week of dried tofu",
            "seller_code": "C11",
            "skus": {"P033-1": None},
            "percent": 90,
        },
    ),
    (
        _Window(3, 17),
        {
            "code": "SOY-WINTER",
            "name": "羊角冬味",
            "name_en": "Winter of Yangjiao",
            "seller_code": "C11",
            "skus": {"P035-2": None, "P033-1": None},
            "percent": 92,
            "limit_per_buyer": 6,
        },
    ),
)

COUPONS: Final[tuple[tuple[_Window, Mapping[str, Any]], ...]] = (
    (
        _Window(-60, 30),
        {
            "code": "SHANJI20",
            "name": "山集满百减二十",
            "name_en": "20 off 100",
            "amount_minor": 2_000,
            "min_spend_minor": 10_000,
            "budget_minor": 500_000,
        },
    ),
    (
        _Window(-60, 45),
        {
            "code": "WELCOME10",
            "name": "新人见面券",
            "name_en": "Welcome coupon",
            "amount_minor": 1_000,
            "min_spend_minor": 5_000,
            "is_claimable": True,
            "claim_limit": 500,
            "limit_per_buyer": 1,
        },
    ),
    (
        _Window(-20, 20),
        {
            "code": "TEA-15",
            "name": "香树茶券",
            "name_en": "Xiangshu tea coupon",
            "seller_code": "C03",
            "percent": 15,
            "cap_minor": 3_000,
            "is_claimable": True,
            "claim_limit": 200,
            "limit_per_buyer": 2,
        },
    ),
    (
        _Window(-60, 20),
        {
            "code": "SOY5",
            "name": "羊角满五十减五",
            "name_en": "5 off 50 at Yangjiao",
            "seller_code": "C11",
            "amount_minor": 500,
            "min_spend_minor": 5_000,
            "total_limit": 200,
        },
    ),
    (
        _Window(-30, 14),
        {
            "code": "THANKS",
            "name": "老客答谢券",
            "name_en": "Thank-you coupon",
            "amount_minor": 1_500,
            "min_spend_minor": 8_000,
            "is_given": True,
            "limit_per_buyer": 1,
        },
    ),
    (
        _Window(-50, -20),
        {
            "code": "AUTUMN8",
            "name": "秋收券",
            "name_en": "Autumn coupon",
            "amount_minor": 800,
            "is_given": True,
            "limit_per_buyer": 1,
        },
    ),
)


def load(session: Session, *, at: datetime) -> None:
    """Write tiers, boxes, campaigns and coupons, and give some coupons to the demo consumer."""
    listed_at = at - timedelta(days=LISTED_DAYS_AGO)
    for code, (seller, plan) in BOXES.items():
        catalog.make_box(session, plan, seller_code=seller, at=listed_at, code=code)
    for sku, (seller, tiers) in TIERS.items():
        catalog.set_tiers(session, sku, tiers, seller_code=seller)
    for window, campaign in CAMPAIGNS:
        catalog.begin_campaign(session, _campaign(window, campaign, at), actor=ACTOR, at=at)
    for window, terms in COUPONS:
        orders.make_coupon(session, _coupon(window, terms, at), actor=ACTOR, at=listed_at)
    people = tables.table("people")
    consumer = session.scalars(select(people.c.id).where(people.c.login == CONSUMER)).one()
    for code in GIVEN:
        orders.give_coupon(session, code, [consumer], at=at - timedelta(days=25))


def _campaign(window: _Window, terms: Mapping[str, Any], at: datetime) -> NewCampaign:
    return NewCampaign(**{**terms, **window.around(at), "is_sample": True})


def _coupon(window: _Window, terms: Mapping[str, Any], at: datetime) -> NewCoupon:
    return NewCoupon(**{**terms, **window.around(at), "is_sample": True})


@dataclass(frozen=True, slots=True)
class _Wish:
    """An order that used offers: how long ago, what, and how."""

    days_ago: int
    goods: Mapping[str, int]
    coupons: tuple[str, ...] = ()
    box: str = ""
    boxes: int = 0
    is_consumer: bool = False


WISHES: Final = (
    _Wish(52, {"P031-1": 20}),
    _Wish(46, {"P028-1": 10}, ("SHANJI20",)),
    _Wish(38, {"P033-1": 4}),
    _Wish(36, {"P033-1": 2}, ("SOY5", "SHANJI20")),
    _Wish(27, {}, ("AUTUMN8",), box="BOX-SOY", boxes=1, is_consumer=True),
    _Wish(24, {}, ("SHANJI20",), box="BOX-TEA", boxes=2),
    _Wish(17, {}, (), box="BOX-SOY", boxes=5),
    _Wish(12, {"P031-1": 5, "P036-1": 2}, ("SHANJI20", "SOY5")),
    _Wish(8, {}, ("SHANJI20",), box="BOX-SOY", boxes=2),
    # In the days before a campaign: what was paid then is struck through beside its price.
    _Wish(6, {"P028-1": 1, "P007-1": 1}),
    _Wish(5, {"P014-1": 1}),
    _Wish(4, {"P036-1": 1}),
    _Wish(4, {"P018-1": 2}),
    _Wish(1, {"P014-1": 2, "P018-1": 1}),
)


def plan(planner: Planner, *, until: datetime) -> list[PlannedGroup]:
    """Return checkouts that used offers; goods out of season are not asked for."""
    found = (_group(planner, wish, until) for wish in WISHES)
    return [group for group in found if group is not None]


def _group(planner: Planner, wish: _Wish, until: datetime) -> PlannedGroup | None:
    known = {good.sku: good for good in planner.goods}
    wanted = dict(wish.goods)
    if wish.box:
        _, box = BOXES[wish.box]
        wanted = {sku: packs * wish.boxes for sku, packs in box.parts.items()}
    placed_at = planner.moment(local_date(until - timedelta(days=wish.days_ago)))
    if placed_at >= until or not _can_be_had(wanted, known, placed_at):
        return None
    basket = [(known[sku], packs) for sku, packs in wanted.items()]
    group = planner.group("SHLL", None, basket, placed_at, city="渝中区")
    return replace(
        group,
        coupons=wish.coupons,
        boxed={f"{wish.box}-1": wish.boxes} if wish.box else {},
        login=CONSUMER if wish.is_consumer else group.login,
    )


def _can_be_had(wanted: Mapping[str, int], known: Mapping[str, Any], at: datetime) -> bool:
    skus: Sequence[str] = list(wanted)
    return all(sku in known and known[sku].is_in_season(local_date(at)) for sku in skus)
