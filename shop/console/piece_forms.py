"""What the form of an event or a block says: read, cleaned, its photo kept."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from flask import request
from PIL import Image
from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.listing.editorial import find_picture
from catalog.rules import editorial as rules
from catalog.values.editorial import GoodsSection, LinkTile, PieceKind, PiecePlan
from kernel import pictures
from kernel.access import current_actor
from kernel.clock import SHANGHAI
from kernel.errors import InvalidError
from kernel.pictures import Copy
from parties.values import Role
from supplier_portal.listing_forms import (
    BANNER_WIDTHS,
    LARGE_WIDTHS,
    PHOTO_EDGE,
    PHOTO_WIDTHS,
    clean_story,
)

SEPARATORS = re.compile(r"[\s,，、;；]+")
MOMENT = "%Y-%m-%dT%H:%M"
LONGEST_MOMENT = len("2026-12-31T23:59")
LONGEST = 4_000
FREE_ROWS = 2
"""Empty rows of the form for sections and links that are not there yet."""


def read_plan(session: Session, kind: PieceKind, kept: PiecePlan, *, at: datetime) -> PiecePlan:
    """Return the piece of the form; a photo that was sent is kept, and stands on it.

    Raises `InvalidError` for moments and numbers nobody can read.
    """
    is_event = kind is PieceKind.EVENT
    return PiecePlan(
        title=_line("title"),
        title_en=_line("title_en"),
        text=clean_story(_text("text")),
        text_en=clean_story(_text("text_en")),
        picture=_picture(session, kept, at=at),
        link=_line("link"),
        button=_line("button"),
        button_en=_line("button_en"),
        place="" if is_event else _line("place"),
        position=_position(),
        starts_at=read_moment(request.form.get("starts_at", "")),
        ends_at=read_moment(request.form.get("ends_at", "")),
        sections=tuple(_sections(kept)),
        campaigns=_codes("campaigns") if is_event else (),
        coupons=_codes("coupons") if is_event else (),
        villages=_codes("villages"),
        tiles=tuple(_tiles(kept)),
    )


def read_moment(given: str) -> datetime | None:
    """Return a moment in Shanghai time, or None for an empty field; raises `InvalidError`."""
    if not given.strip():
        return None
    try:
        return datetime.strptime(given.strip()[:LONGEST_MOMENT], MOMENT).replace(
            tzinfo=SHANGHAI
        )
    except ValueError as error:
        raise InvalidError("piece_moment_unreadable", "no moment") from error


def write_moment(moment: datetime | None) -> str:
    """Return a moment as a field of a form has it, in Shanghai time."""
    return moment.astimezone(SHANGHAI).strftime(MOMENT) if moment else ""


def _sections(kept: PiecePlan) -> Iterator[GoodsSection]:
    for row in range(len(kept.sections) + FREE_ROWS):
        section = GoodsSection(
            title=_line(f"section_{row}_title"),
            title_en=_line(f"section_{row}_title_en"),
            products=_codes(f"section_{row}_products"),
        )
        if section != GoodsSection():
            yield section


def _tiles(kept: PiecePlan) -> Iterator[LinkTile]:
    for row in range(len(kept.tiles) + FREE_ROWS):
        tile = LinkTile(
            label=_line(f"tile_{row}_label"),
            label_en=_line(f"tile_{row}_label_en"),
            link=_line(f"tile_{row}_link"),
        )
        if tile != LinkTile():
            yield tile


def _picture(session: Session, kept: PiecePlan, *, at: datetime) -> str:
    """Return the photo that was sent, the picture of the goods named, or the old one."""
    file = request.files.get("photo")
    if file and file.filename:
        image = pictures.read(file.stream, edge=PHOTO_EDGE)
        return catalog.keep_photo(session, _own_organisation(), photo_copies(image), at=at)
    named = _line("picture_of")
    return find_picture(session, named) if named else kept.picture


def photo_copies(image: Image.Image) -> list[Copy]:
    """Return a picture as cards and banners need it."""
    squares = pictures.squares(image, PHOTO_WIDTHS, larger=LARGE_WIDTHS)
    return [*squares, *pictures.banners(image, BANNER_WIDTHS)]


def _own_organisation() -> str:
    return min(current_actor().organisation_codes(Role.OPERATOR))


def _position() -> int:
    text = _line("position") or "100"
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(rules.MAX_POSITION)):
        raise InvalidError("piece_position_unfit", "no number", maximum=rules.MAX_POSITION)
    return int(text)


def _codes(name: str) -> tuple[str, ...]:
    """Return codes in their order, each once, and last the one that was picked."""
    given: Sequence[str] = SEPARATORS.split(f"{_text(name)} {_line(f'{name}_more')}")
    return tuple(dict.fromkeys(code[:64] for code in given if code))


def _line(name: str) -> str:
    return " ".join(request.form.get(name, "").split())[:LONGEST]


def _text(name: str) -> str:
    return request.form.get(name, "").replace("\x00", "")[: 2 * LONGEST]
