"""Writes the sample's events and blocks; one event runs whatever the day of loading is.

The tea season is this spring's, or last year's until it begins; the New Year fair is the next
one, or the one that runs. The harvest days lie around the day of loading.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

from PIL import Image
from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.values.editorial import GoodsSection, LinkTile, PieceKind, PiecePlan
from kernel.clock import at_local_midnight, local_date
from kernel.pictures import banners, squares
from supplier_portal.listing_forms import BANNER_WIDTHS, PHOTO_WIDTHS
from workflows import piece_published

ACTOR: Final = "person:sample"
PLATFORM: Final = "PLATFORM"
HARVEST: Final = Path(__file__).parents[2] / "static" / "img" / "harvest-960.webp"
TEA: Final = "fairy-red-tea-season"
FAIR: Final = "wulong-new-year-fair"
DAYS: Final = "wulong-harvest-days"
TEA_BEGINS, TEA_ENDS = (3, 20), (5, 11)
FAIR_BEGINS, FAIR_ENDS = (12, 1), (2, 1)
AROUND_BEFORE, AROUND_AFTER = 3, 14

CANVAS: Final = (1_440, 960)
DRAWN: Final = (1_440, 540)
MEADOW: Final = "#cfe3c8"

BLOCKS: Final[tuple[tuple[PieceKind, str, PiecePlan], ...]] = (
    (
        PieceKind.HERO,
        "home-harvest",
        PiecePlan(
            title="山货节：限量活动价",
            title_en="Harvest days: a limited number at these prices",
            text="<p>活动库存单独留出，划线价只写真实成交过的价格。</p>",
            text_en="<p>Packs are kept apart, and only prices really paid are struck "
            "through.</p>",
            picture="hotpot-set",
            link=f"/events/{DAYS}",
            button="看看山货节",
            button_en="To the harvest days",
            position=10,
        ),
    ),
    (
        PieceKind.GOODS,
        "home-gifts",
        PiecePlan(
            title="带一份山里的心意",
            title_en="Something from the hills to give",
            sections=(GoodsSection(products=("P003", "P033", "P062", "P057")),),
            position=20,
        ),
    ),
    (
        PieceKind.VILLAGES,
        "home-tea-villages",
        PiecePlan(
            title="这个月看这几个村",
            title_en="Villages of the month",
            villages=("500156109200", "500156101201", "500156208201", "500156004205"),
            position=30,
        ),
    ),
    (
        PieceKind.TILES,
        "home-ways",
        PiecePlan(
            title="常用入口",
            title_en="Ways often taken",
            tiles=(
                LinkTile(label="限时优惠", label_en="Deals for a time", link="/deals"),
                LinkTile(
                    label="冷链怎么保证", label_en="How the cold is kept", link="/help/cold"
                ),
                LinkTile(label="扫码溯源", label_en="Trace a lot", link="/trace"),
                LinkTile(label="证照公示", label_en="Licences", link="/licences"),
            ),
            position=40,
        ),
    ),
    (
        PieceKind.TEXT,
        "home-promise",
        PiecePlan(
            title="优惠是谁出的钱",
            title_en="Who pays for a lower price",
            text="<p>平台活动由平台承担，农户、合作社和村仍按平常价格分得；卖家活动由卖家承担，"
            "不低于收购成本。</p>",
            text_en="<p>The platform bears its own campaigns: households, cooperatives and "
            "villages get their part of the usual price. Sellers bear theirs, never below "
            "what goods were bought for.</p>",
            position=50,
        ),
    ),
)


def load(session: Session, *, at: datetime) -> None:
    """Write and publish the sample's events, then the blocks of the first page."""
    for kind, code, plan in (*_events(local_date(at)), *BLOCKS):
        if code == DAYS:
            plan = replace(plan, picture=_banner(session, at=at))  # noqa: PLW2901
        catalog.begin_piece(session, kind, code, plan, actor=ACTOR, at=at, is_sample=True)
        piece_published.publish(session, code, 1, actor=ACTOR, at=at)


