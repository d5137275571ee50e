"""Product cards ready to print: addresses, names in the reader's language, figures as text.

A list prints up to 48 of them, so everything that can be said once is said here and not in the
template.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial

from flask import current_app, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup

from catalog.listing.cards import CardRow, StockState
from catalog.values import PHOTO_MARK
from catalog.values.papers import BRANDED
from kernel.regions import DistrictMark
from shop.i18n import MINOR_PER_YUAN, fen, is_english
from shop.storefront.labels import certificate_labels, mark_labels, storage_labels

PICTURE_SIZES = (160, 320, 480)
WIDE_SIZES = (480, 960, 1_440)
COLD = frozenset({"CHILL_MEAT", "CHILL_VEG", "CHILL_READY", "FROZEN", "ICED", "TEA_COLD"})
"""Storage classes a card points out."""
NARROWEST = (DistrictMark.KEY, DistrictMark.COUNTY_832, DistrictMark.LIFTED)


@dataclass(frozen=True, slots=True)
class Way:
    """How long the way to a chosen place takes."""

    is_known: bool = False
    """Whether a place was chosen."""
    hours: int | None = None
    """Empty where nobody knows."""


ANYWHERE = Way()


@dataclass(frozen=True, slots=True)
class PictureView:
    """The addresses of one picture by width in pixels."""

    small: str
    medium: str
    large: str
    wide: str = ""
    """A photo cut wide; empty for drawings, which are square."""
    wide_set: str = ""
    """The same in every width, as `srcset` has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardView:
    """One product card."""

    href: str
    name: str
    category: str
    picture: PictureView
    origin: str
    yuan: str
    cents: str
    spec: str
    has_more_skus: bool
    per_jin: str
    """Price of 500 g in words; empty for goods not sold by weight."""
    cold: str
    """The word for a storage class that needs cold; empty for others."""
    is_seasonal: bool
    """In season now, and not all the year."""
    state: StockState
    marks: tuple[str, ...]
    """The names of certificates that are valid today."""
    is_recognised: bool
    origin_mark: str
    """The narrowest list on which its district stands; empty for none."""
    stars: str
    """The average of its reviews, as 4.7; empty without any."""
    reviews: int
    ships_until: date | None
    """The last day on which goods leave that are sold before they are there."""
    is_out_of_reach: bool
    """It would not arrive in time at the chosen place."""
    campaign: str
    """The campaign that gives the price; empty for goods at their own price."""
    struck: str
    """The lowest price paid before the campaign in words, where that is higher; else empty."""
    is_box: bool
    sku: str
    """The SKU a press on the card's button adds; empty where there is a choice to make."""


def view_cards(rows: Iterable[CardRow], way: Way = ANYWHERE) -> list[CardView]:
    """Return cards ready to print in the reader's language."""
    words = _Words(
        is_english=is_english(),
        base=url_for("storefront_catalog.index"),
        pictures=request.script_root,
        per_jin=_("合 %(amount)s / 500 克", amount="{}"),
        storages=storage_labels(),
        certificates=certificate_labels(),
        marks=mark_labels(),
        way=way,
    )
    return [_view(row, words) for row in rows]


def card_printer(heading: str, name: str, icons: str) -> Callable[[CardView, str], Markup]:
    """Return what prints the cards of a list: its headings' level, its form, its icons.

    Everything a card says is in its view, so that no card is printed twice while many are
    asked for.
    """
    return _printer(str(get_locale()), heading, name, icons)


@lru_cache(maxsize=64)
def _printer(
    locale: str, heading: str, name: str, icons: str
) -> Callable[[CardView, str], Markup]:
    del locale  # The template is in the language in use.
    template = current_app.jinja_env.get_template("storefront/catalog/_card.html")
    card = template.module.card  # type: ignore[attr-defined]  # a macro

    @lru_cache(maxsize=1024)
    def printed(view: CardView, loading: str) -> Markup:
        html: Markup = card(view, heading, name, loading, icons)
        return html

    return printed


