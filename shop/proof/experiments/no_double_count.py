"""No fen of a household is told twice: what sales trace is what its goods brought it, once."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from kernel import clock, vault
from kernel.errors import ConflictError
from shop.proof.ground import buying, wares
from shop.proof.ground.databases import Ground, engine_on, laid
from shop.proof.ground.invariants import list_broken
from shop.proof.runner import Kind, Outcome, run_named
from shop.settings import Settings
from workflows import checkout, order_cancelled, order_delivered, order_shipped
from workflows.order_cancelled import Refusal
from workflows.order_delivered import Receipt
from workflows.travel import HandOver

GOAL = "0 fen traced beyond what was credited, 0 fen missing of lots that are sold out"
PACKS = 9
KEPT_PERCENT, EARLY_PERCENT = 60, 50
"""How many parcels are never refunded, and how many of the others before their delivery."""

SELLER = "organisation:seller"

# By line: the trace book, the ledger's own credits to households, and what the lots say.
LINES = """
WITH booked AS (
    SELECT CAST(substr(account.code, 8) AS bigint) AS line_id, -sum(amount_minor) AS minor
    FROM ledger_accounts account JOIN ledger_entries entry ON entry.account_id = account.id
    WHERE account.code LIKE 'T:line:%' GROUP BY 1
), shared AS (
    SELECT order_line_id AS line_id, sum(amount_minor - reversed_minor) AS minor
    FROM entitlements
    WHERE party_kind = 'household' AND order_line_id IS NOT NULL AND earned_at IS NOT NULL
    GROUP BY 1
), credited AS (
    SELECT CAST(substr(tx.source, 6) AS bigint) AS line_id, -sum(amount_minor) AS minor
    FROM ledger_txs tx
    JOIN ledger_entries entry ON entry.tx_id = tx.id
    JOIN ledger_accounts account ON account.id = entry.account_id
    WHERE tx.kind IN ('line_earned', 'terms_line_earned', 'refund_earned')
        AND tx.source LIKE 'line:%'
        AND (account.code LIKE 'L:payable:hh:%' OR account.code LIKE 'A:recover:hh:%')
    GROUP BY 1
), issued AS (
    SELECT order_line_id AS line_id, sum(pay_minor) AS minor FROM goods_issues
    WHERE kind = 'sold' AND returned_at IS NULL GROUP BY 1
)
SELECT count(*) AS lines,
    coalesce(sum(abs(coalesce(booked.minor, 0)
        - coalesce(shared.minor, 0) - coalesce(issued.minor, 0))), 0) AS traced_amiss,
    coalesce(sum(abs(coalesce(shared.minor, 0) - coalesce(credited.minor, 0))), 0)
        AS credited_amiss
FROM booked FULL JOIN shared USING (line_id) FULL JOIN credited USING (line_id)
FULL JOIN issued USING (line_id)
"""

# By lot: what its sales trace, and what its households were credited by sales and receipts.
LOTS = """
WITH credited AS (
    SELECT lot_id, sum(amount_minor - reversed_minor) AS minor,
        coalesce(sum(amount_minor - reversed_minor) FILTER (WHERE order_line_id IS NOT NULL), 0)
            AS by_sales
    FROM entitlements
    WHERE party_kind = 'household' AND lot_id IS NOT NULL AND earned_at IS NOT NULL
    GROUP BY lot_id
), issued AS (
    SELECT lot_id, coalesce(sum(pay_minor) FILTER (WHERE kind = 'sold'
            AND returned_at IS NULL), 0) AS traced,
        sum(pay_minor) AS gone
    FROM goods_issues GROUP BY lot_id
)
SELECT count(*) AS lots,
    count(*) FILTER (WHERE lot.available + lot.held = 0) AS sold_out,
    count(*) FILTER (WHERE bought.lot_id IS NOT NULL) AS bought,
    coalesce(sum(greatest(coalesce(by_sales, 0) + coalesce(traced, 0)
        - coalesce(credited.minor, 0), 0)), 0) AS beyond,
    coalesce(sum(abs(bought.pay_minor - coalesce(gone, 0)))
        FILTER (WHERE bought.issued_packs = bought.packs), 0) AS missing
FROM credited FULL JOIN issued USING (lot_id)
JOIN lots lot ON lot.id = lot_id
LEFT JOIN purchased_lots bought ON bought.lot_id = lot.id
"""


# Goods with a lot that was bought from households, which travel without a logger.
BOUGHT = """
SELECT sku.code, sum(lot.available) AS packs
FROM lots lot
JOIN skus sku ON sku.id = lot.sku_id AND sku.is_on_sale
JOIN products product ON product.code = sku.product_code AND product.state = 'listed'
WHERE product.storage_code IN ('AMBIENT', 'COOL') AND lot.quarantined_at IS NULL
    AND lot.available > 0 AND EXISTS (SELECT FROM purchased_lots bought
        JOIN lots other ON other.id = bought.lot_id
        WHERE other.sku_id = sku.id AND other.available > 0)
