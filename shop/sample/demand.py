"""Plans the past checkouts of the sample: who buys what, when, and what becomes of it.

The plan follows from the files, a seed and a day alone; no database is read.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from random import Random
from typing import Final

from kernel.clock import SHANGHAI
from kernel.postal import place_of
from orders.rules import NUMBER_ALPHABET, NUMBER_LENGTH
from orders.values import Recipient
from shop.sample import market
from shop.sample.checks import Files
from shop.sample.market import Appetite, Good
from shop.sample.schemas_goods import BuyerEntry

MONTHS: Final = 18
HOURS: Final = (7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22)
BUSY: Final = (2, 4, 7, 9, 7, 6, 5, 6, 6, 5, 5, 6, 8, 9, 7, 3)
"""How often people order at each of these hours."""
GROWTH: Final = 1.4
"""Trade at the end over trade at the beginning."""
PAIRED_PERCENT: Final = 45
"""How often a paired enterprise buys from its own village where that sells something."""
KNOWN_PERCENT: Final = 40
"""How often E01 and E15 order through the demo person of theirs."""
CONSUMER_PERMILLE: Final = 12
"""How often a citizen is the demo consumer instead of a guest."""
TEA_HOUSES: Final = ("青年路", "滨江路", "解放路", "人民路", "建设路", "白杨路", "芙蓉路")
FAMILY_NAMES: Final = "赵钱孙李周吴郑王冯陈"
DEMO_BUYERS: Final = {"E01": "enterprise", "E15": "budget-unit"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedGroup:
    """One checkout that is to happen: its basket, its buyer, its moment."""

    number: str
    access_key: str
    channel: str
    organisation: str | None
    login: str | None
    """The demo person who orders, where it is one."""
    recipient: Recipient
    placed_at: datetime
    basket: tuple[tuple[Good, int], ...]
    half: int
    coupons: tuple[str, ...] = ()
    boxed: Mapping[str, int] = field(default_factory=dict)
    """Gift boxes that are ordered, of which the basket has the parts; empty otherwise."""

    @property
    def quantities(self) -> dict[str, int]:
        """Return what is ordered: SKU codes with packs."""
        return dict(self.boxed) or {good.sku: packs for good, packs in self.basket}

    @property
    def sellers(self) -> list[str]:
        """Return the sellers in the order in which their orders are numbered."""
        return sorted({good.seller for good, _ in self.basket})

    @property
    def order_numbers(self) -> dict[str, str]:
        """Return the number each seller's order will have, by seller."""
        return {seller: f"{self.number}-{at}" for at, seller in enumerate(self.sellers, 1)}


