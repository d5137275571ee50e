"""Short builders of events and blocks."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from catalog import service
from catalog.models import Sku
from catalog.values import NewCampaign
from catalog.values.editorial import GoodsSection, PieceKind, PiecePlan
from kernel import clock
from tests.builders.catalog import NOON, a_product
from workflows import campaign_begun, piece_published

NUMBERS = count(1)
ACTOR = "person:1"


def an_event_plan(session: Session, *, at: datetime = NOON, **changes: Any) -> PiecePlan:
    """Return what an event of the week around a moment says, complete in both languages."""
    codes = changes.pop("products", None) or (a_product(session),)
    values: dict[str, Any] = {
        "title": "采茶季",
        "title_en": "Tea season",
        "text": "<p>茶芽正嫩。</p>",
        "text_en": "<p>Tender buds.</p>",
        "picture": "green-tea",
        "starts_at": at - timedelta(days=1),
        "ends_at": at + timedelta(days=7),
        "sections": (GoodsSection(products=tuple(codes)),),
    }
    return PiecePlan(**(values | changes))


def an_event(
    session: Session,
    code: str | None = None,
    *,
    at: datetime = NOON,
    is_published: bool = True,
    **changes: Any,
) -> str:
    """Write an event and publish it; return its code."""
    plan = an_event_plan(session, at=at, **changes)
    return a_piece(session, PieceKind.EVENT, plan, code, at=at, is_published=is_published)


def a_piece(
    session: Session,
    kind: PieceKind,
    plan: PiecePlan,
    code: str | None = None,
    *,
    at: datetime = NOON,
    is_published: bool = True,
) -> str:
    """Write a piece and publish it; return its code."""
    code = code or f"piece-{next(NUMBERS)}"
    service.begin_piece(session, kind, code, plan, actor=ACTOR, at=at)
    if is_published:
        piece_published.publish(session, code, 1, actor=ACTOR, at=at)
    return code


def a_campaign(session: Session, sku: Sku, code: str = "TEA-WEEK", **changes: object) -> str:
    """Begin a campaign of today that takes five yuan off a pack; return its code."""
    now = clock.now()
    terms: dict[str, object] = {
        "code": code,
        "name": f"活动{code}",
        "skus": {sku.code: sku.price_minor - 500},
        "starts_at": now - timedelta(hours=1),
        "ends_at": now + timedelta(days=2),
    }
    new = NewCampaign(**(terms | changes))  # type: ignore[arg-type]
    campaign_begun.begin(session, new, actor="person:1", at=now)
    return code
