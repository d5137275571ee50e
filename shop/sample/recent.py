"""Plans orders of the last hours in every state, so that sellers find work on the first day."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from kernel.clock import SHANGHAI
from shop.sample.demand import PlannedGroup, Planner
from shop.sample.market import Good
from shop.sample.timeline import Checkout, Journey

SELLERS: Final = ("C03", "C05", "C06", "C07", "C11")
HOURS_AGO: Final = (3, 26, 31)
"""When the paid, the packed and the shipped order of each seller were placed."""
PACKS: Final = 2


def plan(planner: Planner, *, until: datetime) -> list[Checkout]:
    """Return three checkouts of each seller: to be packed, to be shipped, on its way.

    Three more are of goods sold by weight: to be weighed, weighed, and settled by weight.
    """
    now = until.astimezone(SHANGHAI)
    groups = [group for seller in SELLERS for group in _groups(planner, seller, now)]
    return [_checkout(group, now) for group in [*groups, *_by_weight(planner, now)]]


def _by_weight(planner: Planner, now: datetime) -> Iterator[PlannedGroup]:
    found = [good for good in planner.goods if good.is_weighed and _keeps(good, now)]
    for position, hours in enumerate(HOURS_AGO if found else ()):
        placed_at = now - timedelta(hours=hours, minutes=7 * position + 3)
        yield planner.group("SHLL", None, [(found[0], PACKS)], placed_at, city="江北区")


def _groups(planner: Planner, seller: str, now: datetime) -> Iterator[PlannedGroup]:
    for position, hours in enumerate(HOURS_AGO):
        placed_at = now - timedelta(hours=hours, minutes=7 * position)
        found = [good for good in planner.goods if good.seller == seller and _keeps(good, now)]
        if found:
            good = found[position % len(found)]
            yield planner.group("SHLL", None, [(good, PACKS)], placed_at, city="江北区")


def _keeps(good: Good, now: datetime) -> bool:
    """Say whether a good is cold and was in season on the days before as well."""
    days = (now.date() - timedelta(days=past) for past in range(3))
    return good.profile is not None and all(good.is_in_season(day) for day in days)


def _checkout(group: PlannedGroup, now: datetime) -> Checkout:
    ((seller, number),) = group.order_numbers.items()
    age = now - group.placed_at
    packed_at, shipped_at = now + timedelta(hours=4), now + timedelta(hours=6)
    if age > timedelta(hours=HOURS_AGO[1]):
        packed_at = group.placed_at + timedelta(hours=20)
    if age > timedelta(hours=HOURS_AGO[2]):
        shipped_at = group.placed_at + timedelta(hours=22)
    journey = Journey(
        group=group,
        seller=seller,
        number=number,
        goods=tuple(good for good, _ in group.basket),
        packed_at=packed_at,
        shipped_at=shipped_at,
        delivered_at=shipped_at + timedelta(hours=26),
        refunded_at=None,
        refund_after=None,
        reason="",
    )
    return Checkout(
        group=group,
        paid_at=group.placed_at + timedelta(minutes=3),
        closed_at=group.placed_at + timedelta(minutes=16),
        journeys=(journey,),
    )