def _banner(session: Session, *, at: datetime) -> str:
    """Keep the drawing of the harvest as a photo of the platform's, square and wide."""
    image = Image.new("RGB", CANVAS, MEADOW)
    with Image.open(HARVEST) as drawn:
        drawn.thumbnail(DRAWN)
        place = [(whole - part) // 2 for whole, part in zip(CANVAS, drawn.size, strict=True)]
        image.paste(drawn, (place[0], place[1]), drawn.convert("RGBA"))
    copies = (*squares(image, PHOTO_WIDTHS), *banners(image, BANNER_WIDTHS))
    return catalog.keep_photo(session, PLATFORM, copies, at=at)


def tea_season(today: date) -> tuple[date, date]:
    """Return the days of the tea season that began last."""
    year = today.year if today >= date(today.year, *TEA_BEGINS) else today.year - 1
    return date(year, *TEA_BEGINS), date(year, *TEA_ENDS)


def new_year_fair(today: date) -> tuple[date, date]:
    """Return the days of the New Year fair that runs, or of the next one."""
    year = today.year - 1 if today < date(today.year, *FAIR_ENDS) else today.year
    return date(year, *FAIR_BEGINS), date(year + 1, *FAIR_ENDS)


def _events(today: date) -> Iterator[tuple[PieceKind, str, PiecePlan]]:
    around = (today - timedelta(days=AROUND_BEFORE), today + timedelta(days=AROUND_AFTER))
    yield PieceKind.EVENT, DAYS, _harvest_days(around)
    yield PieceKind.EVENT, FAIR, _fair(new_year_fair(today))
    yield PieceKind.EVENT, TEA, _tea(tea_season(today))


def _harvest_days(days: tuple[date, date]) -> PiecePlan:
    return PiecePlan(
        title="武隆山货节",
        title_en="Wulong harvest days",
        text="<p>高山上的笋、菌、羊肉和豆干都收好了。<strong>平台承担的优惠不减少农户的收入</strong>，"
        "活动价的库存单独留出，卖完恢复平常价。</p>",
        text_en="<p>Bamboo shoots, mushrooms, goat and dried tofu of the high hills are in. "
        "<strong>What the platform takes off lowers nobody's income</strong>; packs at these "
        "prices are kept apart, and when they are gone the usual price holds.</p>",
        picture="dried-shoot",
        sections=(
            GoodsSection(
                title="暖锅搭子",
                title_en="For the hot pot",
                products=("P014", "P015", "P018", "P028"),
            ),
            GoodsSection(
                title="下饭小菜",
                title_en="Beside the rice",
                products=("P036", "P031", "P033", "P029"),
            ),
        ),
        campaigns=("HILL-HARVEST", "GOAT-WARM"),
        coupons=("WELCOME10",),
        position=10,
        starts_at=at_local_midnight(days[0]),
        ends_at=at_local_midnight(days[1]),
    )


def _fair(days: tuple[date, date]) -> PiecePlan:
    return PiecePlan(
        title="武隆年货节",
        title_en="Wulong New Year fair",
        text="<p>腊肉上架，核桃装箱，一村一样年味。冷链年货请早下单，<em>雨雪天气可能延迟</em>。</p>",
        text_en="<p>Smoked pork, walnuts, and a taste of the New Year from every village. "
        "Order chilled goods early: <em>snow may delay them</em>.</p>",
        picture="new-year-box",
        sections=(
            GoodsSection(
                title="年夜饭",
                title_en="The dinner",
                products=("P022", "P076", "P020", "P065"),
            ),
            GoodsSection(
                title="走亲访友",
                title_en="To give",
                products=("P080", "P033", "P062", "P003"),
            ),
        ),
        position=20,
        starts_at=at_local_midnight(days[0]),
        ends_at=at_local_midnight(days[1]),
    )


def _tea(days: tuple[date, date]) -> PiecePlan:
    return PiecePlan(
        title="仙女红采茶季",
        title_en="Fairy Red tea season",
        text="<p>白马山的茶芽在清明前后最嫩。采茶、做茶、分红，每一步都写在批次里。</p>",
        text_en="<p>The buds of White Horse Mountain are most tender around Qingming. Picking, "
        "making and sharing are written down lot by lot.</p>",
        picture="tea-picking",
        sections=(
            GoodsSection(
                title="红茶与绿茶",
                title_en="Black and green",
                products=("P001", "P002", "P003", "P004", "P005", "P007"),
            ),
        ),
        position=30,
        starts_at=at_local_midnight(days[0]),
        ends_at=at_local_midnight(days[1]),
    )
