"""What of a wanted SKU is promised: how long it may travel, how cold, out of which presale."""

from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Date, TextClause, bindparam, text

from catalog.listing.sellable import presale_open
from catalog.listing.transit import limit_hours
from kernel.orm import UtcDateTime
from orders.rules import shipping
from orders.values import PresaleRef, QuotedLine

# Own names of the parameters: the statement this is a column of has others of its own.
PROMISES = f"""json_build_object(
    'limit_hours', {limit_hours("products")},
    'max_centi', storage_classes.max_centi_celsius,
    'presale', (
        SELECT json_build_object('id', w.id, 'until', w.ships_until, 'left', w.cap - w.taken)
        FROM presales w WHERE w.sku_id = skus.id AND {presale_open()} ORDER BY w.id LIMIT 1
    )
)""".replace(":today", ":promised_on").replace(":at", ":promised_at")  # noqa: S608 -- constants


PROMISED: TextClause = text(PROMISES).bindparams(
    bindparam("promised_on", type_=Date), bindparam("promised_at", type_=UtcDateTime())
)
"""The column of a statement over SKUs, products and storage classes."""


def with_promises(line: QuotedLine, found: dict[str, Any], *, is_sellable: bool) -> QuotedLine:
    """Return a line with what is promised of it; a presale has its own number of packs."""
    presale = found["presale"]
    ref = None
    if presale is not None:
        ref = PresaleRef(presale["id"], date.fromisoformat(presale["until"]))
    return replace(
        line,
        available=presale["left"] if presale and is_sellable else line.available,
        temperature=shipping.temperature_of(
            found["max_centi"], needs_cold_chain=line.needs_cold_chain
        ),
        limit_hours=found["limit_hours"],
        presale=ref,
    )
