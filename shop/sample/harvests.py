"""Plans the lots of the sample: enough of every SKU for its buyers, harvested in season only.

A product that is out of season gets no lot; once its last one is sold or past its day it is
sold out, as it would be.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Final

from kernel.clock import SHANGHAI
from kernel.money import allot
from shop.sample.checks import Files
from shop.sample.demand import PlannedGroup
from shop.sample.market import Good
from shop.sample.purchases import PlannedReceipt, Purchases
from shop.sample.schemas import HouseholdLine
from shop.sample.schemas_goods import ProductEntry

LONGEST_DAYS: Final = 45
"""For how long one lot is sold at most, however long it keeps."""
RECEIVED_AT: Final = time(5, 30, tzinfo=SHANGHAI)
MARGIN_PERCENT: Final = 8
GRADES: Final = ((90, 1), (100, 6), (110, 2))
"""Grade factors in per cent, and how often each is given."""
WHOLE_PERCENT: Final = 60
"""Lots of which everything is bought, where anything is."""
PART_PERCENT: Final = (30, 70)
"""What is bought of the others."""
SMALL_PERCENT: Final = 12
"""Lots that so few households gave to that their figures are withheld."""
FEW: Final = (5, 9)
MANY: Final = (12, 20)
FAMILY_FARM: Final = "家庭农场"
LAST_STOCK_MINOR: Final = 600_000
"""What the stock of an SKU is worth on the day of the load, about, fen."""
LAST_STOCK: Final = (24, 240)
LEFT_OVER: Final = 2
FRESH_FOR: Final = timedelta(days=20)
"""The last lot is the stock of today when it is sold for so long yet, else one is added."""

Contributions = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedLot:
    """One harvest that is to be received."""

    code: str
    good: Good
    quantity: int
    harvested_on: date
    best_before: date | None
    received_at: datetime
    village_code: str | None
    needs_certificate: bool
    contributions: Contributions
    """What is given on consignment."""
    bought: tuple[PlannedReceipt, ...]
    """What is bought as it is weighed."""
    bought_packs: int


class Harvester:
    """Plans lots for a demand, and who gives what to each of them."""

    def __init__(self, files: Files, *, seed: str, until: datetime) -> None:
        """Prepare who could give to whose lots."""
        self.seed = seed
        self.until = until.astimezone(SHANGHAI)
        self.products: Mapping[str, ProductEntry] = {row.id: row for row in files.products}
        self.producers = {row.id: row for row in files.producers}
        self.areas = {row.code: row.cold_chain_area for row in files.townships}
        self.households = list(files.households)
        self.purchases = Purchases(files)

    def plan(self, groups: Sequence[PlannedGroup], goods: Sequence[Good]) -> list[PlannedLot]:
        """Return lots in the order in which they are received."""
        demands: dict[str, list[tuple[datetime, int]]] = {good.sku: [] for good in goods}
        for group in groups:
            for good, packs in group.basket:
                demands[good.sku].append((group.placed_at, packs))
        lots = [lot for good in goods for lot in self._lots_of(good, demands[good.sku])]
        return sorted(lots, key=lambda lot: (lot.received_at, lot.code))

    def _lots_of(self, good: Good, demand: list[tuple[datetime, int]]) -> Iterator[PlannedLot]:
        fresh_on = self._fresh_day()
        lacks_stock = good.is_in_season(self.until.date())
        for received_on, sold_until, packs in self._batches(good, sorted(demand)):
            quantity = packs + packs * MARGIN_PERCENT // 100 + LEFT_OVER
            keeps = sold_until - fresh_on >= FRESH_FOR or received_on >= fresh_on
            if lacks_stock and keeps:
                quantity += self._last_stock(good)
                lacks_stock = False
            yield self._lot(good, received_on, quantity)
        if lacks_stock:
            yield self._lot(good, fresh_on, self._last_stock(good))

    def _batches(
        self, good: Good, demand: list[tuple[datetime, int]]
    ) -> Iterator[tuple[date, date, int]]:
        """Gather demand into harvests: received on, sold until, packs."""
        waiting = list(demand)
        while waiting:
            first = waiting[0][0].astimezone(SHANGHAI).date()
            received_on = self._reception(good, first)
            sold_until = received_on + timedelta(days=self._days(good))
            taken = [
                packs for at, packs in waiting if at.astimezone(SHANGHAI).date() <= sold_until
            ]
            waiting = waiting[len(taken) :]
            yield received_on, sold_until, sum(taken)

    def _days(self, good: Good) -> int:
        """Return for how many days after its reception a lot is sold."""
        life = good.shelf_life_days
        return LONGEST_DAYS if life is None else max(1, min(LONGEST_DAYS, life - 2))

    def _reception(self, good: Good, wanted: date) -> date:
        before = wanted - timedelta(days=1)
        return before if good.is_in_season(before) else wanted

    def _fresh_day(self) -> date:
        """Return today, or yesterday before the hour at which harvests come in."""
        today = self.until.date()
        has_come = self.until.timetz() > RECEIVED_AT
        return today if has_come else today - timedelta(days=1)

    def _last_stock(self, good: Good) -> int:
        least, most = LAST_STOCK
        return max(least, min(most, LAST_STOCK_MINOR // good.price_minor))

    def _lot(self, good: Good, received_on: date, quantity: int) -> PlannedLot:
        product = self.products[good.product]
        producer = self.producers[good.seller]
        code = f"{good.sku}-{received_on:%y%m%d}"
        harvested_on = _harvest_day(product, received_on)
        life = good.shelf_life_days
        bought, bought_packs = self._bought(good, code, quantity)
        return PlannedLot(
            code=code,
            good=good,
            quantity=quantity,
            harvested_on=harvested_on,
            best_before=None if life is None else harvested_on + timedelta(days=life),
            received_at=datetime.combine(received_on, RECEIVED_AT),
            village_code=product.origin.village_code or producer.village_code,
            needs_certificate=product.batch_certificate_required is not None,
            contributions=self._contributions(
                good, code, (quantity - bought_packs) * good.weight_g
            ),
            bought=bought,
            bought_packs=bought_packs,
        )

    def _bought(
        self, good: Good, code: str, quantity: int
    ) -> tuple[tuple[PlannedReceipt, ...], int]:
        """Plan what of a lot is bought: all of it, a part, or nothing."""
        contracts = self.purchases.sellers_to(good.seller, good.product, code)
        if not contracts:
            return (), 0
        random = Random(f"{self.seed}:{code}:bought")
        is_whole = random.randrange(100) < WHOLE_PERCENT
        packs = (
            quantity if is_whole else max(1, quantity * random.randint(*PART_PERCENT) // 100)
        )
        weights = [(one.household_id, random.randint(4, 20)) for one in contracts]
        grams = allot(packs * good.weight_g, weights)
        return tuple(
            PlannedReceipt(one, grams[one.household_id], self._grade(random))
            for one in contracts
        ), packs

    def _grade(self, random: Random) -> int:
        grades, often = zip(*GRADES, strict=True)
        return int(random.choices(grades, often)[0])

    def _contributions(self, good: Good, code: str, weight_g: int) -> Contributions:
        """Divide the weight of a lot over households near its seller, to the gram."""
        random = Random(f"{self.seed}:{code}")
        giving = self._choose(good, random) if weight_g else []
        if not giving or weight_g < len(giving):
            return ()
        weights = [(row.household_id, random.randint(4, 20)) for row in giving]
        grams = allot(weight_g, weights)
        return tuple(
            (household, grams[household], self._grade(random)) for household in sorted(grams)
        )

    def _choose(self, good: Good, random: Random) -> list[HouseholdLine]:
        """Members come first, then the township, then the cold-chain area."""
        township = self.products[good.product].origin.township_code
        if township is None or good.weight_g == 0:
            return []
        producer = self.producers[good.seller]
        is_small = producer.type == FAMILY_FARM or random.randrange(100) < SMALL_PERCENT
        wanted = random.randint(*(FEW if is_small else MANY))
        circles: tuple[list[HouseholdLine], ...] = ([], [], [])
        sells = self.purchases.sellers_of(good.seller, good.product)
        for row in self.households:
            if row.household_id in sells:
                continue
            home = row.village_code[: len(township)]
            if row.cooperative_id == good.seller:
                circles[0].append(row)
            elif home == township:
                circles[1].append(row)
            elif self.areas[home] == producer.cold_chain_area:
                circles[2].append(row)
        chosen: list[HouseholdLine] = []
        for circle in circles:
            room = wanted - len(chosen)
            chosen += random.sample(circle, min(room, len(circle)))
        return chosen


def _harvest_day(product: ProductEntry, received_on: date) -> date:
    """Return the day before reception, or the last day of the latest harvest before it."""
    day = received_on - timedelta(days=1)
    if not product.harvest_months or day.month in product.harvest_months:
        return day
    while day.month not in product.harvest_months:
        day = day.replace(day=1) - timedelta(days=1)
    return day
