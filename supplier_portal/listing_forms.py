"""What a seller writes of goods: reads the form of a listing, cleans its story and photos."""

import re
from collections.abc import Iterator

import nh3
from flask import request
from markupsafe import escape

from catalog.rules import listings as rules
from catalog.values import ListingPlan, SaleUnit, SkuPlan
from kernel import pictures
from kernel.pictures import Copy
from supplier_portal import offer_forms

STORY_TAGS = {"p", "br", "strong", "em", "ul", "ol", "li", "h3", "h4", "blockquote"}
"""No links and no pictures: nothing leads to another host, photos have their own place."""
PHOTO_EDGE = 2_400
PHOTO_WIDTHS = (160, 320, 480, 960)
LARGE_WIDTHS = (1_440,)
"""Made where the photo has so many pixels."""
BANNER_WIDTHS = (480, 960, 1_440)
GRAMS = 1_000
TOWNSHIP, VILLAGE = 9, 12
DISTRICT = 6
FREE_ROWS = 3
"""Empty rows of the form for packs that are not there yet."""
WEIGHT = re.compile(r"(\d{1,5})(?:\.(\d{1,3}))?")
TAG = re.compile(r"</?[A-Za-z]")
NEW_LINE, BREAK = "\n", "<br>"
PARAGRAPHS = re.compile(r"\n\s*\n")


def read_plan(kept: ListingPlan, attributes: list[str], new_photos: list[str]) -> ListingPlan:
    """Return the listing of the form; photos go in the order of their numbers, new ones last.

    What cannot be read as a number counts as left out, so that a draft is never lost; the rules
    then say what is missing.
    """
    place = request.form.get("place", "")
    category, _, kind = request.form.get("category", "").partition("/")
    return ListingPlan(
        name=_line("name", rules.MAX_NAME),
        name_en=_line("name_en", rules.MAX_NAME_EN),
        category_code=category,
        kind_code=kind,
        brand=_line("brand", rules.MAX_NAME),
        series=_line("series", rules.MAX_NAME),
        description=request.form.get("description", "").strip()[: rules.MAX_DESCRIPTION],
        story=clean_story(request.form.get("story", "")),
        district_code=place[:DISTRICT],
        township_code=place[:TOWNSHIP] if len(place) >= TOWNSHIP else "",
        village_code=place if len(place) == VILLAGE else "",
        storage_code=_line("storage", rules.MAX_CODE),
        shelf_life_days=_whole("shelf_life"),
        season_months=_months(),
        is_year_round="year_round" in request.form,
        is_food="not_food" not in request.form,
        attributes={code: word for code in attributes if (word := _line(f"is_{code}", 32))},
        photos=(*_photos(kept), *new_photos),
        skus=tuple(_packs(kept)),
    )


def clean_story(text: str) -> str:
    """Return what a seller tells as HTML of few tags; plain text becomes paragraphs."""
    text = text.replace("\r\n", "\n").strip()[: rules.MAX_STORY]
    told = nh3.clean(text, tags=STORY_TAGS, attributes={}) if TAG.search(text) else escape(text)
    if TAG.search(told):
        return str(told)
    parts = (part.strip() for part in PARAGRAPHS.split(told))
    return "".join(f"<p>{part.replace(NEW_LINE, BREAK)}</p>" for part in parts if part)


def read_photos() -> Iterator[list[Copy]]:
    """Return every photo sent, in all its widths; raises `InvalidError`."""
    for file in request.files.getlist("new_photos")[: rules.MAX_PHOTOS]:
        if file.filename:
            image = pictures.read(file.stream, edge=PHOTO_EDGE)
            yield pictures.squares(image, PHOTO_WIDTHS, larger=LARGE_WIDTHS)


def _photos(kept: ListingPlan) -> list[str]:
    places = {stem: _whole(f"place_{stem}") for stem in kept.photos}
    stay = [stem for stem in kept.photos if f"drop_{stem}" not in request.form]
    return sorted(stay, key=lambda stem: (places[stem] or rules.MAX_PHOTOS, stay.index(stem)))


def _months() -> tuple[int, ...]:
    given = {value for value in request.form.getlist("months") if value.isascii()}
    return tuple(month for month in range(1, rules.DECEMBER + 1) if str(month) in given)


def _packs(kept: ListingPlan) -> Iterator[SkuPlan]:
    """Return the packs of the form; a row without words is no pack."""
    old = {sku.code: sku for sku in kept.skus if sku.code}
    rows = len(kept.skus) + FREE_ROWS
    for row in range(rows):
        code = _line(f"sku_code_{row}", 64)
        spec = _line(f"sku_spec_{row}", rules.MAX_SPEC)
        price, grams = _fen(f"sku_price_{row}"), _grams(f"sku_weight_{row}")
        if f"sku_drop_{row}" in request.form or not (spec or price or grams):
            continue
        before = old.get(code)
        low, high = _grams(f"sku_min_{row}"), _grams(f"sku_max_{row}")
        yield SkuPlan(
            code=code if before else "",
            own_code=_line(f"sku_own_{row}", rules.MAX_CODE),
            spec=spec,
            pack=_line(f"sku_pack_{row}", rules.MAX_SPEC),
            net_weight_g=before.net_weight_g if before else grams or 0,
            sale_unit=before.sale_unit if before else _unit(low, high),
            piece_min_g=before.piece_min_g if before else low,
            piece_max_g=before.piece_max_g if before else high,
            price_minor=price or 0,
        )


def _unit(low: int | None, high: int | None) -> SaleUnit:
    return SaleUnit.PACK if low is None and high is None else SaleUnit.WEIGHT


def _line(name: str, longest: int) -> str:
    return " ".join(request.form.get(name, "").split())[:longest]


def _whole(name: str) -> int | None:
    text = _line(name, 6)
    return int(text) if text.isascii() and text.isdigit() else None


def _fen(name: str) -> int | None:
    text = _line(name, 12).removeprefix("¥").replace(",", "")
    found = offer_forms.AMOUNT.fullmatch(text) if text.isascii() else None
    return None if found is None else int(found[1]) * 100 + int(((found[2] or "") + "00")[:2])


def _grams(name: str) -> int | None:
    """Read kilograms with at most three decimals as grams."""
    text = _line(name, 10)
    found = WEIGHT.fullmatch(text) if text.isascii() else None
    if found is None:
        return None
    return int(found[1]) * GRAMS + int(((found[2] or "") + "000")[:3])
