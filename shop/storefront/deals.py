"""Goods at lower prices for a time: what runs, with the packs that are left, and what comes."""

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby

from flask import Blueprint, render_template
from sqlalchemy.orm import Session

from catalog.listing import editorial as pieces
from catalog.listing import flash as flash_queries
from catalog.listing.editorial import LivePiece
from catalog.listing.flash import DealRow
from catalog.values.editorial import PieceKind
from kernel import clock
from kernel.db import unit_of_work
from kernel.policy import list_in_force
from shop.security import find_person_id, public
from workflows.campaign_begun import DAYS_BACK

pages = Blueprint("storefront_deals", __name__)


@pages.get("/deals")
@public
def index() -> str:
    """Show goods at the prices of campaigns, campaign by campaign."""
    at = clock.now()
    with unit_of_work() as session:
        rows = flash_queries.list_deals(session, at=at, person_id=find_person_id())
        events = events_of(pieces.list_running(session, at=at))
        struck_days = find_struck_days(session, at=at) if rows else None
    return render_template(
        "storefront/deals/index.html",
        running=by_campaign(row for row in rows if row.is_running),
        coming=by_campaign(row for row in rows if not row.is_running),
        events=events,
        struck_days=struck_days,
        now=at,
    )


def by_campaign(rows: Iterable[DealRow]) -> list[list[DealRow]]:
    """Return rows that stand in order, those of one campaign together."""
    return [list(group) for _, group in groupby(rows, lambda row: row.campaign_code)]


def events_of(running: Iterable[LivePiece]) -> dict[str, LivePiece]:
    """Return campaign → the running event it belongs to."""
    return {
        code: one
        for one in running
        if one.kind is PieceKind.EVENT
        for code in one.plan.campaigns
    }


def find_struck_days(session: Session, *, at: datetime) -> int | None:
    """Return in how many days before a campaign the price that is struck was paid."""
    days = list_in_force(session, [DAYS_BACK], on=clock.local_date(at)).get(DAYS_BACK)
    return None if days is None else int(days)
