"""Messages of providers are applied here, attempts are looked after, refunds are sent off."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import islice

import structlog
from celery import shared_task
from sqlalchemy.exc import DBAPIError

from kernel import clock, policy
from kernel.clock import local_date
from kernel.db import unit_of_work
from kernel.errors import ShanjiError
from payments import queries
from payments import service as payments
from payments.errors import GatewayRefusedError
from payments.events import AttemptsToClose, PaymentEventReceived, RefundRequested
from payments.gateway import Message
from payments.service import Attempt
from payments.values import EventStatus, Provider
from shop import checkouts, gateways
from shop.tasks.reacting import reaction
from workflows import payment_received, refund_by_hand, refund_run

RECHECK = "payment_recheck_minutes"
INBOX_DAYS = "payment_inbox_days"
BATCH = 200
PAGE = 100

log = structlog.get_logger()


@reaction(PaymentEventReceived)
def apply_event(fact: PaymentEventReceived) -> None:
    """Ask the provider for what a stored message is about, and apply the answer.

    What nobody knows yet is parked for the sweeper.
    """
    apply_stored(fact.event_row_id)


def apply_stored(row_id: int) -> bool:
    """Apply a stored message; False when it waits. Raises `GatewayAwayError`."""
    with unit_of_work() as session:
        event = queries.find_event(session, row_id)
    at = clock.now()
    if event.status in (EventStatus.APPLIED, EventStatus.REFUSED):
        return True
    if event.provider is Provider.DEMO:
        with unit_of_work() as session:
            return payment_received.apply_event(session, row_id, at=at) is not None
    gateway, note = gateways.get(event.provider), payment_received.UNKNOWN_OBJECT
    try:
        found = gateway.look_up(event.kind, event.reference, at=at)
    except LookupError:
        found, note = None, payment_received.UNKNOWN_KIND
    except GatewayRefusedError as error:
        found, note = None, error.message
    with unit_of_work() as session:
        if found is None:
            payment_received.park(session, row_id, note, at=at)
            return False
        return payment_received.apply_found(session, row_id, found, at=at)


@shared_task(name="shop.tasks.payments.apply_parked")
def apply_parked() -> int:
    """Try parked messages again and return how many could be applied this time."""
    with unit_of_work() as session:
        row_ids = queries.list_parked_events(session, at=clock.now())
    return sum(_apply(row_id) for row_id in row_ids)


def _apply(row_id: int) -> bool:
    try:
        return apply_stored(row_id)
    except (ShanjiError, DBAPIError):
        log.exception("payment_event_failed", row_id=row_id)
        return False


@reaction(AttemptsToClose)
def close_attempts(fact: AttemptsToClose) -> None:
    """Close what a provider still has open for a group, then free its goods.

    Raises `GatewayAwayError` while the provider does not answer: the goods stay held and it is
    tried again.
    """
    checkouts.close_all(fact.group_number)


@shared_task(name="shop.tasks.payments.recheck")
def recheck() -> int:
    """Ask for attempts of which nothing was heard for a while; return how many there were."""
    at = clock.now()
    with unit_of_work() as session:
        minutes = policy.get_int(session, RECHECK, on=local_date(at))
        attempts = payments.list_unseen(
            session, before=at - timedelta(minutes=minutes), limit=BATCH
        )
    for attempt in attempts:
        _recheck(attempt)
    return len(attempts)


def _recheck(attempt: Attempt) -> None:
    try:
        # What is past its time is closed as well: nobody shall pay it any more.
        checkouts.look_after(attempt, is_closed=attempt.expires_at <= clock.now())
    except (ShanjiError, DBAPIError):
        log.exception("payment_recheck_failed", group=attempt.group_number)


@shared_task(name="shop.tasks.payments.catch_up")
def catch_up() -> int:
    """Store messages of the last days that never arrived; return how many there were."""
    at = clock.now()
    with unit_of_work() as session:
        days = policy.get_int(session, INBOX_DAYS, on=local_date(at))
    missed = 0
    for provider in Provider:
        gateway = gateways.find(provider)
        if gateway is not None:
            messages = gateway.list_messages(since=at - timedelta(days=days))
            missed += sum(_store(provider, page) for page in _pages(messages))
    return missed


def _pages(messages: Iterator[Message]) -> Iterator[list[Message]]:
    while page := list(islice(messages, PAGE)):
        yield page


def _store(provider: Provider, page: Sequence[Message]) -> int:
    with unit_of_work() as session:
        stored = [
            payment_received.store_message(session, provider, message, at=clock.now())
            for message in page
        ]
    return sum(row_id is not None for row_id in stored)


@reaction(RefundRequested)
def send_refund(fact: RefundRequested) -> None:
    """Order a booked refund at its provider and write its answer.

    What no provider can carry out goes by hand, so nothing is sent for it. Raises
    `ConflictError` while no gateway of the provider is installed or a dispute is open, and
    `GatewayAwayError` while the provider does not answer: the refund stays owed.
    """
    with unit_of_work() as session:
        refund = payments.lock_refund(session, fact.refund_id)
        if refund_by_hand.open_if_needed(session, fact.refund_id, at=clock.now()):
            return
    if refund.provider in refund_run.BY_HAND:
        return
    gateway = gateways.get(refund.provider)
    with unit_of_work() as session:
        asked = refund_run.order(session, fact.refund_id, at=clock.now())
    if asked is None:
        return
    try:
        reading = gateway.refund(asked)
    except GatewayRefusedError as error:
        with unit_of_work() as session:
            refund_run.refuse(session, fact.refund_id, error.message, at=clock.now())
        return
    with unit_of_work() as session:
        refund_run.apply(session, reading)
