"""Product cards ready to print: addresses, names in the reader's language, figures as text.

A list prints up to 48 of them, so everything that can be said once is said here and not in the
template.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from flask import request, url_for

from catalog.listing.cards import CardRow, StockState
from shop.i18n import MINOR_PER_YUAN, bilingual, fen, is_english

PICTURE_SIZES = (160, 320, 480)


@dataclass(frozen=True, slots=True)
class PictureView:
    """The addresses of one picture by width in pixels."""

    small: str
    medium: str
    large: str


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
    """Price of 500 g with its sign of currency; empty for goods not sold by weight."""
    storage: str
    is_seasonal: bool
    """In season now, and not all the year."""
    state: StockState
    certificates: tuple[str, ...]
    is_recognised: bool
    sku: str
    """The SKU a press on the card's button adds; empty where there is a choice to make."""


def view_cards(rows: Iterable[CardRow]) -> list[CardView]:
    """Return cards ready to print in the reader's language."""
    base = url_for("storefront_catalog.index")
    return [_view(row, base) for row in rows]


def _view(row: CardRow, base: str) -> CardView:
    yuan, cents = divmod(row.price_minor, MINOR_PER_YUAN)
    is_buyable = row.stock_state is StockState.IN_STOCK
    return CardView(
        href=f"{base}/{row.code}",
        name=bilingual(row.name, row.name_en),
        category=row.category_code,
        picture=picture(row.picture),
        origin=_origin(row),
        yuan=f"{yuan:,}",
        cents=f"{cents:02d}",
        spec=row.spec,
        has_more_skus=row.sku_count > 1,
        per_jin="" if row.per_jin_minor is None else fen(row.per_jin_minor),
        storage=row.storage_code,
        is_seasonal=row.is_in_season and not row.is_year_round,
        state=row.stock_state,
        certificates=tuple(row.certificate_codes),
        is_recognised=row.is_recognised,
        sku=row.sku_code if is_buyable and row.sku_count == 1 else "",
    )


def _origin(row: CardRow) -> str:
    place = place_name(row.place_name, row.place_pinyin)
    village = place_name(row.village_name or "", row.village_pinyin)
    return " ".join(filter(None, (place, village)))


def place_name(name: str, pinyin: str | None) -> str:
    """Return a place as the reader writes it: 白马镇, or Baima for readers of English."""
    if pinyin and is_english():
        return "".join(pinyin.split()).capitalize()
    return name


def picture(stem: str) -> PictureView:
    """Return the addresses of a product's picture."""
    return _picture(stem, request.script_root)


@lru_cache(maxsize=2048)
def _picture(stem: str, script_root: str) -> PictureView:
    del script_root  # Part of every address, so part of the key.
    return PictureView(
        *(url_for("static", filename=f"img/kinds/{stem}-{px}.webp") for px in PICTURE_SIZES)
    )
