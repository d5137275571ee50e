"""Themed events: what is on, what is to come, what was; each with a page of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, render_template
from sqlalchemy.orm import Session

from catalog.errors import PieceNotFoundError
from catalog.listing import editorial as pieces
from catalog.listing import flash as flash_queries
from catalog.listing.editorial import LivePiece
from catalog.listing.flash import DealRow
from catalog.values.editorial import Phase
from kernel import clock
from kernel.db import unit_of_work
from orders import queries as order_queries
from orders.queries import Asked, WalletRow
from shop.security import find_person_id, public
from shop.storefront import bodies, editorial, structured
from shop.storefront.cards import PictureView, picture, place_namer
from shop.storefront.deals import by_campaign, find_struck_days
from shop.storefront.editorial import BlockView, Draft, SectionView

pages = Blueprint("storefront_events", __name__)
pages.record_once(lambda state: bodies.init_app(state.app))

MOST = 60


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event as lists tell of it."""

    piece: LivePiece
    phase: Phase
    picture: PictureView


@dataclass(frozen=True, slots=True)
class EventPage:
    """Everything an event's page is made of."""

    piece: LivePiece
    phase: Phase
    at: datetime
    picture: PictureView
    blocks: list[BlockView]
    sections: list[SectionView]
    deals: Sequence[DealRow]
    coupons: Sequence[WalletRow]
    struck_days: int | None
    """Days before a campaign whose lowest price may be struck through."""


@pages.get("/events")
@public
@bodies.for_guests
def index() -> str:
    """List events: those that run, those to come, those that are over."""
    at = clock.now()
    with unit_of_work() as session:
        rows = [view_event(one, at=at) for one in pieces.list_events(session, most=MOST)]
    groups = {
        phase: [row for row in rows if row.phase is phase]
        for phase in (Phase.RUNNING, Phase.SCHEDULED, Phase.ENDED)
    }
    return render_template("storefront/events/index.html", groups=groups, now=at)


@pages.get("/events/<code>")
@public
@bodies.for_guests
def show(code: str) -> str:
    """Show one event: its goods, its prices and coupons while it runs."""
    asked = Asked(clock.now(), find_person_id())
    with unit_of_work() as session:
        page = read_event(session, code, asked)
    return render_event(page)


def view_event(piece: LivePiece, *, at: datetime) -> EventRow:
    """Return an event as lists tell of it."""
    return EventRow(piece, piece.phase(at), picture(piece.plan.picture))


def read_event(
    session: Session, code: str, asked: Asked, *, draft: Draft | None = None
) -> EventPage:
    """Read an event's page; with a draft as it would be. Raises `PieceNotFoundError`.

    Prices and coupons of an event are told before and while it runs; once it is over its goods
    stand there at what they cost then.
    """
    event, blocks = pieces.list_page(session, code)
    if draft is not None and draft.piece.code == code:
        event = draft.piece
    if event is None:
        raise PieceNotFoundError(code)
    at, plan = asked.at, event.plan
    standing = editorial.running(blocks, at=at, draft=_of_page(draft, code))
    named = editorial.read_named(session, [event, *standing], at=at, person_id=asked.person_id)
    phase = event.phase(at)
    deals: Sequence[DealRow] = []
    if plan.campaigns and phase is not Phase.ENDED:
        deals = flash_queries.list_deals(
            session, at=at, person_id=asked.person_id, campaigns=plan.campaigns
        )
    coupons: Sequence[WalletRow] = []
    if plan.coupons and phase is Phase.RUNNING:
        claimable = order_queries.list_claimable(session, asked)
        coupons = [row for row in claimable if row.code in plan.coupons]
    return EventPage(
        piece=event,
        phase=phase,
        at=at,
        picture=picture(plan.picture),
        blocks=editorial.view_blocks(standing, named),
        sections=editorial.view_sections(plan.sections, named),
        deals=deals,
        coupons=coupons,
        struck_days=find_struck_days(session, at=at) if deals else None,
    )


def _of_page(draft: Draft | None, code: str) -> Draft | None:
    """Return a draft of a block that stands on an event's page."""
    return draft if draft is not None and draft.piece.plan.place == code else None


def render_event(page: EventPage, *, preview_at: datetime | None = None) -> str:
    """Print an event's page; with a moment for an operator who looks ahead."""
    return render_template(
        "storefront/events/show.html",
        page=page,
        plan=page.piece.plan,
        groups=by_campaign(page.deals),
        struck_days=page.struck_days,
        place_name=place_namer(),
        structured=structured.event_data(page.piece.code, page.piece.plan, page.deals),
        address=structured.event_address(page.piece.code),
        share_picture=structured.picture_address(page.piece.plan.picture),
        preview_at=preview_at,
    )
