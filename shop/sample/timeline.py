"""Plans what becomes of each past checkout: paid, packed, sent, taken, taken back."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from random import Random
from typing import Final

from kernel.clock import SHANGHAI
from shop.sample.demand import PlannedGroup
from shop.sample.market import Good

EXPIRED_PERMILLE: Final = 12
"""Checkouts that are never paid."""
REFUND_DAYS: Final = 6
"""For how long after delivery something is taken back."""
REFUND_EVERY: Final = 33
"""One seller order in so many is taken back in full, half of them before delivery."""
REFUND_FIRST: Final = 7
NEAR: Final = frozenset({"武隆区", "涪陵区", "南川区"})
"""Cities a parcel reaches on the next day."""
WORKS_FROM: Final = 8
MORNING: Final = time(7, 40, tzinfo=SHANGHAI)
PACKS_UNTIL: Final = 17
REASONS: Final = ("ordered_by_mistake", "arrives_too_late", "damaged", "not_as_described")


class Step(StrEnum):
    """What is done with an order, in the order in which one day's work is done."""

    DELIVER = "1 deliver"
    PLACE = "2 place"
    PACK = "3 pack"
    SHIP = "4 ship"
    REFUND = "5 refund"
    CONFIRM = "6 confirm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """The life of one seller order of a checkout."""

    group: PlannedGroup
    seller: str
    number: str
    goods: tuple[Good, ...]
    packed_at: datetime
    shipped_at: datetime
    delivered_at: datetime
    refunded_at: datetime | None
    refund_after: Step | None
    """The last step that is still done before an order is taken back."""
    reason: str

    @property
    def profile(self) -> str | None:
        """Return the limits under which it travels with a logger, if there are any."""
        return next((good.profile for good in self.goods if good.profile), None)

    def steps(self) -> Iterator[tuple[datetime, Step]]:
        """Return the steps after payment with their moments."""
        moments = (
            (self.packed_at, Step.PACK),
            (self.shipped_at, Step.SHIP),
            (self.delivered_at, Step.DELIVER),
        )
        if self.refunded_at is None:
            yield from moments
            return
        done = {
            Step.PLACE: 0,
            Step.PACK: 1,
            Step.DELIVER: 3,
        }[self.refund_after or Step.DELIVER]
        yield from moments[:done]
        yield self.refunded_at, Step.REFUND
        yield self.refunded_at + timedelta(hours=30), Step.CONFIRM


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """A planned checkout with the moment it is paid at, or never."""

    group: PlannedGroup
    paid_at: datetime | None
    closed_at: datetime
    """When an unpaid one expires."""
    journeys: tuple[Journey, ...]
    is_on_terms: bool = False
    """Whether an organisation owes it until its bill is paid."""


def plan(groups: list[PlannedGroup], *, seed: str) -> list[Checkout]:
    """Return what becomes of each checkout; the same seed gives the same."""
    fates = _Fates(seed)
    return [fates.checkout(group) for group in groups]


class _Fates:
    """Draws fates one after the other from one seed."""

    def __init__(self, seed: str) -> None:
        self.random = Random(seed)
        self.parts = 0

    def checkout(self, group: PlannedGroup) -> Checkout:
        """Return what becomes of a checkout."""
        is_paid = self.random.randrange(1000) >= EXPIRED_PERMILLE
        paid_at = group.placed_at + timedelta(seconds=self.random.randint(20, 700))
        return Checkout(
            group=group,
            paid_at=paid_at if is_paid else None,
            closed_at=group.placed_at + timedelta(minutes=16),
            journeys=tuple(self._journeys(group, paid_at)) if is_paid else (),
        )

    def _journeys(self, group: PlannedGroup, paid_at: datetime) -> Iterator[Journey]:
        random = self.random
        for seller, number in group.order_numbers.items():
            goods = tuple(good for good, _ in group.basket if good.seller == seller)
            packed_at = _working_hour(random, paid_at + timedelta(hours=random.randint(1, 8)))
            shipped_at = packed_at + timedelta(minutes=random.randint(20, 150))
            arrival = shipped_at + _travel(random, group, goods)
            delivered_at = _on_a_later_day(shipped_at, arrival)
            refunded_at, refund_after = self._refund(
                (Step.PLACE, paid_at, packed_at),
                (Step.DELIVER, delivered_at, delivered_at + timedelta(days=REFUND_DAYS)),
                (Step.PACK, packed_at, shipped_at),
                (Step.DELIVER, delivered_at, delivered_at + timedelta(days=REFUND_DAYS)),
            )
            yield Journey(
                group=group,
                seller=seller,
                number=number,
                goods=goods,
                packed_at=packed_at,
                shipped_at=shipped_at,
                delivered_at=delivered_at,
                refunded_at=refunded_at,
                refund_after=refund_after,
                reason=random.choice(REASONS),
            )

    def _refund(
        self, *chances: tuple[Step, datetime, datetime]
    ) -> tuple[datetime | None, Step | None]:
        """Return when one in so many orders is taken back, after each of the steps in turn."""
        share = self.random.uniform(0.2, 0.8)
        turn, rest = divmod(self.parts, REFUND_EVERY)
        self.parts += 1
        if rest != REFUND_FIRST:
            return None, None
        after, begun, ended = chances[turn % len(chances)]
        return begun + (ended - begun) * share, after


def _working_hour(random: Random, earliest: datetime) -> datetime:
    """Return a moment at which people pack, on that day or the next."""
    local = earliest.astimezone(SHANGHAI)
    if WORKS_FROM <= local.hour < PACKS_UNTIL:
        return local
    day = local.date() if local.hour < WORKS_FROM else local.date() + timedelta(days=1)
    return _at(random, day)


def _at(random: Random, day: date) -> datetime:
    hour = random.randint(WORKS_FROM, PACKS_UNTIL - 1)
    return datetime.combine(day, time(hour, random.randrange(60), tzinfo=SHANGHAI))


def _travel(random: Random, group: PlannedGroup, goods: tuple[Good, ...]) -> timedelta:
    hours = random.randint(14, 24) if group.recipient.city in NEAR else random.randint(20, 44)
    limits = [good.max_transit_hours for good in goods if good.max_transit_hours]
    if limits:
        hours = min(hours, min(limits) - 2)
    return timedelta(hours=hours, minutes=random.randrange(60))


def _on_a_later_day(shipped_at: datetime, arrival: datetime) -> datetime:
    """Return the arrival, or the next morning when it would fall on the day of dispatch."""
    if arrival.date() > shipped_at.date():
        return arrival
    return datetime.combine(shipped_at.date() + timedelta(days=1), MORNING)
