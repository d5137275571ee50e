"""Loggers in valleys send late, in pieces, twice and shuffled: the verdicts stay the same."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from cold_chain import service as cold_chain
from cold_chain import simulator
from cold_chain.simulator import Flaw, Trip
from cold_chain.values import Upload
from kernel import clock
from kernel.db import unit_of_work
from orders import queries as order_queries
from shop.proof.ground import buying, wares
from shop.proof.ground.crews import crew
from shop.proof.ground.databases import Ground, engine_on, laid
from shop.proof.ground.invariants import list_broken
from shop.proof.runner import Kind, Outcome, run_named
from shop.sample.fleet import CARRIER, LOGGERS, SAMPLING_S, logger_code
from shop.settings import Settings
from workflows import checkout, order_delivered, order_shipped, payment_received
from workflows.order_delivered import Receipt
from workflows.travel import HandOver

GOAL = "every verdict byte for byte that of the ordered run"
WORKERS = 8
STORAGES = ("CHILL_MEAT", "CHILL_VEG")
TRAVELS = timedelta(hours=24)
PER_UPLOAD = 18
LATE_SHARE = 3
"""One in so many pieces comes after the goods were delivered."""

VERDICTS = text(
    """
    SELECT shipment.order_number, shipment.parcel_group,
        (to_jsonb(judged) - 'id' - 'shipment_id' - 'version' - 'computed_at' - 'changes')::text
            AS verdict,
        judged.verdict AS word
    FROM evaluations judged JOIN shipments shipment ON shipment.id = judged.shipment_id
    WHERE judged.superseded_by IS NULL
    ORDER BY shipment.order_number, shipment.parcel_group
    """
)
READINGS = text(
    """
    SELECT count(*) AS readings, coalesce(md5(string_agg(
        concat_ws(' ', channel_id, at, centi_celsius, quality), ',' ORDER BY channel_id, at
        )), '') AS digest
    FROM readings
    """
)
COUNTS = text(
    "SELECT (SELECT count(*) FROM raw_blocks) AS uploads,"
    " (SELECT count(*) FROM reading_conflicts) AS conflicts,"
    " (SELECT count(*) FROM evaluations) AS evaluations"
)


@dataclass(frozen=True, slots=True)
class Size:
    """How many loggers travel for a day, and how often their uploads are shuffled anew."""

    loggers: int
    shuffles: int


DEFAULT = Size(loggers=16, shuffles=2)
FULL = Size(loggers=64, shuffles=10)


@run_named(Kind.EXPERIMENT, "telemetry-disorder")
def telemetry_disorder(settings: Settings) -> Outcome:
    """Send a day of uploads in order, then cut, repeated, falsified, shuffled and late."""
    with laid(settings) as ground:
        return shuffle(ground, FULL if settings.full_size else DEFAULT)


@dataclass(frozen=True, slots=True)
class Travelling:
    """One order on its way with its logger, and what the logger sends."""

    order_number: str
    arrives_at: datetime
    uploads: tuple[Upload, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """What a run left behind."""

    verdicts: tuple[tuple[str, int, str], ...]
    words: Counter[str]
    readings: int
    digest: str
    uploads: int
    conflicts: int
    evaluations: int


def shuffle(ground: Ground, size: Size) -> Outcome:
    """Compare the verdicts of the ordered day with those of every disordered one."""
    with ground.copy("departed") as departed:
        fleet = _depart(departed, size.loggers)
        prepared = Ground(departed)
        with prepared.copy("ordered") as ordered:
            calm = _send_in_order(ordered, fleet)
        wild: list[Record] = []
        broken: list[str] = []
        for number in range(size.shuffles):
            with prepared.copy(f"disordered_{number}", threads=WORKERS) as disordered:
                wild.append(_send_in_disorder(disordered, fleet, seed=str(number)))
                broken += list_broken(disordered.database_url)
    return _outcome(calm, wild, broken)


def _depart(settings: Settings, loggers: int) -> list[Travelling]:
    """Sell chilled goods and send every order off with a logger of its own."""
    at = clock.now() - TRAVELS - timedelta(hours=6)
    with engine_on(settings.database_url) as engine, Session(engine) as session:
        with session.begin():
            goods = [
                wares.list_wares(session, at=clock.now(), storage=storage)[0]
                for storage in STORAGES
            ]
            wares.shelve_all(session, goods, loggers, at=at)
        fleet = []
        for place in range(loggers):
            with session.begin():
                sku = goods[place % len(goods)].sku
                fleet.append(
                    _ship(
                        session, sku, logger_code(*divmod(place, LOGGERS)), at=at, place=place
                    )
                )
    return fleet


def _ship(
    session: Session, sku: str, device_code: str, *, at: datetime, place: int
) -> Travelling:
    placed = checkout.place(session, buying.request({sku: 1}), at=at)
    row_id = payment_received.store_demo_payment(
        session, placed.number, amount_minor=placed.total_minor, at=at
    )
    payment_received.apply_event(session, row_id or 0, at=at)
    ((number, _),) = order_queries.list_order_totals(session, placed.number)
    order_shipped.pack(session, number, actor="person:1", at=at)
    hand_over = HandOver(actor="person:1", device_code=device_code)
    order_shipped.ship(session, number, hand_over, at=at)
    trip = Trip(
        seed=f"disorder:{place}",
        device_code=device_code,
        departed_at=at,
        arrived_at=at + TRAVELS,
        set_point_centi=simulator.set_point(0, 400),
        every_s=SAMPLING_S,
        flaw=list(Flaw)[place // len(STORAGES) % len(Flaw)],
    )
    uploads = simulator.as_uploads(trip, simulator.simulate(trip), per_upload=PER_UPLOAD)
    return Travelling(number, at + TRAVELS, tuple(uploads))


def _send_in_order(settings: Settings, fleet: Sequence[Travelling]) -> Record:
    """Send everything as it was measured, then deliver."""
    uploads = sorted(
        (upload for one in fleet for upload in one.uploads), key=lambda one: one.received_at
    )
    with engine_on(settings.database_url) as engine, Session(engine) as session:
        for upload in uploads:
            with session.begin():
                cold_chain.ingest_block(session, upload)
        with session.begin():
            for one in fleet:
                _deliver(session, one)
        with session.begin():
            cold_chain.evaluate_dirty(session, at=clock.now())
        return _read(session)


def _send_in_disorder(settings: Settings, fleet: Sequence[Travelling], *, seed: str) -> Record:
    """Send the pieces of all loggers at once, deliver in the middle, and send the rest."""
    pieces = [
        simulator.disorder(one.uploads, seed=f"{seed}:{one.order_number}", with_conflicts=True)
        for one in fleet
    ]
    with crew(settings, workers=WORKERS) as network:
        network.run(send, [some[: -(len(some) // LATE_SHARE)] for some in pieces])
        with engine_on(settings.database_url) as engine, Session(engine) as session:
            for one in fleet:
                with session.begin():
                    _deliver(session, one)
        network.run(send, [some[-(len(some) // LATE_SHARE) :] for some in pieces])
    with engine_on(settings.database_url) as engine, Session(engine) as session:
        with session.begin():
            cold_chain.evaluate_dirty(session, at=clock.now())
        return _read(session)


def send(uploads: Sequence[Upload]) -> int:
    """Take one logger's pieces in, each on its own, while others judge what is there."""
    at = clock.now()
    for upload in uploads:
        with unit_of_work() as session:
            cold_chain.ingest_block(session, upload)
        with unit_of_work() as session:
            cold_chain.evaluate_dirty(session, at=at)
    return len(uploads)


