"""What a provider says of one payment arrives in every order: it always comes to the same."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from random import Random
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel import clock
from kernel.db import unit_of_work
from orders import service as orders
from orders.values import GroupState
from payments.gateway import Message
from payments.values import (
    AttemptReading,
    PaymentState,
    Provider,
    Reading,
    RefundReading,
    RefundState,
)
from shop import checkouts
from shop.proof.ground import buying, stripe_shop, wares
from shop.proof.ground import stripe_acts as acts
from shop.proof.ground.databases import Ground, engine_on, laid
from shop.proof.ground.invariants import list_broken
from shop.proof.ground.stripe_fake import StripeFake
from shop.proof.runner import Kind, Outcome, run_named
from shop.settings import Settings
from workflows import order_cancelled, paying, payment_received, refund_run
from workflows.order_cancelled import Refusal

GOAL = "every order of arrival comes to the same state and the same postings; the control not"
KINDS = (
    "payment_intent.created",
    "payment_intent.requires_action",
    "payment_intent.payment_failed",
    "payment_intent.succeeded",
    "refund.created",
    "refund.updated",
)
SUCCEEDED = KINDS[3]
STATES = dict(
    zip(
        KINDS,
        (
            PaymentState.CREATED,
            PaymentState.REQUIRES_ACTION,
            PaymentState.FAILED,
            PaymentState.SUCCEEDED,
        ),
        strict=False,
    )
)
REFUND_STATES = {KINDS[4]: RefundState.PENDING, KINDS[5]: RefundState.SUCCEEDED}
LATE = (False, True)
"""Whether the order was closed before the money came; otherwise it is paid and refunded."""

RECORDS = (
    "SELECT 'group', state FROM order_groups WHERE number = :number",
    "SELECT 'order', state FROM seller_orders WHERE group_number = :number ORDER BY number",
    """SELECT 'payment', state, amount_minor, captured_minor FROM payments
        WHERE group_number = :number ORDER BY id""",
    """SELECT 'refund', refund.state, refund.amount_minor, refund.tries FROM refunds refund
        JOIN payments payment ON payment.id = refund.payment_id
        WHERE payment.group_number = :number ORDER BY refund.id""",
    """SELECT 'held', held.state, sum(held.quantity) FROM reservations held
        JOIN order_lines line ON line.id = held.order_line_id
        JOIN seller_orders part ON part.number = line.order_number
        WHERE part.group_number = :number GROUP BY held.state ORDER BY held.state""",
    """SELECT 'books', tx.posting_key, tx.kind, account.code, entry.amount_minor,
            extract(epoch FROM tx.effective_at - grp.placed_at)::bigint
        FROM order_groups grp
        JOIN ledger_txs tx ON tx.source = 'group:' || grp.number
            OR tx.source IN (SELECT 'order:' || number FROM seller_orders
                WHERE group_number = grp.number)
            OR tx.source IN (SELECT 'refund:' || refund.id FROM refunds refund
                JOIN payments payment ON payment.id = refund.payment_id
                WHERE payment.group_number = grp.number)
        JOIN ledger_entries entry ON entry.tx_id = tx.id
        JOIN ledger_accounts account ON account.id = entry.account_id
        WHERE grp.number = :number ORDER BY tx.posting_key, account.code""",
)


@dataclass(frozen=True, slots=True)
class Size:
    """Which orders of arrival are tried: all 720, or one for each first and last message."""

    is_all: bool


DEFAULT = Size(is_all=False)
FULL = Size(is_all=True)

Order = tuple[str, ...]


@run_named(Kind.EXPERIMENT, "payment-permutations")
def payment_permutations(settings: Settings) -> Outcome:
    """Let six messages of a payment arrive in every order, each twice and as they were then."""
    with laid(settings) as ground:
        return permute(ground, FULL if settings.full_size else DEFAULT)


def orders_of(size: Size) -> list[Order]:
    """Return the orders of arrival; the first is the one in which it happened."""
    if size.is_all:
        return list(permutations(KINDS))
    chance = Random("payment-permutations")
    found: list[Order] = [KINDS]
    for first, last in permutations(KINDS, 2):
        middle = [kind for kind in KINDS if kind not in (first, last)]
        chance.shuffle(middle)
        found.append((first, *middle, last))
    return found


def permute(ground: Ground, size: Size) -> Outcome:
    """Carry an order through each order of arrival and compare what is left behind."""
    wanted = orders_of(size)
    with ground.copy("permutations") as settings:
        at = clock.now()
        fake = StripeFake(now=int(at.timestamp()))
        sku = _shelve(settings, 2 * len(wanted))
        with stripe_shop.shop_with(settings, fake):
            tries = [
                _carry(Try(fake, sku, is_late=is_late), order)
                for is_late in LATE
                for order in wanted
            ]
        broken = list_broken(settings.database_url)
    return _outcome(tries, broken, faults=fake.faults)


def _shelve(settings: Settings, packs: int) -> str:
    with (
        engine_on(settings.database_url) as engine,
        Session(engine) as session,
        session.begin(),
    ):
        at = clock.now()
        ware = wares.list_wares(session, at=at)[0]
        wares.shelve(session, ware, packs, code="PROOF-PERMUTED", at=at)
    return ware.sku


@dataclass(slots=True)
class Try:
    """One order, its payment at the provider, and what became of both."""

    fake: StripeFake
    sku: str
    is_late: bool
    number: str = ""
    intent: str = ""
    began: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    readings: dict[str, AttemptReading] = field(default_factory=dict)
    """What the provider would have said at the moment of each message."""
    rows: dict[str, int] = field(default_factory=dict)
    arrived: list[str] = field(default_factory=list)
    record: str = ""

    @property
    def naive(self) -> PaymentState:
        """Return where a shop would stand that writes down what the last message says."""
        return [STATES[kind] for kind in self.arrived if kind in STATES][-1]


def _carry(one: Try, order: Order) -> Try:
    _happen(one)
    chance = Random(f"{order} {one.is_late}")
    one.arrived = list(order)
    for kind in order:
        # A second time, anywhere behind the first.
        place = chance.randint(one.arrived.index(kind) + 1, len(one.arrived))
        one.arrived.insert(place, kind)
    for kind in one.arrived:
        _arrive(one, kind)
        _refund(one)
    for kind in one.arrived:
        _arrive(one, kind)
    with unit_of_work() as session:
        one.record = _read(session, one)
    return one


def _happen(one: Try) -> None:
    """Let the buyer order, stand in the wallet, fail once and succeed."""
    one.began = clock.now().replace(microsecond=0)
    one.fake.now = int(one.began.timestamp())
    one.number = buying.place({one.sku: 1}, at=one.began).number
    checkouts.open_at(Provider.STRIPE, one.number, locale="zh_CN")
    session_id = list(one.fake.sessions)[-1]
    _look(one, session_id, KINDS[0])
    one.intent = acts.begin(one.fake, session_id)["id"]
    _look(one, session_id, KINDS[1])
    acts.fail(one.fake, session_id)
    _look(one, session_id, KINDS[2])
    acts.pay(one.fake, session_id)
    _look(one, session_id, SUCCEEDED)
    if one.is_late:
        with unit_of_work() as session:
            group = orders.lock_group(session, one.number)
            paying.close(session, group, GroupState.EXPIRED, actor=paying.EXPIRY, at=one.began)


def _look(one: Try, session_id: str, kind: str) -> None:
    """Keep what the provider says now, a second after what it said before."""
    one.fake.now += 1
    at = datetime.fromtimestamp(one.fake.now, UTC)
    found = stripe_shop.gateway_to(one.fake).fetch(session_id, at=at)
    if found is None or found.state is not STATES[kind]:
        raise LookupError(kind)
    one.readings[kind] = found


def _arrive(one: Try, kind: str) -> None:
    """Take a message in; again, it is applied as by somebody who asks the provider anew."""
    found = _answer(one, kind)
    with unit_of_work() as session:
        at = clock.now()
        name = f"evt_{one.number}_{kind}"
        message = Message(
            event_id=name, kind=kind, reference=one.intent, is_ours=True, payload={}
        )
        row_id = payment_received.store_message(session, Provider.STRIPE, message, at=at)
        is_first = row_id is not None
        one.rows.setdefault(kind, row_id or 0)
        if found is None:
            payment_received.park(session, one.rows[kind], "unknown to the provider", at=at)
        elif is_first or isinstance(found, RefundReading):
            payment_received.apply_found(session, one.rows[kind], found, at=at)
        else:
            payment_received.apply_reading(session, found, at=at)


def _answer(one: Try, kind: str) -> Reading | None:
    """Return what the provider said when the message was written."""
    if kind in one.readings:
        return one.readings[kind]
    name = f"re_{one.intent}_1"
    gateway = stripe_shop.gateway_to(one.fake)
    found = gateway.look_up(kind, name, at=clock.now())
    if not isinstance(found, RefundReading):
        return None
    return replace(found, state=REFUND_STATES[kind], at=one.began + timedelta(seconds=9))


def _refund(one: Try) -> None:
    """As soon as the money is known, order its refund at the provider, once."""
    with unit_of_work() as session:
        state, refund_id, order = session.execute(
            text(
                "SELECT payment.state,"
                " (SELECT max(id) FROM refunds WHERE payment_id = payment.id),"
                " (SELECT min(number) FROM seller_orders WHERE group_number = :number)"
                " FROM payments payment WHERE group_number = :number"
            ),
            {"number": one.number},
        ).one()
        if refund_id is None and state == PaymentState.SUCCEEDED:
            at = one.began + timedelta(seconds=8)
            refusal = Refusal("person:1", "buyer_request")
            refund_id = order_cancelled.refund_in_full(session, order, refusal, at=at)
    if refund_id is None or f"re_{one.intent}_1" in one.fake.refunds:
        return
    with unit_of_work() as session:
        asked = refund_run.order(session, refund_id, at=clock.now())
    if asked is not None:
        reading = stripe_shop.gateway_to(one.fake).refund(asked)
        with unit_of_work() as session:
            refund_run.apply(session, reading)


def _read(session: Session, one: Try) -> str:
    """Return what is left behind, with the names that differ from order to order left out."""
    rows: list[Any] = []
    for question in RECORDS:
        rows += [
            tuple(map(str, row))
            for row in session.execute(text(question), {"number": one.number})
        ]
    refunds = session.execute(
        text(
            "SELECT refund.id FROM refunds refund JOIN payments payment"
            " ON payment.id = refund.payment_id WHERE payment.group_number = :number"
        ),
        {"number": one.number},
    ).scalars()
    written = json.dumps(rows)
    charge = one.fake.charges[one.fake.intents[one.intent]["latest_charge"]]
    names = {one.number: "G", one.intent: "PI", charge["balance_transaction"]: "TXN"}
    for name, short in names.items():
        written = written.replace(str(name), short)
    for refund_id in refunds:
        written = written.replace(f'L:refund:{refund_id}"', 'L:refund:R"')
        written = written.replace(f"re:{refund_id}:", "re:R:").replace(
            f"refund:{refund_id}:", "refund:R:"
        )
    return written


def _differing(tries: Sequence[Try]) -> Iterator[Try]:
    for is_late in LATE:
        some = [one for one in tries if one.is_late is is_late]
        yield from (one for one in some if one.record != some[0].record)


def _outcome(tries: Sequence[Try], broken: Sequence[str], *, faults: Sequence[str]) -> Outcome:
    differ = list(_differing(tries))
    naive = sum(one.naive is not PaymentState.SUCCEEDED for one in tries)
    count = len(tries) // len(LATE)
    return Outcome(
        "payment-permutations",
        f"{len(tries) - len(differ)} of {len(tries)} arrivals come to the same; believing the "
        f"last message, {naive} would not",
        GOAL,
        holds=not differ and not broken and not faults and naive > 0,
        details=(
            f"{count} orders of arrival of {len(KINDS)} messages, each message at least twice",
            "  of an order that was paid and refunded, and of one that was closed before",
            *(f"  differs: {' '.join(one.arrived)}" for one in differ[:5]),
            *(f"  {one.record}" for one in [*differ[:1], *(tries[:1] if differ else [])]),
            *(f"  not as Stripe takes it: {sentence}" for sentence in faults),
            *(f"  does not hold: {sentence}" for sentence in broken),
        ),
    )
