"""Commands of the catalogue: receive goods, keep the shelf; none commits."""

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
    quarantine,
    release,
    release_quarantine,
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
    "lock_receiving_lots",
    "open_lot",
    "plan_lot",
    "quarantine",
    "receive_lots",
    "record_market_prices",
    "release",
    "release_quarantine",
    "reserve",
    "restock",
    "take_back_delivery",
    "take_reserved",
    "write_off",
]
