"""Campaigns that run now, with how much on sale they hold."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from catalog.listing import filters
from kernel.orm import UtcDateTime
from kernel.rows import fill_all

_RUNNING = text(f"""
    SELECT c.code, c.name, c.name_en, c.ends_at, count(DISTINCT p.code)::int
    FROM campaigns c
    JOIN campaign_skus held ON held.campaign_code = c.code
    JOIN skus s ON s.id = held.sku_id AND s.is_on_sale
    JOIN products p ON p.code = s.product_code
    WHERE c.starts_at <= :at AND c.ends_at > :at AND c.stopped_at IS NULL
      AND (held.stock IS NULL OR held.taken < held.stock) AND {filters.ON_SALE}
    GROUP BY c.code ORDER BY c.ends_at, c.code LIMIT 6
""").bindparams(bindparam("at", type_=UtcDateTime))  # noqa: S608 -- assembled from constants


@dataclass(frozen=True, slots=True)
class RunningRow:
    """One campaign as the first page tells of it."""

    code: str
    name: str
    name_en: str
    ends_at: datetime
    products: int


def list_running(session: Session, *, at: datetime) -> list[RunningRow]:
    """Return the campaigns of a moment, the one that ends first on top."""
    return fill_all(RunningRow, session.execute(_RUNNING, {"at": at}))