GROUP BY sku.code
"""


@dataclass(frozen=True, slots=True)
class Size:
    """How many past orders the sample has, and how many goods are sold out at random."""

    orders: int
    goods: int


DEFAULT = Size(orders=150, goods=4)
FULL = Size(orders=3_000, goods=24)


@run_named(Kind.EXPERIMENT, "no-double-count")
def no_double_count(settings: Settings) -> Outcome:
    """Compare traces with credits, lot by lot, over past trade and over sales at random."""
    size = FULL if settings.full_size else DEFAULT
    with laid(settings, orders=size.orders) as ground:
        return count(ground, size.goods)


@dataclass(frozen=True, slots=True)
class Count:
    """What the books say about lines and lots at one moment."""

    name: str
    lines: int
    lots: int
    sold_out: int
    bought: int
    amiss: int
    """Fen by which the trace book, the ledger and the entitlements of lines differ."""
    beyond: int
    missing: int

    @property
    def sentence(self) -> str:
        """Return the count in one line."""
        return (
            f"{self.name}: {self.lines:,} lines, {self.lots:,} lots ({self.bought} bought, "
            f"{self.sold_out} sold out), {self.beyond} fen beyond, {self.missing} missing, "
            f"{self.amiss} between trace book and ledger"
        )


def count(ground: Ground, goods: int) -> Outcome:
    """Count what is there, then sell goods out at random, and count after every round."""
    vault.use_key(*ground.settings.vault_keys)
    done: Counter[str] = Counter()
    with ground.copy("traces") as settings, engine_on(settings.database_url) as engine:
        counts = [_look(engine, "past trade")]
        done += _sell_out(engine, goods, counts)
        broken = list_broken(settings.database_url)
    wrong = [one for one in counts if one.beyond or one.missing or one.amiss]
    last = counts[-1]
    return Outcome(
        "no-double-count",
        f"{max(one.beyond for one in counts)} fen beyond, "
        f"{max(one.missing for one in counts)} missing, {max(one.amiss for one in counts)} "
        f"amiss in {last.lines:,} lines of {last.lots:,} lots, {last.sold_out:,} sold out",
        GOAL,
        holds=not wrong and not broken and done["sold"] > 0,
        details=(
            counts[0].sentence,
            f"{len(counts) - 1} looks while goods were sold out; the last, {last.sentence}",
            *(f"  {name}: {number:,}" for name, number in sorted(done.items())),
            *(f"  wrong {one.sentence}" for one in wrong[:20]),
            *(f"  does not hold: {sentence}" for sentence in broken),
        ),
    )


def _look(engine: Engine, name: str) -> Count:
    with Session(engine) as session:
        lines = session.execute(text(LINES)).one()
        lots = session.execute(text(LOTS)).one()
    return Count(
        name=name,
        lines=lines.lines,
        lots=lots.lots,
        sold_out=lots.sold_out,
        bought=lots.bought,
        amiss=int(lines.traced_amiss + lines.credited_amiss),
        beyond=int(lots.beyond),
        missing=int(lots.missing),
    )


def _sell_out(engine: Engine, goods: int, counts: list[Count]) -> Counter[str]:
    """Sell fresh lots down to the last pack, refund some parcels, and look in between."""
    chance = Random("no-double-count")
    at = clock.now()
    done: Counter[str] = Counter()
    with Session(engine) as session, session.begin():
        bought = {row.code: int(row.packs) for row in session.execute(text(BOUGHT))}
        stalls = wares.list_wares(session, at=at, storage="AMBIENT")
        stalls = [stall for stall in stalls if stall.sku not in bought][:goods]
        wares.shelve_all(session, stalls, PACKS, at=at)
    left = {stall.sku: PACKS for stall in stalls}
    left |= dict(sorted(bought.items(), key=lambda one: (one[1], one[0]))[:goods])
    moment = at
    while left:
        moment += timedelta(minutes=10)
        basket = _basket(chance, left)
        with Session(engine) as session, session.begin():
            numbers = _buy(session, basket, moment)
        for sku, packs in basket.items():
            left[sku] -= packs
        left = {sku: packs for sku, packs in left.items() if packs}
        for number in numbers:
            done += _carry(engine, chance, number, moment)
        counts.append(_look(engine, f"round {len(counts)}"))
    return done


def _basket(chance: Random, left: dict[str, int]) -> dict[str, int]:
    chosen = chance.sample(sorted(left), min(len(left), chance.randint(1, 2)))
    return {sku: chance.randint(1, min(left[sku], max(4, left[sku] // 3))) for sku in chosen}


def _buy(session: Session, basket: dict[str, int], at: datetime) -> Sequence[str]:
    """Place and pay an order; return the numbers of its parts."""
    group = checkout.place(session, buying.request(basket), at=at)
    buying.settle(session, group.number, group.total_minor, at=at)
    return buying.list_parts(session, group.number)


def _carry(engine: Engine, chance: Random, number: str, at: datetime) -> Counter[str]:
    """Let one part arrive, or come back before or after it does."""
    done: Counter[str] = Counter(sold=1)
    is_kept = chance.randrange(100) < KEPT_PERCENT
    is_early = not is_kept and chance.randrange(100) < EARLY_PERCENT
    later = at + timedelta(minutes=5)
    with Session(engine) as session, session.begin():
        order_shipped.pack(session, number, actor=SELLER, at=at)
        order_shipped.ship(session, number, HandOver(actor=SELLER), at=at)
        if not is_early:
            order_delivered.deliver(session, number, Receipt(SELLER, "recipient"), at=later)
    if is_kept:
        return done
    name = "refunded before delivery" if is_early else "refunded after delivery"
    with Session(engine) as session, session.begin():
        order_cancelled.refund_in_full(session, number, Refusal(SELLER, "spoiled"), at=later)
    try:
        with Session(engine) as session, session.begin():
            order_cancelled.refund_in_full(session, number, Refusal(SELLER, "again"), at=later)
    except ConflictError:
        done["second refunds refused"] += 1
    done[name] += 1
    return done
