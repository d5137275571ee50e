"""Events and blocks ready to print: what they name is read together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from catalog.listing import cards as card_queries
from catalog.listing import places as place_queries
from catalog.listing.cards import StockState
from catalog.listing.editorial import LivePiece
from catalog.listing.filters import Filter, Sort
from catalog.listing.places import PlaceRow
from catalog.values.editorial import GoodsSection, Phase, PieceKind, PiecePlan
from shop.storefront.cards import CardView, PictureView, picture, view_cards

SOLD_NOW = frozenset({StockState.IN_STOCK, StockState.PRESALE})


@dataclass(frozen=True, slots=True)
class Named:
    """What pieces name, read at once for all of them: products and places by code."""

    cards: Mapping[str, CardView]
    places: Mapping[str, PlaceRow]


@dataclass(frozen=True, slots=True)
class Draft:
    """A revision to be seen by an operator as buyers would see it."""

    piece: LivePiece
    at: datetime


@dataclass(frozen=True, slots=True)
class SectionView:
    """Cards under a heading; the heading may be empty."""

    title: str
    title_en: str
    cards: list[CardView]


@dataclass(frozen=True, slots=True)
class BlockView:
    """A block ready to print."""

    code: str
    kind: PieceKind
    plan: PiecePlan
    picture: PictureView | None
    sections: list[SectionView]
    places: list[PlaceRow]


def running(
    pieces: Iterable[LivePiece], *, at: datetime, draft: Draft | None = None
) -> list[LivePiece]:
    """Return the pieces whose time it is, in order; a draft stands in for its piece."""
    found = [one for one in pieces if draft is None or one.code != draft.piece.code]
    if draft is not None:
        found.append(draft.piece)
    shown = [one for one in found if one.phase(at) is Phase.RUNNING]
    return sorted(shown, key=lambda one: (one.plan.position, one.code))


def read_named(
    session: Session, pieces: Sequence[LivePiece], *, at: datetime, person_id: int | None
) -> Named:
    """Read the products and places of pieces; two statements at most.

    Only what can be sold now is there: no drafts, nothing suspended, nothing sold out.
    """
    codes = tuple(dict.fromkeys(code for one in pieces for code in one.plan.products))
    cards: dict[str, CardView] = {}
    if codes:
        page = card_queries.list_cards(
            session,
            Filter(codes=codes),
            sort=Sort.RELEVANCE,
            size=len(codes),
            at=at,
            person_id=person_id,
        )
        sold = [row for row in page.rows if row.stock_state in SOLD_NOW]
        cards = dict(zip((row.code for row in sold), view_cards(sold), strict=True))
    wanted = any(one.plan.villages for one in pieces)
    places = {one.code: one for one in place_queries.list_places(session)} if wanted else {}
    return Named(cards, places)


def view_blocks(pieces: Iterable[LivePiece], named: Named) -> list[BlockView]:
    """Return blocks ready to print; one whose goods are all gone is left out."""
    views = (_block(one, named) for one in pieces if one.kind is not PieceKind.EVENT)
    return [view for view in views if _says_something(view)]


def view_sections(sections: Iterable[GoodsSection], named: Named) -> list[SectionView]:
    """Return sections with the cards of what is sold now; empty ones are left out."""
    views = (
        SectionView(
            one.title,
            one.title_en,
            [named.cards[code] for code in one.products if code in named.cards],
        )
        for one in sections
    )
    return [view for view in views if view.cards]


def _block(piece: LivePiece, named: Named) -> BlockView:
    plan = piece.plan
    return BlockView(
        code=piece.code,
        kind=piece.kind,
        plan=plan,
        picture=picture(plan.picture) if plan.picture else None,
        sections=view_sections(plan.sections, named),
        places=[named.places[code] for code in plan.villages if code in named.places],
    )


def _says_something(view: BlockView) -> bool:
    if view.kind is PieceKind.GOODS:
        return bool(view.sections)
    if view.kind is PieceKind.VILLAGES:
        return bool(view.places)
    return True
