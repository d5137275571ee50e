"""The first page: what is in season, what travels chilled today, where money and goods go."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import Blueprint, render_template
from sqlalchemy.orm import Session

from catalog.listing import brands as brand_queries
from catalog.listing import campaigns as campaign_queries
from catalog.listing import cards as card_queries
from catalog.listing import editorial as piece_queries
from catalog.listing import places as place_queries
from catalog.listing import shelves as shelf_queries
from catalog.listing.brands import BrandRow
from catalog.listing.campaigns import RunningRow
from catalog.listing.editorial import LivePiece
from catalog.listing.filters import Filter
from catalog.listing.shelves import ShelfRow
from catalog.values.editorial import PieceKind
from cold_chain.queries import DispatchRow, count_dispatch
from households.queries.flow import flow_of_period
from kernel import clock
from kernel.db import unit_of_work
from kernel.policy import find_disclosure
from orders import queries as order_queries
from orders.queries import Asked, WalletRow
from reporting.rules.flows import DisclosedFlow, disclose_flow
from shop.i18n import bilingual
from shop.security import find_person_id, public
from shop.storefront import editorial, memory, seen
from shop.storefront.cards import PictureView, picture, place_namer, view_cards
from shop.storefront.deals import events_of
from shop.storefront.disclosed import named_shares
from shop.storefront.editorial import BlockView, Draft
from shop.storefront.events import EventRow, view_event

pages = Blueprint("storefront_home", __name__)
pages.record_once(lambda state: memory.init_app(state.app))

SEASON_CARDS = 8
COLD_CARDS = 4
COUPONS = 3
SEASON = Filter(is_seasonal=True, is_in_stock=True)


@dataclass(frozen=True, slots=True)
class DoorView:
    """A category or brand one can walk into."""

    code: str
    name: str
    products: int
    category: str
    picture: PictureView


@dataclass(frozen=True, slots=True)
class Window:
    """What stands in the shop's window besides what is counted: deals, coupons, blocks."""

    deals: list[RunningRow]
    events: dict[str, LivePiece]
    """Campaign → the running event it belongs to."""
    shown: list[EventRow]
    blocks: list[BlockView]
    coupons: list[WalletRow]


@pages.get("/")
@public
def index() -> str:
    """Show the shop's window; everything on it is counted now or half a minute ago."""
    return show(Asked(clock.now(), find_person_id()), looked_at=seen.codes())


def show(asked: Asked, *, looked_at: Sequence[str] = (), draft: Draft | None = None) -> str:
    """Print the shop's window at a moment; with a draft for an operator who looks ahead."""
    at, who = asked.at, asked.person_id
    today = clock.local_date(at)
    with unit_of_work() as session:
        season = card_queries.list_cards(
            session, SEASON, size=SEASON_CARDS, at=at, person_id=who
        )
        shown = tuple(card.code for card in season.rows)
        cold_wanted = Filter(is_cold=True, is_in_stock=True, without=shown)
        cold = card_queries.list_cards(
            session, cold_wanted, size=COLD_CARDS, at=at, person_id=who
        )
        shelves = memory.recall("shelves", lambda: shelf_queries.list_shelves(session))
        brands = memory.recall("brands", lambda: brand_queries.list_brands(session, at=at))
        focus = memory.recall("focus", lambda: place_queries.list_focus_places(session))
        flow = memory.recall(("flow", today), lambda: _flow(session, at))
        dispatch = memory.recall("dispatch", lambda: count_dispatch(session, at=at))
        window = _window(session, asked, draft)
        looked = seen.list_of(session, looked_at, at=at)
    return render_template(
        "storefront/home/index.html",
        season=view_cards(season.rows),
        cold=view_cards(cold.rows),
        shelves=shelves,
        categories=view_doors(shelves.categories),
        brands=view_doors(row for row in brands if row.products),
        focus=focus,
        flow=named_shares(flow.shares),
        flow_minor=sum(share.minor for share in flow.shares),
        flow_households=flow.households,
        month=today.month,
        dispatch=dispatch if _is_moving(dispatch) else None,
        window=window,
        now=at,
        preview_at=at if draft else None,
        looked_at=view_cards(looked),
        place_name=place_namer(),
    )


def _window(session: Session, asked: Asked, draft: Draft | None) -> Window:
    """Read what an operator published for the moment, and the offers beside it."""
    at = asked.at
    pieces = editorial.running(piece_queries.list_running(session, at=at), at=at, draft=draft)
    blocks = [one for one in pieces if one.kind is not PieceKind.EVENT]
    named = editorial.read_named(session, blocks, at=at, person_id=asked.person_id)
    coupons = order_queries.list_claimable(session, asked)
    # Another moment than now is never remembered for those who come after.
    deals = (
        campaign_queries.list_running(session, at=at)
        if draft
        else memory.recall("deals", lambda: campaign_queries.list_running(session, at=at))
    )
    return Window(
        deals=deals,
        events=events_of(pieces),
        shown=[view_event(one, at=at) for one in pieces if one.kind is PieceKind.EVENT],
        blocks=editorial.view_blocks(blocks, named),
        coupons=coupons[:COUPONS],
    )


def _is_moving(dispatch: DispatchRow) -> bool:
    """Say whether there is anything to tell of the road today."""
    return any((dispatch.under_way, dispatch.departed, dispatch.accepted))


def _flow(session: Session, at: datetime) -> DisclosedFlow:
    """Return where the money of the last twelve months went."""
    today = clock.local_date(at)
    since = date(today.year - 1, today.month, 1)
    parts, households = flow_of_period(session, since=since, until=today + timedelta(days=1))
    return disclose_flow(parts, households, find_disclosure(session, on=today))


def view_doors(rows: Iterable[ShelfRow | BrandRow]) -> list[DoorView]:
    """Return shelves one can walk into, in the reader's language."""
    return [
        DoorView(
            code=row.code,
            name=bilingual(row.name, row.name_en),
            products=row.products,
            category=row.category_code,
            picture=picture(row.picture),
        )
        for row in rows
    ]
