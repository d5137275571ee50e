"""Commands of the catalogue: receive goods, keep the shelf; none commits."""

from catalog.service.campaigns import (
    begin_campaign,
    give_back_campaigns,
    lock_campaigns,
    lock_campaigns_used,
    stop_campaign,
    take_campaigns,
)
from catalog.service.holds import (
    find_lapsed,
    list_holders,
    list_unfit,
    quarantine,
    recall,
    release_quarantine,
)
from catalog.service.offers import set_bundle, set_tiers
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
    hold_longer,
    hold_until,
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
    "begin_campaign",
    "change_sku",
    "discard",
    "find_lapsed",
    "give_back_campaigns",
    "hold_longer",
    "hold_until",
    "list_holders",
    "list_unfit",
    "lock_campaigns",
    "lock_campaigns_used",
    "lock_receiving_lots",
    "open_lot",
    "plan_lot",
    "quarantine",
    "recall",
    "receive_lots",
    "record_market_prices",
    "release",
    "release_quarantine",
    "reserve",
    "restock",
    "set_bundle",
    "set_tiers",
    "stop_campaign",
    "take_back_delivery",
    "take_campaigns",
    "take_reserved",
    "write_off",
]
