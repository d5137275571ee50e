"""No fen is made or lost between a price and the last refund."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.values import NewCampaign
from kernel import clock, vault
from kernel.errors import ConflictError
from orders import queries as order_queries
from orders import service as orders
from orders.rules import confirming
from orders.values import NewCoupon
from shop.proof.ground import buying, reckoning, relays, wares
from shop.proof.ground.databases import Ground, engine_on, laid
from shop.proof.ground.invariants import list_broken
from shop.proof.ground.wares import Ware
from shop.proof.runner import Kind, Outcome, run_named
from shop.settings import Settings
from workflows import checkout, order_cancelled
from workflows.checkout import CheckoutRequest
from workflows.order_cancelled import LineBack, PartBack, Refusal
from workflows.pricing import Wanted

GOAL = "0 broken, 0 fen amiss, some examples wrong when each line is rounded for itself"
ACTOR = "organisation:seller"
REFUSAL = Refusal(ACTOR, "damaged")
GOODS, PACKS = 6, 2_000
COUPON, SELLER_COUPON = "PROOF-PLATFORM", "PROOF-SELLER"

AMISS = text("""
    SELECT coalesce(sum(abs(paid.amount_minor - groups.total_minor)), 0)
        + coalesce(sum(abs(groups.total_minor - coalesce(back.minor, 0))), 0)
    FROM order_groups groups
    JOIN payments paid ON paid.group_number = groups.number AND paid.state = 'succeeded'
    LEFT JOIN (
        SELECT payment_id, sum(amount_minor) AS minor FROM refunds GROUP BY payment_id
    ) AS back ON back.payment_id = paid.id
    WHERE groups.number = ANY (CAST(:numbers AS varchar[]))
""")


@dataclass(frozen=True, slots=True)
class Size:
    """How many baskets are reckoned, how many of them naively, and how many are really sold."""

    examples: int
    naive: int
    orders: int


DEFAULT = Size(examples=10_000, naive=1_000, orders=20)
FULL = Size(examples=100_000, naive=10_000, orders=300)


@run_named(Kind.EXPERIMENT, "money-properties")
def money_properties(settings: Settings) -> Outcome:
    """Reckon baskets from price to last refund, and sell some of them in earnest."""
    size = FULL if settings.full_size else DEFAULT
    with laid(settings, orders=20) as ground:
        return reckon(ground, size)


def reckon(ground: Ground, size: Size) -> Outcome:
    """Hold drawn baskets against their promises, then sell through the shop's services."""
    vault.use_key(*ground.settings.vault_keys)
    broken = reckoning.list_broken(size.examples)
    naive = reckoning.count_naive(size.naive)
    with ground.copy("prices") as settings, engine_on(settings.database_url) as engine:
        done, amiss = _sell(engine, size.orders)
        # No worker runs beside it; a long run must not leave its facts untold.
        relays.drain(settings)
        failed = list_broken(settings.database_url)
    sold = done["sold"]
    return Outcome(
        "money-properties",
        f"{len(broken)} broken in {size.examples:,} baskets, {amiss} fen amiss in {sold} "
        f"orders sold and refunded, {naive} of {size.naive:,} wrong when rounded line by line",
        GOAL,
        holds=not broken and not amiss and not failed and naive > 0 and sold == size.orders,
        details=(
            *(f"  {name}: {number:,}" for name, number in sorted(done.items())),
            *(f"  broken: {sentence}" for sentence in broken[:20]),
            *(f"  does not hold: {sentence}" for sentence in failed),
        ),
    )


def _sell(engine: Engine, count: int) -> tuple[Counter[str], int]:
    """Sell baskets and take them back in steps; return what was done and the fen amiss."""
    chance = Random("money-properties")
    at = clock.now()
    done: Counter[str] = Counter()
    with Session(engine) as session, session.begin():
        stalls = wares.list_wares(session, at=at, storage="AMBIENT")[:GOODS]
        wares.shelve_all(session, stalls, PACKS, at=at)
        _lower(session, stalls, at)
    numbers = []
    for _ in range(count):
        chosen = chance.sample(stalls, chance.randint(1, 4))
        basket = {ware.sku: chance.randint(1, 9) for ware in chosen}
        coupons = tuple(chance.sample((COUPON, SELLER_COUPON), chance.randint(0, 2)))
        numbers.append(_buy(engine, basket, coupons, at))
        done["sold"] += 1
        done += _give_back(engine, chance, numbers[-1], at)
    with Session(engine) as session:
        amiss = session.scalar(AMISS, {"numbers": numbers})
    return done, int(amiss or 0)


def _lower(session: Session, stalls: list[Ware], at: datetime) -> None:
    """Give the goods tiers, a campaign of the platform and a coupon of either side."""
    begins, ends = at - timedelta(days=1), at + timedelta(days=1)
    codes = [ware.sku for ware in stalls]
    prices = {
        line.sku_code: line.unit_price_minor
        for line in order_queries.list_wanted(session, dict.fromkeys(codes, 1), on=at.date())
    }
    for ware in stalls:
        minor = prices[ware.sku]
        tiers = {3: minor * 95 // 100, 6: minor * 9 // 10}
        catalog.set_tiers(session, ware.sku, tiers, seller_code=ware.seller)
    catalog.begin_campaign(
        session,
        NewCampaign(
            code="PROOF",
            name="活动",
            skus=dict.fromkeys(codes[:3]),
            percent=83,
            starts_at=begins,
            ends_at=ends,
        ),
        actor=ACTOR,
        at=at,
    )
    for code, seller in ((COUPON, None), (SELLER_COUPON, stalls[0].seller)):
        new = NewCoupon(
            code=code,
            name="券",
            seller_code=seller,
            percent=13,
            cap_minor=1_999,
            starts_at=begins,
            ends_at=ends,
        )
        orders.make_coupon(session, new, actor=ACTOR, at=at)


def _buy(engine: Engine, basket: dict[str, int], coupons: tuple[str, ...], at: datetime) -> str:
    """Place what was quoted and pay exactly that."""
    wanted = Wanted(person_id=None, quantities=basket, coupons=coupons)
    with Session(engine) as session, session.begin():
        quote = checkout.quote(session, wanted, at=at)
        request = CheckoutRequest(
            buyer=buying.GUEST,
            recipient=buying.RECIPIENT,
            quantities=basket,
            coupons=coupons,
            confirmed=confirming.confirmation(quote),
            is_sample=True,
        )
        group = checkout.place(session, request, at=at)
        buying.settle(session, group.number, quote.total_minor, at=at)
    return group.number


def _give_back(engine: Engine, chance: Random, number: str, at: datetime) -> Counter[str]:
    """Take an order back in drawn parts, and then the rest of it."""
    done: Counter[str] = Counter()
    with Session(engine) as session:
        parts = buying.list_parts(session, number)
    for part in parts:
        with Session(engine) as session:
            lines = order_queries.list_line_heads(session, order_number=part)
        for line in lines:
            minor = chance.randint(1, line.gross_minor)
            lost = (LineBack(line.line_id, minor),)
            back = PartBack(key=f"{part}:{line.line_id}", lines=lost)
            try:
                with Session(engine) as session, session.begin():
                    order_cancelled.refund_in_part(session, part, back, REFUSAL, at=at)
                done["refunds in part"] += 1
            except ConflictError:
                # So little that the platform's part was all of it.
                done["refunds too small"] += 1
        try:
            with Session(engine) as session, session.begin():
                order_cancelled.refund_in_full(session, part, REFUSAL, at=at)
            done["refunds of the rest"] += 1
        except ConflictError:
            done["nothing was left"] += 1
    return done