def _deliver(session: Session, one: Travelling) -> None:
    receipt = Receipt(given_by=f"organisation:{CARRIER}", taken_by="guest")
    order_delivered.deliver(session, one.order_number, receipt, at=one.arrives_at)


def _read(session: Session) -> Record:
    rows = session.execute(VERDICTS).all()
    stored = session.execute(READINGS).one()
    counts = session.execute(COUNTS).one()
    return Record(
        verdicts=tuple((row.order_number, row.parcel_group, row.verdict) for row in rows),
        words=Counter(str(row.word) for row in rows),
        readings=stored.readings,
        digest=stored.digest,
        uploads=counts.uploads,
        conflicts=counts.conflicts,
        evaluations=counts.evaluations,
    )


def _outcome(calm: Record, wild: Sequence[Record], broken: Sequence[str]) -> Outcome:
    verdicts = len(calm.verdicts) * len(wild)
    same = sum(
        one == other
        for record in wild
        for one, other in zip(calm.verdicts, record.verdicts, strict=False)
    )
    lost = sum(record.digest != calm.digest for record in wild)
    words = ", ".join(f"{count} {word}" for word, count in sorted(calm.words.items()))
    return Outcome(
        "telemetry-disorder",
        f"{same} of {verdicts} verdicts identical, {lost} of {len(wild)} sets of readings not",
        GOAL,
        holds=same == verdicts > 0 and not lost and not broken,
        details=(
            f"{calm.readings:,} readings of {len(calm.verdicts)} loggers over a day: {words}",
            f"  in order: {calm.uploads} uploads, {calm.evaluations} judgements",
            *(
                f"  disordered: {record.uploads} uploads, {record.conflicts} contradicting "
                f"readings, {record.evaluations} judgements on the way"
                for record in wild
            ),
            *(f"  does not hold: {sentence}" for sentence in broken),
        ),
    )
