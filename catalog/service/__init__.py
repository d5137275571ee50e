"""Commands of the catalogue: receive goods, keep the shelf; none commits."""

from catalog.service.holds import (
    find_lapsed,
    list_holders,
    list_unfit,
    quarantine,
    recall,
    release_many,
    release_quarantine,
)
from catalog.service.prices import record_market_prices
from catalog.service.receiving import (
    add_deliveries,
    lock_receiving_lots,
    open_lot,
    plan_lot,
    receive_lots,
    take_back_delivery,
)
from catalog.service.stock import (
    DiscardedLot,
    LinePick,
    LineWant,
    change_sku,
    discard,
    release,
    reserve,
    restock,
    take_reserved,
    write_off,
)

__all__ = [
    "DiscardedLot",
    "LinePick",
    "LineWant",
    "add_deliveries",
    "change_sku",
    "discard",
    "find_lapsed",
    "list_holders",
    "list_unfit",
    "lock_receiving_lots",
    "open_lot",
    "plan_lot",
    "quarantine",
    "recall",
    "receive_lots",
    "record_market_prices",
    "release",
    "release_many",
    "release_quarantine",
    "reserve",
    "restock",
    "take_back_delivery",
    "take_reserved",
    "write_off",
]
