"""Judges shipments whose readings changed, and makes room for the readings to come."""

from datetime import timedelta

from celery import shared_task

from cold_chain import queries
from cold_chain import service as cold_chain
from cold_chain.events import ShipmentDelivered, ShipmentDeparted
from cold_chain.values import ShipmentId
from kernel import clock
from kernel.db import unit_of_work
from orders.events import OrderDelivered
from shop.tasks.reacting import reaction

BATCH = 100
MAX_BATCHES = 50
MAX_LIVE = 5_000
DAYS_AHEAD = 14


@reaction(ShipmentDeparted)
def judge_departed(fact: ShipmentDeparted) -> None:
    """Give a shipment its first verdict, so that a logger that stays silent shows."""
    _judge(fact.shipment_id)


@reaction(ShipmentDelivered)
def judge_delivered(fact: ShipmentDelivered) -> None:
    """Give a shipment its verdict over the whole journey."""
    _judge(fact.shipment_id)


@reaction(OrderDelivered)
def judge_order(fact: OrderDelivered) -> None:
    """Give every shipment of a delivered order its verdict over the whole journey."""
    with unit_of_work() as session:
        shipments = queries.list_order_shipments(session, [fact.order_number])
    _judge(*(one.shipment_id for one in shipments))


def _judge(*shipment_ids: int) -> None:
    with unit_of_work() as session:
        cold_chain.evaluate_shipments(
            session, [ShipmentId(one) for one in shipment_ids], at=clock.now()
        )


@shared_task(name="shop.tasks.cold_chain.judge_changed")
def judge_changed() -> int:
    """Judge every shipment with new readings and return how many new verdicts there are."""
    new = 0
    for _ in range(MAX_BATCHES):
        with unit_of_work() as session:
            judged = cold_chain.evaluate_dirty(session, at=clock.now(), limit=BATCH)
        new += sum(one.is_new for one in judged)
        if len(judged) < BATCH:
            break
    return new


@shared_task(name="shop.tasks.cold_chain.judge_live")
def judge_live() -> int:
    """Judge what is on its way, so that a silent logger shows; return the new verdicts.

    A verdict that would see the same readings over the same time is not written again.
    """
    with unit_of_work() as session:
        live = [
            ShipmentId(one.shipment_id)
            for one in queries.list_live_shipments(session, limit=MAX_LIVE)
            if one.profile_code is not None and one.departed_at is not None
        ]
    new = 0
    for start in range(0, len(live), BATCH):
        with unit_of_work() as session:
            judged = cold_chain.evaluate_shipments(
                session, live[start : start + BATCH], at=clock.now()
            )
        new += sum(one.is_new for one in judged)
    return new


@shared_task(name="shop.tasks.cold_chain.prepare_days")
def prepare_days() -> int:
    """Make the partitions of today and the coming 14 days; return how many were missing."""
    at = clock.now()
    days = [(at + timedelta(days=ahead)).date() for ahead in range(DAYS_AHEAD + 1)]
    with unit_of_work() as session:
        return cold_chain.ensure_partitions(session, days)


@shared_task(name="shop.tasks.cold_chain.forget_nonces")
def forget_nonces() -> None:
    """Forget nonces of signatures that are too old to be accepted."""
    with unit_of_work() as session:
        cold_chain.forget_nonces(session, at=clock.now())