class Planner:
    """Draws checkouts day by day from one seed."""

    def __init__(self, files: Files, *, seed: str) -> None:
        """Prepare goods, buyers and appetites."""
        self.random = Random(seed)
        self.goods = market.goods(files)
        self.appetites = market.appetites(files)
        self.buyers = {buyer.id: buyer for buyer in files.buyers}
        self.hours = {(row.province, row.city): row.hours for row in files.transit_times}
        self.weights = [appetite.weight for appetite in self.appetites]
        self._interest: dict[tuple[int, int, int], tuple[list[Good], list[int]]] = {}

    def plan(self, *, until: datetime, orders: int) -> list[PlannedGroup]:
        """Return checkouts with about so many seller orders in all, in the order of time.

        Every kind of buyer comes once before chance decides, so that a small plan has all.
        """
        groups: list[PlannedGroup] = []
        moments = self._moments(until)
        everybody = list(self.appetites)
        count = 0
        while count < orders:
            appetite = everybody[0] if everybody else self._choose_appetite()
            group = self.draw(appetite, next(moments))
            if group is not None:
                groups.append(group)
                count += len(group.sellers)
                everybody = everybody[1:]
        return sorted(groups, key=lambda group: (group.placed_at, group.number))

    def _moments(self, until: datetime) -> Iterator[datetime]:
        """Draw moments, denser towards the end, as many as are asked for."""
        first = first_day(until)
        last = until.astimezone(SHANGHAI).date()
        days = [first + timedelta(days=day) for day in range((last - first).days + 1)]
        steps = [1 + (GROWTH - 1) * day / len(days) for day in range(len(days))]
        reach = list(accumulate(steps))
        while True:
            (day,) = self.random.choices(days, cum_weights=reach)
            moment = self.moment(day)
            if moment < until - timedelta(hours=1):
                yield moment

    def moment(self, day: date) -> datetime:
        """Return a moment of a Shanghai day at which people order."""
        (hour,) = self.random.choices(HOURS, BUSY)
        at = time(hour, self.random.randrange(60), self.random.randrange(60), tzinfo=SHANGHAI)
        return datetime.combine(day, at)

    def _choose_appetite(self) -> Appetite:
        return self.random.choices(self.appetites, self.weights)[0]

    def draw(self, appetite: Appetite, at: datetime) -> PlannedGroup | None:
        """Return a checkout at a moment, or None when the drawn buyer finds nothing."""
        half = self.random.randrange(2)
        buyer = self._choose_buyer(appetite)
        basket = self._fill(appetite, buyer, half, at.date())
        if not basket:
            return None
        city = self._city(appetite, buyer)
        basket = [one for one in basket if self._arrives(one[0], buyer, city)]
        if not basket:
            return None
        return self.group(appetite.channel, buyer, basket, at, city=city)

    def _arrives(self, good: Good, buyer: BuyerEntry | None, city: str) -> bool:
        """Say whether a good reaches a buyer in time; nobody is sold what does not."""
        if good.max_transit_hours is None:
            return True
        place = place_of(_province(buyer, city), city)
        hours = self.hours.get((place.province, place.city))
        if hours is None:
            hours = self.hours.get((place.province, ""))
        return hours is not None and hours <= good.max_transit_hours

    def group(
        self,
        channel: str,
        buyer: BuyerEntry | None,
        basket: Sequence[tuple[Good, int]],
        at: datetime,
        *,
        city: str,
    ) -> PlannedGroup:
        """Return a checkout of a basket with a number and a recipient of its own."""
        tail = "".join(self.random.choices(NUMBER_ALPHABET, k=NUMBER_LENGTH))
        return PlannedGroup(
            number=f"WL{at:%y%m%d}-{tail}",
            access_key=f"{self.random.getrandbits(128):032x}",
            channel=channel,
            organisation=buyer.id if buyer else None,
            login=self._login(buyer, channel),
            recipient=self._recipient(buyer, city),
            placed_at=at,
            basket=tuple(basket),
            half=basket[0][0].half,
        )

    def _choose_buyer(self, appetite: Appetite) -> BuyerEntry | None:
        if not appetite.buyers:
            return None
        return self.buyers[self.random.choice(appetite.buyers)]

    def _city(self, appetite: Appetite, buyer: BuyerEntry | None) -> str:
        return buyer.city if buyer else self.random.choice(appetite.cities)

    def _login(self, buyer: BuyerEntry | None, channel: str) -> str | None:
        if buyer is not None:
            login = DEMO_BUYERS.get(buyer.id)
            return login if login and self.random.randrange(100) < KNOWN_PERCENT else None
        is_consumer = self.random.randrange(1000) < CONSUMER_PERMILLE
        return "consumer" if is_consumer and channel == "SHLL" else None

    def _recipient(self, buyer: BuyerEntry | None, city: str) -> Recipient:
        name = f"{self.random.choice(FAMILY_NAMES)}样例"
        street = f"{self.random.choice(TEA_HOUSES)}{self.random.randint(1, 199)}号(样例)"
        return Recipient(
            name=buyer.name if buyer else name,
            phone=f"1000{self.random.randrange(10**7):07}",
            province=_province(buyer, city),
            city=city,
            district="",
            street=street,
        )

    def _fill(
        self, appetite: Appetite, buyer: BuyerEntry | None, half: int, day: date
    ) -> list[tuple[Good, int]]:
        basket: dict[str, tuple[Good, int]] = {}
        (lines,) = self.random.choices((1, 2, 3), appetite.lines)
        for _ in range(lines):
            good = self._choose_good(appetite, buyer, half, day)
            if good is not None and _may_join(good, [one for one, _ in basket.values()]):
                basket[good.sku] = (good, self._packs(appetite, good))
        return list(basket.values())

    def _choose_good(
        self, appetite: Appetite, buyer: BuyerEntry | None, half: int, day: date
    ) -> Good | None:
        village = buyer.paired_village_code if buyer else None
        found, weights = self._wanted(appetite, half, day)
        if village and self.random.randrange(100) < PAIRED_PERCENT:
            own = [good for good in found if good.village == village]
            if own:
                return self.random.choice(own)
        return self.random.choices(found, weights)[0] if found else None

    def _wanted(self, appetite: Appetite, half: int, day: date) -> tuple[list[Good], list[int]]:
        key = (self.appetites.index(appetite), half, day.month)
        if key not in self._interest:
            pairs = [
                (good, weight)
                for good in self.goods
                if good.half == half and (weight := market.interest(good, appetite, day))
            ]
            self._interest[key] = ([one for one, _ in pairs], [weight for _, weight in pairs])
        return self._interest[key]

    def _packs(self, appetite: Appetite, good: Good) -> int:
        least, most = appetite.packs
        affordable = max(least, appetite.budget_minor // good.price_minor)
        return self.random.randint(least, min(most, affordable))


def _province(buyer: BuyerEntry | None, city: str) -> str:
    return buyer.province if buyer else market.PROVINCE_OF.get(city, market.HOME)


def _may_join(good: Good, others: Sequence[Good]) -> bool:
    """Keep one temperature an order: one logger cannot vouch for two."""
    return all(
        other.seller != good.seller
        or other.profile is None
        or good.profile is None
        or other.profile == good.profile
        for other in others
    )


def first_day(until: datetime) -> date:
    """Return the first day of the month in which the past trade begins."""
    today = until.astimezone(SHANGHAI).date()
    months = today.year * 12 + today.month - 1 - MONTHS
    return date(months // 12, months % 12 + 1, 1)
