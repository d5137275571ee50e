"""What events and blocks may say, and where they stand at a moment; no database."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from catalog.values import PHOTO_MARK
from catalog.values.editorial import GoodsSection, Phase, PieceKind, PiecePlan
from kernel.errors import InvalidError

EVENT_CODE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
SHORTEST_CODE, LONGEST_CODE = 3, 48
LINK = re.compile(r"/(?![/\\])[A-Za-z0-9/_.,=&?%#:+-]*")
"""A way inside the shop: it begins with one slash, so no other host is meant."""
PICTURE = re.compile(rf"(?:{PHOTO_MARK}[0-9a-f]{{32}}|[a-z0-9]+(?:-[a-z0-9]+)*)")
MAX_TITLE = 60
MAX_TITLE_EN = 120
MAX_TEXT = 8_000
MAX_LINK = 200
MAX_LABEL = 30
MAX_LABEL_EN = 60
MAX_SECTIONS = 6
MAX_GOODS = 24
MAX_VILLAGES = 12
MAX_TILES = 8
MAX_OFFERS = 12
MAX_POSITION = 9_999


NEEDED: Mapping[PieceKind, tuple[str, ...]] = {
    PieceKind.EVENT: ("text", "starts_at", "ends_at", "picture", "sections"),
    PieceKind.HERO: ("picture", "link"),
    PieceKind.TEXT: ("text",),
    PieceKind.GOODS: ("sections",),
    PieceKind.VILLAGES: ("villages",),
    PieceKind.TILES: ("tiles",),
}
"""What each kind needs besides its title in both languages."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What keeps a piece from being published: the field, what is wrong, and with what."""

    field: str
    code: str
    what: str = ""


def check_code(code: str) -> None:
    """Refuse what cannot stand in the address of an event."""
    if not (
        EVENT_CODE.fullmatch(code)
        and code.isascii()
        and SHORTEST_CODE <= len(code) <= LONGEST_CODE
    ):
        raise InvalidError("event_code_unfit", "3 to 48 of a-z, 0-9 and hyphens between")


def check_plan(plan: PiecePlan) -> None:
    """Refuse what could not even be kept as a draft: too long, too many, or leading away."""
    _check_period(plan)
    _check_sizes(plan)
    for link in (plan.link, *(tile.link for tile in plan.tiles)):
        if link and (len(link) > MAX_LINK or not LINK.fullmatch(link)):
            raise InvalidError("piece_link_unfit", "links stay inside the shop")
    if plan.picture and not PICTURE.fullmatch(plan.picture):
        raise InvalidError("photo_unknown", "no such picture")
    if not 0 <= plan.position <= MAX_POSITION:
        raise InvalidError("piece_position_unfit", "0 to 9999", maximum=MAX_POSITION)


def _check_period(plan: PiecePlan) -> None:
    if any(moment.tzinfo is None for moment in (plan.starts_at, plan.ends_at) if moment):
        raise InvalidError("piece_moment_unreadable", "a moment without its zone")
    if plan.starts_at and plan.ends_at and plan.ends_at <= plan.starts_at:
        raise InvalidError("period_out_of_order", "it ends before it begins")


def _check_sizes(plan: PiecePlan) -> None:
    for words, longest in _words(plan):
        if len(words) > longest:
            raise InvalidError("piece_too_long", "a text is too long", maximum=longest)
    for many, most in (
        (plan.sections, MAX_SECTIONS),
        (plan.villages, MAX_VILLAGES),
        (plan.tiles, MAX_TILES),
        (plan.campaigns, MAX_OFFERS),
        (plan.coupons, MAX_OFFERS),
        *((section.products, MAX_GOODS) for section in plan.sections),
    ):
        if len(many) > most:
            raise InvalidError("piece_too_many", "too many of a kind", maximum=most)


def _words(plan: PiecePlan) -> Iterator[tuple[str, int]]:
    for section in (GoodsSection(title=plan.title, title_en=plan.title_en), *plan.sections):
        yield section.title, MAX_TITLE
        yield section.title_en, MAX_TITLE_EN
    yield from ((plan.text, MAX_TEXT), (plan.text_en, MAX_TEXT))
    yield from ((plan.button, MAX_LABEL), (plan.button_en, MAX_LABEL_EN))
    for tile in plan.tiles:
        yield tile.label, MAX_LABEL
        yield tile.label_en, MAX_LABEL_EN


def find_missing(kind: PieceKind, plan: PiecePlan) -> list[Fault]:
    """Return what a piece of a kind lacks before anybody may see it."""
    needed = {
        "title": bool(plan.title),
        "title_en": bool(plan.title_en),
        **_needed_of(kind, plan),
    }
    needed["text_en"] = needed.get("text_en", True) and (not plan.text or bool(plan.text_en))
    found = [Fault(field, "missing") for field, is_there in needed.items() if not is_there]
    if any(section.title and not section.title_en for section in plan.sections):
        found.append(Fault("sections", "english_missing"))
    if any(not (tile.label and tile.label_en and tile.link) for tile in plan.tiles):
        found.append(Fault("tiles", "tile_incomplete"))
    return found


def _needed_of(kind: PieceKind, plan: PiecePlan) -> dict[str, bool]:
    labels = (plan.button, plan.button_en, plan.link)
    there = {
        "text": bool(plan.text),
        "starts_at": plan.starts_at is not None,
        "ends_at": plan.ends_at is not None,
        "picture": bool(plan.picture),
        "link": all(labels) or not any(labels),
        "sections": bool(plan.products),
        "villages": bool(plan.villages),
        "tiles": bool(plan.tiles),
    }
    return {field: there[field] for field in NEEDED[kind]}


def phase(plan: PiecePlan, *, at: datetime) -> Phase:
    """Return where a published piece stands; from its first moment to before its last."""
    if plan.ends_at is not None and plan.ends_at <= at:
        return Phase.ENDED
    if plan.starts_at is not None and plan.starts_at > at:
        return Phase.SCHEDULED
    return Phase.RUNNING


def holds_campaign(plan: PiecePlan, starts_at: datetime, ends_at: datetime) -> bool:
    """Say whether a campaign lies within an event: with that every price of it is over."""
    if plan.starts_at is None or plan.ends_at is None:
        return False
    return plan.starts_at <= starts_at < ends_at <= plan.ends_at
