"""Plans what cooperatives of the sample buy from households, and at what the market pays.

Every figure here is invented. A cooperative whose households have purchase contracts buys the
goods of one of its products: some of its lots as a whole, of others a part.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, Final

from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.values import WeekPrice
from households.values import HouseholdId, LinkageModel
from kernel.clock import local_date
from shop.sample.checks import Files
from shop.sample.schemas import HouseholdLine
from shop.sample.schemas_goods import ProductEntry
from workflows import goods_received
from workflows.goods_received import NewReceipt

SEED: Final = "purchases"
WEEKS: Final = 84
"""For how long prices reach back: longer than the past trade."""
SOURCE: Final = "样例市场周报"
OF_RETAIL_PERCENT: Final = 40
"""What the goods of a product bring on the market, of its lowest price in the shop."""
SEASON: Final = (35, 50, 30, 0, -15, -30, -45, -50, -30, -5, 10, 25)
"""How the months differ from the year, in thousandths."""
NOISE: Final = 20
FALLING: Final = "P056"
FALL: Final = (1000, 900, 815, 740)
"""The last four weeks of the product whose price falls, in thousandths."""
FLOOR_PERCENT: Final = (96, 104)
BUYBACK_PERCENT: Final = 105
INPUT_COST_MINOR: Final = 60_000
WITH_DEPOSIT: Final = "H0045"
"""Whose purchase contract pays the usual deposit in advance; the others pay none."""
PURCHASE_MODELS: Final = (LinkageModel.ORDER.value, LinkageModel.INKIND.value)


@dataclass(frozen=True, slots=True)
class PurchaseContract:
    """A household's purchase contract with its cooperative."""

    code: str
    model: str
    household_id: str


class Purchases:
    """Knows who sells what to whom, and what the market pays."""

    def __init__(self, files: Files) -> None:
        """Find the purchase contracts of every cooperative and the goods they are about."""
        self.contracts: dict[str, list[PurchaseContract]] = {}
        for row in files.households:
            for contract in _contracts_of(row):
                self.contracts.setdefault(row.cooperative_id or "", []).append(contract)
        produce = [row for row in files.products if _is_produce(row)]
        self.prices = {product.id: _base(product) for product in produce}
        self.bought: dict[str, str] = {}
        for product in produce:
            if product.producer_id in self.contracts:
                self.bought.setdefault(product.producer_id, product.id)

    def sellers_to(self, cooperative: str, product: str, lot: str) -> list[PurchaseContract]:
        """Return under which contracts goods of a lot are bought, one for each household."""
        if self.bought.get(cooperative) != product:
            return []
        random = Random(f"{SEED}:{lot}:contracts")
        chosen: dict[str, list[PurchaseContract]] = {}
        for contract in self.contracts[cooperative]:
            chosen.setdefault(contract.household_id, []).append(contract)
        return [random.choice(held) for _, held in sorted(chosen.items())]

    def sellers_of(self, cooperative: str, product: str) -> frozenset[str]:
        """Return the households whose goods of a product are bought, by id."""
        if self.bought.get(cooperative) != product:
            return frozenset()
        return frozenset(contract.household_id for contract in self.contracts[cooperative])

    def terms(
        self, cooperative: str, household: str, model: str, usual: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Return the terms of a purchase contract: the goods and a price that fits them."""
        product = self.bought.get(cooperative)
        terms = dict(usual)
        if model == LinkageModel.ORDER and household != WITH_DEPOSIT:
            terms["deposit_rate"] = 0
        if model not in PURCHASE_MODELS or product is None:
            return terms
        base, random = self.prices[product], Random(f"{SEED}:{household}:{model}")
        if model == LinkageModel.ORDER:
            floor = base * random.randint(*FLOOR_PERCENT) // 100
            return {**terms, "products": [product], "floor_price": floor}
        return {
            **terms,
            "products": [product],
            "buyback_price": base * BUYBACK_PERCENT // 100,
            "input_cost_fen": INPUT_COST_MINOR,
        }

    def week_prices(self, until: date) -> Iterator[WeekPrice]:
        """Return the market prices of all produce, week by week up to a day."""
        last = until - timedelta(days=until.weekday())
        weeks = [last - timedelta(weeks=back) for back in reversed(range(WEEKS))]
        for product, base in self.prices.items():
            random = Random(f"{SEED}:{product}:market")
            for week in weeks:
                thousandths = 1000 + SEASON[week.month - 1] + random.randint(-NOISE, NOISE)
                back = (last - week).days // 7
                if product == FALLING and back < len(FALL):
                    thousandths = FALL[-1 - back]
                yield WeekPrice(product, week, max(1, base * thousandths // 1000), SOURCE)


@dataclass(frozen=True, slots=True)
class PlannedReceipt:
    """One weighing that is to be recorded."""

    contract: PurchaseContract
    weight_g: int
    grade_percent: int


def load_prices(session: Session, purchases: Purchases, *, until: datetime) -> None:
    """Write the weekly market prices of the sample."""
    catalog.record_market_prices(session, list(purchases.week_prices(local_date(until))))


def weigh(
    session: Session,
    cooperative: str,
    receipts: Sequence[tuple[str, datetime, PlannedReceipt]],
) -> None:
    """Record a cooperative's weighings, given as lot, moment and what was weighed."""
    goods_received.receive(
        session,
        [
            NewReceipt(
                code=f"GB-{lot}-{planned.contract.household_id}",
                contract_code=planned.contract.code,
                household_id=HouseholdId(planned.contract.household_id),
                lot_code=lot,
                weight_g=planned.weight_g,
                grade_percent=planned.grade_percent,
                received_on=local_date(at),
                at=at,
            )
            for lot, at, planned in receipts
        ],
        seller_code=cooperative,
        actor=f"organisation:{cooperative}",
    )


def _contracts_of(row: HouseholdLine) -> Iterator[PurchaseContract]:
    for model in (row.linkage_models or "").split("|"):
        if row.cooperative_id is not None and model in PURCHASE_MODELS:
            code = f"HT-{row.cooperative_id}-{row.household_id}-{model}"
            yield PurchaseContract(code, model, row.household_id)


def _is_produce(row: ProductEntry) -> bool:
    return row.origin.township_code is not None and all(sku.net_weight_g for sku in row.skus)


def _base(row: ProductEntry) -> int:
    """Return what a kilogram brings on the market in an ordinary week, fen."""
    retail = min(sku.price_fen * 1000 // sku.net_weight_g for sku in row.skus)
    return max(10, retail * OF_RETAIL_PERCENT // 1000 * 10)
