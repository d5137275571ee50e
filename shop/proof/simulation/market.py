"""The market of a run: sellers who share no party, each with parcels on their way."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random

from sqlalchemy import text
from sqlalchemy.orm import Session

from orders import queries as order_queries
from payments import service as payments
from shop.proof.ground import buying, wares
from shop.proof.ground.wares import Ware
from workflows import checkout, order_shipped
from workflows.travel import HandOver

SELLERS = 3
CARRIER = "organisation:carrier"
# Of these the platform pays a part: a refund of a fen might be all its own.
CHEAPER = """
SELECT put.sku_id FROM campaign_skus put JOIN campaigns one ON one.code = put.campaign_code
WHERE one.funder = 'platform' AND one.ends_at > :at
"""
BANKED = """
SELECT DISTINCT owner FROM (
    SELECT 'coop:' || party_code AS owner FROM entitlements WHERE party_kind = 'cooperative'
    UNION SELECT 'village:' || split_part(party_code, '.', 1) FROM entitlements
        WHERE party_kind = 'village'
) AS payee ORDER BY owner
"""
HOLDERS = "SELECT DISTINCT household_id FROM lot_contributions WHERE lot_id = :lot_id"
STAFF = "SELECT id FROM people ORDER BY id LIMIT 3"


@dataclass(frozen=True, slots=True)
class Parcel:
    """One seller's order of one line, paid and on its way."""

    number: str
    seller: str
    line_id: int
    gross_minor: int


@dataclass(frozen=True, slots=True)
class Market:
    """What the runs of all seeds begin with."""

    parcels: dict[str, tuple[Parcel, ...]]
    """By seller."""
    staff: tuple[int, int, int]
    """Who proposes settlements, and two who approve them."""
    begins_at: datetime


def open_market(session: Session, *, parcels_each: int, at: datetime) -> Market:
    """Sell and send off so many parcels of each seller; the caller commits."""
    stalls = list(_stalls(session, at))[:SELLERS]
    wares.shelve_all(session, stalls, 20 * parcels_each, at=at)
    chance = Random("market")
    parcels: dict[str, list[Parcel]] = defaultdict(list)
    for _ in range(parcels_each):
        for stall in stalls:
            parcels[stall.seller].append(_send(session, stall, chance.randint(1, 5), at))
    owners = session.scalars(text(BANKED)).all()
    accounts = {
        owner: ("样例户名", f"62{place:014d}") for place, owner in enumerate(owners, start=1)
    }
    payments.record_accounts(session, accounts, by=None, at=at)
    first, second, third = session.scalars(text(STAFF)).all()
    return Market(
        parcels={seller: tuple(sent) for seller, sent in parcels.items()},
        staff=(first, second, third),
        begins_at=at,
    )


def _stalls(session: Session, at: datetime) -> Iterator[Ware]:
    """Yield goods of sellers that have neither a village nor a household in common."""
    sellers: set[str] = set()
    villages: set[str | None] = {None}
    known: set[str] = set()
    cheaper = set(session.scalars(text(CHEAPER), {"at": at}))
    for ware in wares.list_wares(session, at=at, storage="AMBIENT"):
        if ware.sku_id in cheaper:
            continue
        homes = set(session.scalars(text(HOLDERS), {"lot_id": ware.lot_id}))
        if ware.seller in sellers or ware.village_code in villages or homes & known:
            continue
        sellers.add(ware.seller)
        villages.add(ware.village_code)
        known |= homes
        yield ware


def _send(session: Session, ware: Ware, packs: int, at: datetime) -> Parcel:
    group = checkout.place(session, buying.request({ware.sku: packs}), at=at)
    buying.settle(session, group.number, group.total_minor, at=at)
    (number,) = buying.list_parts(session, group.number)
    order_shipped.pack(session, number, actor=CARRIER, at=at)
    order_shipped.ship(session, number, HandOver(actor=CARRIER), at=at)
    (line,) = order_queries.list_line_heads(session, order_number=number)
    return Parcel(number, ware.seller, line.line_id, line.gross_minor)
