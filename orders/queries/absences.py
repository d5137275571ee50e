"""Why goods in a basket cannot be bought now."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Date, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, INTEGER
from sqlalchemy.orm import Session

from catalog.listing.sellable import certified
from kernel.clock import local_date


class Absence(StrEnum):
    """What keeps an SKU from being bought; the first that holds is told."""

    SELLER_SUSPENDED = "seller_suspended"
    NOT_OFFERED = "not_offered"
    CERTIFICATE_ENDED = "certificate_ended"
    SEASON_OVER = "season_over"
    SOLD_OUT = "sold_out"


WHY = text(f"""
    SELECT s.id, CASE
        WHEN o.suspended_at IS NOT NULL THEN 'seller_suspended'
        WHEN NOT s.is_on_sale OR p.state <> 'listed' THEN 'not_offered'
        WHEN NOT {certified()} THEN 'certificate_ended'
        WHEN NOT p.is_year_round AND :month <> ALL (p.season_months) THEN 'season_over'
        ELSE 'sold_out' END
    FROM skus s
    JOIN products p ON p.code = s.product_code
    JOIN organisations o ON o.code = p.seller_code
    WHERE s.id = ANY (:sku_ids)
""").bindparams(  # noqa: S608 -- assembled from constants
    bindparam("sku_ids", type_=ARRAY(INTEGER)), bindparam("today", type_=Date)
)


def list_absences(
    session: Session, sku_ids: Sequence[int], *, at: datetime
) -> dict[int, Absence]:
    """Return why SKUs of which nothing is left cannot be bought; one statement."""
    today = local_date(at)
    rows = session.execute(
        WHY, {"sku_ids": list(sku_ids), "today": today, "month": today.month}
    )
    return {sku_id: Absence(why) for sku_id, why in rows}
