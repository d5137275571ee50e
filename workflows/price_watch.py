"""Warn of prices that keep falling: who has a live contract in such a product is told.

Locks: the warnings of the products, one by one. Repeating changes nothing; a further week of
the same fall deepens the warning there is.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from catalog.models import Lot, LotContribution, MarketPrice, Product, Sku
from households import service as households
from households.models import ContractVersion, LinkageContract
from households.queries.contracts import in_force
from households.rules.watch import WeekPrice, find_fall
from households.values import HouseholdId, LinkageModel, PriceFall
from kernel import policy
from kernel.clock import local_date
from reporting.register import links

PARAM_WEEKS = "price_fall_weeks"
PARAM_PERCENT = "price_fall_percent"
LOOK_BACK = timedelta(weeks=53)
GOODS = (LinkageModel.ORDER, LinkageModel.INKIND, LinkageModel.CONSIGN, LinkageModel.TRUST)
"""Contracts whose money depends on what goods fetch."""


def watch_prices(session: Session, *, at: datetime) -> int:
    """Raise or deepen the warnings of falling prices and return how many are new."""
    today = local_date(at)
    weeks = policy.get_int(session, PARAM_WEEKS, on=today)
    percent = policy.get_int(session, PARAM_PERCENT, on=today)
    falls = []
    for product_code, prices in sorted(_prices(session, today).items()):
        fall = find_fall(prices, weeks=weeks, percent=percent)
        if fall is not None:
            falls.append(
                PriceFall(
                    product_code=product_code,
                    baseline_week=fall.baseline.week,
                    baseline_minor=fall.baseline.minor,
                    latest_week=fall.latest.week,
                    latest_minor=fall.latest.minor,
                    weeks=fall.weeks,
                )
            )
    if not falls:
        return 0
    touched = _touched(session, [fall.product_code for fall in falls], on=today)
    return sum(
        households.raise_warning(session, fall, touched.get(fall.product_code, ()), at=at)
        for fall in falls
    )


def _prices(session: Session, today: date) -> Mapping[str, Sequence[WeekPrice]]:
    """Return the weekly prices of a year by product, up to the present week."""
    found: dict[str, list[WeekPrice]] = {}
    for code, week, minor in session.execute(
        select(MarketPrice.product_code, MarketPrice.week_on, MarketPrice.minor_per_kg)
        .where(MarketPrice.week_on > today - LOOK_BACK, MarketPrice.week_on <= today)
        .order_by(MarketPrice.product_code, MarketPrice.week_on)
    ):
        found.setdefault(code, []).append(WeekPrice(week, minor))
    return found


def _touched(
    session: Session, product_codes: list[str], *, on: date
) -> Mapping[str, set[HouseholdId]]:
    """Return the households with a live contract in each product; one statement.

    They have delivered the product within the reach of deliveries, and a contract about goods
    with its seller is in force: one of their own, or the seller's with all its producers.
    """
    days = links.find_days(session, on=on)
    found: dict[str, set[HouseholdId]] = {}
    for code, household_id in session.execute(
        select(Product.code, LotContribution.household_id)
        .join(Sku, Sku.product_code == Product.code)
        .join(Lot, Lot.sku_id == Sku.id)
        .join(LotContribution, LotContribution.lot_id == Lot.id)
        .join(
            LinkageContract,
            and_(
                LinkageContract.organisation_code == Product.seller_code,
                LinkageContract.model_code.in_(GOODS),
                or_(
                    LinkageContract.household_id.is_(None),
                    LinkageContract.household_id == LotContribution.household_id,
                ),
            ),
        )
        .join(ContractVersion, ContractVersion.contract_id == LinkageContract.id)
        .where(
            Product.code.in_(product_codes),
            Lot.harvested_on >= days.since,
            Lot.harvested_on <= days.on,
            in_force(on),
        )
        .distinct()
    ):
        found.setdefault(code, set()).add(HouseholdId(household_id))
    return found