@dataclass(frozen=True, slots=True)
class _Words:
    """What is the same on every card of a page."""

    is_english: bool
    base: str
    pictures: str
    per_jin: str
    storages: Mapping[str, str]
    certificates: Mapping[str, str]
    marks: Mapping[str, str]
    way: Way

    def is_late(self, limit_hours: int | None) -> bool:
        """Say whether goods with a limit would not arrive in time."""
        if limit_hours is None or not self.way.is_known:
            return False
        return self.way.hours is None or self.way.hours > limit_hours


def _view(row: CardRow, words: _Words) -> CardView:
    yuan, cents = divmod(row.price_minor, MINOR_PER_YUAN)
    is_buyable = row.stock_state in (StockState.IN_STOCK, StockState.PRESALE)
    per_jin = row.per_jin_minor
    return CardView(
        href=f"{words.base}/{row.code}",
        name=row.name_en if words.is_english and row.name_en else row.name,
        category=row.category_code,
        picture=_picture(row.picture, words.pictures),
        origin=_origin(row, is_english=words.is_english),
        yuan=f"{yuan:,}",
        cents=f"{cents:02d}",
        spec=row.spec,
        has_more_skus=row.sku_count > 1,
        per_jin="" if per_jin is None else words.per_jin.format(fen(per_jin)),
        cold=words.storages.get(row.storage_code, "") if row.storage_code in COLD else "",
        is_seasonal=row.is_in_season and not row.is_year_round,
        state=row.stock_state,
        marks=tuple(
            words.certificates.get(code, code)
            for code in row.certificate_codes
            if code not in BRANDED
        ),
        is_recognised=row.is_recognised,
        origin_mark=next(
            (words.marks[one] for one in NARROWEST if one in row.origin_marks), ""
        ),
        stars=_stars(row.reviews.tenths),
        reviews=row.reviews.count,
        ships_until=row.ships_until if row.stock_state is StockState.PRESALE else None,
        is_out_of_reach=words.is_late(row.limit_hours),
        campaign=_campaign(row, is_english=words.is_english),
        struck="" if row.struck_minor is None else fen(row.struck_minor),
        is_box=row.is_box,
        sku=row.sku_code if is_buyable and row.sku_count == 1 else "",
    )


def _stars(tenths: int | None) -> str:
    return "" if tenths is None else f"{tenths // 10}.{tenths % 10}"


def _campaign(row: CardRow, *, is_english: bool) -> str:
    return (row.campaign_name_en if is_english else "") or row.campaign_name or ""


def _origin(row: CardRow, *, is_english: bool) -> str:
    place = _written(row.place_name, row.place_pinyin, is_english=is_english)
    village = _written(row.village_name or "", row.village_pinyin, is_english=is_english)
    return f"{place} {village}".rstrip()


def place_name(name: str, pinyin: str | None) -> str:
    """Return a place as the reader writes it: 白马镇, or Baima for readers of English."""
    return _written(name, pinyin, is_english=is_english())


def place_namer() -> Callable[[str, str | None], str]:
    """Return `place_name` for a page that names many places."""
    return partial(_written, is_english=is_english())


def _written(name: str, pinyin: str | None, *, is_english: bool) -> str:
    return "".join(pinyin.split()).capitalize() if pinyin and is_english else name


def picture(stem: str) -> PictureView:
    """Return the addresses of a product's picture."""
    return _picture(stem, request.script_root)


def picture_address(stem: str, pixels: int) -> str:
    """Return the address of a photo a seller sent, or of a drawing of the shop's."""
    if stem.startswith(PHOTO_MARK):
        return url_for("storefront_pictures.show", stem=stem, pixels=pixels)
    return url_for("static", filename=f"img/kinds/{stem}-{pixels}.webp")


@lru_cache(maxsize=2048)
def _picture(stem: str, script_root: str) -> PictureView:
    del script_root  # Part of every address, so part of the key.
    squares = [picture_address(stem, px) for px in PICTURE_SIZES]
    if not stem.startswith(PHOTO_MARK):
        return PictureView(*squares)
    wide = {
        pixels: url_for("storefront_pictures.show_wide", stem=stem, pixels=pixels)
        for pixels in WIDE_SIZES
    }
    widths = ", ".join(f"{address} {pixels}w" for pixels, address in wide.items())
    small, medium, large = squares
    return PictureView(small, medium, large, wide=wide[WIDE_SIZES[0]], wide_set=widths)
