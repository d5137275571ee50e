"""What an operator writes for buyers: events and the blocks of the first page."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class PieceKind(StrEnum):
    """What a piece is: a themed event with a page of its own, or a block on a page."""

    EVENT = "event"
    HERO = "hero"
    """A banner with a picture and a way on."""
    TEXT = "text"
    GOODS = "goods"
    """A row of products."""
    VILLAGES = "villages"
    TILES = "tiles"
    """Links side by side."""


BLOCK_KINDS = tuple(kind for kind in PieceKind if kind is not PieceKind.EVENT)


class PieceStep(StrEnum):
    """What was done with a piece as a whole; writing is told by its revisions."""

    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class Phase(StrEnum):
    """Where a piece stands at a moment."""

    DRAFT = "draft"
    """Never published, or withdrawn: nobody sees it."""
    SCHEDULED = "scheduled"
    RUNNING = "running"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodsSection:
    """Products under one heading, in their order."""

    title: str = ""
    title_en: str = ""
    products: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkTile:
    """One link of a block of links."""

    label: str = ""
    label_en: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PiecePlan:
    """What a piece is to say; what a draft lacks is empty."""

    title: str = ""
    title_en: str = ""
    text: str = ""
    """HTML that was cleaned already; so is the English."""
    text_en: str = ""
    picture: str = ""
    """The stem of a picture of goods, or of a photo that was sent for it."""
    link: str = ""
    """Where the button of a banner leads inside the shop."""
    button: str = ""
    button_en: str = ""
    place: str = ""
    """The event on whose page a block stands; empty for the first page."""
    position: int = 100
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    sections: tuple[GoodsSection, ...] = ()
    campaigns: tuple[str, ...] = ()
    """Campaigns that belong to an event."""
    coupons: tuple[str, ...] = ()
    villages: tuple[str, ...] = ()
    """Townships and villages of a block of places."""
    tiles: tuple[LinkTile, ...] = ()

    @property
    def products(self) -> tuple[str, ...]:
        """Return every product that is named, each once."""
        return tuple(dict.fromkeys(code for one in self.sections for code in one.products))
