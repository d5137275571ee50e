"""A provider's messages come ten times each, shuffled, some forged, some signed and wrong."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from threading import Event, Thread
from typing import Any

from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel import clock, outbox
from kernel.db import unit_of_work
from payments.values import Capture, Provider
from shop.proof.experiments import storm_orders
from shop.proof.experiments.records import Records, list_differences, read_records
from shop.proof.experiments.storm_orders import Bought
from shop.proof.experiments.storm_records import STORM
from shop.proof.ground import postmen, relays, stripe_shop
from shop.proof.ground.databases import Ground, engine_on, laid
from shop.proof.ground.figures import percentile
from shop.proof.ground.invariants import list_broken
from shop.proof.ground.postmen import CONNECTIONS, FORGED_PREFIX, TAKEN, Answers, Letter
from shop.proof.ground.servers import serving
from shop.proof.ground.stripe_fake import StripeFake
from shop.proof.runner import Kind, Outcome, run_named
from shop.settings import Settings
from shop.tasks import payments as payment_tasks
from shop.tasks.outbox import relay
from workflows import order_paid, payment_received

GOAL = "every record equals the serial run, all forged refused, all wrong ones queued"
TIMES, HELD_BACK = 10, 3
"""How often a message comes; how often of these after the orders were taken back."""

FORGED_EVERY = 20
RELAYS = 3
BACK_AFTER = timedelta(minutes=30)

FORGED_KEPT = text("SELECT count(*) FROM payment_events WHERE event_id LIKE :prefix || '%'")


@dataclass(frozen=True, slots=True)
class Size:
    """How many orders are paid for."""

    orders: int


DEFAULT = Size(orders=40)
FULL = Size(orders=500)


@dataclass(slots=True)
class Storm:
    """What one run came to."""

    records: Records = field(default_factory=dict)
    answers: Answers = field(default_factory=Answers)
    queued: int = 0
    forged_kept: int = 0
    waiting: int = 0
    faults: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    """What the server wrote of answers that were errors."""


@run_named(Kind.EXPERIMENT, "webhook-storm")
def webhook_storm(settings: Settings) -> Outcome:
    """Send a shop every message of its payments ten times, shuffled, with forged and wrong."""
    with laid(settings) as ground:
        return rage(ground, FULL if settings.full_size else DEFAULT)


def rage(ground: Ground, size: Size) -> Outcome:
    """Pay the same orders calmly, in a storm, and in a shop that believes what it is told."""
    fake = StripeFake(now=int(clock.now().timestamp()))
    with ground.copy("stormy") as placed:
        with stripe_shop.shop_with(placed, fake):
            made = storm_orders.buy(placed, fake, size.orders)
        prepared = Ground(placed)
        back_at = clock.now().replace(microsecond=0) + BACK_AFTER
        with prepared.copy("calm") as settings:
            calm = _calmly(settings, stripe_shop.copy_of(fake), made, back_at)
        with prepared.copy("storm") as settings:
            storm = _as_storm(settings, stripe_shop.copy_of(fake), made, back_at)
            broken = list_broken(settings.database_url)
        with prepared.copy("credulous") as settings:
            credulous = _believing(settings, stripe_shop.copy_of(fake), made)
    return _outcome(made, (calm, storm, credulous), broken)


def _calmly(
    settings: Settings, fake: StripeFake, made: Sequence[Bought], back_at: datetime
) -> Storm:
    """Take every message in once, in order, and apply it before the next."""
    with stripe_shop.shop_with(settings, fake):
        told = 0
        for is_first in (True, False):
            if not is_first:
                _second_act(fake, made, back_at)
            events = storm_orders.events_since(fake, told)
            told = len(fake.events)
            for event in events:
                row_id = _store(event, fake)
                if row_id is not None:
                    payment_tasks.apply_stored(row_id)
            relays.finish()
        _tell_rest(fake, told)
    return _counted(settings, fake, made)


def _as_storm(
    settings: Settings, fake: StripeFake, made: Sequence[Bought], back_at: datetime
) -> Storm:
    """Send every message ten times over twenty lines, while relays apply what was stored."""
    chance = Random("webhook-storm")
    answers = Answers()
    with (
        serving(stripe_shop.taking(settings)) as server,
        stripe_shop.shop_with(settings, fake) as app,
    ):
        told, before = 0, list[dict[str, Any]]()
        for is_first in (True, False):
            if not is_first:
                _second_act(fake, made, back_at)
            events = storm_orders.events_since(fake, told)
            told = len(fake.events)
            times = TIMES - HELD_BACK if is_first else TIMES
            letters = _letters((events, times), (before, HELD_BACK), chance)
            before = events
            with _relaying(app):
                _add(answers, postmen.deliver(server.settings.port, letters))
            relays.finish()
        _tell_rest(fake, told)
        found = _counted(settings, fake, made)
        # The control: the same forged message is taken once its signature is good.
        control = Letter(letters[0].body.replace('"evt_', '"evt_control_', 1))
        if postmen.deliver(server.settings.port, [control]).genuine[TAKEN] != 1:
            found.faults.append("a message with a good signature was not taken")
        found.errors = server.list_errors()
    found.answers = answers
    return found


def _second_act(fake: StripeFake, made: Sequence[Bought], at: datetime) -> None:
    """Take orders back, order the refunds, and let banks decide on complaints."""
    storm_orders.give_back(made, at=at)
    relays.finish()
    storm_orders.go_on(fake, made)


def _tell_rest(fake: StripeFake, told: int) -> None:
    """Store and apply what the provider wrote while the last messages were applied."""
    for event in storm_orders.events_since(fake, told):
        row_id = _store(event, fake)
        if row_id is not None:
            payment_tasks.apply_stored(row_id)
    relays.finish()


def _letters(
    fresh: tuple[Sequence[dict[str, Any]], int],
    old: tuple[Sequence[dict[str, Any]], int],
    chance: Random,
) -> list[Letter]:
    """Return every message so many times, and one forged for every twenty, shuffled."""
    letters = [
        Letter(stripe_shop.written(one))
        for events, times in (fresh, old)
        for one in events
        for _ in range(times)
    ]
    count = max(len(postmen.Forgery), len(letters) // FORGED_EVERY)
    start = len(old[0]) * TIMES
    letters += [postmen.forge(chance.choice(fresh[0]), start + place) for place in range(count)]
    chance.shuffle(letters)
    return letters


@contextmanager
def _relaying(app: Flask) -> Iterator[None]:
    """Let relays apply what is stored, side by side, until the block ends."""
    is_over = Event()

    def work() -> None:
        with app.app_context():
            while not is_over.wait(0.02):
                relay.run()

    threads = [Thread(target=work) for _ in range(RELAYS)]
    for one in threads:
        one.start()
    try:
        yield
    finally:
        is_over.set()
        for one in threads:
            one.join()


def _store(event: dict[str, Any], fake: StripeFake) -> int | None:
    at = clock.now()
    letter = Letter(stripe_shop.written(event))
    gateway = stripe_shop.gateway_to(fake)
    message = gateway.read_message(letter.body.encode(), letter.header() or "", at=at)
    with unit_of_work() as session:
        return payment_received.store_message(session, Provider.STRIPE, message, at=at)


def _believing(settings: Settings, fake: StripeFake, made: Sequence[Bought]) -> Storm:
    """Let a shop to which a good signature is enough take the same messages: the control."""
    with stripe_shop.shop_with(settings, fake):
        for one in made:
            intent = fake.sessions[one.session_id]["payment_intent"]
            capture = Capture(
                provider=Provider.STRIPE,
                reference=one.session_id,
                group_number=one.number,
                amount_minor=one.total_minor,
                currency="CNY",
                at=clock.now(),
                intent=str(intent),
            )
            with unit_of_work() as session:
                order_paid.settle(session, capture)
    return _counted(settings, fake, made)


def _counted(settings: Settings, fake: StripeFake, made: Sequence[Bought]) -> Storm:
    with engine_on(settings.database_url) as engine, Session(engine) as session:
        return Storm(
            records=read_records(settings.database_url, STORM),
            queued=storm_orders.count_queued(session, fake, made),
            forged_kept=int(session.scalar(FORGED_KEPT, {"prefix": FORGED_PREFIX}) or 0),
            waiting=outbox.count_undelivered(session),
            faults=list(fake.faults),
        )


def _add(whole: Answers, part: Answers) -> None:
    whole.genuine += part.genuine
    whole.forged += part.forged
    whole.seconds += part.seconds
    whole.lost += part.lost
    whole.put_off += part.put_off


def _outcome(
    made: Sequence[Bought], runs: tuple[Storm, Storm, Storm], broken: Sequence[str]
) -> Outcome:
    calm, storm, credulous = runs
    answers = storm.answers
    differ = list_differences(calm.records, storm.records)
    seen = list_differences(calm.records, credulous.records)
    wrong = sum(one.wrong is not None for one in made)
    forged = answers.forged.total()
    let_in = max(answers.accepted_forgeries, storm.forged_kept)
    untaken = answers.genuine.total() - answers.genuine[TAKEN]
    faults = [*calm.faults, *storm.faults]
    clean = not (differ or let_in or untaken or broken or faults or storm.waiting)
    sent = f"{answers.genuine.total():,} genuine deliveries and {forged:,} forged"
    control = f"{credulous.queued} of {wrong} queued, {len(seen)} records differ"
    wrongs = f"{storm.queued} of {wrong} wrong ones queued"
    return Outcome(
        "webhook-storm",
        f"{len(STORM) - len(differ)} of {len(STORM)} records equal, {forged - let_in} of "
        f"{forged} forged refused, {wrongs}",
        GOAL,
        holds=clean and storm.queued == wrong == calm.queued and not credulous.queued,
        details=(
            f"{len(made)} orders, {sent} over {CONNECTIONS} connections, {RELAYS} relays",
            f"  an answer: p50 {_ms(answers, 50):.0f} ms, p99 {_ms(answers, 99):.0f} ms",
            *(f"  {name}: {count:,}" for name, count in sorted(answers.forged.items())),
            *(f"  answered {status}: {n:,}" for status, n in sorted(answers.genuine.items())),
            f"  sent again because no answer came: {answers.lost}",
            f"  sent again because the shop was too busy: {answers.put_off}",
            *(f"  in the journal: {line}" for line in storm.errors[:20]),
            f"  ledger {storm.records['ledger'][:16]}, serial {calm.records['ledger'][:16]}",
            f"  control, a shop that believes what it is told: {control}",
            *(f"  differs from the serial run: {name}" for name in differ),
            *(f"  not as it should be: {sentence}" for sentence in faults),
            *(f"  does not hold: {sentence}" for sentence in broken),
        ),
    )


def _ms(answers: Answers, percent: int) -> float:
    return percentile(answers.seconds, percent) * 1000
